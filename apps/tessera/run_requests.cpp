#include "run_requests.h"

#include <algorithm>
#include <cmath>

namespace tessera::app {

namespace {

/// What a checkpoint is taken to cost before one has been measured.
constexpr double guessed_cost = 1.0;

}  // namespace

RunRequests::RunRequests(const job::CheckpointSpec& spec, bool root, std::optional<double> deadline,
                         const Checkpointing* checkpointing)
    : spec_{spec},
      root_{root},
      deadline_{deadline.value_or(std::numeric_limits<double>::infinity())},
      writer_{checkpointing == nullptr ? nullptr : &checkpointing->writer()},
      local_{checkpointing == nullptr ? nullptr : checkpointing->local()} {}

/// The interval of Young (1974), "A first order approximation to the optimum checkpoint interval", Commun.
/// ACM 17(9): sqrt(2 C M) for a cost C and a mean time M between failures.
bool RunRequests::checkpoint_due() {
  if (writer_ == nullptr || writer_->busy()) return false;
  double interval = spec_.every.amount;
  if (spec_.automatic) {
    const double measured = writer_->usual_seconds();
    const double cost = measured > 0.0 ? measured : guessed_cost;
    interval = std::min(std::sqrt(2.0 * cost * spec_.failures_every), spec_.most_loss);
  } else if (spec_.every.unit != job::Cadence::Unit::wall) {
    return false;
  }
  if (watch_.seconds() - last_checkpoint_ < interval) return false;
  last_checkpoint_ = last_local_ = watch_.seconds();
  return true;
}

bool RunRequests::local_due() {
  if (local_ == nullptr || local_->busy() || watch_.seconds() - last_local_ < spec_.local_every) return false;
  last_local_ = watch_.seconds();
  return true;
}

/// Whether the next block and a checkpoint after it might not end in time.
bool RunRequests::deadline_near() {
  const double cost =
      writer_ != nullptr && writer_->usual_seconds() > 0.0 ? writer_->usual_seconds() : guessed_cost;
  return watch_.seconds() + 3.0 * longest_block_ + 2.0 * cost + 1.0 > deadline_;
}

unsigned RunRequests::requests() {
  const double now = watch_.seconds();
  longest_block_ = std::max(longest_block_, now - last_call_);
  last_call_ = now;
  unsigned asked = 0;
  if (Signals::stop_asked()) asked |= stop;
  if (Signals::checkpoint_asked()) asked |= checkpoint;
  if (root_ && !stopping_) {
    if (checkpoint_due())
      asked |= checkpoint;
    else if (local_due())
      asked |= local_checkpoint;
    if (deadline_near()) asked |= stop;
  }
  stopping_ = stopping_ || (asked & stop) != 0;
  return asked;
}

}  // namespace tessera::app
