#include "grid/loop/loop_state.h"

#include "base/record.h"

#include <optional>

namespace tessera::loop {

namespace {

constexpr std::uint32_t format_version = 4;

void put(base::RecordWriter& out, const std::optional<double>& value) {
  out.u32(value ? 1 : 0);
  out.f64(value.value_or(0.0));
}

bool get_flag(base::RecordReader& in) {
  const std::uint32_t flag = in.u32();
  if (flag > 1) in.fail("it contains a flag that is neither 0 nor 1");
  return flag == 1;
}

std::optional<double> get_optional(base::RecordReader& in) {
  const bool present = get_flag(in);
  const double value = in.f64();
  return present ? std::optional{value} : std::nullopt;
}

constexpr std::size_t optional_bytes = 12;
constexpr std::size_t text_length_bytes = 8;
constexpr std::size_t rise_bytes = 28 + 8 * (GrowthWatch::last_records + 1);
constexpr std::size_t max_key_bytes = std::size_t{1} << 24;

}  // namespace

std::string encode(const LoopState& state) {
  base::RecordWriter out;
  out.u32(format_version);
  const TimeSteps::State& s = state.steps;
  out.i64(s.step);
  out.f64(s.time);
  put(out, s.stable_dt);
  out.i64(s.stable_dt_step);
  out.f64(s.max_dt_since_update);
  out.f64(s.min_dt);
  out.f64(s.max_dt);
  out.i64(s.anchor_step);
  out.f64(s.anchor_time);
  out.u64(state.first_diagnostics.size());
  for (const double v : state.first_diagnostics) out.f64(v);
  out.u64(state.probes.size());
  for (const SavedProbe& p : state.probes) {
    out.text(p.key);
    out.text(p.arrival_key);
    out.i64(p.cell);
    put(out, p.first_value);
    put(out, p.arrival);
    out.f64(p.max_rise);
  }
  out.u64(state.rises.size());
  for (const GrowthWatch::Rise& r : state.rises) {
    out.i64(r.first_step);
    out.f64(r.first);
    out.i64(r.records);
    for (const double v : r.latest) out.f64(v);
    out.u32(r.reported ? 1 : 0);
  }
  out.u64(state.statistics.size());
  for (const SavedStatistic& statistic : state.statistics) {
    out.text(statistic.definition);
    out.f64(statistic.first_time);
    out.f64(statistic.latest_time);
  }
  return out.bytes();
}

LoopState decode_loop_state(std::string_view bytes, const std::string& what) {
  base::RecordReader in{bytes, what};
  if (in.u32() != format_version) in.fail("its loop state has an unsupported format");
  LoopState state;
  TimeSteps::State& s = state.steps;
  s.step = in.i64();
  s.time = in.f64();
  s.stable_dt = get_optional(in);
  s.stable_dt_step = in.i64();
  s.max_dt_since_update = in.f64();
  s.min_dt = in.f64();
  s.max_dt = in.f64();
  s.anchor_step = in.i64();
  s.anchor_time = in.f64();
  if (s.step < 0 || s.stable_dt_step < 0 || s.stable_dt_step > s.step || s.anchor_step < 0 ||
      s.anchor_step > s.step)
    in.fail("its step numbers are invalid");
  state.first_diagnostics.resize(in.count(8));
  for (double& v : state.first_diagnostics) v = in.f64();
  state.probes.resize(in.count(2 * text_length_bytes + 8 + 2 * optional_bytes + 8));
  for (SavedProbe& p : state.probes) {
    p.key = in.text(max_key_bytes);
    p.arrival_key = in.text(max_key_bytes);
    p.cell = in.i64();
    p.first_value = get_optional(in);
    p.arrival = get_optional(in);
    p.max_rise = in.f64();
  }
  state.rises.resize(in.count(rise_bytes));
  for (GrowthWatch::Rise& r : state.rises) {
    r.first_step = in.i64();
    r.first = in.f64();
    r.records = in.i64();
    if (r.first_step < 0 || r.first_step > s.step || r.records < 0) in.fail("its rises are invalid");
    for (double& v : r.latest) v = in.f64();
    r.reported = get_flag(in);
  }
  state.statistics.resize(in.count(text_length_bytes + 16));
  for (SavedStatistic& statistic : state.statistics) {
    statistic.definition = in.text(max_key_bytes);
    statistic.first_time = in.f64();
    statistic.latest_time = in.f64();
    if (!(statistic.first_time <= statistic.latest_time) || !(statistic.latest_time <= s.time))
      in.fail("the times of its statistics are invalid");
  }
  if (in.remaining() > 0) in.fail("it has extra bytes after the loop state");
  return state;
}

}  // namespace tessera::loop
