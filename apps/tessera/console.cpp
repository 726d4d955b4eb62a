#include "console.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <sys/ioctl.h>
#include <unistd.h>

namespace tessera::app {

Console Console::detect(ColourChoice choice) {
  const char* no_colour = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  const bool plain = (no_colour != nullptr && *no_colour != '\0') || term == nullptr || std::strcmp(term, "dumb") == 0;
  const auto coloured = [&](int fd) {
    if (choice != ColourChoice::automatic) return choice == ColourChoice::always;
    return !plain && isatty(fd) == 1;
  };
  Console console;
  console.colour_out = coloured(STDOUT_FILENO);
  console.colour_error = coloured(STDERR_FILENO);
  console.terminal = isatty(STDERR_FILENO) == 1;
  winsize size{};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20) console.width = size.ws_col;
  return console;
}

void print_error(const Console& console, const std::string& text) {
  std::string shown = text;
  constexpr const char* word = "error:";
  if (console.colour_error && shown.starts_with(word)) shown.replace(0, 6, "\x1b[1;31merror:\x1b[0m");
  std::fprintf(stderr, "%s\n", shown.c_str());
}

}  // namespace tessera::app
