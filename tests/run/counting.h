// Counter jobs for the tests of run/, and the expected digests of their states.
#pragma once

#include "counter.h"

#include "run/job_request.h"

#include <string>

namespace tessera::test {

constexpr std::uint64_t counter_chunk_count = 5;

/// The text of a job file with `steps` steps and a checkpoint every 3 steps, but not at the end.
/// `extra_lines` is appended to the section [checkpoint].
inline std::string counter_job(int steps, const std::string& extra_lines = {}) {
  return "[job]\nname = \"counting\"\nsolver = \"counter\"\n[count]\nchunks = 5\nsteps = " +
         std::to_string(steps) + "\n[checkpoint]\nevery = \"3 steps\"\nat_end = false\n" + extra_lines;
}

inline work::CheckedJob checked_job(const std::string& job_text) {
  rundir::RunRecord record;
  record.job_path = "job.toml";
  record.job_text = job_text;
  return run::with_builds(run::check_recorded_job(counter::Kind{}, {}, record, {}));
}

/// The expected digest of the state after `steps` steps.
inline std::uint64_t digest_after(std::int64_t steps) {
  std::uint64_t digest = 0;
  for (std::uint64_t c = 0; c < counter_chunk_count; ++c) {
    std::uint64_t sum = 0;
    for (std::int64_t s = 0; s < steps; ++s) sum += counter::addend(c, s);
    digest += (sum ^ counter::addend(c, 0)) * 0xD6E8FEB86659FD93u;
  }
  return digest;
}

}  // namespace tessera::test
