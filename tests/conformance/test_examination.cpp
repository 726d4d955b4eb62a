// Reports of examine(), for fake runs whose outcomes the tests choose.
#include "conformance/examination.h"

#include <catch2/catch.hpp>

#include <functional>

using namespace tessera;
using namespace tessera::conformance;

namespace {

/// Returns outcomes from `outcome_of` instead of starting runs. By default, all trials succeed with the same
/// results. Records the trials and the discarded runs.
class FakeRunner : public Runner {
 public:
  std::function<Outcome(const Trial&)> outcome_of = [](const Trial& t) { return success(t); };
  std::string checkpoint = "saved/checkpoints/0000000006-1";
  std::vector<Trial> trials;
  std::vector<std::string> discarded;

  static Outcome success(const Trial& t, const std::string& digest = "00ff") {
    return {0, {}, digest, 12, t.name, {}};
  }
  static Outcome failure(const Trial& t, int code, const std::string& error) {
    return {code, error, {}, 0, t.name, {}};
  }

  Outcome run(const Trial& trial) override {
    trials.push_back(trial);
    return outcome_of(trial);
  }
  std::string difference(const Outcome& first, const Outcome& second) override {
    return first.digest == second.digest ? "" : first.directory + " and " + second.directory + " differ";
  }
  std::string checkpoint_of(const Outcome&) override { return checkpoint; }
  std::vector<std::string> commands_for(const std::vector<Trial>& repeated) const override {
    std::vector<std::string> names;
    for (const Trial& t : repeated) names.push_back(t.name);
    return names;
  }
  void discard(const Outcome& outcome) override { discarded.push_back(outcome.directory); }
};

Plan sample_plan() {
  PlanInput input;
  input.cells = {{24, 1, 1}};
  input.radius = 1;
  input.layers_per_step = 1;
  return plan_of(input);
}

std::vector<State> states_of(const Report& report) {
  std::vector<State> states;
  for (const Row& r : report.rows) states.push_back(r.state);
  return states;
}

constexpr State kept = State::kept;
constexpr State broken = State::broken;
constexpr State unchecked = State::unchecked;

}  // namespace

TEST_CASE("a solver keeps all promises if all runs give the same results") {
  FakeRunner runner;
  const Report report = examine(sample_plan(), runner);
  CHECK(states_of(report) == std::vector{kept, kept, kept, kept, kept});
  CHECK_FALSE(report.error);
  CHECK(report.code() == 0);
  CHECK(report.rows[4].runs == "saved at step 6 on 4 ranks, resumed on 3");
  REQUIRE(runner.trials.size() == 10);
  const Trial& saved = runner.trials[8];
  CHECK(saved.name == "saved");
  CHECK(saved.max_steps == 7);
  CHECK(saved.checkpoint_every == 6);
  CHECK(saved.resume_from.empty());
  CHECK(runner.trials[9].max_steps == 12);
  CHECK(runner.trials[9].resume_from == "saved/checkpoints/0000000006-1");
  CHECK(runner.discarded ==
        std::vector<std::string>{"guarded-1", "guarded-2", "run-2", "run-3", "run-4", "run-5", "run-6"});
}

TEST_CASE("a violation detected by the guard breaks a promise and ends the examination") {
  FakeRunner runner;
  runner.outcome_of = [](const Trial& t) {
    return t.name == "guarded-2"
               ? FakeRunner::failure(t, 70,
                                     "stage `s` does not write field `u` at cell (1, 2, 3)\n  = write it")
               : FakeRunner::success(t);
  };
  const Report report = examine(sample_plan(), runner);
  CHECK(states_of(report) == std::vector{unchecked, broken, unchecked, unchecked, unchecked});
  CHECK(report.code() == 1);
  CHECK(report.error->text() == "error: stage `s` does not write field `u` at cell (1, 2, 3)\n  = write it");
  CHECK(report.rows[1].found == "stage `s` does not write field `u` at cell (1, 2, 3)");
  CHECK(report.rows[1].setting == "4 ranks, chunks of 9 cells, 3 steps per exchange, messages");
  CHECK(report.rows[1].commands == std::vector<std::string>{"guarded-2"});
  CHECK(report.rows[1].hint == "write every cell of the region, including cells whose value does not change");
  CHECK(report.rows[0].found == "the run ended before this was checked");
  CHECK(report.rows[0].commands.empty());
  CHECK(report.rows[3].found.empty());
  CHECK(runner.trials.size() == 2);
}

TEST_CASE("the first run that differs from the reference is reported with the difference") {
  FakeRunner runner;
  runner.outcome_of = [](const Trial& t) {
    return FakeRunner::success(t, t.setting.ranks == 3 ? "0001" : "0000");
  };
  const Report report = examine(sample_plan(), runner);
  CHECK(states_of(report) == std::vector{kept, kept, kept, broken, unchecked});
  CHECK(report.code() == 1);
  CHECK(report.rows[3].found == "run-1 and run-5 differ");
  CHECK(report.rows[3].setting == "3 ranks, chunks of 9 cells, 3 steps per exchange, shared memory");
  CHECK(report.rows[3].commands == std::vector<std::string>{"run-1", "run-5"});
  CHECK(
      report.rows[3].hint.find("a new value may depend only on the values that the stage reads at and around "
                               "its cell, on parameters, time, dt and the position of the cell, ") == 0);
  const std::string text = report.error->text();
  CHECK(text.find("error: the results depend on how the job is run: run-1 and run-5 differ\n"
                  "  one run:   1 rank, chunks of 7 cells, one exchange per stage\n"
                  "  the other: 3 ranks, chunks of 9 cells, 3 steps per exchange, shared memory\n  = ") == 0);
  CHECK(runner.trials.back().name == "repetition");
}

TEST_CASE("different results of two runs with the same settings are reported") {
  FakeRunner runner;
  runner.outcome_of = [&](const Trial& t) {
    return FakeRunner::success(t, std::to_string(runner.trials.size()));
  };
  const Report report = examine(sample_plan(), runner);
  CHECK(states_of(report) == std::vector{kept, kept, kept, broken, unchecked});
  CHECK(report.code() == 1);
  CHECK(report.rows[3].found == "run-1 and repetition differ");
  CHECK(report.rows[3].commands == std::vector<std::string>{"run-1", "repetition"});
  CHECK(report.rows[3].hint ==
        "results must not depend on the clock, on rand(), on addresses or on uninitialised memory");
  CHECK(
      report.error->text().find("error: two runs with the same settings differ: run-1 and repetition differ\n"
                                "  both: 1 rank, chunks of 7 cells, one exchange per stage\n  = ") == 0);
}

TEST_CASE("a restart that changes the results breaks the last promise") {
  FakeRunner runner;
  runner.outcome_of = [](const Trial& t) {
    return FakeRunner::success(t, t.resume_from.empty() ? "0000" : "0001");
  };
  const Report report = examine(sample_plan(), runner);
  CHECK(states_of(report) == std::vector{kept, kept, kept, kept, broken});
  CHECK(report.code() == 1);
  const std::string text = report.error->text();
  CHECK(report.rows[4].commands == std::vector<std::string>{"run-1", "saved", "saved"});
  CHECK(text.find("error: a restart changes the results: run-1 and saved differ\n") == 0);
  CHECK(text.find(", resumed from a checkpoint\n  = ") != std::string::npos);
}

TEST_CASE("a run that fails for another reason is reported with its exit code") {
  FakeRunner runner;
  for (const char* name : {"guarded-1", "run-1", "run-4", "saved"}) {
    runner.outcome_of = [=](const Trial& t) {
      return t.name == name ? FakeRunner::failure(t, 78, "the solver refuses the job")
                            : FakeRunner::success(t);
    };
    const Report report = examine(sample_plan(), runner);
    CHECK(report.code() == 78);
    for (const Row& row : report.rows) CHECK(row.state != broken);
    const std::string text = report.error->text();
    CHECK(text.find("error: a test run failed (") == 0);
    CHECK(text.find("): the solver refuses the job") != std::string::npos);
  }
}

TEST_CASE("the restart is unchecked if it is impossible, and a missing checkpoint is an error") {
  FakeRunner runner;
  Plan plan_without_restart = sample_plan();
  plan_without_restart.saving_trial.reset();
  plan_without_restart.resuming_trial.reset();
  const Report without_restart = examine(plan_without_restart, runner);
  CHECK(states_of(without_restart) == std::vector{kept, kept, kept, kept, unchecked});
  CHECK(without_restart.rows[4].found == "the solver declares one_step_at_a_time()");
  CHECK(without_restart.code() == 0);

  runner.outcome_of = [](const Trial& t) { return Outcome{0, {}, "0000", 1, t.name, {}}; };
  const Report single_step = examine(sample_plan(), runner);
  CHECK(single_step.rows[4].state == unchecked);
  CHECK(single_step.rows[4].found == "the run has a single step");

  runner.outcome_of = [](const Trial& t) { return FakeRunner::success(t); };
  runner.checkpoint.clear();
  const Report without_checkpoint = examine(sample_plan(), runner);
  CHECK(without_checkpoint.code() == 74);
  CHECK(without_checkpoint.error->text().find("it wrote no checkpoint") != std::string::npos);
}
