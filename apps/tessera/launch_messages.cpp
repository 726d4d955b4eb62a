#include "launch_messages.h"

#include <cstdio>

#include <fmt/format.h>

namespace tessera::app {

namespace {

using Mark = supervisor::Supervisor::Mark;

struct Style {
  const char* sign;
  const char* colour;
};

Style style_of(Mark mark) {
  switch (mark) {
    case Mark::fault:
      return {"✗", "\x1b[31m"};
    case Mark::restart:
      return {"↻", "\x1b[36m"};
    case Mark::done:
      return {"✓", "\x1b[32m"};
    case Mark::stopped:
      return {"⏸", "\x1b[33m"};
    case Mark::warning:
      break;
  }
  return {"warning:", "\x1b[33m"};
}

}  // namespace

void print_message(const Console& console, Mark mark, const std::string& text) {
  const Style style = style_of(mark);
  const std::string shown = text.starts_with("error: ") ? text.substr(7) : text;
  // A rank that died may have left its progress line on the terminal.
  if (console.interactive) fmt::print(stderr, "\r\x1b[K");
  fmt::print(stderr, "{}{}{} {}\n", console.colour_error ? style.colour : "", style.sign,
             console.colour_error ? "\x1b[0m" : "", shown);
}

}  // namespace tessera::app
