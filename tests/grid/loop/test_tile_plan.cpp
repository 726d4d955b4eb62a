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

solver::FieldSchema named(const char* name, solver::FieldKind kind = solver::FieldKind::state) {
  solver::FieldSchema f;
  f.name = name;
  f.kind = kind;
  return f;
}

/// Text of the form "field:layers field:layers".
std::string text_of(const std::vector<halo::HaloField>& fields) {
  std::string text;
  for (const halo::HaloField& f : fields) {
    text += (text.empty() ? "" : " ") + std::to_string(f.field) + ":" + std::to_string(f.width);
  }
  return text;
}

template <class F>
std::vector<int> each(const TilePlan& plan, F number) {
  std::vector<int> numbers;
  for (const Sweep& s : plan.sweeps) numbers.push_back(number(s));
  return numbers;
}
std::vector<int> skews(const TilePlan& p) {
  return each(p, [](const Sweep& s) { return s.skew; });
}
std::vector<int> halo_depths(const TilePlan& p) {
  return each(p, [](const Sweep& s) { return s.halo_depth; });
}
std::vector<int> fill_skews(const TilePlan& p) {
  return each(p, [](const Sweep& s) { return s.fill_skew; });
}
std::vector<int> fill_depths(const TilePlan& p) {
  return each(p, [](const Sweep& s) { return s.fill_depth; });
}
std::vector<std::string> fills(const TilePlan& p) {
  std::vector<std::string> texts;
  for (const Sweep& s : p.sweeps) texts.push_back(text_of(s.fills));
  return texts;
}

using Ints = std::vector<int>;
using Texts = std::vector<std::string>;

/// u_t = laplace(u), Euler.
SolverSchema heat() {
  SolverSchema s;
  s.fields = {named("u")};
  s.stages = {{"diffuse", {{0, 1}}, {0}, 0.0}};
  return s;
}

/// The first stage writes a work field, the second adds to the state in place.
SolverSchema runge_kutta() {
  SolverSchema s;
  s.fields = {named("u"), named("stage", solver::FieldKind::work)};
  s.stages = {{"predict", {{0, 2}}, {1}, 0.0}, {"correct", {{1, 2}, {0, 0}}, {0}, 1.0}};
  return s;
}

/// Work and constant fields, and one that is only incremented in place.
SolverSchema fluxes() {
  SolverSchema s;
  s.fields = {named("u"), named("floor", solver::FieldKind::constant), named("flux", solver::FieldKind::work),
              named("count")};
  s.stages = {{"flux", {{0, 1}, {1, 2}}, {2}, 0.0},
              {"move", {{2, 1}, {0, 0}, {1, 0}}, {0}, 0.5},
              {"tally", {{0, 0}, {3, 0}}, {3}, 1.0}};
  return s;
}

/// Fields that several stages read, with different radii, before one writes them.
SolverSchema four_stages() {
  SolverSchema s;
  s.fields = {named("u"), named("v")};
  s.stages = {{"one", {{0, 1}}, {1}, 0.0},
              {"two", {{0, 3}, {1, 0}}, {1}, 0.0},
              {"three", {{0, 2}, {1, 1}}, {0}, 0.5},
              {"four", {{0, 1}, {1, 2}}, {1}, 1.0}};
  return s;
}

/// The second stage reads, at the middle of the step, the field that the first one has written; both stages
/// fill its ghost cells.
SolverSchema half_steps() {
  SolverSchema s;
  s.fields = {named("u"), named("v")};
  s.stages = {{"push", {{0, 1}}, {0}, 0.0}, {"pull", {{0, 1}, {1, 0}}, {1}, 0.5}};
  return s;
}

/// Checks the plan of a single stage.
void check_single(const TilePlan& plan, int stage, int radius) {
  REQUIRE(plan.sweeps.size() == 1);
  const Sweep& sweep = plan.sweeps[0];
  CHECK(sweep.step == 0);
  CHECK(sweep.stage == stage);
  CHECK(sweep.radius == radius);
  CHECK(sweep.halo_depth == 0);
  // All cells that are mirrored into the filled layers must be there; the stage may read fewer layers.
  int ahead = radius;
  for (const halo::HaloField& f : sweep.fills) ahead = std::max(ahead, f.width);
  CHECK(sweep.skew == ahead);
  CHECK(sweep.fill_skew == 0);
  CHECK(plan.skew() == ahead);
  CHECK(sweep.advances == Ints(sweep.advances.size(), 0));
  CHECK(text_of(sweep.fills) == text_of(plan.exchange));
  CHECK(plan.first_overwrite ==
        1);  // the stage writes no field that the exchange sends, or another level of it
}

}  // namespace

TEST_CASE("a stage at a time: one stage of the heat equation") {
  const auto plans = loop::plan_stages(heat());
  REQUIRE(plans.size() == 1);
  check_single(plans[0], 0, 1);
  CHECK(text_of(plans[0].exchange) == "0:1");
  CHECK(plans[0].advances == Ints{1});
  CHECK(loop::levels_of(heat(), 0) == 2);
  CHECK(loop::radius_of(heat(), 0) == 1);
}

TEST_CASE("a stage at a time: a Runge-Kutta step of two stages exchanges what it wrote in between") {
  const SolverSchema s = runge_kutta();
  const auto plans = loop::plan_stages(s);
  REQUIRE(plans.size() == 2);
  check_single(plans[0], 0, 2);
  check_single(plans[1], 1, 2);
  CHECK(text_of(plans[0].exchange) == "0:2");
  CHECK(text_of(plans[1].exchange) == "1:2");
  CHECK(plans[0].advances == Ints{0, 0});
  CHECK(plans[1].advances == Ints{0, 0});
  CHECK(loop::levels_of(s, 0) == 1);  // read wide by one stage, written by another
  CHECK(loop::levels_of(s, 1) == 1);
  CHECK(loop::radius_of(s, 0) == 2);
  CHECK(loop::radius_of(s, 1) == 2);
}

TEST_CASE(
    "a stage at a time: one exchange serves all stages until the field is written, as wide as the widest") {
  const SolverSchema s = four_stages();
  const auto plans = loop::plan_stages(s);
  REQUIRE(plans.size() == 4);
  check_single(plans[0], 0, 1);
  check_single(plans[1], 1, 3);
  check_single(plans[2], 2, 2);
  check_single(plans[3], 3, 2);
  CHECK(text_of(plans[0].exchange) == "0:3");
  CHECK(text_of(plans[1].exchange).empty());
  CHECK(text_of(plans[2].exchange) == "1:2");  // stage four reads it wider before it is written
  CHECK(text_of(plans[3].exchange) == "0:1");
  CHECK(plans[0].advances == Ints{0, 1});
  CHECK(plans[1].advances == Ints{0, 1});
  CHECK(plans[2].advances == Ints{1, 0});
  CHECK(plans[3].advances == Ints{0, 1});
  CHECK(loop::levels_of(s, 0) == 2);
  CHECK(loop::levels_of(s, 1) == 2);
  CHECK(loop::radius_of(s, 0) == 3);
  CHECK(loop::radius_of(s, 1) == 2);
}

TEST_CASE("a stage at a time: fields that no stage writes are not exchanged") {
  SolverSchema s;
  s.fields = {named("u"), named("floor", solver::FieldKind::constant),
              named("rough", solver::FieldKind::constant)};
  s.stages = {{"move", {{0, 1}, {1, 2}, {2, 0}}, {0}, 0.0}};
  const auto plans = loop::plan_stages(s);
  REQUIRE(plans.size() == 1);
  check_single(plans[0], 0, 2);
  CHECK(text_of(plans[0].exchange) == "0:1");
  CHECK(plans[0].advances == Ints{1, 0, 0});
  CHECK(loop::is_written(s, 0));
  CHECK_FALSE(loop::is_written(s, 1));
  CHECK(loop::exchanged_layers(s, 1, 0) == 2);
  CHECK(loop::exchanged_layers(s, 2, 0) == 0);
  CHECK(loop::levels_of(s, 1) == 1);
}

TEST_CASE("a stage at a time: a field written where it is read alone needs one level and no exchange") {
  SolverSchema s;
  s.fields = {named("u")};
  s.stages = {{"decay", {{0, 0}}, {0}, 0.0}};
  const auto plans = loop::plan_stages(s);
  REQUIRE(plans.size() == 1);
  check_single(plans[0], 0, 0);
  CHECK(plans[0].exchange.empty());
  CHECK(plans[0].advances == Ints{0});
  CHECK(loop::levels_of(s, 0) == 1);
  CHECK(loop::exchanged_layers(s, 0, 0) == 0);
}

TEST_CASE("one step of the heat equation is one sweep") {
  const TilePlan plan = loop::plan_steps(heat(), 1);
  check_single(plan, 0, 1);
  CHECK(text_of(plan.exchange) == "0:1");
  CHECK(fill_depths(plan) == Ints{1});
  CHECK(fill_skews(plan) == Ints{0});
  CHECK(plan.advances == Ints{1});
}

TEST_CASE("three steps of the heat equation need three layers and come one after another") {
  const TilePlan plan = loop::plan_steps(heat(), 3);
  REQUIRE(plan.sweeps.size() == 3);
  for (int n = 0; n < 3; ++n) {
    const Sweep& sweep = plan.sweeps[static_cast<std::size_t>(n)];
    CHECK(sweep.step == n);
    CHECK(sweep.stage == 0);
    CHECK(sweep.radius == 1);
    CHECK(sweep.advances == Ints{n});
  }
  CHECK(text_of(plan.exchange) == "0:3");
  CHECK(halo_depths(plan) == Ints{2, 1, 0});
  CHECK(skews(plan) == Ints{1, 2, 3});
  CHECK(plan.skew() == 3);
  CHECK(fills(plan) == Texts{"0:1", "0:1", "0:1"});
  CHECK(fill_depths(plan) == Ints{3, 2, 1});
  CHECK(fill_skews(plan) == Ints{0, 1, 2});
  CHECK(plan.advances == Ints{3});
  CHECK(plan.first_overwrite == 1);  // the second sweep writes to the level that was sent
  for (const int steps : {0, 1, 2, 3, 8}) {
    CHECK(loop::exchanged_layers(heat(), 0, steps) == std::max(1, steps));
  }
}

TEST_CASE("one step of two stages computes the first one on the layers that the second reads") {
  const TilePlan plan = loop::plan_steps(runge_kutta(), 1);
  REQUIRE(plan.sweeps.size() == 2);
  CHECK(text_of(plan.exchange) == "0:4");
  CHECK(halo_depths(plan) == Ints{2, 0});
  CHECK(skews(plan) == Ints{2, 4});
  CHECK(fills(plan) == Texts{"0:2", "1:2"});
  CHECK(fill_depths(plan) == Ints{4, 2});
  CHECK(fill_skews(plan) == Ints{0, 2});
  CHECK(plan.sweeps[1].advances == Ints{0, 0});
  CHECK(plan.advances == Ints{0, 0});
  CHECK(plan.first_overwrite == 1);  // in place
  CHECK(loop::exchanged_layers(runge_kutta(), 0, 1) == 4);
  CHECK(loop::exchanged_layers(runge_kutta(), 1, 1) == 2);
}

TEST_CASE("two steps of two stages") {
  const TilePlan plan = loop::plan_steps(runge_kutta(), 2);
  REQUIRE(plan.sweeps.size() == 4);
  CHECK(each(plan, [](const Sweep& s) { return s.step; }) == Ints{0, 0, 1, 1});
  CHECK(each(plan, [](const Sweep& s) { return s.stage; }) == Ints{0, 1, 0, 1});
  CHECK(text_of(plan.exchange) == "0:8");
  CHECK(halo_depths(plan) == Ints{6, 4, 2, 0});
  CHECK(skews(plan) == Ints{2, 4, 6, 8});
  CHECK(fills(plan) == Texts{"0:2", "1:2", "0:2", "1:2"});
  CHECK(fill_depths(plan) == Ints{8, 6, 4, 2});
  CHECK(fill_skews(plan) == Ints{0, 2, 4, 6});
  CHECK(plan.first_overwrite == 1);
  CHECK(loop::exchanged_layers(runge_kutta(), 0, 2) == 8);
  CHECK(loop::exchanged_layers(runge_kutta(), 1, 2) == 6);
}

TEST_CASE("work, constant and in-place fields") {
  const SolverSchema s = fluxes();
  for (int f = 0; f < 4; ++f) CHECK(loop::levels_of(s, f) == 1);

  const TilePlan one = loop::plan_steps(s, 1);
  CHECK(text_of(one.exchange) == "0:2");  // `floor` is exchanged only once, `flux` is computed from `u`
  CHECK(each(one, [](const Sweep& w) { return w.radius; }) == Ints{2, 1, 0});
  CHECK(halo_depths(one) == Ints{1, 0, 0});
  CHECK(skews(one) == Ints{2, 4, 5});
  CHECK(fills(one) == Texts{"0:1", "2:1", ""});
  CHECK(fill_depths(one) == Ints{2, 1, 0});
  CHECK(fill_skews(one) == Ints{0, 3, 5});
  CHECK(one.first_overwrite == 1);
  CHECK(one.advances == Ints{0, 0, 0, 0});

  const TilePlan two = loop::plan_steps(s, 2);
  CHECK(text_of(two.exchange) == "0:4");
  CHECK(halo_depths(two) == Ints{3, 2, 0, 1, 0, 0});  // no stage reads `count` in ghost cells
  CHECK(skews(two) == Ints{2, 4, 5, 7, 9, 10});
  CHECK(fills(two) == Texts{"0:1", "2:1", "", "0:1", "2:1", ""});
  CHECK(fill_depths(two) == Ints{4, 3, 0, 2, 1, 0});

  const auto layers = [&](int steps) {
    Ints all;
    for (int f = 0; f < 4; ++f) all.push_back(loop::exchanged_layers(s, f, steps));
    return all;
  };
  CHECK(layers(0) == Ints{1, 2, 1, 0});
  CHECK(layers(1) == Ints{2, 3, 1, 0});
  CHECK(layers(2) == Ints{4, 5, 3, 0});
}

TEST_CASE("level switches of two-level fields are counted through a tile") {
  const SolverSchema s = four_stages();
  const TilePlan one = loop::plan_steps(s, 1);
  CHECK(text_of(one.exchange) == "0:5");  // `v` is computed from `u`
  CHECK(halo_depths(one) == Ints{2, 2, 1, 0});
  CHECK(one.sweeps[0].advances == Ints{0, 0});
  CHECK(one.sweeps[1].advances == Ints{0, 1});
  CHECK(one.sweeps[2].advances == Ints{0, 2});
  CHECK(one.sweeps[3].advances == Ints{1, 2});
  CHECK(one.advances == Ints{1, 3});
  CHECK(fills(one) == Texts{"0:3", "", "1:2", "0:1"});
  CHECK(fill_depths(one) == Ints{5, 0, 2, 1});
  CHECK(one.first_overwrite == 4);  // `u` is written once, to its other level

  const TilePlan two = loop::plan_steps(s, 2);
  CHECK(two.sweeps[4].advances == Ints{1, 3});
  CHECK(two.advances == Ints{2, 6});
  CHECK(two.first_overwrite == 6);  // stage three of the second step
}

TEST_CASE("ghost cells beyond the domain are filled anew for each step") {
  const TilePlan plan = loop::plan_steps(half_steps(), 2);
  REQUIRE(plan.sweeps.size() == 4);
  CHECK(text_of(plan.exchange) == "0:3");
  CHECK(halo_depths(plan) == Ints{2, 0, 1, 0});
  CHECK(fills(plan) == Texts{"0:1", "0:1", "0:1", "0:1"});
  CHECK(fill_depths(plan) == Ints{3, 1, 2, 1});
  CHECK(each(plan, [](const Sweep& s) { return s.refills ? 1 : 0; }) == Ints{0, 0, 1, 0});
  // The third sweep fills what the second one still reads one layer further on.
  CHECK(skews(plan) == Ints{1, 2, 4, 5});
  CHECK(fill_skews(plan) == Ints{0, 1, 3, 4});
  CHECK(plan.sweeps[2].advances == Ints{1, 0});
  CHECK(plan.advances == Ints{2, 0});
  CHECK(plan.first_overwrite == 2);
}

TEST_CASE("a solver's boundary conditions find the ghost cells of the constant fields that they may read") {
  SolverSchema s;
  s.has_boundary = true;
  s.fields = {named("u"), named("v"), named("bed", solver::FieldKind::constant),
              named("drag", solver::FieldKind::constant), named("tide", solver::FieldKind::constant)};
  s.stages = {{"push", {{0, 1}, {2, 2}, {3, 1}}, {0}, 0.0},
              {"rest", {{4, 1}, {2, 1}, {3, 1}}, {1}, 0.5},
              {"pull", {{1, 2}, {2, 2}, {3, 1}, {0, 2}}, {1}, 0.0}};
  CHECK(loop::boundary_inputs(s) == Ints{2});  // `drag` is read less widely, and "push" does not read `tide`

  const loop::TimedFields all(5, true);
  const TilePlan plan = loop::plan_steps(s, 1, all);
  // "pull" fills `v` at another time than "rest" filled `bed`, which comes first.
  CHECK(fills(plan) == Texts{"2:2 0:1 3:1", "2:1 4:1 3:1", "2:2 1:2 3:1 0:2"});
  for (const TilePlan& stage : loop::plan_stages(s, all)) {
    for (const halo::HaloField& f : stage.sweeps.front().fills) {
      if (f.field < 2) CHECK(stage.sweeps.front().fills.front().field == 2);
    }
  }

  // `u` keeps its ghost cells through a stage at another time, which only fills those of `bed`; when `u` is
  // filled as deep as the last stage reads it, so is `bed`.
  s.stages = {{"push", {{0, 1}, {2, 1}}, {1}, 0.0},
              {"half", {{2, 1}}, {3}, 0.5},
              {"pull", {{0, 2}, {2, 2}}, {1}, 0.0}};
  s.fields[3].kind = solver::FieldKind::state;
  CHECK(loop::boundary_inputs(s) == Ints{2});
  CHECK(fills(loop::plan_steps(s, 1, all)) == Texts{"2:2 0:2", "2:1", "2:2"});

  s.has_boundary = false;
  CHECK(loop::boundary_inputs(s).empty());
}

TEST_CASE("sweeps keep their distance whatever the radii") {
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
      // Storage has exactly as many layers of a field as the exchange fills.
      for (const halo::HaloField& f : plan.exchange) {
        CHECK(f.width == loop::exchanged_layers(s, f.field, steps));
      }
    }
  }
}

TEST_CASE("storage has the ghost layers that the longest tile exchanges, along the exchanged axes") {
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
