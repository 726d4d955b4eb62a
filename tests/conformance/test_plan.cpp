#include "conformance/plan.h"

#include <catch2/catch.hpp>

#include <limits>
#include <set>
#include <tuple>
#include <vector>

using namespace tessera;
using namespace tessera::conformance;

namespace {

PlanInput sample_input() {
  PlanInput input;
  input.dimensions = 3;
  input.cells = {{24, 20, 16}};
  input.radius = 1;
  input.layers_per_step = 1;
  return input;
}

std::vector<Setting> settings_of(const std::vector<Trial>& trials) {
  std::vector<Setting> settings;
  for (const Trial& t : trials) settings.push_back(t.setting);
  return settings;
}

const grid::Index small_chunk{{7, 6, 5}};
const grid::Index large_chunk{{9, 7, 6}};

}  // namespace

TEST_CASE("the runs of a plan cover rank counts, chunk sizes, time tiles and transports") {
  using enum grid::Transport;
  using enum grid::Partitioner;
  const Plan plan = plan_of(sample_input());
  CHECK(settings_of(plan.compared_trials) == std::vector<Setting>{{1, small_chunk, true, 0, automatic, rcb},
                                                                  {1, large_chunk, false, 0, automatic, rcb},
                                                                  {1, small_chunk, true, 3, automatic, rcb},
                                                                  {2, small_chunk, true, 0, messages, rcb},
                                                                  {3, large_chunk, true, 3, shared, rcb},
                                                                  {4, small_chunk, true, 1, messages, sfc}});
  CHECK(settings_of(plan.guarded_trials) == std::vector<Setting>{{1, small_chunk, true, 0, automatic, rcb},
                                                                 {4, large_chunk, true, 3, messages, rcb}});
  REQUIRE(plan.saving_trial);
  REQUIRE(plan.resuming_trial);
  CHECK(plan.saving_trial->setting == Setting{4, small_chunk, true, 0, automatic, rcb});
  CHECK(plan.resuming_trial->setting == Setting{3, small_chunk, true, 3, automatic, rcb});
  CHECK(summary_of(plan.compared_trials) ==
        "6 runs on 1, 2, 3 and 4 ranks, 2 chunk sizes, 3 time tiles, 2 transports");
  CHECK(summary_of(plan.guarded_trials) ==
        "2 runs on 1 and 4 ranks, 2 chunk sizes, 2 time tiles, 1 transport");
}

TEST_CASE("runs have different names and equal numbers of steps, and only guarded runs have a guard") {
  const Plan plan = plan_of(sample_input());
  std::set<std::string> names{plan.saving_trial->name, plan.resuming_trial->name};
  for (const Trial& t : plan.guarded_trials) {
    names.insert(t.name);
    CHECK(t.guarded);
    CHECK(t.max_steps == 12);
  }
  for (const Trial& t : plan.compared_trials) {
    names.insert(t.name);
    CHECK_FALSE(t.guarded);
    CHECK(t.max_steps == 12);
    CHECK(t.checkpoint_every == 0);
  }
  CHECK(names.size() == 9);
  CHECK(plan.saving_trial->name == plan.resuming_trial->name);  // a run resumes in its own directory
}

TEST_CASE("a plan can be made for any number of rank counts") {
  PlanInput input = sample_input();
  input.ranks = {2};
  const Plan single = plan_of(input);
  CHECK(single.compared_trials.size() == 3);
  for (const Trial& t : single.compared_trials) CHECK(t.setting.ranks == 2);
  CHECK(summary_of(single.compared_trials) == "3 runs on 2 ranks, 2 chunk sizes, 2 time tiles");
  input.ranks = {1, 2, 3, 4, 5, 6, 7};
  const Plan many = plan_of(input);
  REQUIRE(many.compared_trials.size() == 9);
  for (std::size_t n = 3; n < 9; ++n) CHECK(many.compared_trials[n].setting.ranks == static_cast<int>(n) - 1);
}

TEST_CASE("a run resumes on another number of ranks than it was saved on, if there are two") {
  PlanInput input = sample_input();
  for (const auto& [ranks, saved, resumed] :
       std::vector<std::tuple<std::vector<int>, int, int>>{{{2}, 2, 2}, {{1, 3}, 3, 1}, {{1, 2, 5}, 5, 2}}) {
    input.ranks = ranks;
    const Plan plan = plan_of(input);
    CHECK(plan.saving_trial->setting.ranks == saved);
    CHECK(plan.resuming_trial->setting.ranks == resumed);
  }
}

TEST_CASE(
    "chunks are at least as wide as the stencil radius and, if possible, do not divide the domain evenly") {
  PlanInput input = sample_input();
  input.radius = 8;
  CHECK(plan_of(input).compared_trials[0].setting.chunk == grid::Index{{9, 8, 9}});
  input.dimensions = 1;
  input.cells = {{16, 1, 1}};
  input.radius = 16;
  CHECK(plan_of(input).compared_trials[0].setting.chunk == grid::Index{{16, 1, 1}});
  input.cells = {{2, 1, 1}};
  input.radius = 0;
  CHECK(plan_of(input).compared_trials[0].setting.chunk == grid::Index{{1, 1, 1}});
}

TEST_CASE("time tiles are as long as the narrowest axis allows") {
  PlanInput input = sample_input();
  input.layers_per_step = 6;  // the z axis has enough cells for 2 steps
  CHECK(plan_of(input).compared_trials[2].setting.steps_per_exchange == 2);
  input.layers_per_step = 17;
  input.ranks = {1, 2, 3};
  const Plan without_tiles = plan_of(input);
  for (const Trial& t : without_tiles.compared_trials) CHECK(t.setting.steps_per_exchange == 0);
  CHECK(without_tiles.compared_trials.size() == 4);
  input.layers_per_step = 0;
  CHECK(plan_of(input).compared_trials[2].setting.steps_per_exchange == 3);
}

TEST_CASE("a solver that declares one_step_at_a_time() is tested without time tiles and restarts") {
  PlanInput input = sample_input();
  input.one_step = true;
  const Plan plan = plan_of(input);
  for (const Trial& t : plan.compared_trials) CHECK(t.setting.steps_per_exchange <= 1);
  CHECK_FALSE(plan.saving_trial);
  CHECK_FALSE(plan.resuming_trial);
}

TEST_CASE("the input of a plan is derived from the job and the schema") {
  grid::JobSpec job;
  job.geometry.dimensions = 2;
  job.geometry.cells = {{30, 40, 1}};
  job.time.max_steps = std::numeric_limits<std::int64_t>::max();
  solver::SolverSchema schema;
  schema.fields.resize(2);
  schema.stages = {{"a", {{0, 2}, {1, 1}}, {0}, 0.0}, {"b", {{0, 3}}, {1}, 0.0}};
  schema.one_step = true;
  const PlanInput input = input_of(job, schema, {1, 5});
  CHECK(input.dimensions == 2);
  CHECK(input.cells == grid::Index{{30, 40, 1}});
  CHECK(input.radius == 3);
  CHECK(input.layers_per_step == 5);
  CHECK(input.one_step);
  CHECK(input.steps == 12);
  CHECK(input.ranks == std::vector<int>{1, 5});
  job.time.max_steps = 4;
  CHECK(input_of(job, schema, {1}).steps == 4);
}
