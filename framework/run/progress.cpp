#include "run/progress.h"

#include "base/text.h"
#include "base/utf8.h"
#include "rundir/progress_record.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

namespace tessera::run {

namespace {

constexpr double write_interval = 1.0;  // seconds between two updates of progress.json

}  // namespace

ProgressLine::ProgressLine(std::FILE* stream, bool is_terminal, int width, bool colour)
    : stream_{stream},
      is_terminal_{is_terminal},
      width_{width},
      colour_{colour},
      next_draw_{is_terminal ? 0.2 : 30.0} {}

std::string ProgressLine::text(const ProgressState& state, double seconds, int width, bool colour) {
  std::string facts;
  if (state.time) {
    facts = "t = " + base::format_duration(*state.time);
    if (state.end_time) facts += " of " + base::format_duration(*state.end_time);
    facts += "   ";
  }
  facts += state.steps_expected && !state.end_time
               ? fmt::format("step {} of {}", state.step, *state.steps_expected)
               : fmt::format("step {}", state.step);
  if (seconds > 0.0) {
    facts += fmt::format("   {:.3g} M{}/s", state.rate(seconds) / 1e6, state.unit);
    const auto left = state.seconds_left(seconds);
    if (left && state.fraction_done < 1.0) facts += fmt::format("   {} left", base::format_duration(*left));
  }
  const int bar_width = std::clamp(width - static_cast<int>(facts.size()) - 10, 0, 28);
  std::string shown = fmt::format("{:3.0f} % ", std::floor(100.0 * state.fraction_done));
  if (bar_width >= 5) {
    const int filled = static_cast<int>(std::lround(state.fraction_done * bar_width));
    if (colour) shown += "\x1b[36m";
    for (int n = 0; n < bar_width; ++n) {
      if (colour && n == filled) shown += "\x1b[2m";
      shown += n < filled ? "━" : "─";
    }
    if (colour) shown += "\x1b[0m";
    shown += "  ";
  }
  const auto max_characters = static_cast<std::size_t>(std::max(0, width - 7));
  if (bar_width < 5 && base::count_characters(facts) > max_characters) {
    std::size_t bytes = 0;
    for (std::size_t n = 0; n < max_characters; ++n) bytes += base::character_at(facts, bytes).bytes;
    facts.resize(bytes);
  }
  return shown + facts;
}

void ProgressLine::update(const ProgressState& state) {
  const double now = total_.seconds();
  if (now < next_draw_) return;
  if (is_terminal_) {
    next_draw_ = now + 0.1;
    std::fputs(("\r\x1b[K" + text(state, now, width_, colour_)).c_str(), stream_);
    is_drawn_ = true;
  } else {
    next_draw_ = now + 30.0;
    std::fputs((text(state, now, 200, false) + "\n").c_str(), stream_);
  }
  std::fflush(stream_);
}

void ProgressLine::clear() {
  if (!is_drawn_) return;
  std::fputs("\r\x1b[K", stream_);
  std::fflush(stream_);
  is_drawn_ = false;
}

Progress::Progress(Options options, std::optional<ProgressLine> line)
    : options_{std::move(options)}, line_{std::move(line)} {
  write();
}

void Progress::enter(host::BoardPhase phase) {
  phase_ = phase;
  write();
}

void Progress::update(const work::Progress& progress) {
  phase_ = host::BoardPhase::compute;
  static_cast<work::Progress&>(state_) = progress;
  const bool first = !std::exchange(has_advanced_, true);
  if (first) {
    if (state_.first_step > 0) state_.first_fraction = state_.fraction_done;
    since_first_point_ = {};
  }
  if (line_) line_->update(state_);
  if (!first && since_first_point_.seconds() < next_write_) return;
  next_write_ = since_first_point_.seconds() + write_interval;
  if (options_.check_lock) options_.check_lock();
  write();
}

void Progress::write() const {
  rundir::ProgressRecord record;
  record.attempt = options_.attempt;
  record.ranks = options_.ranks;
  record.phase = phase_;
  record.from_step = state_.first_step;
  record.step = state_.step;
  record.steps_expected = state_.steps_expected;
  record.time = state_.time;
  record.end_time = state_.end_time;
  record.fraction_done = state_.fraction_done;
  record.unit = state_.unit;
  const double seconds = since_first_point_.seconds();
  if (state_.step > state_.first_step + 1 && seconds > 0.0) {
    record.rate_per_second = state_.rate(seconds);
    record.eta_seconds = state_.seconds_left(seconds);
  }
  static_cast<void>(record.write(options_.directory));
}

void Progress::clear() {
  if (line_) line_->clear();
}

}  // namespace tessera::run
