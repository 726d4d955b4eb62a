#include "conformance/examination.h"

#include <optional>
#include <utility>

#include <fmt/format.h>

namespace tessera::conformance {

namespace {

using base::Error;
using base::ExitCode;

constexpr const char* advice_for_bits =
    "a new value may depend only on what the stage reads at and around its cell, on parameters, time, dt and "
    "the position of the cell;\n"
    "    not on the bounds of the region or the patch, or on members that a call changes; this also holds "
    "for\n"
    "    derive(), boundary(), initialize() and the stable time step";

constexpr const char* advice_for_repetition =
    "results must not depend on the clock, on rand(), on addresses or on memory that has not been set";

constexpr const char* advice_for_restart =
    "checkpoints contain only the state and constant fields: store all state in state fields, or declare\n"
    "    one_step_at_a_time()";

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

class Examination {
 public:
  Examination(const Plan& plan, Runner& runner) : plan_{&plan}, runner_{&runner} {
    for (const Promise p : promises) report_.rows.push_back({p, State::untried, {}, {}});
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
  bool matches_reference(const Outcome& outcome, const Trial& trial, Promise promise, const char* advice);
  bool is_repeatable();
  bool record_failure(const Trial& trial, const Outcome& outcome);
  bool mark_broken(Promise promise, const std::string& found, Error error);
  void mark_kept(Promise promise, const std::string& tried) {
    report_.row(promise).state = State::kept;
    report_.row(promise).tried = tried;
  }
  std::string text_of(const Trial& trial) const {
    return conformance::text_of(trial.setting, plan_->dimensions);
  }

  const Plan* plan_;
  Runner* runner_;
  Report report_;
  Outcome reference_;
};

/// Records that a run failed for a reason that no promise covers. Returns false. If the solver called exit()
/// with the exit code of a broken promise, records `internal` instead.
bool Examination::record_failure(const Trial& trial, const Outcome& outcome) {
  const auto code = static_cast<ExitCode>(outcome.code);
  report_.error = Error(code == ExitCode::different ? ExitCode::internal : code,
                        fmt::format("a run of the test failed ({}): {}", text_of(trial), outcome.error));
  report_.is_crash = outcome.is_crash;
  return false;
}

bool Examination::mark_broken(Promise promise, const std::string& found, Error error) {
  Row& row = report_.row(promise);
  row.state = State::broken;
  row.found = found;
  report_.error = std::move(error);
  return false;
}

/// Checks the promises about memory accesses. Returns whether all are kept.
bool Examination::check_accesses() {
  const std::string tried = "guarded: " + summary_of(plan_->guarded_trials);
  for (const Trial& trial : plan_->guarded_trials) {
    const Outcome outcome = runner_->run(trial);
    if (outcome.code != 0) {
      const auto breach = loop::breach_of(outcome.error);
      if (!breach) return record_failure(trial, outcome);
      const Promise promise = promise_broken_by(*breach);
      report_.row(promise).tried = tried;
      for (const Promise p : {Promise::radius, Promise::cells, Promise::memory}) {
        if (p != promise) report_.row(p).found = "the run ended before";
      }
      return mark_broken(promise, first_line(outcome.error), Error(ExitCode::different, outcome.error));
    }
    runner_->discard(outcome);
  }
  for (const Promise p : {Promise::radius, Promise::cells, Promise::memory}) mark_kept(p, tried);
  return true;
}

/// How the results of a run differ from those of the reference; empty if they do not. If they cannot be read,
/// records the failure and returns nullopt.
std::optional<std::string> Examination::difference(const Trial& trial, const Outcome& outcome) {
  try {
    return runner_->difference(reference_, outcome);
  } catch (const Error& e) {
    record_failure(trial, {static_cast<int>(e.code()), e.message(), {}, 0, {}, {}});
    return std::nullopt;
  }
}

/// Whether a run has the same results as the reference. If not, marks `promise` as broken.
bool Examination::matches_reference(const Outcome& outcome, const Trial& trial, Promise promise,
                                    const char* advice) {
  const std::optional<std::string> found = difference(trial, outcome);
  if (!found) return false;
  if (found->empty()) return true;
  const std::string reference = text_of(plan_->compared_trials.front());
  return mark_broken(
      promise, *found,
      Error(ExitCode::different,
            fmt::format("{}: {}\n  one run:   {}\n  the other: {}{}",
                        promise == Promise::restart ? "a restart changes the results"
                                                    : "the results depend on how the job is run",
                        *found, reference, text_of(trial),
                        trial.resume_from.empty() ? "" : ", resumed from a checkpoint"),
            advice));
}

/// Whether a repetition of the reference run has the same results. If not, replaces the error.
bool Examination::is_repeatable() {
  Trial trial = plan_->compared_trials.front();
  trial.name = "repetition";
  const Outcome outcome = runner_->run(trial);
  if (outcome.code != 0) return record_failure(trial, outcome);
  const std::optional<std::string> found = difference(trial, outcome);
  if (!found) return false;
  runner_->discard(outcome);
  if (found->empty()) return true;
  return mark_broken(
      Promise::bits, *found,
      Error(ExitCode::different,
            fmt::format("two runs with the same settings differ: {}\n  both: {}", *found, text_of(trial)),
            advice_for_repetition));
}

/// Checks that all settings give the same results. Returns whether they do.
bool Examination::check_settings() {
  const std::string tried = summary_of(plan_->compared_trials);
  for (const Trial& trial : plan_->compared_trials) {
    const Outcome outcome = runner_->run(trial);
    if (outcome.code != 0) return record_failure(trial, outcome);
    if (&trial == &plan_->compared_trials.front()) {
      reference_ = outcome;
      report_.steps = outcome.steps;
      continue;
    }
    report_.row(Promise::bits).tried = tried;
    if (!matches_reference(outcome, trial, Promise::bits, advice_for_bits)) {
      if (report_.row(Promise::bits).state == State::broken) static_cast<void>(is_repeatable());
      return false;
    }
    runner_->discard(outcome);
  }
  mark_kept(Promise::bits, tried);
  return true;
}

/// Checks that a run that resumes from a checkpoint ends with the results of the reference.
void Examination::check_restart() {
  Row& row = report_.row(Promise::restart);
  const std::int64_t half = reference_.steps / 2;
  if (!plan_->saving_trial || !plan_->resuming_trial || half == 0) {
    row.found = half == 0 ? "the run has a single step" : "the solver declares one_step_at_a_time()";
    return;
  }
  Trial saved = *plan_->saving_trial;
  saved.max_steps = half + 1;
  saved.checkpoint_every = half;
  const Outcome first = runner_->run(saved);
  if (first.code != 0) {
    record_failure(saved, first);
    return;
  }
  Trial resumed = *plan_->resuming_trial;
  resumed.resume_from = runner_->checkpoint_of(first);
  if (resumed.resume_from.empty()) {
    record_failure(saved,
                   {static_cast<int>(ExitCode::io_error), "it has written no checkpoint", {}, 0, {}, {}});
    return;
  }
  const Outcome second = runner_->run(resumed);
  if (second.code != 0) {
    record_failure(resumed, second);
    return;
  }
  const std::string tried =
      fmt::format("saved at step {} on {} rank{}, resumed on {}", half, saved.setting.ranks,
                  saved.setting.ranks == 1 ? "" : "s", resumed.setting.ranks);
  row.tried = tried;
  if (matches_reference(second, resumed, Promise::restart, advice_for_restart))
    mark_kept(Promise::restart, tried);
}

}  // namespace

Report examine(const Plan& plan, Runner& runner) { return Examination{plan, runner}.run(); }

}  // namespace tessera::conformance
