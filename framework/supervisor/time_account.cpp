#include "supervisor/time_account.h"

#include <algorithm>

namespace tessera::supervisor {

std::optional<double> TimeAccount::note_first_step(double now) {
  saved_at_ = now;
  if (!fault_at_) return std::nullopt;
  const double recovery = now - *fault_at_;
  lost_ += recovery;
  fault_at_.reset();
  return recovery;
}

void TimeAccount::note_fault(double now) {
  lost_ += std::max(0.0, now - fault_at_.value_or(saved_at_));
  fault_at_ = now;
}

void TimeAccount::finish(double now, bool unsaved) {
  if (fault_at_) {
    lost_ += now - *fault_at_;
  } else if (unsaved) {
    lost_ += std::max(0.0, now - saved_at_);
  }
  fault_at_.reset();
}

double TimeAccount::useful(double now) const { return std::max(0.0, earlier_ + now - lost_); }

}  // namespace tessera::supervisor
