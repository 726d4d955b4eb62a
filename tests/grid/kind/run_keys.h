// The part of the table of job keys that describes the course of a run and its outputs.
#pragma once

#include "job_keys.h"

#include <vector>

namespace tessera::test {

/// The keys of [time].
std::vector<JobKey> time_keys();

/// The keys of the sections whose results are written during a run, such as [output] and [probes].
std::vector<JobKey> output_keys();

/// The keys of [checkpoint] and [performance].
std::vector<JobKey> run_keys();

}  // namespace tessera::test
