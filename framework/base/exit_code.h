// Exit codes of the program, after BSD's sysexits.h.
#pragma once

namespace tessera::base {

enum class ExitCode : int {
  done = 0,
  different = 1,       ///< `tessera diff` found a difference, `tessera doctor` found something to fix
  usage = 64,          ///< wrong command line
  bad_data = 65,       ///< an input file's content is wrong
  no_input = 66,       ///< an input file is missing or unreadable
  unavailable = 69,    ///< something the run needs is missing (a solver plugin, an MPI launcher)
  internal = 70,       ///< the solver or Tessera itself failed
  os_error = 71,       ///< the operating system refused a resource, such as memory
  cannot_create = 73,  ///< an output cannot be created, or exists already
  io_error = 74,       ///< reading or writing failed midway
  again = 75,          ///< stopped with a checkpoint: run again to continue
  bad_job = 78         ///< the job file is wrong
};

}  // namespace tessera::base
