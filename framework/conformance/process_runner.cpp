#include "conformance/process_runner.h"

#include "base/escape.h"
#include "conformance/failure.h"
#include "grid/output/snapshot_comparison.h"
#include "host/command.h"
#include "host/process.h"
#include "host/remove_tree.h"
#include "rundir/checkpoint_names.h"

#include <filesystem>
#include <fstream>
#include <map>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tessera::conformance {

namespace fs = std::filesystem;

namespace {

/// Maximum time to wait for processes to end after they have been killed.
constexpr double kill_seconds = 5.0;

/// The content of run.json; an empty object if the file is missing or invalid.
nlohmann::json report_in(const std::string& directory) {
  std::ifstream file{directory + "/run.json"};
  nlohmann::json report = nlohmann::json::parse(file, nullptr, false);
  return report.is_object() ? report : nlohmann::json::object();
}

/// The last values of the diagnostics of a run as JSON text, by name.
std::map<std::string, std::string> diagnostics_in(const nlohmann::json& report) {
  std::map<std::string, std::string> values;
  for (const nlohmann::json& d : report.value("diagnostics", nlohmann::json::array())) {
    values[d.value("name", std::string{})] = base::json_text(d.value("last", nlohmann::json{}), -1);
  }
  return values;
}

/// Describes in one line how a field differs; empty if it does not.
std::string text_of(const output::FieldComparison& field) {
  using Kind = output::FieldComparison::Kind;
  if (field.is_same()) return {};
  if (field.kind != Kind::compared) return fmt::format("field `{}` is not in both results", field.name);
  return fmt::format("field `{}`: {} of {} values differ, by {:.3g} at most, first at cell {}", field.name,
                     field.difference.count, field.compared_values, field.difference.largest,
                     field.first_cell);
}

}  // namespace

std::vector<std::string> ProcessRunner::command_of(const Trial& trial, const std::string& job,
                                                   const std::string& directory) const {
  std::vector<std::string> command;
  const auto add = [&](const std::vector<std::string>& arguments) {
    command.insert(command.end(), arguments.begin(), arguments.end());
  };
  if (trial.setting.ranks > 1) {
    add(setup_.launcher);
    add({"-n", std::to_string(trial.setting.ranks)});
  }
  add({setup_.program, "run", job});
  add(setup_.overrides);
  add(overrides_of(trial, setup_.dimensions, setup_.fields));
  add({"--run-dir", directory});
  if (!trial.resume_from.empty()) add({"--resume=" + trial.resume_from});
  return command;
}

Outcome ProcessRunner::run(const Trial& trial) {
  Outcome outcome;
  outcome.directory = setup_.folder + "/" + trial.name;
  if (setup_.before_run) setup_.before_run(trial);
  const std::function<bool()> should_stop = setup_.should_stop ? setup_.should_stop : [] { return false; };
  std::vector<std::string> command = command_of(trial, setup_.job, outcome.directory);
  command.insert(command.end(), {"--quiet", "--color", "never"});
  const host::CommandResult result = host::run_command(command, setup_.seconds, should_stop);
  // Processes may still be running: ranks have their own process groups, and may have started processes.
  static_cast<void>(
      host::kill_and_wait(host::processes_with_arguments({"--run-dir", outcome.directory}), kill_seconds));
  const nlohmann::json report = report_in(outcome.directory);
  if (result.ok() && report.contains("digest") && report.contains("loop")) {
    outcome.digest = report["digest"].value("state", std::string{});
    outcome.steps = report["loop"].value("steps", std::int64_t{0});
    outcome.diagnostics = diagnostics_in(report);
    return outcome;
  }
  Failure failure = failure_of(result, setup_.seconds, report.value("error", std::string{}));
  outcome.code = failure.code;
  outcome.error = std::move(failure.error);
  outcome.is_crash = failure.is_crash;
  return outcome;
}

std::string ProcessRunner::difference(const Outcome& first, const Outcome& second) {
  const auto read_newest = [](const Outcome& outcome) {
    return output::StoredSnapshot::read(output::StoredSnapshot::find_newest(outcome.directory));
  };
  const output::StoredSnapshot first_snapshot = read_newest(first);
  const output::StoredSnapshot second_snapshot = read_newest(second);
  for (const output::FieldComparison& field : output::compare(first_snapshot, second_snapshot, 0.0)) {
    if (std::string text = text_of(field); !text.empty()) return text;
  }
  if (first.digest != second.digest)
    return fmt::format("the state digests are {} and {}", first.digest, second.digest);
  for (const auto& [name, value] : first.diagnostics) {
    const auto same_name = second.diagnostics.find(name);
    const std::string second_value = same_name == second.diagnostics.end() ? "missing" : same_name->second;
    if (value != second_value) return fmt::format("diagnostic `{}`: {} and {}", name, value, second_value);
  }
  return {};
}

std::string ProcessRunner::checkpoint_of(const Outcome& outcome) {
  const auto checkpoints = rundir::list_checkpoints(outcome.directory);
  return checkpoints.empty() ? std::string{} : checkpoints.front().path;
}

std::vector<std::string> ProcessRunner::commands_for(const std::vector<Trial>& trials) const {
  std::vector<std::string> commands;
  for (Trial trial : trials) {
    // The path of a checkpoint in the folder of the test is also that in the current folder of the user.
    if (trial.resume_from.starts_with(setup_.folder + "/"))
      trial.resume_from.erase(0, setup_.folder.size() + 1);
    commands.push_back(base::shell_line(command_of(trial, setup_.shown_job, trial.name)));
  }
  if (trials.size() > 1) {
    commands.push_back(base::shell_line({setup_.program, "diff", trials.front().name, trials.back().name}));
  }
  return commands;
}

void ProcessRunner::discard(const Outcome& outcome) {
  static_cast<void>(host::remove_tree(outcome.directory));
}

}  // namespace tessera::conformance
