// Diagnostics that grow without bound, and diagnostics that grow for other reasons.
#include "grid/loop/growth_watch.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <functional>
#include <limits>
#include <optional>

using namespace tessera;
using loop::GrowthWatch;

namespace {

std::vector<solver::DiagnosticSchema> one(solver::Reduction reduction = solver::Reduction::l2) {
  solver::DiagnosticSchema d;
  d.name = "energy";
  d.unit = "J";
  d.reduction = reduction;
  return {d};
}

/// The number of the first record at which the sequence is reported; nullopt if it never is.
std::optional<int> first_report(const std::function<double(int)>& value,
                                solver::Reduction reduction = solver::Reduction::l2) {
  GrowthWatch watch{one(reduction)};
  for (int n = 0; n < 2000; ++n) {
    if (!watch.add(10 * n, {value(n)}).empty()) return n;
  }
  return std::nullopt;
}

}  // namespace

TEST_CASE("exponential growth is reported once it has reached a factor of a million in 4 records") {
  CHECK(first_report([](int n) { return 3.0 * std::pow(10.0, n); }) == 6);
  CHECK(first_report([](int n) { return 3.0 * std::pow(1e6, n); }) == 4);
  CHECK(first_report([](int n) { return 3.0 * std::pow(2.0, n); }) == 20);
  CHECK(first_report([](int n) { return 3.0 * std::pow(1.11, n); }) == 133);
  CHECK(first_report([](int n) { return -3.0 * std::pow(10.0, n); }) == 6);
  // It may start late, and from any value.
  CHECK(first_report([](int n) { return n < 500 ? 300.0 + n % 7 : 300.0 * std::pow(10.0, n - 500); }) == 506);
  CHECK(first_report([](int n) { return n < 3 ? 0.0 : std::pow(10.0, n); }) == 9);
}

TEST_CASE("a report names the diagnostic, the steps and the values, and is made only once") {
  GrowthWatch watch{one()};
  std::vector<std::string> reports;
  for (int n = 0; n < 40; ++n) {
    for (const std::string& text : watch.add(10 * n, {3.0 * std::pow(10.0, n)})) reports.push_back(text);
  }
  CHECK(reports ==
        std::vector<std::string>{"the diagnostic `energy` grows without bound: from 3 J at step 0 to "
                                 "3e+06 J at step 60"});
}

TEST_CASE("growth that is not exponential, or ends, is not reported") {
  CHECK_FALSE(first_report([](int n) { return std::pow(n + 1.0, 4.0); }));
  CHECK_FALSE(first_report([](int n) { return std::pow(n, 5.0); }));
  CHECK_FALSE(first_report([](int n) { return std::pow(1.09, n % 1000); }));
  CHECK_FALSE(first_report([](int n) { return n == 0 ? 0.0 : 1e9; }));           // starts from rest
  CHECK_FALSE(first_report([](int n) { return n == 0 ? 1e-12 : 1e9 + n; }));     // one jump
  CHECK_FALSE(first_report([](int n) { return 1.0 / (1e-5 + std::exp(-n)); }));  // saturates at 1e5
  CHECK_FALSE(first_report([](int n) { return std::pow(10.0, n % 6); }));        // falls again
  CHECK_FALSE(first_report([](int n) { return 1e9 * std::exp(-0.5 * n); }));     // decays
  CHECK_FALSE(first_report([](int) { return std::numeric_limits<double>::quiet_NaN(); }));
}

TEST_CASE("a minimum grows only downwards, and a maximum only upwards") {
  const auto up = [](int n) { return std::pow(10.0, n - 200); };  // such as the tail of a diffusing spot
  const auto down = [&](int n) { return -up(n); };
  CHECK_FALSE(first_report(up, solver::Reduction::min));
  CHECK_FALSE(first_report(down, solver::Reduction::max));
  CHECK(first_report(up, solver::Reduction::max) == 6);
  CHECK(first_report(down, solver::Reduction::min) == 6);
}

TEST_CASE("a sum may grow from rounding errors to its size") {
  const auto momentum = [](int n) { return n < 18 ? 1e-16 * std::pow(10.0, n) : 10.0; };
  CHECK_FALSE(first_report(momentum, solver::Reduction::sum));
  CHECK(first_report([](int n) { return 1e-16 * std::pow(10.0, n); }, solver::Reduction::sum) == 18);
}

TEST_CASE("a watch continues from a saved state") {
  GrowthWatch watch{one()};
  for (int n = 0; n < 5; ++n) CHECK(watch.add(n, {std::pow(10.0, n)}).empty());
  GrowthWatch other{one()};
  other.restore({{}, {}});  // for another number of diagnostics: ignored
  CHECK(other.rises() == GrowthWatch{one()}.rises());
  other.restore(watch.rises());
  CHECK(other.add(5, {1e5}).empty());
  CHECK(other.add(6, {1e6}).size() == 1);
}
