// Whether and how to restart after a fault.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace tessera::supervisor {

/// Pure: the caller reports what happened.
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

  /// Crashes at most this many steps apart are in the same place: ranks publish their step after each block.
  static constexpr std::int64_t same_place = 32;
  /// Crashes in a row in the same place, without a new checkpoint, after which the checkpoint is suspected.
  static constexpr int max_crashes = 3;
  /// Launches, before any rank has ever started, after which to give up.
  static constexpr int max_launches = 4;

  /// `checkpoint` is the step of the newest checkpoint, if there is one.
  RestartPolicy(int max_restarts, std::optional<std::int64_t> checkpoint)
      : max_restarts_{max_restarts}, checkpoint_{checkpoint} {}

  /// Decides what to do after a fault in an attempt that reached `step`. `checkpoint` is the step of the
  /// newest checkpoint now, `began` whether any rank started; if none did, no checkpoint is to blame. The
  /// first relaunch after progress follows at once, later ones after 1, 2, 4, ... 30 s.
  Decision after(std::int64_t step, std::optional<std::int64_t> checkpoint, bool began = true);

  /// To be called after the newest checkpoint was set aside: `checkpoint` is the step of the newest one now.
  void fell_back(std::optional<std::int64_t> checkpoint) { checkpoint_ = checkpoint; }

  int restarts() const { return restarts_; }

 private:
  Decision relaunch();

  int max_restarts_;
  std::optional<std::int64_t> checkpoint_;
  std::optional<std::int64_t> last_step_;
  std::optional<std::int64_t> blamed_;  // step at which crashes made it fall back
  std::int64_t highest_ = 0;
  int crashes_ = 0;  // in the same place, in a row
  int idle_ = 0;     // faults without progress, in a row
  int restarts_ = 0;
  bool ever_began_ = false;
};

}  // namespace tessera::supervisor
