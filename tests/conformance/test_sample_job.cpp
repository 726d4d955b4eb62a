#include "base/error.h"
#include "conformance/sample_job.h"
#include "grid/job/check.h"
#include "job/document.h"

#include <catch2/catch.hpp>

#include <array>
#include <string>

using namespace tessera;

namespace {

/// A schema with a state field without a default value, a constant field with two components, a work field
/// and a derived field.
solver::SolverSchema sample_schema() {
  solver::SolverSchema s;
  s.name = "sample";
  s.has_dt = true;
  s.fields.resize(4);
  s.fields[0].name = "u";
  s.fields[1].name = "speed";
  s.fields[1].kind = solver::FieldKind::constant;
  s.fields[1].components = 2;
  s.fields[1].default_value = -2.0;
  s.fields[2].name = "flux";
  s.fields[2].kind = solver::FieldKind::work;
  s.fields[3].name = "energy";
  s.fields[3].kind = solver::FieldKind::derived;
  s.stages = {{"advance", {{0, 1}, {1, 1}}, {0}, 0.0}};
  return s;
}

std::string error_for(const solver::SolverSchema& schema) {
  try {
    static_cast<void>(conformance::sample_job(schema));
    return {};
  } catch (const base::Error& e) {
    CHECK(e.code() == base::ExitCode::usage);
    return e.text();
  }
}

}  // namespace

TEST_CASE("a sample job sets all initial fields to values close to their defaults") {
  solver::SolverSchema s = sample_schema();
  s.dimensions = {true, true, false};
  CHECK(conformance::sample_job(s) ==
        "[job]\nname = \"test of sample\"\nsolver = \"sample\"\n\n"
        "[domain]\ncells = [24, 20]\nupper = [2.4, 2.0]\nboundary = \"periodic\"\n\n"
        "[initial]\n"
        "u = \"1 + 0.05*(1 + sin(2*pi*x/2.4 + 0.0)*cos(2*pi*y/2.0 + 0.0))\"\n"
        "speed = [\"-2 + 0.1*(1 + sin(2*pi*x/2.4 + 0.7)*cos(2*pi*y/2.0 + 0.7))\", "
        "\"-2 + 0.1*(1 + sin(2*pi*x/2.4 + 1.4)*cos(2*pi*y/2.0 + 1.4))\"]\n\n"
        "[time]\nmax_steps = 12\n");
}

TEST_CASE("a sample job is valid in any number of dimensions") {
  for (const auto& dimensions :
       {std::array{true, false, false}, std::array{false, true, false}, std::array{true, true, true}}) {
    for (const bool has_dt : {true, false}) {
      solver::SolverSchema s = sample_schema();
      s.dimensions = dimensions;
      s.has_dt = has_dt;
      s.fields[0].default_value = 0.0;
      job::Diagnostics problems;
      const job::Document document{"job.toml", conformance::sample_job(s), {}, problems};
      const auto job = grid::check(document, s, problems);
      INFO(problems.render());
      REQUIRE(job);
      CHECK(job->geometry.dimensions == (dimensions[2] ? 3 : dimensions[1] ? 2 : 1));
      CHECK(job->geometry.spacing(0) == Approx(0.1));
      CHECK(job->geometry.periodic[0]);
      CHECK(job->initial.size() == 3);
      CHECK(job->time.max_steps == 12);
      CHECK(job->time.dt.has_value() != has_dt);
    }
  }
}

TEST_CASE("a solver that requires parameters or a sphere has no sample job") {
  solver::SolverSchema s = sample_schema();
  s.parameters.resize(4);
  s.parameters[0].name = "depth";
  s.parameters[1].name = "given";
  s.parameters[1].default_number = 1.0;
  s.parameters[2].name = "column";
  s.parameters[2].table = "rows";
  s.parameters[3].name = "mode";
  CHECK(
      error_for(s) ==
      "error: the solver `sample` has parameters without defaults: `depth`, `mode`\n  = specify a job for it "
      "with --job");
  s.parameters[0].default_list.emplace();
  s.parameters[2].minimum_count = 1;
  CHECK(error_for(s) ==
        "error: the solver `sample` has parameters without defaults: `rows.column`, `mode`\n  = specify a "
        "job for "
        "it with --job");
  s = sample_schema();
  s.cartesian = false;
  s.spherical = true;
  CHECK(error_for(s) ==
        "error: the solver `sample` only works on a sphere\n  = specify a job for it with --job");
}
