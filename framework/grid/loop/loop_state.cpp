#include "grid/loop/loop_state.h"

#include "base/record.h"

#include <optional>

namespace tessera::loop {

namespace {

constexpr std::uint32_t format = 1;

void put(base::RecordWriter& out, const std::optional<double>& value) {
  out.u32(value ? 1 : 0);
  out.f64(value.value_or(0.0));
}

std::optional<double> get_optional(base::RecordReader& in) {
  const std::uint32_t present = in.u32();
  if (present > 1) in.refuse("a flag in it is neither 0 nor 1");
  const double value = in.f64();
  return present == 1 ? std::optional{value} : std::nullopt;
}

constexpr std::size_t optional_bytes = 12;

}  // namespace

std::string encoded(const LoopState& state) {
  base::RecordWriter out;
  out.u32(format);
  const TimeSteps::State& s = state.steps;
  out.i64(s.step);
  out.f64(s.time);
  put(out, s.stable_dt);
  out.i64(s.stable_dt_step);
  out.f64(s.held_dt);
  out.f64(s.smallest_dt);
  out.f64(s.largest_dt);
  out.u64(state.first_diagnostics.size());
  for (const double v : state.first_diagnostics) out.f64(v);
  out.u64(state.probes.size());
  for (const ProbeState& p : state.probes) {
    put(out, p.first);
    put(out, p.arrival);
    out.f64(p.highest);
  }
  return out.bytes();
}

LoopState decoded_loop_state(std::string_view bytes, const std::string& what) {
  base::RecordReader in{bytes, what};
  if (in.u32() != format) in.refuse("the state of its loop has another format");
  LoopState state;
  TimeSteps::State& s = state.steps;
  s.step = in.i64();
  s.time = in.f64();
  s.stable_dt = get_optional(in);
  s.stable_dt_step = in.i64();
  s.held_dt = in.f64();
  s.smallest_dt = in.f64();
  s.largest_dt = in.f64();
  if (s.step < 0 || s.stable_dt_step < 0 || s.stable_dt_step > s.step) in.refuse("it has no such step");
  state.first_diagnostics.resize(in.count(8));
  for (double& v : state.first_diagnostics) v = in.f64();
  state.probes.resize(in.count(2 * optional_bytes + 8));
  for (ProbeState& p : state.probes) {
    p.first = get_optional(in);
    p.arrival = get_optional(in);
    p.highest = in.f64();
  }
  if (in.left() > 0) in.refuse("there is more in it than the state of a loop");
  return state;
}

}  // namespace tessera::loop
