#include "grid/job/check.h"
#include "grid/job/identity.h"
#include "sample_schemas.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <sstream>

using namespace tessera;
using grid::JobSpec;

namespace {

JobSpec heat_job(const std::vector<std::string>& overrides = {}) {
  job::Diagnostics problems;
  const job::Document document{
      "job.toml",
      "[job]\nname='a'\nsolver='heat'\n[domain]\ncells=[20,12]\nchunk=[8,4]\n[initial]\ntemperature=1\n"
      "[time]\nmax_steps=3\n",
      overrides, problems};
  auto job = grid::check(document, grid::sample::heat(), problems);
  INFO(problems.render());
  REQUIRE(job);
  return *job;
}

bool has_line(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

/// The lines of `a` that are not in `b`.
std::vector<std::string> lines_only_in_first(const std::string& a, const std::string& b) {
  std::vector<std::string> lines;
  std::istringstream in{a};
  for (std::string line; std::getline(in, line);) {
    if (!has_line(b, line)) lines.push_back(line);
  }
  return lines;
}

}  // namespace

TEST_CASE("the identity of a job contains its chunk size, whether given or chosen") {
  const solver::SolverSchema heat = grid::sample::heat();
  const std::string given = grid::identity_of(heat_job(), heat);
  CHECK(has_line(given, "chunk in [domain]: 8 x 4 cells, 3 x 3 chunks"));
  const std::string other = grid::identity_of(heat_job({"domain.chunk=[10,4]"}), heat);
  CHECK(lines_only_in_first(other, given) ==
        std::vector<std::string>{"chunk in [domain]: 10 x 4 cells, 2 x 3 chunks"});
  JobSpec chosen = heat_job();
  chosen.chunk.reset();
  CHECK(has_line(grid::identity_of(chosen, heat), "chunk in [domain]: 20 x 12 cells, 1 x 1 chunks"));
  // The remainder of 2 cells is merged into the chunk before it if the stencil is wider.
  solver::SolverSchema wide = heat;
  wide.stages[0].reads[0].radius = 3;
  CHECK(has_line(grid::identity_of(heat_job({"domain.chunk=[9,4]"}), wide),
                 "chunk in [domain]: 9 x 4 cells, 2 x 3 chunks"));
  CHECK(has_line(grid::identity_of(heat_job({"domain.chunk=[9,4]"}), heat),
                 "chunk in [domain]: 9 x 4 cells, 3 x 3 chunks"));
}

TEST_CASE("the identity of a job contains exactly the fields that a checkpoint stores") {
  const solver::SolverSchema heat = grid::sample::heat();
  solver::SolverSchema schema = heat;
  const std::string before = grid::identity_of(heat_job(), schema);
  CHECK(has_line(before, "field temperature: float64, 1 component"));
  solver::FieldSchema field;
  field.name = "scratch";
  field.kind = solver::FieldKind::work;
  schema.fields.push_back(field);
  field.name = "shown";
  field.kind = solver::FieldKind::derived;
  schema.fields.push_back(field);
  CHECK(grid::identity_of(heat_job(), schema) == before);
  field.name = "ground";
  field.kind = solver::FieldKind::constant;
  field.scalar = solver::Scalar::float32;
  field.components = 3;
  schema.fields.push_back(field);
  CHECK(lines_only_in_first(grid::identity_of(heat_job(), schema), before) ==
        std::vector<std::string>{"field ground: float32, 3 components"});
  CHECK(grid::stored_fields(schema) == std::vector<int>{0, 3});
}

TEST_CASE("the identity of a job omits settings that may change when a run is resumed") {
  const solver::SolverSchema heat = grid::sample::heat();
  CHECK(grid::identity_of(heat_job({"time.max_steps=9", "output.directory='other'"}), heat) ==
        grid::identity_of(heat_job(), heat));
}
