#include "supervisor/failure_report.h"

#include "base/text.h"
#include "rundir/checkpoint_names.h"

#include <algorithm>
#include <deque>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>

namespace tessera::supervisor {

namespace {

constexpr std::size_t max_lines = 8;

/// The last lines of a file, indented; empty if the file cannot be read.
std::string last_lines(const std::string& path) {
  std::error_code ec;
  if (!std::filesystem::is_regular_file(path, ec)) return {};  // opening a FIFO would block
  std::ifstream file{path, std::ios::binary};
  file.seekg(0, std::ios::end);
  const std::streamoff size = file.tellg();
  file.seekg(std::max<std::streamoff>(0, size - 8192));
  std::deque<std::string> lines;
  for (std::string line; std::getline(file, line);) {
    lines.push_back(line);
    if (lines.size() > max_lines) lines.pop_front();
  }
  std::string text;
  for (const std::string& line : lines) text += "\n    " + base::printable(line, 300);
  return text;
}

}  // namespace

std::string failure_report(const std::string& directory, int attempts, const std::string& reason,
                           const rundir::Fault& last_fault, const std::string& host) {
  std::string text =
      fmt::format("error: gave up after {} attempt{}: {}", attempts, attempts == 1 ? "" : "s", reason);
  text += fmt::format("\n  last fault: {}", rundir::describe(last_fault, host));
  const std::string log = directory + "/run.log";
  if (const std::string lines = last_lines(log); !lines.empty()) text += "\n  " + log + " ends with:" + lines;
  const auto newest = rundir::newest_step(rundir::list_checkpoints(directory));
  text +=
      newest ? fmt::format("\n  = fix the cause, then `tessera launch ... --run-dir {}` resumes from step {}",
                           directory, *newest)
             : "\n  = fix the cause, which `tessera doctor` may find, then launch the run again";
  return base::printable(text, base::unlimited, base::Newlines::indented);
}

}  // namespace tessera::supervisor
