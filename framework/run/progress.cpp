#include "run/progress.h"

#include "rundir/progress_record.h"

#include <utility>

namespace tessera::run {

namespace {

constexpr double write_interval = 1.0;  // seconds

}  // namespace

Progress::Progress(Facts facts, std::optional<report::Progress> line)
    : facts_{std::move(facts)}, line_{std::move(line)} {
  write();
}

void Progress::enter(host::BoardPhase phase) {
  phase_ = phase;
  write();
}

void Progress::update(const work::Progress& progress) {
  phase_ = host::BoardPhase::compute;
  now_.step = progress.step;
  now_.time = progress.time;
  now_.end = progress.end_time;
  now_.max_steps = progress.steps_expected;
  now_.fraction = progress.fraction_done;
  now_.units_per_step = progress.units_per_step;
  now_.unit = progress.unit;
  const bool first = !std::exchange(advanced_, true);
  if (first) {
    if (now_.first_step > 0) now_.first_fraction = now_.fraction;
    since_first_point_ = {};
  }
  if (line_) line_->update(now_);
  if (!first && since_first_point_.seconds() < next_) return;
  next_ = since_first_point_.seconds() + write_interval;
  if (facts_.check_lock) facts_.check_lock();
  write();
}

void Progress::write() const {
  rundir::ProgressRecord record;
  record.attempt = facts_.attempt;
  record.ranks = facts_.ranks;
  record.phase = phase_;
  record.from_step = now_.first_step;
  record.step = now_.step;
  record.steps_expected = now_.max_steps;
  record.time = now_.time;
  record.end_time = now_.end;
  record.fraction_done = now_.fraction;
  record.unit = now_.unit;
  const double seconds = since_first_point_.seconds();
  if (now_.step > now_.first_step + 1 && seconds > 0.0) {
    record.rate_per_second = now_.rate(seconds);
    record.eta_seconds = now_.seconds_left(seconds);
  }
  static_cast<void>(record.write(facts_.directory));
}

void Progress::clear() {
  if (line_) line_->clear();
}

}  // namespace tessera::run
