// Decides whether and how to restart after a fault.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace tessera::supervisor {

/// Decides from the history of faults whether and how to restart. Reads no clocks or files.
class RestartPolicy {
 public:
  enum class Action {
    relaunch,
    fall_back,  ///< set the newest checkpoint aside, then relaunch
    give_up
  };
  struct Decision {
    Action action = Action::relaunch;
    double delay = 0.0;  ///< seconds to wait before the relaunch
    std::string reason;  ///< reason to give up or fall back
  };

  /// Crashes at most this many steps apart count as the same place, because a rank publishes its step only
  /// once per time tile.
  static constexpr std::int64_t step_tolerance = 32;
  /// After this many consecutive crashes in the same place without a new checkpoint, the newest checkpoint is
  /// suspected to be the cause.
  static constexpr int max_crashes = 3;
  /// Number of launches after which to give up if no rank has ever started.
  static constexpr int max_launches = 4;

  /// `checkpoint` is the step of the newest checkpoint, if there is one.
  RestartPolicy(int max_restarts, std::optional<std::int64_t> checkpoint)
      : max_restarts_{max_restarts}, checkpoint_{checkpoint} {}

  /// Decides what to do after a fault in an attempt that reached `step`. `checkpoint` is the step of the
  /// newest checkpoint now. If no rank started, no checkpoint is suspected. The first relaunch after progress
  /// is immediate; the next ones are delayed by 1, 2, 4, ... s, at most 30 s.
  Decision decide(std::int64_t step, std::optional<std::int64_t> checkpoint, bool any_rank_started = true);

  /// Must be called after the newest checkpoint was set aside. `checkpoint` is the step of the checkpoint
  /// that is now the newest, if there is one.
  void note_fall_back(std::optional<std::int64_t> checkpoint) { checkpoint_ = checkpoint; }

  int restarts() const { return restarts_; }

 private:
  Decision relaunch();

  int max_restarts_;
  std::optional<std::int64_t> checkpoint_;
  std::optional<std::int64_t> last_step_;
  std::optional<std::int64_t> blamed_step_;  // step of the crashes that caused the last fall-back
  std::int64_t highest_step_ = 0;
  int crashes_ = 0;                  // consecutive crashes in the same place
  int faults_without_progress_ = 0;  // consecutive
  int restarts_ = 0;
  bool ever_started_ = false;
};

}  // namespace tessera::supervisor
