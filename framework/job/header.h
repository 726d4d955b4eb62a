// Settings common to all kinds of jobs.
#pragma once

#include "job/units.h"

#include <string>

namespace tessera::job {

/// When and how checkpoints are written.
struct CheckpointSpec {
  Cadence every{Cadence::Unit::wall, 300.0};  ///< by wall-clock time or by steps
  bool automatic = false;     ///< derive the interval from the checkpoint cost and the failure rate
  double mtbf = 86400.0;      ///< mean time between failures of the whole run, in seconds
  double max_loss = 600.0;    ///< maximum computing time lost in a failure, in seconds
  bool at_end = true;         ///< save the final state, so that the run can be extended
  int keep = 3;               ///< number of most recent checkpoints to keep
  bool compress = false;      ///< compress checkpoints in the run directory with Zstandard
  std::string local;          ///< folder for node-local checkpoints, such as /dev/shm; empty if disabled
  double local_every = 30.0;  ///< interval between node-local checkpoints, in seconds of wall-clock time
};

enum class LogLevel { debug, info, warning, error };

struct LogSpec {
  LogLevel level = LogLevel::info;
  bool per_rank = false;
};

struct Header {
  std::string path;    ///< path of the job file, as given
  std::string folder;  ///< base folder of relative paths in the job
  std::string text;    ///< the job as TOML, with the overrides applied
  std::string name;
  std::string solver;                     ///< name or path of the plugin, as given in the job file
  std::string output_directory = "runs";  ///< parent folder of new run directories
  CheckpointSpec checkpoint;
  LogSpec log;
};

}  // namespace tessera::job
