#include "grid/job/check_parts.h"
#include "grid/job/start_date.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <variant>

namespace tessera::grid {

namespace {

void check_end(const Section& time, TimeSpec& spec) {
  if (const auto end = time.duration("end")) {
    spec.end = *end;
    if (!(*end > 0)) time.report("end", {"`end` must be above 0"});
  }
  if (const auto steps = time.integer("max_steps", 1)) spec.max_steps = *steps;
  if (time.find("end") == nullptr && time.find("max_steps") == nullptr) {
    time.report("end", {"[time] needs an end", "", "write end = \"10 min\" or max_steps = 1000", "end"});
  }
}

void check_step(const Section& time, TimeSpec& spec) {
  const solver::SolverSchema* schema = time.context().schema();
  if (time.find("dt") != nullptr && time.find("cfl") != nullptr) {
    time.report_at_key("cfl", {"`dt` and `cfl` are mutually exclusive", "remove one of them"});
  }
  if (const auto dt = time.duration("dt")) {
    spec.dt = *dt;
    if (!(*dt > 0)) {
      time.report("dt", {"`dt` must be above 0"});
    } else if (std::isfinite(spec.end) && spec.end / *dt > 1e15) {
      time.report("dt", {"`dt` is too small: the run would take more than 10^15 steps"});
    }
  }
  constexpr double min_cfl = 1e-100;
  const double max_cfl = std::max(1.0, schema != nullptr ? schema->default_cfl : 1.0);
  if (schema != nullptr) spec.cfl = schema->default_cfl;
  if (const auto cfl = time.number("cfl")) {
    spec.cfl = *cfl;
    if (!(*cfl >= min_cfl && *cfl <= max_cfl)) {
      time.report("cfl", {fmt::format("`cfl` must be at least {} and at most {}", min_cfl, max_cfl),
                          "it is the fraction of the stable time step"});
    }
  }
  if (const auto every = time.integer("cfl_every", 1)) {
    spec.cfl_every = *every;
    if (time.find("dt") != nullptr) {
      time.report("cfl_every",
                  {"`cfl_every` has no effect with `dt`, which fixes the time step", "remove one of them"});
    }
  }
  if (const auto shorten = time.boolean("shorten_steps")) {
    spec.shorten_steps = *shorten;
    if (time.find("dt") != nullptr) {
      time.report("shorten_steps", {"`shorten_steps` has no effect with `dt`, which fixes the time step",
                                    "remove one of them"});
    }
  }
  if (schema == nullptr || schema->has_dt) return;
  if (time.find("cfl") != nullptr) {
    time.report_at_key(
        "cfl", {fmt::format("`cfl` has no effect: the solver `{}` does not provide a stable time step",
                            schema->name),
                "write dt = \"...\""});
  } else if (time.find("dt") == nullptr) {
    time.require("dt", fmt::format("dt = \"1 ms\": the solver `{}` does not provide a stable time step",
                                   schema->name));
  }
}

void check_start(const Section& time, TimeSpec& spec) {
  const job::Node* node = time.find("start");
  if (node == nullptr) return;
  const char* const hint = "write start = 2004-12-26T00:58:53Z";
  if (!node->is(job::Node::Kind::date)) {
    time.reject_kind("start", "a date", node->is_text() ? std::string{hint} + ", without quotes" : hint);
    return;
  }
  auto date = parse_start_date(node->text);
  if (auto* start = std::get_if<std::string>(&date)) {
    spec.start = std::move(*start);
  } else {
    time.report("start", {std::get<DateError>(date).problem, hint});
  }
}

}  // namespace

void check_time(Context& context, Draft& draft) {
  const Section time{
      context, "time", {"end", "dt", "cfl", "cfl_every", "max_steps", "shorten_steps", "start"}};
  check_end(time, draft.spec.time);
  check_step(time, draft.spec.time);
  check_start(time, draft.spec.time);
}

void check_monitoring(Context& context, Draft& draft) {
  const Section diagnostics{context, "diagnostics", {"every"}};
  draft.spec.diagnostics_every =
      diagnostics.cadence("every").value_or(job::Cadence{job::Cadence::Unit::steps, 100.0});
  const Section health{context, "health", {"every"}};
  draft.spec.health_every = health.cadence("every").value_or(job::Cadence{job::Cadence::Unit::steps, 100.0});
}

}  // namespace tessera::grid
