// Runs a job of any kind, from the choice of its run directory to the report.
#pragma once

#include "run/options.h"
#include "work/kind.h"

namespace tessera::run {

/// Starts MPI, runs the job and returns the exit code of the process: 0 if done, 75 if stopped with a
/// checkpoint, otherwise the code of the error, which has been printed. Throws base::Error only for errors
/// before MPI starts. Must be called only once per process. @note Collective over all processes of the
/// launcher.
int run(const Options& options, const work::Kind& kind, const Terminal& terminal, int& argc, char**& argv);

}  // namespace tessera::run
