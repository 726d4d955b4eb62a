// Runs a job of any kind, from checking the job to the report.
#pragma once

#include "run/options.h"
#include "work/kind.h"

namespace tessera::run {

/// Initialises MPI, runs the job and returns the exit code of the process: 0 if the run is done, 75 if it was
/// stopped with a checkpoint, otherwise the code of the error, which has been printed. Throws base::Error
/// only if MPI cannot be initialised. Must be called only once per process.
/// @note Collective over all processes of the launcher.
int run(const Options& options, const work::Kind& kind, const Terminal& terminal, int& argc, char**& argv);

}  // namespace tessera::run
