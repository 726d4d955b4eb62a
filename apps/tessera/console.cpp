#include "console.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace tessera::app {

namespace {

/// The terminal behind a standard stream, as a path; empty where there is none. Under mpirun a rank's
/// streams are pseudo-terminals and pipes of mpirun's own: what counts is where mpirun writes.
std::string terminal_of(int fd) {
  if (std::getenv("OMPI_COMM_WORLD_RANK") == nullptr) {
    const char* name = isatty(fd) == 1 ? ttyname(fd) : nullptr;
    return name == nullptr ? "" : name;
  }
  std::error_code problem;
  const auto target = std::filesystem::read_symlink(
      "/proc/" + std::to_string(getppid()) + "/fd/" + std::to_string(fd), problem);
  const std::string path = problem ? "" : target.string();
  return path.starts_with("/dev/pts/") || path.starts_with("/dev/tty") ? path : "";
}

/// Columns of a terminal; 80 where it does not say.
int width_of(const std::string& terminal) {
  const int fd = open(terminal.c_str(), O_RDONLY | O_NOCTTY | O_CLOEXEC);
  if (fd < 0) return 80;
  winsize size{};
  const bool known = ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 20;
  close(fd);
  return known ? size.ws_col : 80;
}

}  // namespace

Console Console::detect(ColourChoice choice) {
  const char* no_colour = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  const bool plain =
      (no_colour != nullptr && *no_colour != '\0') || term == nullptr || std::strcmp(term, "dumb") == 0;
  const auto coloured = [&](int fd) {
    if (choice != ColourChoice::automatic) return choice == ColourChoice::always;
    return !plain && !terminal_of(fd).empty();
  };
  Console console;
  console.colour_out = coloured(STDOUT_FILENO);
  console.colour_error = coloured(STDERR_FILENO);
  const std::string terminal = terminal_of(STDERR_FILENO);
  console.terminal = !terminal.empty();
  if (console.terminal) console.width = width_of(terminal);
  return console;
}

bool first_process() {
  const char* rank = std::getenv("OMPI_COMM_WORLD_RANK");
  return rank == nullptr || std::strcmp(rank, "0") == 0;
}

void print_error(const Console& console, const std::string& text) {
  std::string shown = text;
  constexpr const char* word = "error:";
  if (console.colour_error && shown.starts_with(word)) shown.replace(0, 6, "\x1b[1;31merror:\x1b[0m");
  std::fprintf(stderr, "%s\n", shown.c_str());
}

}  // namespace tessera::app
