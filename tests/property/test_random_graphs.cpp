// Compares the results of random solvers, jobs and settings bit for bit with those of a serial reference.
//
// Environment variables:
//   TESSERA_PROPERTY_SEED     the first seed; without TESSERA_PROPERTY_SECONDS, the only one
//   TESSERA_PROPERTY_SECONDS  time in seconds for trying consecutive seeds
#include "property/random_job.h"
#include "property/restarted_run.h"
#include "property/serial_grid.h"
#include "support/job_runner.h"
#include "support/stepper_run.h"
#include "support/variable.h"
#include "support/world.h"

#include <catch2/catch.hpp>

#include <array>
#include <bit>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <vector>

using namespace property;

namespace {

using Overrides = std::vector<std::string>;

constexpr double default_seconds = 6.0;

std::string exact_text(double value) {
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%.17g", value);
  return text.data();
}

std::string text_of(const Overrides& overrides) {
  std::string text;
  for (const std::string& word : overrides) text += (text.empty() ? "" : " ") + word;
  return text;
}

/// Describes the first cell in which a component differs from the reference, and gives the number of such
/// cells; empty if there are none. `found`: values of the component, x fastest.
std::string difference(const Job& job, const SerialGrid& expected, int field, int component,
                       const std::vector<double>& found) {
  std::string first;
  std::size_t count = 0;
  std::size_t at = 0;
  for (int k = 0; k < job.cells[2]; ++k) {
    for (int j = 0; j < job.cells[1]; ++j) {
      for (int i = 0; i < job.cells[0]; ++i) {
        const double reference = expected.value(field, component, {i, j, k});
        const double actual = found.at(at++);
        if (std::bit_cast<std::uint64_t>(reference) == std::bit_cast<std::uint64_t>(actual)) continue;
        if (count++ > 0) continue;
        first = job.graph.field(field).name + ", component " + std::to_string(component) + ", cell (" +
                std::to_string(i) + ", " + std::to_string(j) + ", " + std::to_string(k) +
                "): " + exact_text(actual) + " instead of " + exact_text(reference);
      }
    }
  }
  return count == 0 ? "" : first + "; cells that differ: " + std::to_string(count) + "\n";
}

/// Describes all components that differ from the reference; empty if there are none. Work fields are ignored.
/// `found`: [field][component][cell]. To be called only on rank 0, which has these values.
std::string difference(const Job& job, const SerialGrid& expected,
                       const std::vector<std::vector<std::vector<double>>>& found) {
  std::string text;
  for (int f = 0; f < static_cast<int>(job.graph.fields.size()); ++f) {
    if (job.graph.field(f).kind == Kind::work) continue;
    for (int c = 0; c < job.graph.field(f).components; ++c) {
      text += difference(job, expected, f, c,
                         found.at(static_cast<std::size_t>(f)).at(static_cast<std::size_t>(c)));
    }
  }
  return text;
}

/// Runs the job for a seed with random settings, and compares the results with the reference. Collective.
class Trial {
 public:
  explicit Trial(std::uint64_t seed)
      : job_{random_job(seed)}, seed_{"TESSERA_TEST_SEED", std::to_string(seed)}, random_{seed, 6} {
    if (!world().is_root()) return;
    expected_.emplace(job_);
    expected_->run();
  }

  /// Returns a description of the first failure, the same on all ranks; empty if there is none.
  std::string run() {
    check_run();
    for (int n = 0; n < 2 && failure_.empty(); ++n) check_stepper();
    if (failure_.empty() && random_.chance(30)) check_restart();
    return failure_;
  }

 private:
  void check_run() {
    const Overrides overrides = random_overrides(job_, random_);
    const FinishedRun run = run_job(world(), job_.text(), overrides);
    digest_ = run.digest;
    std::string errors;
    if (world().is_root()) errors = difference(job_, *expected_, run.components);
    if (run.outcome.steps != job_.steps) {
      errors += std::to_string(run.outcome.steps) + " steps instead of " + std::to_string(job_.steps) + "\n";
    }
    report(errors, text_of(overrides));
  }

  /// Advances the job with the stepper alone, in boxes thin enough that even a small domain has skewed tiles.
  void check_stepper() {
    const Overrides overrides = random_overrides(job_, random_);
    const int planes = random_.pick(std::vector{1, 1, 2, 3, 5});
    std::mt19937 random{static_cast<std::mt19937::result_type>(random_.next())};
    std::vector<tessera::loop::StepTime> steps;
    for (const StepTime& step : job_.step_times()) steps.push_back({step.time, step.dt});
    const StepperResult result = run_stepper(world(), job_.text(), overrides, steps, planes, random);
    std::string errors;
    if (world().is_root()) errors = difference(job_, *expected_, result.components);
    report(errors, "in boxes of " + std::to_string(planes) + " planes, " + text_of(overrides));
  }

  void check_restart() {
    const Overrides first = random_overrides(job_, random_);
    Overrides second = random_overrides(job_, random_);
    second[2] = first[2];  // the chunk size is part of the identity of a run
    const int stop = random_.between(1, job_.steps - 1);
    const std::string digest = digest_after_restart(job_.text(), first, second, stop);
    report(digest == digest_ ? "" : "digest " + digest + " instead of " + digest_ + "\n",
           "stopped after step " + std::to_string(stop) + ", with\n  " + text_of(first) +
               "\nand resumed with\n  " + text_of(second));
  }

  void report(std::string errors, const std::string& how) {
    world().broadcast(errors);
    if (!errors.empty()) failure_ = errors + "on " + std::to_string(world().size()) + " ranks, " + how + "\n";
  }

  Job job_;
  tessera::test::EnvironmentVariable seed_;
  Random random_;
  std::optional<SerialGrid> expected_;
  std::string digest_;
  std::string failure_;
};

std::string failure_of(std::uint64_t seed) {
  try {
    return Trial{seed}.run();
  } catch (const std::exception& e) {
    return e.what() + std::string("\n");
  }
}

/// Returns rank 0's value of `decision` on all ranks. Collective.
bool root_decision(bool decision) {
  std::int64_t value = world().is_root() && decision ? 1 : 0;
  world().allreduce_max(std::span<std::int64_t>{&value, 1});
  return value != 0;
}

}  // namespace

TEST_CASE("random solvers match a serial reference bit for bit under random settings") {
  const char* seed_text = std::getenv("TESSERA_PROPERTY_SEED");
  const char* seconds_text = std::getenv("TESSERA_PROPERTY_SECONDS");
  const double seconds = seconds_text != nullptr ? std::stod(seconds_text)
                         : seed_text != nullptr  ? 0.0
                                                 : default_seconds;
  const std::uint64_t first =
      seed_text != nullptr ? std::stoull(seed_text) : 100000 * static_cast<std::uint64_t>(world().size());
  const auto begin = std::chrono::steady_clock::now();
  std::uint64_t seed = first;
  do {
    const std::string failure = failure_of(seed);
    if (!failure.empty() && world().is_root()) {
      // Not printed by Catch2, which would wrap the lines.
      std::printf("TESSERA_PROPERTY_SEED=%llu\n%s%s%s\n", static_cast<unsigned long long>(seed),
                  failure.c_str(), text_of(random_graph(seed)).c_str(), random_job(seed).text().c_str());
    }
    CAPTURE(seed);
    CHECK(failure.empty());
    if (!failure.empty()) break;
    ++seed;
  } while (root_decision(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count() <
                         seconds));
  if (world().is_root()) {
    std::printf("%d ranks: seeds %llu to %llu\n", world().size(), static_cast<unsigned long long>(first),
                static_cast<unsigned long long>(seed - 1));
  }
}
