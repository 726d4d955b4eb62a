#include "command_line.h"

#include "base/digest.h"
#include "base/error.h"
#include "base/print.h"
#include "base/text.h"
#include "checkpoint/store.h"
#include "host/access.h"
#include "rundir/run_status.h"

#include <filesystem>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tessera::app {

namespace {

std::uint64_t total_bytes(const checkpoint::Manifest& manifest) {
  std::uint64_t bytes = 0;
  for (const std::uint64_t p : manifest.part_bytes) bytes += p;
  return bytes;
}

bool is_valid(const checkpoint::PublishedCheckpoint& p) {
  try {
    checkpoint::verify(p.path);
    return true;
  } catch (const base::Error&) {
    return false;
  }
}

/// The checkpoint at `path`, or all checkpoints of the run if `path` is a run directory. Throws base::Error
/// (no_input) if there are none.
std::vector<checkpoint::PublishedCheckpoint> checkpoints_at(const std::string& path) {
  host::require_readable(path);
  host::require_readable(path + "/checkpoints");
  std::error_code ec;
  if (std::filesystem::is_regular_file(path + "/manifest", ec)) {
    return {{0, 0, std::filesystem::path{path}.lexically_normal().filename().string(), path}};
  }
  auto all = checkpoint::Store{path}.list();
  if (all.empty()) {
    throw base::Error(base::ExitCode::no_input, fmt::format("there are no checkpoints in `{}`", path),
                      "specify a run directory or one of its checkpoints");
  }
  return all;
}

enum class Action { list, verify, prune };

struct Options {
  Action action = Action::list;
  std::string path;
  int keep = 3;  ///< for prune
  bool json = false;
};

/// Returns the checkpoints that could not be removed.
std::vector<checkpoint::Unremoved> prune(const Options& options) {
  if (rundir::is_active(options.path)) {
    throw base::Error(base::ExitCode::cannot_create, fmt::format("a run is active in `{}`", options.path),
                      "an active run prunes its own checkpoints: see `keep` in [checkpoint]");
  }
  return checkpoint::Store{options.path}.prune(options.keep, is_valid);
}

/// Throws base::Error (cannot_create) unless the list is empty.
void report(const std::vector<checkpoint::Unremoved>& unremoved, const std::string& run_directory) {
  if (unremoved.empty()) return;
  std::string text = fmt::format("{} checkpoint{} in `{}` could not be removed", unremoved.size(),
                                 unremoved.size() == 1 ? "" : "s", run_directory);
  for (const checkpoint::Unremoved& u : unremoved) text += fmt::format("\n  {}: {}", u.name, u.reason);
  throw base::Error(base::ExitCode::cannot_create, text,
                    "correct the causes, or ask the owner to remove them");
}

nlohmann::json json_of(const checkpoint::PublishedCheckpoint& p, const checkpoint::Manifest& m) {
  return {{"name", p.name},
          {"path", p.path},
          {"step", m.step},
          {"time_s", m.time ? nlohmann::json(*m.time) : nlohmann::json()},
          {"ranks", m.ranks},
          {"attempt", m.attempt},
          {"bytes", total_bytes(m)},
          {"valid", true},
          {"digest", base::Digest::to_hex(m.digest)},
          {"solver", m.identity.solver}};
}

int checkpoints(Options& options, const Invocation&) {
  std::vector<checkpoint::Unremoved> unremoved;
  if (options.action == Action::prune) unremoved = prune(options);
  const bool verify = options.action == Action::verify;
  bool all_valid = true;
  nlohmann::json out = nlohmann::json::array();
  if (!options.json) {
    base::print("{:<16}{:>12}{:>16}{:>8}{:>12}   {}\n", "checkpoint", "step", "time", "ranks", "size",
                "state");
  }
  for (const checkpoint::PublishedCheckpoint& p : checkpoints_at(options.path)) {
    try {
      const checkpoint::Manifest m = verify ? checkpoint::verify(p.path) : checkpoint::read_manifest(p.path);
      out.push_back(json_of(p, m));
      if (options.json) continue;
      base::print("{:<16}{:>12}{:>16}{:>8}{:>12}   {}\n", p.name, m.step,
                  m.time ? base::format_duration(*m.time) : "-", m.ranks,
                  base::format_bytes(static_cast<double>(total_bytes(m))),
                  verify ? "valid" : base::Digest::to_hex(m.digest));
    } catch (const base::Error& e) {
      all_valid = false;
      out.push_back({{"name", p.name}, {"path", p.path}, {"valid", false}, {"problem", e.message()}});
      if (options.json) continue;
      base::print("{:<16}{:>12}{:>16}{:>8}{:>12}   invalid: {}\n", p.name, "", "", "", "", e.message());
    }
  }
  if (options.json) print_json(out);
  report(unremoved, options.path);
  return static_cast<int>(all_valid ? base::ExitCode::done : base::ExitCode::bad_data);
}

}  // namespace

void add_checkpoint(CommandLine& command_line) {
  const auto [command, options] =
      command_line.add("checkpoint", "list, verify or prune the checkpoints of a run", checkpoints);
  command.require_subcommand(1);
  const auto add_action = [&command = command, &options = options](const char* name, const char* help,
                                                                   Action chosen) -> CLI::App& {
    CLI::App& sub = *command.add_subcommand(name, help);
    sub.add_option("path", options.path, "a run directory, or one checkpoint")->required();
    sub.add_flag("--json", options.json, "print JSON");
    sub.callback([&options, chosen] { options.action = chosen; });
    return sub;
  };
  add_action("ls", "list the checkpoints, newest first", Action::list);
  add_action("verify",
             "read all data of the checkpoints and verify the checksums; exit code 65 if any is invalid",
             Action::verify);
  add_action("prune", "remove all but the newest checkpoints", Action::prune)
      .add_option("--keep", options.keep, "number of checkpoints to keep (default: 3)")
      ->check(CLI::Range(1, 1'000'000));
}

}  // namespace tessera::app
