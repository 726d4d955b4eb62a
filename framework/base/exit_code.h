// Exit codes of the program, most of them as in BSD's sysexits.h.
#pragma once

namespace tessera::base {

enum class ExitCode : int {
  done = 0,
  check_failed = 1,    ///< `tessera diff`, `verify`, `doctor` or `test` found a difference or a problem
  usage = 64,          ///< invalid command line
  bad_data = 65,       ///< the content of an input file is invalid
  no_input = 66,       ///< an input file is missing or unreadable
  unavailable = 69,    ///< something that the run needs is missing (a solver plugin, an MPI launcher)
  internal = 70,       ///< the solver or Tessera itself failed
  os_error = 71,       ///< the operating system refused a resource, such as memory
  cannot_create = 73,  ///< an output cannot be created, or already exists
  io_error = 74,       ///< reading or writing failed midway
  resumable = 75,      ///< the run stopped with a checkpoint and can be resumed
  bad_job = 78         ///< the job file is invalid
};

}  // namespace tessera::base
