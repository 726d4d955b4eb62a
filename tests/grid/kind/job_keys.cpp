#include "job_keys.h"

#include "run_keys.h"

namespace tessera::test {

namespace {

using enum Restart;
using enum Type;

std::vector<JobKey> job_and_domain_keys() {
  return {
      {"job.name", text, free, "heat", {"job.name=\"other\""}},
      {"job.description", text, free, "heat", {"job.description=\"text\""}},
      {"job.solver",
       text,
       refused,
       "heat",
       {"job.solver=\"shallow_water\"", "domain.cells=[8,6]", "domain.chunk=[4,3]", "parameters={}",
        "initial={}", "probes.point.0.at=[0.5,0.5]", "probes.region=[]", "probes.transect=[]",
        "output.images=[]"},
       "solver `heat`, not `shallow_water`"},
      {"domain.cells",
       array,
       refused,
       "heat",
       {"domain.cells=[8,6,5]"},
       "cells 5",
       {"domain.chunk=1"},
       {"[1,1,1]", "[1,1,200]"},
       {"[0,6,4]", "[8,6,-1]", "[]", "[1,1,1,1]", "[8.0,6,4]", "[4611686018427387905,1,1]",
        "[9223372036854775807,1,1]", "[9223372036854775808,1,1]", "[2097152,2097152,2097152]",
        "[4611686018427387904,4611686018427387904,4611686018427387904]"}},
      {"domain.lower",
       array,
       refused,
       "heat",
       {"domain.lower=[-1,0,0]"},
       "lower -1",
       {},
       {"[-1e100,0,0]", "[-0.0,0,0]"},
       {"[-1.1e100,0,0]", "[1,0,0]", "[1.0000000000000002,0,0]", "[0.9999999999999999,0,0]", "[inf,0,0]",
        "[nan,0,0]", "[-1e400,0,0]", "[0,0]", "[true,0,0]"}},
      {"domain.upper",
       array,
       refused,
       "heat",
       {"domain.upper=[2,1,1]"},
       "upper 2",
       {"probes.point.0.at=[0,0,0]", "probes.transect=[]", "output.images.0.slice=\"z=0\""},
       {"[1e100,1e100,1e100]", "[8e-100,7e-100,4e-100]", "[1e100,7e-100,1]"},
       {"[1.1e100,1,1]", "[7.9e-100,1,1]", "[0,1,1]", "[-0.0,1,1]", "[5e-324,1,1]", "[1e308,1,1]",
        "[inf,1,1]", "[nan,1,1]", "[1,1]"}},
      {"domain.geometry", text, refused, "plane", {"domain.geometry=\"spherical\""}, "geometry cartesian"},
      {"domain.radius",
       number,
       refused,
       "sphere",
       {"domain.radius=1e6"},
       "radius 1000000 m",
       {},
       {"1e-50", "1e50"},
       {"9e-51", "1.1e50", "0", "-0.0", "-1", "5e-324"}},
      {"domain.chunk",
       integer,
       refused,
       "heat",
       {"domain.chunk=[8,6,4]"},
       "chunk in [domain]",
       {},
       {"1", "[1,6,1]", "9223372036854775807"},
       {"0", "-1", "[4,3]", "[4,3,0]", "[4,3,1.5]"}},
      {"domain.partition", text, free, "heat", {"domain.partition=\"sfc\""}},
      {"domain.boundary",
       table,
       refused,
       "plane",
       {"domain.boundary=\"outflow\""},
       "boundary x lower: fixed"},
      {"domain.boundary.*.fixed",
       table,
       refused,
       "plane",
       {"domain.boundary.west.fixed.depth=2"},
       "boundary x lower, depth[0]: 1",
       {},
       {"{ depth = 0 }", "{ depth = 5e-324 }", "{ depth = \"1 + t\" }"},
       {"{ depth = inf }", "{ depth = nan }", "{ depth = true }", "{}"}},
      {"domain.boundary.*.face",
       table,
       refused,
       "plane",
       {"domain.boundary.east.face.momentum_x=0.1"},
       "boundary x upper, momentum_x[0]: 0",
       {},
       {"{ momentum_x = -1e-300 }"},
       {"{ momentum_x = -inf }", "{ momentum_x = 1e400 }"}},
  };
}

std::vector<JobKey> series_keys() {
  const std::string series = "domain.boundary.west.fixed.depth";
  const std::string inlined = series + "={ times = [0, 1e7], values = [1, 1] }";
  const std::string path = "domain.boundary.*.fixed.depth.";
  const std::string refusal = "boundary x lower, depth[0]: series";
  return {
      {path + "file", text, refused, "sphere", {series + ".file=\"other.csv\""}, refusal},
      {path + "column", text, refused, "sphere", {series + ".column=\"other\""}, refusal},
      {path + "time", text, refused, "sphere", {series + ".time=\"hours\""}, refusal},
      {path + "times",
       array,
       refused,
       "sphere",
       {inlined},
       refusal,
       {inlined},
       {"[0, 1e7]", "[-1e100, 1e7]", "[-0.0, 1e100]"},
       {"[0]", "[0, 0]", "[1e7, 0]", "[0, 1.1e100]", "[0, inf]", "[nan, 1e7]"}},
      {path + "values",
       array,
       refused,
       "sphere",
       {inlined},
       refusal,
       {inlined},
       {"[1, 2]", "[5e-324, 1]"},
       {"[1]", "[]", "[1, nan]", "[1, inf]", "[1, 1e400]"}},
  };
}

std::vector<JobKey> face_keys() {
  std::vector<JobKey> keys;
  for (const auto& [name, line] : std::map<std::string, std::string>{{"x", "x lower"},
                                                                     {"y", "y lower"},
                                                                     {"z", "z lower"},
                                                                     {"x_lower", "x lower"},
                                                                     {"x_upper", "x upper"},
                                                                     {"y_lower", "y lower"},
                                                                     {"y_upper", "y upper"},
                                                                     {"z_lower", "z lower"},
                                                                     {"z_upper", "z upper"},
                                                                     {"west", "x lower"},
                                                                     {"east", "x upper"},
                                                                     {"south", "y lower"},
                                                                     {"north", "y upper"},
                                                                     {"bottom", "z lower"},
                                                                     {"top", "z upper"}}) {
    JobKey key{"domain.boundary." + name, text, refused, "heat"};
    key.change = {"domain.boundary." + name + "=\"wall\""};
    key.refusal = "boundary " + line + ": outflow";
    keys.push_back(key);
  }
  return keys;
}

std::vector<JobKey> parameter_keys() {
  std::vector<JobKey> keys{
      {"parameters.diffusivity",
       number,
       refused,
       "heat",
       {"parameters.diffusivity=1"},
       "parameter diffusivity: 0.5",
       {"time.end=1"},
       {"0", "-0.0", "5e-324", "1e-100", "\"2 m^2/s\""},
       {"-5e-324", "-1", "\"2 m\"", "\"2\""}},
      {"parameters.limiter",
       text,
       refused,
       "plane",
       {"parameters.limiter=\"minmod\""},
       "parameter limiter: \"mc\""},
      {"parameters.fault", array, refused, "plane", {"parameters.fault=[]"}, "parameter longitude: 4"},
  };
  struct Range {
    std::string name;
    std::vector<std::string> accepted;
    std::vector<std::string> rejected;
  };
  for (const Range& r : std::vector<Range>{{"gravity", {"5e-324", "10"}, {"0", "-1"}},
                                           {"rotation", {"-1", "0", "1"}, {}},
                                           {"coriolis", {"-1", "0", "1"}, {}},
                                           {"manning", {"0", "5e-324"}, {"-5e-324"}},
                                           {"dry_depth", {"1e-100", "1"}, {"0", "9e-101", "-1"}},
                                           {"sea_level", {"-1", "0", "1"}, {}},
                                           {"density", {"5e-324", "1e100"}, {"0", "-1"}},
                                           {"fault.longitude", {"-400", "400"}, {}},
                                           {"fault.latitude", {"-400", "400"}, {}},
                                           {"fault.depth", {"0.001", "1e3"}, {"0", "-1"}},
                                           {"fault.strike", {"-720", "0", "720"}, {}},
                                           {"fault.dip", {"0", "90"}, {"-5e-324", "90.00000000000001"}},
                                           {"fault.rake", {"-720", "0", "720"}, {}},
                                           {"fault.slip", {"-1", "0"}, {}},
                                           {"fault.length", {"5e-324", "1e3"}, {"0", "-1"}},
                                           {"fault.width", {"5e-324", "0.005"}, {"0", "-1"}},
                                           {"fault.rupture", {"0", "1e100"}, {"-5e-324", "-1"}}}) {
    JobKey key{"parameters." + r.name, number, refused, "plane"};
    key.change = {override_path(key.path) + "=" + (r.name == "fault.rupture" ? "1e-3" : "0.0015")};
    key.refusal = "parameter " + r.name.substr(r.name.find('.') + 1) + ": ";
    key.accepted = r.accepted;
    key.rejected = r.rejected;
    keys.push_back(key);
  }
  return keys;
}

std::vector<JobKey> initial_keys() {
  std::vector<JobKey> keys{
      {"initial.temperature",
       formula,
       refused,
       "heat",
       {"initial.temperature=\"x\""},
       "initial temperature[0] = \"sin(9*x) + y*z\"",
       {},
       {"0", "-1e300", "5e-324"},
       {"inf", "nan", "1e400"}},
      {"initial.depth", formula, refused, "plane", {"initial={bed=-1,depth=1}"}, "initial depth[0]"},
      {"initial.bed", formula, refused, "plane", {"initial.bed=-1"}, "initial bed[0] = data"},
      {"initial.surface", formula, refused, "plane", {"initial.surface=0"}, "initial surface[0]"},
      {"initial.*.file", text, refused, "plane", {"initial.bed.file=\"other.h5\""}, "data of field"},
      {"initial.*.dataset", text, refused, "plane", {"initial.bed.dataset=\"other\""}, "data of field"},
      {"initial.*.axes", array, refused, "plane", {"initial.bed.axes=[\"wide_x\",\"y\"]"}, "data of field"},
      {"initial.*.at",
       time,
       refused,
       "plane",
       {"initial.bed.at=8"},
       "data of field",
       {},
       {"0", "2.5", "10", "\"7.5\""}},
      {"initial.*.between", text, refused, "plane", {"initial.bed.between=\"linear\""}, "data of field"},
      {"initial.*.run", text, refused, "plane", {"initial.bed={run=\"source\"}"}, "data of field"},
      {"initial.*.field",
       text,
       refused,
       "plane",
       {"initial.bed={run=\"source\",field=\"ground\"}"},
       "data of field"},
      {"initial.*.component",
       integer,
       refused,
       "plane",
       {"initial.bed.dataset=\"parts\"", "initial.bed.component=2"},
       "data of field",
       {"initial.bed.dataset=\"parts\""},
       {"0", "2"},
       {"-1", "64", "9223372036854775807"}},
      {"initial.*.fill",
       number,
       refused,
       "plane",
       {"initial.bed.dataset=\"other\"", "initial.bed.fill=0"},
       "data of field"},
  };
  for (const char* name : {"momentum_x", "momentum_y", "highest", "velocity_x", "velocity_y"}) {
    JobKey key{std::string("initial.") + name, formula, refused, "plane"};
    key.change = {key.path + "=0.01"};
    key.refusal = std::string("initial ") + name + "[0] = 0.01";
    keys.push_back(key);
  }
  return keys;
}

}  // namespace

std::vector<JobKey> job_keys() {
  std::vector<JobKey> all;
  for (auto* const part : {job_and_domain_keys, series_keys, face_keys, parameter_keys, initial_keys,
                           time_keys, output_keys, run_keys}) {
    const std::vector<JobKey> keys = part();
    all.insert(all.end(), keys.begin(), keys.end());
  }
  return all;
}

}  // namespace tessera::test
