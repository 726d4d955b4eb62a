#include "report/progress.h"

#include "base/text.h"
#include "base/utf8.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace tessera::report {

Progress::Progress(std::FILE* stream, bool terminal, int width, bool colour)
    : stream_{stream}, terminal_{terminal}, width_{width}, colour_{colour}, next_{terminal ? 0.2 : 30.0} {}

std::string Progress::line(const ProgressState& state, double seconds, int width, bool colour) {
  std::string facts;
  if (state.time) {
    facts = "t = " + base::format_duration(*state.time);
    if (state.end) facts += " of " + base::format_duration(*state.end);
    facts += "   ";
  }
  facts += state.max_steps && !state.end ? fmt::format("step {} of {}", state.step, *state.max_steps)
                                         : fmt::format("step {}", state.step);
  if (seconds > 0.0) {
    facts += fmt::format("   {:.3g} M{}/s", state.rate(seconds) / 1e6, state.unit);
    const auto left = state.seconds_left(seconds);
    if (left && state.fraction < 1.0) facts += fmt::format("   {} left", base::format_duration(*left));
  }
  const int bar = std::clamp(width - static_cast<int>(facts.size()) - 10, 0, 28);
  std::string text = fmt::format("{:3.0f} % ", std::floor(100.0 * state.fraction));
  if (bar >= 5) {
    const int full = static_cast<int>(std::lround(state.fraction * bar));
    if (colour) text += "\x1b[36m";
    for (int n = 0; n < bar; ++n) {
      if (colour && n == full) text += "\x1b[2m";
      text += n < full ? "━" : "─";
    }
    if (colour) text += "\x1b[0m";
    text += "  ";
  }
  const auto room = static_cast<std::size_t>(std::max(0, width - 7));
  if (bar < 5 && base::count_characters(facts) > room) {
    std::size_t bytes = 0;
    for (std::size_t n = 0; n < room; ++n) bytes += base::character_at(facts, bytes).bytes;
    facts.resize(bytes);
  }
  return text + facts;
}

void Progress::update(const ProgressState& state) {
  const double now = total_.seconds();
  if (now < next_) return;
  if (terminal_) {
    next_ = now + 0.1;
    std::fputs(("\r\x1b[K" + line(state, now, width_, colour_)).c_str(), stream_);
    drawn_ = true;
  } else {
    next_ = now + 30.0;
    std::fputs((line(state, now, 200, false) + "\n").c_str(), stream_);
  }
  std::fflush(stream_);
}

void Progress::clear() {
  if (!drawn_) return;
  std::fputs("\r\x1b[K", stream_);
  std::fflush(stream_);
  drawn_ = false;
}

}  // namespace tessera::report
