// Compares the plans of time tiles with plans that were derived manually.
#include "grid/loop/decomposition.h"
#include "grid/loop/tile_plan.h"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace tessera;
using loop::Sweep;
using loop::TilePlan;
using solver::SolverSchema;

namespace {

solver::FieldSchema make_field(const char* name, solver::FieldKind kind = solver::FieldKind::state) {
  solver::FieldSchema f;
  f.name = name;
  f.kind = kind;
  return f;
}

/// Returns a text such as "0:2 1:1": the index of each field and the number of layers.
std::string to_text(const std::vector<halo::HaloField>& fields) {
  std::string text;
  for (const halo::HaloField& f : fields) {
    text += (text.empty() ? "" : " ") + std::to_string(f.field) + ":" + std::to_string(f.width);
  }
  return text;
}

template <class F>
std::vector<int> collect(const TilePlan& plan, F get) {
  std::vector<int> numbers;
  for (const Sweep& s : plan.sweeps) numbers.push_back(get(s));
  return numbers;
}
std::vector<int> skews(const TilePlan& p) {
  return collect(p, [](const Sweep& s) { return s.skew; });
}
std::vector<int> halo_depths(const TilePlan& p) {
  return collect(p, [](const Sweep& s) { return s.halo_depth; });
}
std::vector<int> fill_skews(const TilePlan& p) {
  return collect(p, [](const Sweep& s) { return s.fill_skew; });
}
std::vector<int> fill_depths(const TilePlan& p) {
  return collect(p, [](const Sweep& s) { return s.fill_depth; });
}
std::vector<std::string> fills(const TilePlan& p) {
  std::vector<std::string> texts;
  for (const Sweep& s : p.sweeps) texts.push_back(to_text(s.fills));
  return texts;
}

using Ints = std::vector<int>;
using Texts = std::vector<std::string>;

/// The heat equation u_t = laplace(u), with explicit Euler steps.
SolverSchema heat() {
  SolverSchema s;
  s.fields = {make_field("u")};
  s.stages = {{"diffuse", {{0, 1}}, {0}, 0.0}};
  return s;
}

/// The first stage writes a work field; the second adds to the state field in place.
SolverSchema runge_kutta() {
  SolverSchema s;
  s.fields = {make_field("u"), make_field("stage", solver::FieldKind::work)};
  s.stages = {{"predict", {{0, 2}}, {1}, 0.0}, {"correct", {{1, 2}, {0, 0}}, {0}, 1.0}};
  return s;
}

/// Work and constant fields, and a state field that is only incremented in place.
SolverSchema fluxes() {
  SolverSchema s;
  s.fields = {make_field("u"), make_field("floor", solver::FieldKind::constant),
              make_field("flux", solver::FieldKind::work), make_field("count")};
  s.stages = {{"flux", {{0, 1}, {1, 2}}, {2}, 0.0},
              {"move", {{2, 1}, {0, 0}, {1, 0}}, {0}, 0.5},
              {"tally", {{0, 0}, {3, 0}}, {3}, 1.0}};
  return s;
}

/// Fields that several stages read, with different radii, before a stage writes them.
SolverSchema four_stages() {
  SolverSchema s;
  s.fields = {make_field("u"), make_field("v")};
  s.stages = {{"one", {{0, 1}}, {1}, 0.0},
              {"two", {{0, 3}, {1, 0}}, {1}, 0.0},
              {"three", {{0, 2}, {1, 1}}, {0}, 0.5},
              {"four", {{0, 1}, {1, 2}}, {1}, 1.0}};
  return s;
}

/// In the middle of the step, the second stage reads the field that the first stage has written. Both stages
/// fill its ghost cells.
SolverSchema half_steps() {
  SolverSchema s;
  s.fields = {make_field("u"), make_field("v")};
  s.stages = {{"push", {{0, 1}}, {0}, 0.0}, {"pull", {{0, 1}, {1, 0}}, {1}, 0.5}};
  return s;
}

/// Checks the plan of a single stage.
void check_single_stage(const TilePlan& plan, int stage, int radius) {
  REQUIRE(plan.sweeps.size() == 1);
  const Sweep& sweep = plan.sweeps[0];
  CHECK(sweep.step == 0);
  CHECK(sweep.stage == stage);
  CHECK(sweep.radius == radius);
  CHECK(sweep.halo_depth == 0);
  // The cells that are mirrored into the filled layers must be available, even if the stage reads fewer
  // layers.
  int expected_skew = radius;
  for (const halo::HaloField& f : sweep.fills) expected_skew = std::max(expected_skew, f.width);
  CHECK(sweep.skew == expected_skew);
  CHECK(sweep.fill_skew == 0);
  CHECK(plan.skew() == expected_skew);
  CHECK(sweep.advances == Ints(sweep.advances.size(), 0));
  CHECK(to_text(sweep.fills) == to_text(plan.exchange));
  CHECK(plan.first_overwrite == 1);  // the stage does not overwrite cells that the exchange sends
}

}  // namespace

TEST_CASE("plan_stages: the heat equation needs one tile and one exchange per step") {
  const auto plans = loop::plan_stages(heat());
  REQUIRE(plans.size() == 1);
  check_single_stage(plans[0], 0, 1);
  CHECK(to_text(plans[0].exchange) == "0:1");
  CHECK(plans[0].advances == Ints{1});
  CHECK(loop::levels_of(heat(), 0) == 2);
  CHECK(loop::radius_of(heat(), 0) == 1);
}

TEST_CASE("plan_stages: the second stage of a Runge-Kutta step exchanges the output of the first") {
  const SolverSchema s = runge_kutta();
  const auto plans = loop::plan_stages(s);
  REQUIRE(plans.size() == 2);
  check_single_stage(plans[0], 0, 2);
  check_single_stage(plans[1], 1, 2);
  CHECK(to_text(plans[0].exchange) == "0:2");
  CHECK(to_text(plans[1].exchange) == "1:2");
  CHECK(plans[0].advances == Ints{0, 0});
  CHECK(plans[1].advances == Ints{0, 0});
  CHECK(loop::levels_of(s, 0) == 1);  // no stage both writes it and reads it beyond the cell itself
  CHECK(loop::levels_of(s, 1) == 1);
  CHECK(loop::radius_of(s, 0) == 2);
  CHECK(loop::radius_of(s, 1) == 2);
}

TEST_CASE("plan_stages: a field is exchanged once until it is written, with the largest width needed") {
  const SolverSchema s = four_stages();
  const auto plans = loop::plan_stages(s);
  REQUIRE(plans.size() == 4);
  check_single_stage(plans[0], 0, 1);
  check_single_stage(plans[1], 1, 3);
  check_single_stage(plans[2], 2, 2);
  check_single_stage(plans[3], 3, 2);
  CHECK(to_text(plans[0].exchange) == "0:3");
  CHECK(to_text(plans[1].exchange).empty());
  CHECK(to_text(plans[2].exchange) == "1:2");  // stage four reads it with radius 2 before it writes it
  CHECK(to_text(plans[3].exchange) == "0:1");
  CHECK(plans[0].advances == Ints{0, 1});
  CHECK(plans[1].advances == Ints{0, 1});
  CHECK(plans[2].advances == Ints{1, 0});
  CHECK(plans[3].advances == Ints{0, 1});
  CHECK(loop::levels_of(s, 0) == 2);
  CHECK(loop::levels_of(s, 1) == 2);
  CHECK(loop::radius_of(s, 0) == 3);
  CHECK(loop::radius_of(s, 1) == 2);
}

TEST_CASE("plan_stages: fields that no stage writes are not exchanged") {
  SolverSchema s;
  s.fields = {make_field("u"), make_field("floor", solver::FieldKind::constant),
              make_field("rough", solver::FieldKind::constant)};
  s.stages = {{"move", {{0, 1}, {1, 2}, {2, 0}}, {0}, 0.0}};
  const auto plans = loop::plan_stages(s);
  REQUIRE(plans.size() == 1);
  check_single_stage(plans[0], 0, 2);
  CHECK(to_text(plans[0].exchange) == "0:1");
  CHECK(plans[0].advances == Ints{1, 0, 0});
  CHECK(loop::is_written(s, 0));
  CHECK_FALSE(loop::is_written(s, 1));
  CHECK(loop::exchanged_layers(s, 1, 0) == 2);
  CHECK(loop::exchanged_layers(s, 2, 0) == 0);
  CHECK(loop::levels_of(s, 1) == 1);
}

TEST_CASE("plan_stages: a field that is read only in the cell itself needs one level and no exchange") {
  SolverSchema s;
  s.fields = {make_field("u")};
  s.stages = {{"decay", {{0, 0}}, {0}, 0.0}};
  const auto plans = loop::plan_stages(s);
  REQUIRE(plans.size() == 1);
  check_single_stage(plans[0], 0, 0);
  CHECK(plans[0].exchange.empty());
  CHECK(plans[0].advances == Ints{0});
  CHECK(loop::levels_of(s, 0) == 1);
  CHECK(loop::exchanged_layers(s, 0, 0) == 0);
}

TEST_CASE("one step of the heat equation is planned as one sweep") {
  const TilePlan plan = loop::plan_steps(heat(), 1);
  check_single_stage(plan, 0, 1);
  CHECK(to_text(plan.exchange) == "0:1");
  CHECK(fill_depths(plan) == Ints{1});
  CHECK(fill_skews(plan) == Ints{0});
  CHECK(plan.advances == Ints{1});
}

TEST_CASE("three steps of the heat equation are planned as three sweeps, with three ghost layers") {
  const TilePlan plan = loop::plan_steps(heat(), 3);
  REQUIRE(plan.sweeps.size() == 3);
  for (int n = 0; n < 3; ++n) {
    const Sweep& sweep = plan.sweeps[static_cast<std::size_t>(n)];
    CHECK(sweep.step == n);
    CHECK(sweep.stage == 0);
    CHECK(sweep.radius == 1);
    CHECK(sweep.advances == Ints{n});
  }
  CHECK(to_text(plan.exchange) == "0:3");
  CHECK(halo_depths(plan) == Ints{2, 1, 0});
  CHECK(skews(plan) == Ints{1, 2, 3});
  CHECK(plan.skew() == 3);
  CHECK(fills(plan) == Texts{"0:1", "0:1", "0:1"});
  CHECK(fill_depths(plan) == Ints{3, 2, 1});
  CHECK(fill_skews(plan) == Ints{0, 1, 2});
  CHECK(plan.advances == Ints{3});
  CHECK(plan.first_overwrite == 1);  // the second sweep overwrites the level that is sent
  for (const int steps : {0, 1, 2, 3, 8}) {
    CHECK(loop::exchanged_layers(heat(), 0, steps) == std::max(1, steps));
  }
}

TEST_CASE("in one step of two stages, the first also computes the ghost layers that the second reads") {
  const TilePlan plan = loop::plan_steps(runge_kutta(), 1);
  REQUIRE(plan.sweeps.size() == 2);
  CHECK(to_text(plan.exchange) == "0:4");
  CHECK(halo_depths(plan) == Ints{2, 0});
  CHECK(skews(plan) == Ints{2, 4});
  CHECK(fills(plan) == Texts{"0:2", "1:2"});
  CHECK(fill_depths(plan) == Ints{4, 2});
  CHECK(fill_skews(plan) == Ints{0, 2});
  CHECK(plan.sweeps[1].advances == Ints{0, 0});
  CHECK(plan.advances == Ints{0, 0});
  CHECK(plan.first_overwrite == 1);  // the second stage writes in place
  CHECK(loop::exchanged_layers(runge_kutta(), 0, 1) == 4);
  CHECK(loop::exchanged_layers(runge_kutta(), 1, 1) == 2);
}

TEST_CASE("in two steps of two stages, each sweep computes the ghost layers that later sweeps read") {
  const TilePlan plan = loop::plan_steps(runge_kutta(), 2);
  REQUIRE(plan.sweeps.size() == 4);
  CHECK(collect(plan, [](const Sweep& s) { return s.step; }) == Ints{0, 0, 1, 1});
  CHECK(collect(plan, [](const Sweep& s) { return s.stage; }) == Ints{0, 1, 0, 1});
  CHECK(to_text(plan.exchange) == "0:8");
  CHECK(halo_depths(plan) == Ints{6, 4, 2, 0});
  CHECK(skews(plan) == Ints{2, 4, 6, 8});
  CHECK(fills(plan) == Texts{"0:2", "1:2", "0:2", "1:2"});
  CHECK(fill_depths(plan) == Ints{8, 6, 4, 2});
  CHECK(fill_skews(plan) == Ints{0, 2, 4, 6});
  CHECK(plan.first_overwrite == 1);
  CHECK(loop::exchanged_layers(runge_kutta(), 0, 2) == 8);
  CHECK(loop::exchanged_layers(runge_kutta(), 1, 2) == 6);
}

TEST_CASE("work fields, constant fields and fields without neighbour reads are not exchanged before a tile") {
  const SolverSchema s = fluxes();
  for (int f = 0; f < 4; ++f) CHECK(loop::levels_of(s, f) == 1);

  const TilePlan one_step = loop::plan_steps(s, 1);
  // `floor` is exchanged only once, at the start; `flux` is computed from `u`.
  CHECK(to_text(one_step.exchange) == "0:2");
  CHECK(collect(one_step, [](const Sweep& w) { return w.radius; }) == Ints{2, 1, 0});
  CHECK(halo_depths(one_step) == Ints{1, 0, 0});
  CHECK(skews(one_step) == Ints{2, 4, 5});
  CHECK(fills(one_step) == Texts{"0:1", "2:1", ""});
  CHECK(fill_depths(one_step) == Ints{2, 1, 0});
  CHECK(fill_skews(one_step) == Ints{0, 3, 5});
  CHECK(one_step.first_overwrite == 1);
  CHECK(one_step.advances == Ints{0, 0, 0, 0});

  const TilePlan two_steps = loop::plan_steps(s, 2);
  CHECK(to_text(two_steps.exchange) == "0:4");
  CHECK(halo_depths(two_steps) == Ints{3, 2, 0, 1, 0, 0});  // no stage reads `count` in ghost cells
  CHECK(skews(two_steps) == Ints{2, 4, 5, 7, 9, 10});
  CHECK(fills(two_steps) == Texts{"0:1", "2:1", "", "0:1", "2:1", ""});
  CHECK(fill_depths(two_steps) == Ints{4, 3, 0, 2, 1, 0});

  const auto layers = [&](int steps) {
    Ints all;
    for (int f = 0; f < 4; ++f) all.push_back(loop::exchanged_layers(s, f, steps));
    return all;
  };
  CHECK(layers(0) == Ints{1, 2, 1, 0});
  CHECK(layers(1) == Ints{2, 3, 1, 0});
  CHECK(layers(2) == Ints{4, 5, 3, 0});
}

TEST_CASE("level switches of fields with two levels are counted across all sweeps of a tile") {
  const SolverSchema s = four_stages();
  const TilePlan one_step = loop::plan_steps(s, 1);
  CHECK(to_text(one_step.exchange) == "0:5");  // `v` is computed from `u`
  CHECK(halo_depths(one_step) == Ints{2, 2, 1, 0});
  CHECK(one_step.sweeps[0].advances == Ints{0, 0});
  CHECK(one_step.sweeps[1].advances == Ints{0, 1});
  CHECK(one_step.sweeps[2].advances == Ints{0, 2});
  CHECK(one_step.sweeps[3].advances == Ints{1, 2});
  CHECK(one_step.advances == Ints{1, 3});
  CHECK(fills(one_step) == Texts{"0:3", "", "1:2", "0:1"});
  CHECK(fill_depths(one_step) == Ints{5, 0, 2, 1});
  CHECK(one_step.first_overwrite == 4);  // `u` is written once, to its other level

  const TilePlan two_steps = loop::plan_steps(s, 2);
  CHECK(two_steps.sweeps[4].advances == Ints{1, 3});
  CHECK(two_steps.advances == Ints{2, 6});
  CHECK(two_steps.first_overwrite == 6);  // stage three of the second step
}

TEST_CASE("ghost cells beyond the domain are refilled for each step") {
  const TilePlan plan = loop::plan_steps(half_steps(), 2);
  REQUIRE(plan.sweeps.size() == 4);
  CHECK(to_text(plan.exchange) == "0:3");
  CHECK(halo_depths(plan) == Ints{2, 0, 1, 0});
  CHECK(fills(plan) == Texts{"0:1", "0:1", "0:1", "0:1"});
  CHECK(fill_depths(plan) == Ints{3, 1, 2, 1});
  CHECK(collect(plan, [](const Sweep& s) { return s.refills ? 1 : 0; }) == Ints{0, 0, 1, 0});
  // The fills of the third sweep trail the second sweep by one layer, because it still reads these ghost
  // cells.
  CHECK(skews(plan) == Ints{1, 2, 4, 5});
  CHECK(fill_skews(plan) == Ints{0, 1, 3, 4});
  CHECK(plan.sweeps[2].advances == Ints{1, 0});
  CHECK(plan.advances == Ints{2, 0});
  CHECK(plan.first_overwrite == 2);
}

TEST_CASE("ghost cells of constant fields are filled before boundary conditions that may read them") {
  SolverSchema s;
  s.has_boundary = true;
  s.fields = {make_field("u"), make_field("v"), make_field("bed", solver::FieldKind::constant),
              make_field("drag", solver::FieldKind::constant),
              make_field("tide", solver::FieldKind::constant)};
  s.stages = {{"push", {{0, 1}, {2, 2}, {3, 1}}, {0}, 0.0},
              {"rest", {{4, 1}, {2, 1}, {3, 1}}, {1}, 0.5},
              {"pull", {{1, 2}, {2, 2}, {3, 1}, {0, 2}}, {1}, 0.0}};
  // `drag` is read with a smaller radius, and "push" does not read `tide`.
  CHECK(loop::boundary_inputs(s) == Ints{2});

  const loop::TimeDependentFields all_fields(5, true);
  const TilePlan plan = loop::plan_steps(s, 1, all_fields);
  // "pull" fills `v` for a different time than that of "rest", so `bed` is filled again first.
  CHECK(fills(plan) == Texts{"2:2 0:1 3:1", "2:1 4:1 3:1", "2:2 1:2 3:1 0:2"});
  for (const TilePlan& tile : loop::plan_stages(s, all_fields)) {
    for (const halo::HaloField& f : tile.sweeps.front().fills) {
      if (f.field < 2) CHECK(tile.sweeps.front().fills.front().field == 2);
    }
  }

  // The ghost cells of `u` remain valid during "half", a stage at another time that fills only those of
  // `bed`. Since `u` is filled to the depth that the last stage reads, so is `bed`.
  s.stages = {{"push", {{0, 1}, {2, 1}}, {1}, 0.0},
              {"half", {{2, 1}}, {3}, 0.5},
              {"pull", {{0, 2}, {2, 2}}, {1}, 0.0}};
  s.fields[3].kind = solver::FieldKind::state;
  CHECK(loop::boundary_inputs(s) == Ints{2});
  CHECK(fills(loop::plan_steps(s, 1, all_fields)) == Texts{"2:2 0:2", "2:1", "2:2"});

  s.has_boundary = false;
  CHECK(loop::boundary_inputs(s).empty());
}

TEST_CASE("each sweep trails the previous one by the larger of their radii") {
  for (const SolverSchema& s : {heat(), runge_kutta(), fluxes(), four_stages(), half_steps()}) {
    for (const int steps : {1, 2, 5}) {
      const TilePlan plan = loop::plan_steps(s, steps);
      CHECK(plan.sweeps.size() == s.stages.size() * static_cast<std::size_t>(steps));
      for (std::size_t n = 1; n < plan.sweeps.size(); ++n) {
        const Sweep& before = plan.sweeps[n - 1];
        const Sweep& sweep = plan.sweeps[n];
        CHECK(sweep.skew >= before.skew + std::max(before.radius, sweep.radius));
        CHECK(sweep.fill_skew >= before.skew);
        CHECK(sweep.fill_skew <= sweep.skew - sweep.radius);
        // All ghost layers are filled before the first cell next to them is computed.
        for (const halo::HaloField& f : sweep.fills) CHECK(sweep.fill_skew + f.width - 1 <= sweep.skew);
        if (sweep.refills) CHECK(sweep.fill_skew >= before.skew + before.radius);
      }
      // Storage has exactly as many ghost layers of a field as the exchange fills.
      for (const halo::HaloField& f : plan.exchange) {
        CHECK(f.width == loop::exchanged_layers(s, f.field, steps));
      }
    }
  }
}

TEST_CASE("along exchanged axes, storage has the ghost layers that the longest tile exchanges") {
  SolverSchema s = runge_kutta();
  s.fields[1].scalar = solver::Scalar::float32;
  s.fields[1].components = 4;
  loop::TilingLimits limits;
  limits.steps = 3;
  limits.exchanged = {false, true, true};
  const auto specs = loop::field_specs(s, limits);
  REQUIRE(specs.size() == 2);
  CHECK(specs[0].name == "u");
  CHECK(specs[0].scalar == field::Scalar::float64);
  CHECK(specs[0].components == 1);
  CHECK(specs[0].levels == 1);
  CHECK(specs[0].ghost == grid::Index{{2, 12, 12}});
  CHECK(specs[1].scalar == field::Scalar::float32);
  CHECK(specs[1].components == 4);
  CHECK(specs[1].ghost == grid::Index{{2, 10, 10}});
  limits.steps = 0;
  CHECK(loop::field_specs(s, limits)[0].ghost == grid::Index::all(2));
  CHECK(loop::field_specs(heat(), limits)[0].levels == 2);
}
