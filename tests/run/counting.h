// Counter jobs for the tests of run/, and the digests of the states that they must reach.
#pragma once

#include "counter.h"

#include "run/job_request.h"

#include <string>

namespace tessera::test {

constexpr std::uint64_t counted_chunks = 5;

/// A job file with `steps` steps and a checkpoint every 3 steps. `more`: lines to append.
inline std::string counting(int steps, const std::string& more = {}) {
  return "[job]\nname = \"counting\"\nsolver = \"counter\"\n[count]\nchunks = 5\nsteps = " +
         std::to_string(steps) + "\n[checkpoint]\nevery = \"3 steps\"\n" + more;
}

inline work::CheckedJob checked(const std::string& text) {
  rundir::RunRecord record;
  record.job_path = "job.toml";
  record.job_text = text;
  return run::check_recorded_job(counter::Kind{}, {}, record, {});
}

/// The state digest after `steps` steps, computed without a run.
inline std::uint64_t digest_after(std::int64_t steps) {
  std::uint64_t digest = 0;
  for (std::uint64_t c = 0; c < counted_chunks; ++c) {
    std::uint64_t sum = 0;
    for (std::int64_t s = 0; s < steps; ++s) sum += counter::number(c, s);
    digest += (sum ^ counter::number(c, 0)) * 0xD6E8FEB86659FD93u;
  }
  return digest;
}

}  // namespace tessera::test
