#include "conformance/examination.h"

#include "conformance/failure.h"

#include <optional>
#include <utility>

#include <fmt/format.h>

namespace tessera::conformance {

namespace {

using base::Error;
using base::ExitCode;

constexpr const char* advice_for_bits =
    "a new value may depend only on the values that the stage reads at and around its cell, on parameters,\n"
    "    time, dt and the position of the cell, but not on the bounds of the region or the patch, or on\n"
    "    members that a call modifies; the same applies to derive(), boundary(), initialize() and the\n"
    "    stable time step";

constexpr const char* advice_for_repetition =
    "results must not depend on the clock, on rand(), on addresses or on uninitialised memory";

constexpr const char* advice_for_restart =
    "checkpoints contain only the state and constant fields: store all state in state fields, or declare\n"
    "    one_step_at_a_time()";

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

/// Joins the lines of a text, which may be indented, with blanks.
std::string in_one_line(const std::string& text) {
  std::string line;
  for (const char c : text) {
    if (c != '\n' && (c != ' ' || !line.ends_with(' '))) line += c;
    if (c == '\n') line += ' ';
  }
  return line;
}

class Examination {
 public:
  Examination(const Plan& plan, Runner& runner) : plan_{&plan}, runner_{&runner} {
    for (const Promise p : promises) report_.rows.push_back({p, State::unchecked, {}, {}});
  }

  Report run() && {
    if (check_accesses() && check_settings()) check_restart();
    return std::move(report_);
  }

 private:
  bool check_accesses();
  bool check_settings();
  void check_restart();
  std::optional<std::string> difference(const Trial& trial, const Outcome& outcome);
  bool matches_reference(const Outcome& outcome, const std::vector<Trial>& trials, Promise promise,
                         const char* advice);
  bool check_repeatability();
  bool record_failure(const Trial& trial, const Outcome& outcome);
  bool mark_broken(Promise promise, const std::vector<Trial>& trials, const std::string& found,
                   const char* hint, Error error);
  void mark_kept(Promise promise, const std::string& runs) {
    report_.row(promise).state = State::kept;
    report_.row(promise).runs = runs;
  }
  std::string text_of(const Trial& trial) const {
    return conformance::text_of(trial.setting, plan_->dimensions);
  }

  const Plan* plan_;
  Runner* runner_;
  Report report_;
  Outcome reference_;
};

/// Records that a run failed for a reason other than a broken promise, and returns false. If the solver
/// called exit() with the exit code of a broken promise, records `internal` instead.
bool Examination::record_failure(const Trial& trial, const Outcome& outcome) {
  const auto code = static_cast<ExitCode>(outcome.code);
  report_.error = error_with_lines(code == ExitCode::check_failed ? ExitCode::internal : code,
                                   fmt::format("a test run failed ({}): {}", text_of(trial), outcome.error));
  report_.is_crash = outcome.is_crash;
  return false;
}

/// Records a broken promise, and returns false. `trials`: the runs that show it; the last is that which broke
/// it.
bool Examination::mark_broken(Promise promise, const std::vector<Trial>& trials, const std::string& found,
                              const char* hint, Error error) {
  Row& row = report_.row(promise);
  row.state = State::broken;
  row.found = found;
  row.setting = text_of(trials.back());
  row.commands = runner_->commands_for(trials);
  row.hint = in_one_line(hint);
  report_.error = std::move(error);
  return false;
}

/// Checks the promises about memory accesses. Returns whether all are kept.
bool Examination::check_accesses() {
  const std::string runs = "guarded: " + summary_of(plan_->guarded_trials);
  for (const Trial& trial : plan_->guarded_trials) {
    const Outcome outcome = runner_->run(trial);
    if (outcome.code != 0) {
      const auto violation = loop::find_violation(outcome.error);
      if (!violation) return record_failure(trial, outcome);
      const Promise promise = promise_broken_by(*violation);
      report_.row(promise).runs = runs;
      for (const Promise p : {Promise::radius, Promise::cells, Promise::memory}) {
        if (p != promise) report_.row(p).found = "the run ended before this was checked";
      }
      return mark_broken(promise, {trial}, first_line(outcome.error), loop::advice_for(*violation),
                         error_with_lines(ExitCode::check_failed, outcome.error));
    }
    runner_->discard(outcome);
  }
  for (const Promise p : {Promise::radius, Promise::cells, Promise::memory}) mark_kept(p, runs);
  return true;
}

/// Describes how the results of a run differ from those of the reference run; empty if they do not. If the
/// results cannot be read, records the failure and returns nullopt.
std::optional<std::string> Examination::difference(const Trial& trial, const Outcome& outcome) {
  try {
    return runner_->difference(reference_, outcome);
  } catch (const Error& e) {
    record_failure(trial, {static_cast<int>(e.code()), e.message(), {}, 0, {}, {}});
    return std::nullopt;
  }
}

/// Whether a run has the same results as the reference run. If not, marks `promise` as broken. `trials`: the
/// reference run, and the runs that led to `outcome`.
bool Examination::matches_reference(const Outcome& outcome, const std::vector<Trial>& trials, Promise promise,
                                    const char* advice) {
  const Trial& trial = trials.back();
  const std::optional<std::string> found = difference(trial, outcome);
  if (!found) return false;
  if (found->empty()) return true;
  return mark_broken(
      promise, trials, *found, advice,
      Error(ExitCode::check_failed,
            fmt::format("{}: {}\n  one run:   {}\n  the other: {}{}",
                        promise == Promise::restart ? "a restart changes the results"
                                                    : "the results depend on how the job is run",
                        *found, text_of(trials.front()), text_of(trial),
                        trial.resume_from.empty() ? "" : ", resumed from a checkpoint"),
            advice));
}

/// Repeats the reference run and returns whether the results are the same. If not, replaces the recorded
/// error.
bool Examination::check_repeatability() {
  Trial trial = plan_->compared_trials.front();
  trial.name = "repetition";
  const Outcome outcome = runner_->run(trial);
  if (outcome.code != 0) return record_failure(trial, outcome);
  const std::optional<std::string> found = difference(trial, outcome);
  if (!found) return false;
  runner_->discard(outcome);
  if (found->empty()) return true;
  return mark_broken(
      Promise::bits, {plan_->compared_trials.front(), trial}, *found, advice_for_repetition,
      Error(ExitCode::check_failed,
            fmt::format("two runs with the same settings differ: {}\n  both: {}", *found, text_of(trial)),
            advice_for_repetition));
}

/// Checks that all settings give the same results. Returns whether they do.
bool Examination::check_settings() {
  const std::string runs = summary_of(plan_->compared_trials);
  for (const Trial& trial : plan_->compared_trials) {
    const Outcome outcome = runner_->run(trial);
    if (outcome.code != 0) return record_failure(trial, outcome);
    if (&trial == &plan_->compared_trials.front()) {
      reference_ = outcome;
      report_.steps = outcome.steps;
      continue;
    }
    report_.row(Promise::bits).runs = runs;
    if (!matches_reference(outcome, {plan_->compared_trials.front(), trial}, Promise::bits,
                           advice_for_bits)) {
      if (report_.row(Promise::bits).state == State::broken) static_cast<void>(check_repeatability());
      return false;
    }
    runner_->discard(outcome);
  }
  mark_kept(Promise::bits, runs);
  return true;
}

/// Checks that a run that resumes from a checkpoint gives the same results as the reference run.
void Examination::check_restart() {
  Row& row = report_.row(Promise::restart);
  const std::int64_t halfway = reference_.steps / 2;
  if (!plan_->saving_trial || !plan_->resuming_trial || halfway == 0) {
    row.found = halfway == 0 ? "the run has a single step" : "the solver declares one_step_at_a_time()";
    return;
  }
  Trial saving = *plan_->saving_trial;
  saving.max_steps = halfway + 1;
  saving.checkpoint_every = halfway;
  const Outcome first = runner_->run(saving);
  if (first.code != 0) {
    record_failure(saving, first);
    return;
  }
  Trial resuming = *plan_->resuming_trial;
  resuming.resume_from = runner_->checkpoint_of(first);
  if (resuming.resume_from.empty()) {
    record_failure(saving, {static_cast<int>(ExitCode::io_error), "it wrote no checkpoint", {}, 0, {}, {}});
    return;
  }
  const Outcome second = runner_->run(resuming);
  if (second.code != 0) {
    record_failure(resuming, second);
    return;
  }
  const std::string runs =
      fmt::format("saved at step {} on {} rank{}, resumed on {}", halfway, saving.setting.ranks,
                  saving.setting.ranks == 1 ? "" : "s", resuming.setting.ranks);
  row.runs = runs;
  if (matches_reference(second, {plan_->compared_trials.front(), saving, resuming}, Promise::restart,
                        advice_for_restart))
    mark_kept(Promise::restart, runs);
}

}  // namespace

Report examine(const Plan& plan, Runner& runner) { return Examination{plan, runner}.run(); }

}  // namespace tessera::conformance
