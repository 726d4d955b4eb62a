#include "support/world.h"
#include "transport/agreement.h"
#include "transport/environment.h"

#include <catch2/catch.hpp>

#include <new>
#include <stdexcept>

using namespace tessera;
using base::Error;
using base::ExitCode;
using transport::AgreedError;

namespace {

/// The error that agree() throws if the error of this rank is `own`; nullopt if it does not throw.
std::optional<AgreedError> agreed(const std::optional<Error>& own) {
  try {
    transport::agree(world(), own);
  } catch (const AgreedError& e) {
    return e;
  }
  return std::nullopt;
}

std::string place_of(int rank) {
  return "on rank " + std::to_string(rank) + " of " + std::to_string(world().size()) + ", host " +
         transport::Environment::host();
}

}  // namespace

TEST_CASE("ranks that all fare well go on") {
  CHECK_FALSE(agreed(std::nullopt));
  int calls = 0;
  CHECK_NOTHROW(transport::collectively(world(), [&] { ++calls; }));
  CHECK(calls == 1);
}

TEST_CASE("every rank throws the error of the lowest rank that failed") {
  const int last = world().size() - 1;
  for (int lowest = 0; lowest <= last; ++lowest) {
    std::optional<Error> own;
    if (world().rank() >= lowest) {
      own.emplace(ExitCode::no_input, "rank " + std::to_string(world().rank()) + " has no file", "make one");
    }
    const auto e = agreed(own);
    REQUIRE(e);
    CHECK(e->code() == ExitCode::no_input);
    CHECK(e->text().find("error: rank " + std::to_string(lowest) + " has no file\n  = make one") == 0);
    CHECK((e->text().find("on rank ") != std::string::npos) == (lowest != 0));
  }
}

TEST_CASE("the place is named where a machine or a solver failed") {
  for (const ExitCode code :
       {ExitCode::internal, ExitCode::os_error, ExitCode::io_error, ExitCode::bad_job}) {
    std::optional<Error> own;
    if (world().is_root()) own.emplace(code, "no luck");
    const auto e = agreed(own);
    REQUIRE(e);
    CHECK(e->code() == code);
    const bool names_place = e->text().find(place_of(0)) != std::string::npos;
    CHECK(names_place == (code != ExitCode::bad_job && world().size() > 1));
  }
}

TEST_CASE("any exception of any rank ends the work of all") {
  const int last = world().size() - 1;
  const auto text_of = [&](auto thrown) -> std::pair<ExitCode, std::string> {
    try {
      transport::collectively(world(), [&] {
        if (world().rank() == last) throw thrown;
      });
    } catch (const AgreedError& e) {
      return {e.code(), e.text()};
    }
    return {ExitCode::done, ""};
  };
  const auto has = [](const auto& e, const char* phrase) {
    return e.second.find(phrase) != std::string::npos;
  };
  auto e = text_of(std::runtime_error("the tank leaks"));
  CHECK(e.first == ExitCode::internal);
  CHECK(has(e, "Tessera failed: the tank leaks"));
  e = text_of(std::bad_alloc{});
  CHECK(e.first == ExitCode::os_error);
  CHECK(has(e, "out of memory"));
  e = text_of(42);
  CHECK(e.first == ExitCode::internal);
  CHECK(has(e, "for an unknown reason"));
  e = text_of(Error{ExitCode::bad_data, "the data are wet"});
  CHECK(e.first == ExitCode::bad_data);
  CHECK(has(e, "error: the data are wet"));
}
