// A run of a job as part of a test of the solver.
#pragma once

#include "grid/geometry/index.h"
#include "grid/job/job_spec.h"

#include <cstdint>
#include <string>
#include <vector>

namespace tessera::conformance {

/// How a job is run. The results must not depend on it.
struct Setting {
  int ranks = 1;
  grid::Index chunk{{1, 1, 1}};  ///< chunk size in cells
  bool bricks = true;            ///< whether chunks of a rank that form a box share storage
  int steps_per_exchange = 0;    ///< 0: one halo exchange before each stage
  grid::Transport transport = grid::Transport::automatic;
  grid::Partitioner partitioner = grid::Partitioner::rcb;

  friend bool operator==(const Setting&, const Setting&) = default;
};

/// Describes a setting: "2 ranks, chunks of 7 x 6 cells, 3 steps per exchange, messages". `dimensions`: the
/// number of dimensions of the domain.
std::string text_of(const Setting& setting, int dimensions);

struct Trial {
  std::string name;  ///< name of the run directory
  Setting setting;
  bool guarded = false;  ///< whether the solver's memory accesses are checked
  std::int64_t max_steps = 1;
  std::int64_t checkpoint_every = 0;  ///< steps between checkpoints; 0: no checkpoints
  std::string resume_from;            ///< path of a checkpoint; empty: start from the beginning
};

/// Returns the job overrides that configure a trial, as arguments of `tessera run`. They replace [output],
/// [checkpoint] and [performance]. `fields`: names of the fields to write at the end of the run; a
/// guarded trial writes none.
std::vector<std::string> overrides_of(const Trial& trial, int dimensions,
                                      const std::vector<std::string>& fields);

}  // namespace tessera::conformance
