#include "command_line.h"

#include "base/exit_code.h"
#include "base/print.h"
#include "base/text.h"
#include "grid/kind/grid_kind.h"
#include "run/verification.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tessera::app {

namespace {

using rundir::Finding;

struct Options {
  std::string path;
  bool json = false;
};

/// The number and the size of the files of one kind.
struct Group {
  std::string name;
  std::array<std::size_t, 3> counts{};  ///< by state
  double bytes = 0.0;

  std::size_t count(Finding::State state) const { return counts[static_cast<std::size_t>(state)]; }
};

/// The groups of the findings, in the order in which they occur.
std::vector<Group> groups_of(const std::vector<Finding>& findings) {
  std::vector<Group> groups;
  for (const Finding& finding : findings) {
    auto group =
        std::find_if(groups.begin(), groups.end(), [&](const Group& g) { return g.name == finding.group; });
    if (group == groups.end()) group = groups.insert(groups.end(), {finding.group, {}, 0.0});
    ++group->counts[static_cast<std::size_t>(finding.state)];
    group->bytes += static_cast<double>(finding.bytes);
  }
  return groups;
}

const char* name_of(Finding::State state) {
  constexpr std::array names{"intact", "not recorded yet", "damaged"};
  return names[static_cast<std::size_t>(state)];
}

nlohmann::json json_of(const run::Verification& verification, const std::string& path, bool is_intact) {
  nlohmann::json files = nlohmann::json::array();
  for (const Finding& f : verification.findings) {
    nlohmann::json file{{"file", f.file}, {"kind", f.group}, {"state", name_of(f.state)}, {"bytes", f.bytes}};
    if (f.state == Finding::State::damaged) {
      file["problem"] = f.problem;
      file["advice"] = f.advice;
    }
    files.push_back(std::move(file));
  }
  return {{"run", path},
          {"status", verification.status},
          {"active", verification.is_active},
          {"intact", is_intact},
          {"files", files}};
}

void print_groups(const std::vector<Group>& groups) {
  base::print("{:<14}{:>8}{:>14}{:>9}{:>12}\n", "files", "intact", "not recorded", "damaged", "size");
  for (const Group& g : groups) {
    base::print("{:<14}{:>8}{:>14}{:>9}{:>12}\n", g.name, g.count(Finding::State::intact),
                g.count(Finding::State::unrecorded), g.count(Finding::State::damaged),
                base::format_bytes(g.bytes));
  }
}

void print_problems(const std::vector<Finding>& findings, const char* colour, const char* reset) {
  for (const Finding& f : findings) {
    if (f.state != Finding::State::damaged) continue;
    base::print("{}✗{} {}: {}\n", colour, reset, base::printable(f.file, 200), base::printable(f.problem));
    if (!f.advice.empty()) base::print("  = {}\n", base::printable(f.advice));
  }
}

int verify(Options& options, const Invocation& invocation) {
  const run::Verification verification = run::verify(options.path, grid::GridKind{});
  const std::vector<Finding>& findings = verification.findings;
  const auto damaged = std::count_if(findings.begin(), findings.end(),
                                     [](const Finding& f) { return f.state == Finding::State::damaged; });
  const bool is_intact = damaged == 0;
  const auto code = static_cast<int>(is_intact ? base::ExitCode::done : base::ExitCode::check_failed);
  if (options.json) {
    print_json(json_of(verification, options.path, is_intact));
    return code;
  }
  const bool colour = invocation.console.colour_out;
  const char* reset = colour ? "\x1b[0m" : "";
  base::print("run           {}, {}{}\n", base::printable(options.path), verification.status,
              verification.is_active ? ": files written since its last checkpoint are not recorded yet" : "");
  print_groups(groups_of(findings));
  print_problems(findings, colour ? "\x1b[31m" : "", reset);
  if (is_intact) {
    base::print("{}✓{} no file is damaged\n", colour ? "\x1b[32m" : "", reset);
  } else {
    base::print("{} of {} files {} damaged\n", damaged, findings.size(), damaged == 1 ? "is" : "are");
  }
  return code;
}

}  // namespace

void add_verify(CommandLine& command_line) {
  const auto [command, options] =
      command_line.add("verify", "check whether all files of a run are intact", verify);
  command.footer("Exit code 0 if no file is damaged, 1 if files are damaged or missing.");
  command.add_option("path", options.path, "run directory")->required();
  command.add_flag("--json", options.json, "print JSON, with one entry per file");
  command_line.add_colour_option(command);
}

}  // namespace tessera::app
