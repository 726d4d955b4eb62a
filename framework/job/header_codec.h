// Serialization of the header, the parameters and the series of a job, for sending them to other ranks.
#pragma once

#include "base/archive.h"
#include "job/header.h"
#include "job/parameters.h"
#include "job/time_series.h"

namespace tessera::job {

constexpr Cadence::Unit last_of(Cadence::Unit) { return Cadence::Unit::wall; }
constexpr LogLevel last_of(LogLevel) { return LogLevel::error; }

void describe(auto& archive, base::MaybeConst<Cadence> auto& c) { archive(c.unit, c.amount); }

void describe(auto& archive, base::MaybeConst<CheckpointSpec> auto& c) {
  archive(c.every, c.automatic, c.mtbf, c.max_loss, c.at_end, c.keep, c.compress, c.local, c.local_every);
}

void describe(auto& archive, base::MaybeConst<LogSpec> auto& l) { archive(l.level, l.per_rank); }

void describe(auto& archive, base::MaybeConst<ParameterValues> auto& p) {
  archive(p.reals, p.integers, p.texts, p.times);
}

void describe(auto& archive, base::MaybeConst<TimeSeries> auto& s) { archive(s.times, s.values); }

void describe(auto& archive, base::MaybeConst<Header> auto& h) {
  archive(h.path, h.folder, h.text, h.name, h.solver, h.output_directory, h.checkpoint, h.log);
}

}  // namespace tessera::job
