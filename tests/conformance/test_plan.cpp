#include "conformance/plan.h"

#include <catch2/catch.hpp>

#include <limits>
#include <set>

using namespace tessera;
using namespace tessera::conformance;

namespace {

PlanInput box() {
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

const grid::Index fine{{7, 6, 5}};
const grid::Index coarse{{9, 7, 6}};

}  // namespace

TEST_CASE("the runs of a plan cover rank counts, chunks, time tiles and transports") {
  using enum grid::Transport;
  using enum grid::Partitioner;
  const Plan plan = plan_of(box());
  CHECK(settings_of(plan.compared_trials) == std::vector<Setting>{{1, fine, true, 0, automatic, rcb},
                                                                  {1, coarse, false, 0, automatic, rcb},
                                                                  {1, fine, true, 3, automatic, rcb},
                                                                  {2, fine, true, 0, messages, rcb},
                                                                  {3, coarse, true, 3, shared, rcb},
                                                                  {4, fine, true, 1, messages, sfc}});
  CHECK(settings_of(plan.guarded_trials) ==
        std::vector<Setting>{{1, fine, true, 0, automatic, rcb}, {4, coarse, true, 3, messages, rcb}});
  REQUIRE(plan.saving_trial);
  REQUIRE(plan.resuming_trial);
  CHECK(plan.saving_trial->setting == Setting{4, fine, true, 0, automatic, rcb});
  CHECK(plan.resuming_trial->setting == Setting{3, fine, true, 3, automatic, rcb});
  CHECK(summary_of(plan.compared_trials) ==
        "6 runs on 1, 2, 3 and 4 ranks, 2 chunk sizes, 3 time tiles, 2 transports");
  CHECK(summary_of(plan.guarded_trials) ==
        "2 runs on 1 and 4 ranks, 2 chunk sizes, 2 time tiles, 1 transport");
}

TEST_CASE("runs have names of their own, the same length, and a guard where one is wanted") {
  const Plan plan = plan_of(box());
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

TEST_CASE("rank counts may be few or many") {
  PlanInput input = box();
  input.ranks = {2};
  const Plan one = plan_of(input);
  CHECK(one.compared_trials.size() == 3);
  for (const Trial& t : one.compared_trials) CHECK(t.setting.ranks == 2);
  CHECK(summary_of(one.compared_trials) == "3 runs on 2 ranks, 2 chunk sizes, 2 time tiles");
  input.ranks = {1, 2, 3, 4, 5, 6, 7};
  const Plan many = plan_of(input);
  REQUIRE(many.compared_trials.size() == 9);
  for (std::size_t n = 3; n < 9; ++n) CHECK(many.compared_trials[n].setting.ranks == static_cast<int>(n) - 1);
}

TEST_CASE("chunks are as wide as the stencil and do not divide the domain if possible") {
  PlanInput input = box();
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
  PlanInput input = box();
  input.layers_per_step = 6;  // 2 steps along z
  CHECK(plan_of(input).compared_trials[2].setting.steps_per_exchange == 2);
  input.layers_per_step = 17;
  input.ranks = {1, 2, 3};
  const Plan none = plan_of(input);
  for (const Trial& t : none.compared_trials) CHECK(t.setting.steps_per_exchange == 0);
  CHECK(none.compared_trials.size() == 4);
  input.layers_per_step = 0;
  CHECK(plan_of(input).compared_trials[2].setting.steps_per_exchange == 3);
}

TEST_CASE("a solver with state of its own takes one step at a time and is not saved") {
  PlanInput input = box();
  input.one_step = true;
  const Plan plan = plan_of(input);
  for (const Trial& t : plan.compared_trials) CHECK(t.setting.steps_per_exchange <= 1);
  CHECK_FALSE(plan.saving_trial);
  CHECK_FALSE(plan.resuming_trial);
}

TEST_CASE("the input of a plan comes from the job and the schema") {
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
