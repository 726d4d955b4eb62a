// Whether and how to go on after a fault.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace tessera::supervisor {

/// Pure: what happened comes from outside.
class RestartPolicy {
 public:
  enum class Action {
    relaunch,
    fall_back,  ///< set the newest checkpoint aside, then relaunch
    give_up
  };
  struct Decision {
    Action action = Action::relaunch;
    double delay = 0.0;  ///< seconds to wait before
    std::string why;     ///< to give up or fall back
  };

  /// Steps at whose distance two crashes count as in the same place: ranks tell of a step when a block of
  /// them is done.
  static constexpr std::int64_t same_place = 32;
  /// So many crashes in the same place without a new checkpoint between them are no accident.
  static constexpr int patience = 3;
  /// So many launches at the beginning of which none gets as far as a rank are none.
  static constexpr int launches = 4;

  /// `checkpoint`: step of the newest one there is.
  RestartPolicy(int max_restarts, std::optional<std::int64_t> checkpoint)
      : max_restarts_{max_restarts}, checkpoint_{checkpoint} {}

  /// After a fault in an attempt that got as far as `step`. `checkpoint`: step of the newest one there is
  /// now. The first relaunch after progress comes at once, others after 1, 2, 4, ... 30 s. `began`: whether
  /// any rank has; where none has, no checkpoint is to blame.
  Decision after(std::int64_t step, std::optional<std::int64_t> checkpoint, bool began = true);

  /// After the newest checkpoint has been set aside: `checkpoint` is the newest one now.
  void fell_back(std::optional<std::int64_t> checkpoint) { checkpoint_ = checkpoint; }

  int restarts() const { return restarts_; }

 private:
  Decision after_no_rank();

  int max_restarts_;
  std::optional<std::int64_t> checkpoint_;
  std::optional<std::int64_t> last_step_;
  std::optional<std::int64_t> blamed_;  // where crashes made it fall back
  std::int64_t highest_ = 0;
  int crashes_ = 0;  // in the same place, in a row
  int idle_ = 0;     // faults without progress, in a row
  int restarts_ = 0;
  bool ever_began_ = false;
};

}  // namespace tessera::supervisor
