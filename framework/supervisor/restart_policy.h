// Whether and how to restart after a fault.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace tessera::supervisor {

/// Decides whether and how to restart. Pure: the caller reports what happened.
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
    std::string why;     ///< reason to give up or fall back
  };

  /// Crashes at most this many steps apart are in the same place: a rank publishes its step per time tile.
  static constexpr std::int64_t same_place = 32;
  /// Consecutive crashes in the same place without a new checkpoint after which the checkpoint is suspected.
  static constexpr int max_crashes = 3;
  /// Number of launches after which to give up if no rank has ever started.
  static constexpr int max_launches = 4;

  /// `checkpoint` is the step of the newest checkpoint, if there is one.
  RestartPolicy(int max_restarts, std::optional<std::int64_t> checkpoint)
      : max_restarts_{max_restarts}, checkpoint_{checkpoint} {}

  /// Decides what to do after a fault in an attempt that reached `step`. `checkpoint` is the step of the
  /// newest checkpoint now; `began` tells whether any rank started: if none did, no checkpoint is suspected.
  /// The first relaunch after progress is immediate, later ones follow after 1, 2, 4, ... 30 s.
  Decision after(std::int64_t step, std::optional<std::int64_t> checkpoint, bool began = true);

  /// Must be called after the newest checkpoint was set aside. `checkpoint` is the step of the next one.
  void fell_back(std::optional<std::int64_t> checkpoint) { checkpoint_ = checkpoint; }

  int restarts() const { return restarts_; }

 private:
  Decision relaunch();

  int max_restarts_;
  std::optional<std::int64_t> checkpoint_;
  std::optional<std::int64_t> last_step_;
  std::optional<std::int64_t> blamed_;  // step of the crashes after which it fell back
  std::int64_t highest_ = 0;
  int crashes_ = 0;  // consecutive crashes in the same place
  int idle_ = 0;     // consecutive faults without progress
  int restarts_ = 0;
  bool ever_began_ = false;
};

}  // namespace tessera::supervisor
