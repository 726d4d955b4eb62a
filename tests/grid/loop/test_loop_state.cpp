// The state of a step loop as bytes.
#include "base/error.h"
#include "grid/loop/loop_state.h"

#include <catch2/catch.hpp>

#include <limits>

using namespace tessera;
using loop::LoopState;

namespace {

LoopState sample_state() {
  LoopState state;
  state.steps = {40, 2.5, 0.1, 36, 0.09, 0.03, 0.11};
  state.first_diagnostics = {1.5, -0.0, std::numeric_limits<double>::infinity()};
  state.probes = {{1.0, std::nullopt, 0.25}, {std::nullopt, std::nullopt, 0.0}, {0.5, 7.5, 3.0}};
  return state;
}

std::string error_of(const std::string& bytes) {
  try {
    loop::decode_loop_state(bytes, "here");
  } catch (const base::Error& e) {
    CHECK(e.code() == base::ExitCode::bad_data);
    return e.message();
  }
  return "no error";
}

}  // namespace

TEST_CASE("a state comes back from its bytes") {
  CHECK(loop::decode_loop_state(loop::encode(sample_state()), "here") == sample_state());
  CHECK(loop::decode_loop_state(loop::encode({}), "here") == LoopState{});
}

TEST_CASE("the bytes are little-endian records") {
  const std::string bytes = loop::encode(sample_state());
  CHECK(bytes.substr(0, 12) == std::string("\1\0\0\0\x28\0\0\0\0\0\0\0", 12));
  CHECK(bytes.size() == 4 + 8 + 8 + 12 + 8 + 3 * 8 + (8 + 3 * 8) + (8 + 3 * 32));
}

TEST_CASE("bytes that are cut off, too long or meaningless are refused") {
  const std::string whole = loop::encode(sample_state());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    CHECK(error_of(whole.substr(0, size)).find("here: ") == 0);
  }
  CHECK(error_of(whole + '\0') == "here: it has extra bytes after the loop state");
  std::string other = whole;
  other[0] = 2;
  CHECK(error_of(other) == "here: its loop state has an unsupported format");
  other = whole;
  other[20] = 2;  // whether the stable step is known
  CHECK(error_of(other) == "here: it contains a flag that is neither 0 nor 1");
  LoopState later = sample_state();
  later.steps.stable_dt_step = 41;
  CHECK(error_of(loop::encode(later)) == "here: its step numbers are invalid");
}
