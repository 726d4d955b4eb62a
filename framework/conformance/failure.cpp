#include "conformance/failure.h"

#include "base/exit_code.h"
#include "base/text.h"

#include <algorithm>
#include <deque>
#include <sstream>
#include <string_view>

#include <fmt/format.h>

namespace tessera::conformance {

namespace {

/// Number of output lines to quote if a program printed no error.
constexpr int quoted_lines = 5;

constexpr std::string_view prefix = "error: ";

/// The error that a program printed: the text after "error: " at the start of a line, up to the message that
/// the launcher adds.
std::string printed_error(const std::string& text) {
  std::size_t at = 0;
  if (!text.starts_with(prefix)) {
    at = text.find(fmt::format("\n{}", prefix));
    if (at == std::string::npos) return {};
    ++at;
  }
  std::string error = text.substr(at + prefix.size());
  // Open MPI adds a backtrace, whose lines begin with a host name in brackets.
  for (const char* end : {"\n-----", "\n["}) error.resize(std::min(error.size(), error.find(end)));
  while (error.ends_with('\n')) error.pop_back();
  return error;
}

/// The last lines of a text that are not blank, each indented and preceded by a newline.
std::string last_lines(const std::string& text) {
  std::deque<std::string> lines;
  std::istringstream in{text};
  for (std::string line; std::getline(in, line);) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    lines.push_back("\n  " + base::printable(line, 200));
    if (lines.size() > quoted_lines) lines.pop_front();
  }
  return fmt::format("{}", fmt::join(lines, ""));
}

}  // namespace

Failure failure_of(const host::CommandResult& result, double seconds, const std::string& recorded) {
  using base::ExitCode;
  const auto unreported = [](ExitCode code, std::string error) {
    return Failure{static_cast<int>(code), std::move(error), true, false};
  };
  if (result.stopped) return unreported(ExitCode::resumable, "it was stopped");
  if (result.timed_out)
    return unreported(ExitCode::internal, fmt::format("it exceeded the time limit of {:.6g} s", seconds));
  if (!result.found) return unreported(ExitCode::unavailable, "the program cannot be started");
  if (result.ok()) return unreported(ExitCode::internal, "it wrote no report");
  const int code = result.signal == 0 ? result.exit_code : 128 + result.signal;
  for (const std::string& text : {recorded, result.err}) {
    if (std::string error = printed_error(text); !error.empty())
      return {code, std::move(error), code >= 128, true};
  }
  const std::string end = result.signal == 0 ? fmt::format("it ended with exit code {}", code)
                                             : fmt::format("it was killed by signal {}", result.signal);
  return {code, end + last_lines(result.err), true, false};
}

base::Error error_with_lines(base::ExitCode code, const std::string& message) {
  return base::Error::with_text(code,
                                "error: " + base::printable(message, base::unlimited, base::Newlines::all));
}

}  // namespace tessera::conformance
