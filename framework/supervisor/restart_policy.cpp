#include "supervisor/restart_policy.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include <fmt/format.h>

namespace tessera::supervisor {

namespace {

constexpr double max_delay = 30.0;  // seconds

bool is_near(std::int64_t a, std::int64_t b) { return std::abs(a - b) <= RestartPolicy::step_tolerance; }

/// Seconds to wait before a relaunch after `faults` consecutive faults without progress: 0 after the first,
/// then 1, 2, 4, ...
double delay_after(int faults) {
  return faults <= 1 ? 0.0 : std::min(max_delay, std::ldexp(1.0, std::min(faults, 40) - 2));
}

}  // namespace

RestartPolicy::Decision RestartPolicy::decide(std::int64_t step, std::optional<std::int64_t> checkpoint,
                                              bool any_rank_started) {
  ever_started_ = ever_started_ || any_rank_started;
  if (!any_rank_started) {  // the launcher failed before any rank started
    ++faults_without_progress_;
    if (!ever_started_ && restarts_ < max_restarts_ && restarts_ + 1 >= max_launches)
      return {Action::give_up, 0.0, "no rank ever started"};
    return relaunch();
  }
  const bool new_checkpoint = checkpoint && (!checkpoint_ || *checkpoint > *checkpoint_);
  const bool reached_new_step = step > highest_step_ + step_tolerance;
  crashes_ = last_step_ && is_near(step, *last_step_) && !new_checkpoint ? crashes_ + 1 : 1;
  faults_without_progress_ = new_checkpoint || reached_new_step ? 0 : faults_without_progress_ + 1;
  last_step_ = step;
  checkpoint_ = checkpoint;
  highest_step_ = std::max(highest_step_, step);

  if (fall_back_step_ && step > *fall_back_step_ + step_tolerance) fall_back_step_.reset();
  if (fall_back_step_ && is_near(step, *fall_back_step_)) {
    return {Action::give_up, 0.0,
            fell_back_to_older_
                ? fmt::format("it failed again near step {}, even from an older state", step)
                : fmt::format("{} attempts in a row failed near step {}, all from the beginning",
                              max_crashes + 1, step)};
  }
  Decision decision = relaunch();
  if (decision.action == Action::relaunch && crashes_ >= max_crashes) {
    fall_back_step_ = step;
    fell_back_to_older_ = checkpoint.has_value();
    crashes_ = 0;
    decision.action = Action::fall_back;
    decision.reason = fmt::format("{} attempts in a row failed near step {}", max_crashes, step);
  }
  return decision;
}

/// Decides to relaunch, or to give up if no restarts are left.
RestartPolicy::Decision RestartPolicy::relaunch() {
  if (restarts_ >= max_restarts_)
    return {Action::give_up, 0.0, fmt::format("all {} restarts are used up", max_restarts_)};
  ++restarts_;
  return {Action::relaunch, delay_after(faults_without_progress_), ""};
}

}  // namespace tessera::supervisor
