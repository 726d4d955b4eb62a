// Serialization of the state of a time loop.
#include "base/error.h"
#include "grid/loop/loop_state.h"

#include <catch2/catch.hpp>

#include <limits>

using namespace tessera;
using loop::LoopState;

namespace {

LoopState sample_state() {
  LoopState state;
  state.steps = {40, 2.5, 0.1, 36, 0.09, 0.03, 0.11, 12, 1.75};
  state.first_diagnostics = {1.5, -0.0, std::numeric_limits<double>::infinity()};
  state.probes = {{{1.0, std::nullopt, 0.25}, "a at 1 2 0 where ", "depth by 0.1", 7},
                  {{std::nullopt, std::nullopt, 0.0}, "b", "", 0},
                  {{0.5, 7.5, 3.0}, "", "c", 9}};
  state.rises = {{8, 0.5, 3, {4.0, 2.0, 1.0, 0.5, 0.0}, false}, {40, 0.0, 0, {}, true}};
  state.statistics = {{"a: max of u[0]", 0.5, 2.5}, {"b", 0.0, 0.0}};
  return state;
}

std::string decode_error(const std::string& bytes) {
  try {
    loop::decode_loop_state(bytes, "here");
  } catch (const base::Error& e) {
    CHECK(e.code() == base::ExitCode::bad_data);
    return e.message();
  }
  return "no error";
}

}  // namespace

TEST_CASE("an encoded state decodes to the same state") {
  CHECK(loop::decode_loop_state(loop::encode(sample_state()), "here") == sample_state());
  CHECK(loop::decode_loop_state(loop::encode({}), "here") == LoopState{});
}

TEST_CASE("an encoded state consists of little-endian records") {
  const std::string bytes = loop::encode(sample_state());
  CHECK(bytes.substr(0, 12) == std::string("\4\0\0\0\x28\0\0\0\0\0\0\0", 12));
  CHECK(bytes.size() == 4 + 8 + 8 + 12 + 8 + 3 * 8 + 16 + (8 + 3 * 8) + (8 + 3 * 56 + 17 + 12 + 1 + 1) +
                            (8 + 2 * 68) + (8 + 2 * 24 + 14 + 1));
}

TEST_CASE("truncated, overlong and invalid bytes are rejected") {
  const std::string encoded = loop::encode(sample_state());
  for (std::size_t size = 0; size < encoded.size(); ++size) {
    CAPTURE(size);
    CHECK(decode_error(encoded.substr(0, size)).find("here: ") == 0);
  }
  CHECK(decode_error(encoded + '\0') == "here: it has extra bytes after the loop state");
  std::string modified = encoded;
  modified[0] = 5;
  CHECK(decode_error(modified) == "here: its loop state has an unsupported format");
  modified = encoded;
  modified[20] = 2;  // the flag for a known stable time step
  CHECK(decode_error(modified) == "here: it contains a flag that is neither 0 nor 1");
  LoopState invalid_state = sample_state();
  invalid_state.steps.stable_dt_step = 41;
  CHECK(decode_error(loop::encode(invalid_state)) == "here: its step numbers are invalid");
  invalid_state = sample_state();
  invalid_state.rises[0].first_step = 41;
  CHECK(decode_error(loop::encode(invalid_state)) == "here: its rises are invalid");
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  for (const auto& [first, latest] : {std::pair{2.0, 1.0}, {0.0, 2.6}, {nan, 1.0}, {0.0, nan}}) {
    invalid_state = sample_state();
    invalid_state.statistics[1] = {"b", first, latest};
    CHECK(decode_error(loop::encode(invalid_state)) == "here: the times of its statistics are invalid");
  }
}
