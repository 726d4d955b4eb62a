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
    fall_back,  ///< set aside the newest checkpoint, then relaunch
    give_up
  };
  struct Decision {
    Action action = Action::relaunch;
    double delay = 0.0;  ///< seconds to wait before the relaunch
    std::string reason;  ///< why to give up or fall back
  };

  /// Crashes at most this many steps apart count as crashes at the same step, because a rank publishes its
  /// step only once per time tile.
  static constexpr std::int64_t step_tolerance = 32;
  /// After this many consecutive crashes at the same step without a new checkpoint, the newest checkpoint is
  /// assumed to be the cause.
  static constexpr int max_crashes = 3;
  /// Number of launches after which the supervisor gives up if no rank has ever started.
  static constexpr int max_launches = 4;

  /// `checkpoint`: step of the newest checkpoint; nullopt if there is none.
  RestartPolicy(int max_restarts, std::optional<std::int64_t> checkpoint)
      : max_restarts_{max_restarts}, checkpoint_{checkpoint} {}

  /// Decides what to do after a fault in an attempt that reached `step`. `checkpoint`: step of the newest
  /// checkpoint; nullopt if there is none. An attempt in which no rank started never leads to a fall-back.
  /// The first relaunch after progress is immediate; the following ones are delayed by 1, 2, 4, ... s, up to
  /// 30 s.
  Decision decide(std::int64_t step, std::optional<std::int64_t> checkpoint, bool any_rank_started = true);

  /// Must be called after the newest checkpoint has been set aside. `checkpoint`: step of the checkpoint that
  /// is now the newest; nullopt if there is none.
  void note_fall_back(std::optional<std::int64_t> checkpoint) { checkpoint_ = checkpoint; }

  /// Number of restarts so far.
  int restarts() const { return restarts_; }

 private:
  Decision relaunch();

  int max_restarts_;
  std::optional<std::int64_t> checkpoint_;
  std::optional<std::int64_t> last_step_;
  std::optional<std::int64_t> fall_back_step_;  // step of the crashes that led to the last fall-back
  bool fell_back_to_older_ = false;             // whether that fall-back had a checkpoint to set aside
  std::int64_t highest_step_ = 0;
  int crashes_ = 0;                  // consecutive crashes at the same step
  int faults_without_progress_ = 0;  // consecutive
  int restarts_ = 0;
  bool ever_started_ = false;
};

}  // namespace tessera::supervisor
