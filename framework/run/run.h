// Runs a job of any kind, from the choice of its directory to its report.
#pragma once

#include "run/options.h"
#include "work/kind.h"

namespace tessera::run {

/// Starts MPI, runs the job and returns the exit code of the process: 0 done, 75 stopped with a checkpoint,
/// otherwise that of the error, which has been printed. Throws base::Error only for what is found before MPI
/// starts. Call once per process. @note Collective over all processes that a launcher started.
int run(const Options& options, const work::Kind& kind, const Terminal& terminal, int& argc, char**& argv);

}  // namespace tessera::run
