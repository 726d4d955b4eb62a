#include "supervisor/restart_policy.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include <fmt/format.h>

namespace tessera::supervisor {

namespace {

constexpr double max_delay = 30.0;  // seconds

bool near(std::int64_t a, std::int64_t b) { return std::abs(a - b) <= RestartPolicy::same_place; }

/// Seconds before a relaunch: 0 for the first one without progress, then 1, 2, 4, ...
double delay_of(int idle) {
  return idle <= 1 ? 0.0 : std::min(max_delay, std::ldexp(1.0, std::min(idle, 40) - 2));
}

}  // namespace

RestartPolicy::Decision RestartPolicy::after(std::int64_t step, std::optional<std::int64_t> checkpoint,
                                             bool began) {
  ever_began_ = ever_began_ || began;
  if (!began) {  // the launcher failed before any rank started
    ++idle_;
    if (!ever_began_ && restarts_ < max_restarts_ && restarts_ + 1 >= max_launches)
      return {Action::give_up, 0.0, "no rank ever started"};
    return relaunch();
  }
  const bool new_checkpoint = checkpoint && (!checkpoint_ || *checkpoint > *checkpoint_);
  const bool further = step > highest_ + same_place;
  crashes_ = last_step_ && near(step, *last_step_) && !new_checkpoint ? crashes_ + 1 : 1;
  idle_ = new_checkpoint || further ? 0 : idle_ + 1;
  last_step_ = step;
  checkpoint_ = checkpoint;
  highest_ = std::max(highest_, step);

  if (blamed_ && step > *blamed_ + same_place) blamed_.reset();
  if (blamed_ && near(step, *blamed_)) {
    return {Action::give_up, 0.0,
            fmt::format("it failed again near step {}, also from an older state", step)};
  }
  Decision decision = relaunch();
  if (decision.action == Action::relaunch && crashes_ >= max_crashes) {
    blamed_ = step;
    crashes_ = 0;
    decision.action = Action::fall_back;
    decision.why = fmt::format("{} attempts in a row failed near step {}", max_crashes, step);
  }
  return decision;
}

/// Gives up instead if there are no restarts left.
RestartPolicy::Decision RestartPolicy::relaunch() {
  if (restarts_ >= max_restarts_)
    return {Action::give_up, 0.0, fmt::format("all {} restarts are used up", max_restarts_)};
  ++restarts_;
  return {Action::relaunch, delay_of(idle_), ""};
}

}  // namespace tessera::supervisor
