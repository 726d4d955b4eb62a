// What every job has, whatever its kind.
#pragma once

#include "job/units.h"

#include <string>

namespace tessera::job {

/// When the state of a run is saved, to resume from after a failure.
struct CheckpointSpec {
  Cadence every{Cadence::Unit::wall, 300.0};  ///< by wall-clock time or by steps
  bool automatic = false;  ///< the interval follows from the cost of a checkpoint and the failure rate
  double failures_every = 86400.0;  ///< mean time between failures of the whole run, seconds
  double most_loss = 600.0;         ///< most seconds of work that a failure may cost
  int keep = 3;                     ///< newest checkpoints that are kept
  bool compress = false;            ///< compress those in the run directory with Zstandard
  std::string local;                ///< node-local folder for a faster level, such as /dev/shm; empty: none
  double local_every = 30.0;        ///< seconds of wall-clock time between two node-local checkpoints
};

enum class LogLevel { debug, info, warning, error };

struct LogSpec {
  LogLevel level = LogLevel::info;
  bool per_rank = false;
};

struct Header {
  std::string path;    ///< the job file, as given
  std::string folder;  ///< base of the relative paths in the job
  std::string text;    ///< the job as run: the file with the overrides applied, TOML
  std::string name;
  std::string solver;                     ///< name or path of the plugin, as written
  std::string output_directory = "runs";  ///< parent of new run directories
  CheckpointSpec checkpoint;
  LogSpec log;
};

}  // namespace tessera::job
