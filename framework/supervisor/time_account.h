// The useful and lost time of a supervised run.
#pragma once

#include <algorithm>
#include <optional>
#include <utility>

namespace tessera::supervisor {

/// Divides the time of all launches of a run into useful and lost seconds. Lost time is the time from an
/// attempt's last checkpoint to the fault that ended the attempt, and from there to the first step of the
/// next attempt. Reads no clock; the caller passes the time `now`, in seconds since the start of this launch.
class TimeAccount {
 public:
  /// `lost` and `useful`: lost and useful seconds of earlier launches.
  TimeAccount(double lost, double useful) : earlier_{lost + useful}, lost_{lost} {}

  void begin_attempt(double now) { saved_at_ = now; }
  /// Notes the first step of an attempt. Returns the seconds since the preceding fault; nullopt if there was
  /// none.
  std::optional<double> note_first_step(double now) {
    saved_at_ = now;
    if (!fault_at_) return std::nullopt;
    const double recovery = now - *std::exchange(fault_at_, std::nullopt);
    lost_ += recovery;
    return recovery;
  }
  void note_checkpoint(double now) { saved_at_ = now; }
  void note_fault(double now) {
    lost_ += std::max(0.0, now - fault_at_.value_or(saved_at_));
    fault_at_ = now;
  }
  /// Adds lost time that an earlier launch did not record because it was killed.
  void add_lost(double seconds) { lost_ += seconds; }
  /// Adds the time that is lost at the end of the launch. `has_unsaved_steps`: whether the run was stopped
  /// after steps that no checkpoint contains.
  void finish(double now, bool has_unsaved_steps) {
    if (fault_at_) {
      lost_ += now - *std::exchange(fault_at_, std::nullopt);
    } else if (has_unsaved_steps) {
      lost_ += std::max(0.0, now - saved_at_);
    }
  }

  double lost() const { return lost_; }
  double useful(double now) const { return std::max(0.0, earlier_ + now - lost_); }

 private:
  double earlier_;  // useful and lost seconds of earlier launches
  double lost_;
  double saved_at_ = 0.0;           // time of the last saved state; later work is lost if the attempt fails
  std::optional<double> fault_at_;  // time of the fault from which the run has not recovered yet
};

}  // namespace tessera::supervisor
