#include "run_keys.h"

namespace tessera::test {

namespace {

using enum Restart;
using enum Type;

std::string quoted(const std::string& text) { return "\"" + text + "\""; }

/// A key with a cadence, for which "1 step", "never" and numbers of seconds are valid.
JobKey cadence_key(const std::string& path, Restart restart, const std::string& change,
                   bool only_wall = false) {
  JobKey key{path, cadence, restart, "heat"};
  key.change = {override_path(path) + "=" + quoted(change)};
  for (const char* value :
       {"1 step", "9000000000000000 steps", "2e-15 s", "1e100 s", "5e-324 s wall", "1e100 s wall", "never"})
    key.accepted.push_back(quoted(value));
  if (!only_wall) key.accepted.push_back(quoted("end"));
  for (const char* number : {"1", "0.5", "1e100", "2e-15"}) key.accepted.push_back(number);
  for (const char* number : {"0", "0.0", "-0.0", "-1", "-5e-324", "1.1e100", "nan", "-inf"})
    key.rejected.push_back(number);
  for (const char* value : {"0 steps", "-1 steps", "9000000000000001 steps", "9223372036854775807 steps",
                            "9223372036854775808 steps", "0 s", "-0 s", "-1 s", "1.1e100 s", "1e300 s",
                            "1e308 weeks", "0 s wall", "1.1e100 s wall"})
    key.rejected.push_back(quoted(value));
  return key;
}

}  // namespace

std::vector<JobKey> time_keys() {
  return {
      {"time.end",
       duration,
       steps,
       "heat",
       {"time.end=0.03"},
       "",
       {},
       {"5e-324", "1e100", "\"1e100 s\"", "\"1 ns\""},
       {"0", "-0.0", "-1", "1.1e100", "\"1.1e100 s\"", "\"-1 s\"", "1e308"}},
      {"time.max_steps",
       integer,
       steps,
       "heat",
       {"time.max_steps=8"},
       "",
       {"time.end=1e-9"},
       {"1", "9223372036854775807"},
       {"0", "-1", "-9223372036854775808"}},
      {"time.dt",
       duration,
       refused,
       "heat",
       {"time.dt=1e-3"},
       "cfl 0.9",
       {},
       {"5e-324", "1e-3"},
       {"0", "-0.0", "-1", "1.1e100", "\"1.1e100 s\""}},
      {"time.cfl",
       number,
       refused,
       "heat",
       {"time.cfl=0.5"},
       "cfl 0.9",
       {},
       {"1e-100", "1", "1.0"},
       {"0", "-0.0", "9e-101", "-1", "1.0000000000000002"}},
      {"time.cfl_every",
       integer,
       refused,
       "plane",
       {"time.cfl_every=2"},
       "cfl_every 1",
       {},
       {"1", "9223372036854775807"},
       {"0", "-1"}},
      {"time.start",
       date,
       free,
       "heat",
       {"time.start=2004-12-26"},
       "",
       {},
       {"2004-12-26T00:58:53Z", "2004-12-26 00:58:53", "0001-01-01", "9999-12-31T23:59:59.999999Z"},
       {"0000-12-31", "00:58:53", "0001-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01",
        "2004-12-26T00:58:53.1234567Z"}},
      {"time.shorten_steps", boolean, refused, "heat", {"time.shorten_steps=false"}, "shorten_steps true"},
  };
}

std::vector<JobKey> output_keys() {
  std::vector<JobKey> keys{
      cadence_key("diagnostics.every", free, "2 steps"),
      cadence_key("health.every", free, "2 steps"),
      cadence_key("probes.every", free, "2 steps"),
      cadence_key("output.every", steps, "1 ms"),
      cadence_key("output.images.every", steps, "1 ms"),
      {"probes.fields", array, free, "plane", {"probes.fields=[\"depth\"]"}},
      {"probes.where", text, free, "plane", {"probes.where=\"depth > 0.5\""}},
      {"probes.arrival", table, free, "plane", {"probes.arrival={field=\"depth\",above=1}"}},
      {"probes.arrival.field", text, free, "plane", {"probes.arrival.field=\"depth\""}},
      {"probes.arrival.above",
       number,
       free,
       "plane",
       {"probes.arrival.above=1"},
       "",
       {},
       {"5e-324", "1e308"},
       {"0", "-0.0", "-1"}},
      {"probes.point", array, free, "heat", {"probes.point=[{name=\"q\",at=[0,0,0]}]"}},
      {"probes.point.name", text, free, "heat", {"probes.point.0.name=\"q\""}},
      {"probes.point.at",
       array,
       free,
       "heat",
       {"probes.point.0.at=[0,0,0]"},
       "",
       {},
       {"[0,0,0]", "[-0.0,0,0]", "[1,1,1]"},
       {"[-5e-324,0,0]", "[1.0000000000000002,0,0]", "[inf,0,0]", "[nan,0,0]", "[0,0]"}},
      {"probes.point.observed_arrival",
       duration,
       free,
       "plane",
       {"probes.point.0.observed_arrival=4"},
       "",
       {},
       {"0", "-0.0", "1e100"},
       {"-5e-324", "-1", "1.1e100"}},
      {"output.directory", text, free, "heat", {"output.directory=\"elsewhere\""}},
      {"output.fields", array, free, "heat", {"output.fields=[]", "output.images=[]"}},
      {"output.formats", array, free, "heat", {"output.formats=[\"hdf5\"]"}},
      {"output.images", table, free, "heat", {"output.images=[]"}},
      {"output.images.field", text, free, "plane", {"output.images.0.field=\"depth\""}},
      {"output.images.component",
       integer,
       free,
       "heat",
       {"output.images.0.component=0"},
       "",
       {},
       {"0"},
       {"-1", "1"}},
      {"output.images.slice",
       text,
       free,
       "heat",
       {"output.images.0.slice=\"x=0.1\""},
       "",
       {},
       {"\"z=0\"", "\"z=1\"", "\"y=-0.0\""},
       {"\"z=-5e-324\"", "\"z=1.0000000000000002\"", "\"z=inf\"", "\"z=nan\"", "\"z=1e400\""}},
      {"output.images.colormap", text, free, "heat", {"output.images.0.colormap=\"gray\""}},
      {"output.images.range",
       array,
       free,
       "heat",
       {"output.images.0.range=[0,1]"},
       "",
       {},
       {"[-1e300,1e300]", "[0,1e-290]", "[1,1.0000000000000002]"},
       {"[-1.1e300,0]", "[0,1.1e300]", "[0,9e-291]", "[0,5e-324]", "[-1e308,1e308]", "[1,1]", "[2,1]", "[0]",
        "[0,inf]", "[nan,1]"}},
      {"output.images.mask", table, free, "plane", {"output.images.0.mask={field=\"depth\"}"}},
      {"output.images.mask.field", text, free, "plane", {"output.images.0.mask.field=\"depth\""}},
      {"output.images.mask.above",
       number,
       free,
       "plane",
       {"output.images.0.mask.above=1"},
       "",
       {},
       {"-1e308", "1e308"}},
      {"output.images.width",
       integer,
       free,
       "plane",
       {"output.images.0.width=300"},
       "",
       {"domain.upper=[80.0,6.0]", "initial.bed=-1"},
       {"240", "8192"},
       {"239", "8193", "-1"}},
      {"output.images.probes", boolean, free, "plane", {"output.images.0.probes=false"}},
      {"log.level", text, free, "heat", {"log.level=\"debug\""}},
      {"log.per_rank", boolean, free, "heat", {"log.per_rank=true"}},
  };
  for (JobKey& key : keys) {
    if (key.restart != steps) continue;
    // Outputs at times of the simulation end steps; there must not be too many of them.
    key.with = {"time.end=1"};
    key.rejected.insert(key.rejected.end(), {quoted("9e-16 s"), quoted("5e-324 s")});
  }
  return keys;
}

std::vector<JobKey> run_keys() {
  std::vector<JobKey> keys{
      cadence_key("checkpoint.every", free, "1 step", true),
      {"checkpoint.at_end", boolean, free, "heat", {"checkpoint.at_end=true"}},
      {"checkpoint.keep",
       integer,
       free,
       "heat",
       {"checkpoint.keep=2"},
       "",
       {},
       {"2", "1000000"},
       {"1", "-1", "1000001"}},
      {"checkpoint.compress", boolean, free, "heat", {"checkpoint.compress=true"}},
      {"checkpoint.local",
       text,
       free,
       "heat",
       {"checkpoint.local=\"/dev/shm\""},
       "",
       {},
       {},
       {"\"\"", "\"here\""}},
      {"performance.steps_per_exchange",
       integer,
       free,
       "heat",
       {"performance.steps_per_exchange=2"},
       "",
       {"domain.cells=[64,64,64]"},
       {"1", "64", "\"stage\"", "\"auto\""},
       {"0", "-1", "65"}},
      {"performance.tile_rows",
       integer,
       free,
       "heat",
       {"performance.tile_rows=1"},
       "",
       {},
       {"0", "1", "1048576", "\"auto\""},
       {"-1", "1048577"}},
      {"performance.streaming", boolean, free, "heat", {"performance.streaming=true"}},
      {"performance.autotune", boolean, free, "heat", {"performance.autotune=true"}},
      {"performance.transport", text, free, "heat", {"performance.transport=\"messages\""}},
      {"performance.bricks", boolean, free, "heat", {"performance.bricks=false"}},
      {"performance.balance", boolean, free, "heat", {"performance.balance=false"}},
      {"performance.balance_every",
       integer,
       free,
       "heat",
       {"performance.balance_every=1"},
       "",
       {},
       {"1", "9223372036854775807", "\"auto\""},
       {"0", "-1"}},
      {"performance.guard", boolean, free, "heat", {"performance.guard=true"}},
  };
  keys.front().rejected.push_back(quoted("end"));
  for (const auto& [name, need] :
       std::map<std::string, std::string>{{"mtbf", "checkpoint.every=\"auto\""},
                                          {"max_loss", "checkpoint.every=\"auto\""},
                                          {"local_every", "checkpoint.local=\"/dev/shm\""}}) {
    JobKey key{"checkpoint." + name, duration, free, "heat"};
    key.change = {need, key.path + "=1"};
    key.with = {need};
    key.accepted = {"5e-324", "1e100", "\"1 day\""};
    key.rejected = {"0", "-0.0", "-1", "1.1e100", "\"1.1e100 s\""};
    keys.push_back(key);
  }
  return keys;
}

}  // namespace tessera::test
