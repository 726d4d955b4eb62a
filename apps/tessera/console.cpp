#include "console.h"

#include "base/error.h"
#include "base/escape.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

namespace tessera::app {

namespace {

/// Path of the terminal that a standard stream is connected to; empty if there is none. Under mpirun, the
/// streams of a rank are pseudo-terminals and pipes of mpirun, so the streams of mpirun are examined instead.
std::string terminal_of(int fd) {
  if (std::getenv("OMPI_COMM_WORLD_RANK") == nullptr) {
    const char* name = isatty(fd) == 1 ? ttyname(fd) : nullptr;
    return name == nullptr ? "" : name;
  }
  std::error_code ec;
  const auto target =
      std::filesystem::read_symlink("/proc/" + std::to_string(getppid()) + "/fd/" + std::to_string(fd), ec);
  const std::string path = ec ? "" : target.string();
  return path.starts_with("/dev/pts/") || path.starts_with("/dev/tty") ? path : "";
}

/// Width of the terminal in columns; 80 if unknown.
int width_of(const std::string& terminal_path) {
  const int fd = open(terminal_path.c_str(), O_RDONLY | O_NOCTTY | O_CLOEXEC);
  if (fd < 0) return 80;
  winsize size{};
  const bool known = ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 20;
  close(fd);
  return known ? size.ws_col : 80;
}

}  // namespace

Console detect_console(ColourChoice choice) {
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
  const std::string terminal_path = terminal_of(STDERR_FILENO);
  console.interactive = !terminal_path.empty();
  if (console.interactive) console.width = width_of(terminal_path);
  return console;
}

void reserve_standard_streams() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(fd, F_GETFD) >= 0 || errno != EBADF) continue;
    // open() returns the lowest number that is free. Writing to a stream that is open for reading only fails.
    static_cast<void>(open("/dev/null", O_RDONLY));
  }
}

bool is_first_process() {
  const char* rank = std::getenv("OMPI_COMM_WORLD_RANK");
  return rank == nullptr || std::strcmp(rank, "0") == 0;
}

void refuse_mpirun(const std::string& command) {
  if (std::getenv("OMPI_COMM_WORLD_RANK") == nullptr) return;
  throw base::Error(base::ExitCode::usage,
                    "tessera " + command + " starts mpirun itself and cannot run under it",
                    "run it without mpirun");
}

void print_json(const nlohmann::json& json) { std::puts(base::json_text(json).c_str()); }

}  // namespace tessera::app
