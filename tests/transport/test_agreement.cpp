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

/// Returns the error that agree() throws if `own_error` is the error of this rank; nullopt if it does not
/// throw.
std::optional<AgreedError> agreed_error(const std::optional<Error>& own_error) {
  try {
    transport::agree(world(), own_error);
  } catch (const AgreedError& e) {
    return e;
  }
  return std::nullopt;
}

std::string location_of(int rank) {
  return "on rank " + std::to_string(rank) + " of " + std::to_string(world().size()) + ", host " +
         transport::Environment::host();
}

}  // namespace

TEST_CASE("if no rank fails, no error is thrown") {
  CHECK_FALSE(agreed_error(std::nullopt));
  int calls = 0;
  CHECK_NOTHROW(transport::collectively(world(), [&] { ++calls; }));
  CHECK(calls == 1);
}

TEST_CASE("every rank throws the error of the lowest rank that failed") {
  const int last = world().size() - 1;
  for (int lowest = 0; lowest <= last; ++lowest) {
    std::optional<Error> own_error;
    if (world().rank() >= lowest) {
      own_error.emplace(ExitCode::no_input, "rank " + std::to_string(world().rank()) + " has no file",
                        "create one");
    }
    const auto e = agreed_error(own_error);
    REQUIRE(e);
    CHECK(e->code() == ExitCode::no_input);
    CHECK(e->text().find("error: rank " + std::to_string(lowest) + " has no file\n  = create one") == 0);
    CHECK((e->text().find("on rank ") != std::string::npos) == (lowest != 0));
  }
}

TEST_CASE("the rank and host are named if the machine or the solver may be the cause") {
  for (const ExitCode code :
       {ExitCode::internal, ExitCode::os_error, ExitCode::io_error, ExitCode::bad_job}) {
    std::optional<Error> own_error;
    if (world().is_root()) own_error.emplace(code, "failed");
    const auto e = agreed_error(own_error);
    REQUIRE(e);
    CHECK(e->code() == code);
    const bool names_location = e->text().find(location_of(0)) != std::string::npos;
    CHECK(names_location == (code != ExitCode::bad_job && world().size() > 1));
  }
}

TEST_CASE("an exception of any type on one rank is thrown on all ranks") {
  const int last = world().size() - 1;
  const auto error_for = [&](auto thrown) -> std::pair<ExitCode, std::string> {
    try {
      transport::collectively(world(), [&] {
        if (world().rank() == last) throw thrown;
      });
    } catch (const AgreedError& e) {
      return {e.code(), e.text()};
    }
    return {ExitCode::done, ""};
  };
  const auto contains = [](const auto& e, const char* phrase) {
    return e.second.find(phrase) != std::string::npos;
  };
  auto e = error_for(std::runtime_error("singular matrix"));
  CHECK(e.first == ExitCode::internal);
  CHECK(contains(e, "Tessera failed: singular matrix"));
  e = error_for(std::bad_alloc{});
  CHECK(e.first == ExitCode::os_error);
  CHECK(contains(e, "out of memory"));
  e = error_for(42);
  CHECK(e.first == ExitCode::internal);
  CHECK(contains(e, "for an unknown reason"));
  e = error_for(Error{ExitCode::bad_data, "the data are damaged"});
  CHECK(e.first == ExitCode::bad_data);
  CHECK(contains(e, "error: the data are damaged"));
}
