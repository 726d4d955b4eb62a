#include "run/requests.h"

#include "work/work.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace tessera::run {

namespace {

/// Assumed cost of a checkpoint, in seconds, until one has been measured.
constexpr double assumed_cost = 1.0;

double cost_of(const checkpoint::Writer* writer) {
  return writer != nullptr && writer->last_write_seconds() > 0.0 ? writer->last_write_seconds()
                                                                 : assumed_cost;
}

}  // namespace

Requests::Requests(const job::CheckpointSpec& spec, bool is_root, std::optional<double> deadline,
                   const Checkpoints* checkpoints)
    : spec_{spec},
      is_root_{is_root},
      deadline_{deadline.value_or(std::numeric_limits<double>::infinity())},
      writer_{checkpoints == nullptr ? nullptr : &checkpoints->writer()},
      local_{checkpoints == nullptr ? nullptr : checkpoints->local()} {}

/// Whether a checkpoint in the run directory is due by the wall clock; if so, restarts the interval. The
/// automatic interval is sqrt(2 C M) for a checkpoint cost C and a mean time between failures M, but at most
/// `max_loss`; see Young (1974), "A first order approximation to the optimum checkpoint interval",
/// Commun. ACM 17(9).
bool Requests::consume_due_checkpoint(double now) {
  if (writer_ == nullptr || writer_->busy()) return false;
  double interval = spec_.every.amount;
  if (spec_.automatic) {
    interval = std::min(std::sqrt(2.0 * cost_of(writer_) * spec_.mtbf), spec_.max_loss);
  } else if (spec_.every.unit != job::Cadence::Unit::wall) {
    return false;
  }
  if (now - last_checkpoint_ < interval) return false;
  last_checkpoint_ = last_local_ = now;
  return true;
}

/// Whether a node-local checkpoint is due by the wall clock; if so, restarts the interval.
bool Requests::consume_due_local_checkpoint(double now) {
  if (local_ == nullptr || local_->busy() || now - last_local_ < spec_.local_every) return false;
  last_local_ = now;
  return true;
}

/// Whether a checkpoint at the next safe point might not be complete by the deadline.
bool Requests::is_deadline_near(double now) const {
  return now + 3.0 * longest_interval_ + 2.0 * cost_of(writer_) + 1.0 > deadline_;
}

unsigned Requests::collect(double now) {
  // The time before the first call is not an interval between two safe points.
  if (last_call_) longest_interval_ = std::max(longest_interval_, now - *last_call_);
  last_call_ = now;
  unsigned requests = 0;
  if (host::StopSignals::consume_stop_request()) requests |= work::stop;
  if (host::StopSignals::consume_checkpoint_request()) requests |= work::save_to_run_directory;
  if (is_root_ && !stopping_) {
    if (consume_due_checkpoint(now))
      requests |= work::save_to_run_directory;
    else if (consume_due_local_checkpoint(now))
      requests |= work::save_to_nodes;
    if (is_deadline_near(now)) requests |= work::stop;
  }
  stopping_ = stopping_ || (requests & work::stop) != 0;
  return requests;
}

std::int64_t next_checkpoint_step(const job::CheckpointSpec& spec, std::int64_t step) {
  if (spec.automatic || spec.every.unit != job::Cadence::Unit::steps)
    return std::numeric_limits<std::int64_t>::max();
  const auto every = static_cast<std::int64_t>(spec.every.amount);
  return (step / every + 1) * every;
}

}  // namespace tessera::run
