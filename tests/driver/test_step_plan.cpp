#include "driver/step_plan.h"

#include <catch2/catch.hpp>

using namespace tessera;
using driver::StagePlan;
using job::SolverSchema;

namespace {

job::FieldSchema named(const char* name, job::FieldKind kind = job::FieldKind::state) {
  job::FieldSchema f;
  f.name = name;
  f.kind = kind;
  return f;
}

/// "field:width ..." of the exchanges of a stage.
std::string exchanges(const StagePlan& plan) {
  std::string text;
  for (const halo::HaloField& f : plan.exchange) {
    text += (text.empty() ? "" : " ") + std::to_string(f.field) + ":" + std::to_string(f.width);
  }
  return text;
}

}  // namespace

TEST_CASE("one stage of the heat equation") {
  SolverSchema s;
  s.fields = {named("u")};
  s.stages = {{"diffuse", {{0, 1}}, {0}, 0.0}};
  const auto specs = driver::field_specs(s);
  CHECK(specs[0].ghost == 1);
  CHECK(specs[0].levels == 2);
  const auto plan = driver::plan_step(s);
  REQUIRE(plan.size() == 1);
  CHECK(plan[0].radius == 1);
  CHECK(exchanges(plan[0]) == "0:1");
  CHECK(plan[0].advances == std::vector<int>{0});
  CHECK(driver::fixed_fields(s).empty());
}

TEST_CASE("a Runge-Kutta step of two stages exchanges what it wrote in between") {
  SolverSchema s;
  s.fields = {named("u"), named("stage", job::FieldKind::work)};
  s.stages = {{"predict", {{0, 2}}, {1}, 0.0}, {"correct", {{1, 2}, {0, 0}}, {0}, 1.0}};
  const auto specs = driver::field_specs(s);
  CHECK(specs[0].ghost == 2);
  CHECK(specs[0].levels == 1);  // read wide by one stage, written by another
  CHECK(specs[1].ghost == 2);
  CHECK(specs[1].levels == 1);
  const auto plan = driver::plan_step(s);
  CHECK(exchanges(plan[0]) == "0:2");
  CHECK(exchanges(plan[1]) == "1:2");
  CHECK(plan[1].time_offset == 1.0);
  CHECK(plan[0].advances.empty());
  CHECK(plan[1].advances.empty());
}

TEST_CASE("one exchange serves all stages until the field is written, as wide as the widest") {
  SolverSchema s;
  s.fields = {named("u"), named("v")};
  s.stages = {{"one", {{0, 1}}, {1}, 0.0},
              {"two", {{0, 3}, {1, 0}}, {1}, 0.0},
              {"three", {{0, 2}, {1, 1}}, {0}, 0.5},
              {"four", {{0, 1}, {1, 2}}, {1}, 1.0}};
  const auto specs = driver::field_specs(s);
  CHECK(specs[0].ghost == 3);
  CHECK(specs[0].levels == 2);
  CHECK(specs[1].ghost == 2);
  CHECK(specs[1].levels == 2);
  const auto plan = driver::plan_step(s);
  CHECK(exchanges(plan[0]) == "0:3");
  CHECK(exchanges(plan[1]).empty());
  CHECK(exchanges(plan[2]) == "1:2");  // stage four reads it wider before it is written
  CHECK(exchanges(plan[3]) == "0:1");
  CHECK(plan[0].advances == std::vector<int>{1});
  CHECK(plan[2].advances == std::vector<int>{0});
  CHECK(plan[2].radius == 2);
  CHECK(plan[3].radius == 2);
}

TEST_CASE("fields that no stage writes are exchanged once, at the start") {
  SolverSchema s;
  s.fields = {named("u"), named("floor", job::FieldKind::constant), named("rough", job::FieldKind::constant)};
  s.stages = {{"move", {{0, 1}, {1, 2}, {2, 0}}, {0}, 0.0}};
  CHECK(exchanges(driver::plan_step(s)[0]) == "0:1");
  CHECK(driver::plan_step(s)[0].radius == 2);
  const auto fixed = driver::fixed_fields(s);
  REQUIRE(fixed.size() == 1);
  CHECK(fixed[0].field == 1);
  CHECK(fixed[0].width == 2);
  CHECK(driver::field_specs(s)[1].levels == 1);
  CHECK(driver::field_specs(s)[2].ghost == 0);
}

TEST_CASE("a field written where it is read alone needs one level and no exchange") {
  SolverSchema s;
  s.fields = {named("u")};
  s.fields[0].scalar = job::Scalar::float32;
  s.fields[0].components = 4;
  s.stages = {{"decay", {{0, 0}}, {0}, 0.0}};
  const auto specs = driver::field_specs(s);
  CHECK(specs[0].levels == 1);
  CHECK(specs[0].ghost == 0);
  CHECK(specs[0].scalar == field::Scalar::float32);
  CHECK(specs[0].components == 4);
  CHECK(exchanges(driver::plan_step(s)[0]).empty());
}
