// The table of all keys of a grid job: their limits, and what happens if they change when a run is resumed.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace tessera::test {

enum class Type {
  integer,
  number,
  duration,
  cadence,
  boolean,
  text,
  array,
  table,
  time,     ///< a number or a date
  formula,  ///< a number, a formula or a table
  date
};

/// Whether a key may change when a run is resumed.
enum class Restart {
  refused,  ///< no: it belongs to the identity of the job
  free,     ///< yes, without an effect on the state
  steps     ///< yes, although it affects the number or the lengths of the steps that follow
};

/// A key of a job file. All values are in TOML.
struct JobKey {
  std::string path;  ///< such as "probes.point.at", without indices; `*` stands for any face or field
  Type type;
  Restart restart;
  std::string job;                         ///< the name of a sample job; see sample_jobs()
  std::vector<std::string> change = {};    ///< overrides that change the key in a valid way
  std::string refusal = {};                ///< part of the message that refuses this change
  std::vector<std::string> with = {};      ///< overrides for `accepted` and `rejected`
  std::vector<std::string> accepted = {};  ///< values within the limits, the limits themselves included
  std::vector<std::string> rejected = {};  ///< values beyond the limits
};

/// Returns the path of a key for an override: that of the first element of each array of tables.
inline std::string override_path(std::string path) {
  for (const auto& [from, to] :
       std::map<std::string, std::string>{{"probes.point.", "probes.point.0."},
                                          {"probes.region.", "probes.region.0."},
                                          {"probes.transect.", "probes.transect.0."},
                                          {"output.images.", "output.images.0."},
                                          {"output.statistic.", "output.statistic.0."},
                                          {"parameters.fault.", "parameters.fault.0."},
                                          {"boundary.*.fixed", "boundary.west.fixed"},
                                          {"boundary.*.face", "boundary.east.face"},
                                          {"initial.*", "initial.bed"}}) {
    if (const auto at = path.find(from); at != std::string::npos) path.replace(at, from.size(), to);
  }
  return path;
}

/// Jobs that contain every section and every table of a job file between them. They take six steps, and can
/// stop after each. The files bed.h5 and tide.csv must be in their folder.
inline const std::map<std::string, std::string>& sample_jobs() {
  static const std::string common = R"toml(
[time]
max_steps = 6
[diagnostics]
every = "1 step"
[health]
every = "1 step"
[log]
level = "error"
[checkpoint]
every = "never"
at_end = false
[performance]
autotune = false
)toml";
  static const std::string plane = R"toml(
[initial]
bed = { file = "bed.h5", dataset = "bed", axes = ["x", "y"], at = 2, between = "nearest" }
surface = "0.1*sin(x)"
[probes]
every = "1 step"
arrival = { field = "surface", above = 0.02 }
[[probes.point]]
name = "p"
at = [1.5, 1.5]
observed_arrival = 3
[output]
every = "end"
[[output.statistic]]
of = "surface"
statistic = "max"
[[output.images]]
field = "surface"
width = 240
mask = { field = "bed", above = 0 }
)toml";
  static const std::map<std::string, std::string> jobs{
      {"heat", R"toml([job]
name = "heat"
solver = "heat"
[domain]
cells = [8, 6, 4]
chunk = [4, 3, 4]
[parameters]
diffusivity = 0.5
[initial]
temperature = "sin(9*x) + y*z"
[probes]
every = "1 step"
[[probes.point]]
name = "p"
at = [0.5, 0.5, 0.5]
[[probes.region]]
name = "r"
sum = "temperature"
[[probes.transect]]
name = "t"
from = [0, 0, 0]
to = [1, 1, 1]
points = 5
[output]
every = "end"
formats = []
[[output.images]]
slice = "z=0.5"
width = 240
)toml" + common},
      {"plane", R"toml([job]
name = "plane"
solver = "shallow_water"
[domain]
cells = [8, 6]
lower = [0.0, 0.0]
upper = [8.0, 6.0]
boundary = { west = { fixed = { depth = 1 } }, east = { face = { momentum_x = 0 } }, y = "wall" }
[[parameters.fault]]
longitude = 4.0
latitude = 3.0
depth = 0.002
strike = 10.0
dip = 45.0
rake = 90.0
slip = 0.1
length = 0.001
width = 0.001
)toml" + plane + common},
      {"sphere", R"toml([job]
name = "sphere"
solver = "shallow_water"
[domain]
cells = [8, 6]
lower = [0.0, 0.0]
upper = [8.0, 6.0]
geometry = "spherical"
boundary = { west = { fixed = { depth = { file = "tide.csv", column = "level", time = "time" } } }, east = "wall", y = "wall" }
)toml" + plane + common.substr(0, common.find("max_steps")) +
                     "end = 1e7\n" + common.substr(common.find("max_steps"))}};
  return jobs;
}

/// The table of all keys.
std::vector<JobKey> job_keys();

}  // namespace tessera::test
