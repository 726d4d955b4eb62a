#include "commands.h"

#include "base/digest.h"
#include "base/error.h"
#include "base/file_lock.h"
#include "base/text.h"
#include "checkpoint/store.h"

#include <chrono>
#include <cstdio>
#include <filesystem>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tessera::app {

namespace {

std::uint64_t bytes_of(const checkpoint::Manifest& manifest) {
  std::uint64_t bytes = 0;
  for (const std::uint64_t p : manifest.parts) bytes += p;
  return bytes;
}

bool is_whole(const checkpoint::Published& p) {
  try {
    checkpoint::verify(p.path);
    return true;
  } catch (const base::Error&) {
    return false;
  }
}

/// The checkpoints that `path` means: one of them, or all of a run directory.
std::vector<checkpoint::Published> meant_by(const std::string& path) {
  std::error_code none;
  if (std::filesystem::is_regular_file(path + "/manifest", none)) {
    return {{0, 0, std::filesystem::path{path}.lexically_normal().filename().string(), path}};
  }
  auto all = checkpoint::Store{path}.list();
  if (all.empty()) {
    throw base::Error(base::ExitCode::no_input, fmt::format("there are no checkpoints in `{}`", path),
                      "name a run directory, or one of its checkpoints");
  }
  return all;
}

}  // namespace

int checkpoints(CheckpointAction action, const std::string& path, int keep, bool json) {
  if (action == CheckpointAction::prune) {
    if (base::FileLock::is_held(path + "/run.lock")) {
      throw base::Error(base::ExitCode::cannot_create, fmt::format("a run is at work in `{}`", path),
                        "it prunes its checkpoints itself: `keep` in [checkpoint]");
    }
    checkpoint::Store{path}.prune(keep, is_whole);
  }
  bool all_good = true;
  nlohmann::json out = nlohmann::json::array();
  if (!json)
    fmt::print("{:<16}{:>12}{:>16}{:>8}{:>12}   {}\n", "checkpoint", "step", "time", "ranks", "size",
               "state");
  for (const checkpoint::Published& p : meant_by(path)) {
    try {
      const checkpoint::Manifest m =
          action == CheckpointAction::verify ? checkpoint::verify(p.path) : checkpoint::read_manifest(p.path);
      const std::string state = action == CheckpointAction::verify ? "good" : base::Digest::text(m.digest);
      out.push_back({{"name", p.name},
                     {"path", p.path},
                     {"step", m.state.step},
                     {"time_s", m.state.time},
                     {"ranks", m.ranks},
                     {"attempt", m.attempt},
                     {"bytes", bytes_of(m)},
                     {"good", true},
                     {"digest", base::Digest::text(m.digest)},
                     {"solver", m.identity.solver}});
      if (!json) {
        fmt::print("{:<16}{:>12}{:>16}{:>8}{:>12}   {}\n", p.name, m.state.step,
                   base::format_duration(m.state.time), m.ranks,
                   base::format_bytes(static_cast<double>(bytes_of(m))), state);
      }
    } catch (const base::Error& e) {
      all_good = false;
      out.push_back({{"name", p.name}, {"path", p.path}, {"good", false}, {"problem", e.message()}});
      if (!json) fmt::print("{:<16}{:>12}{:>16}{:>8}{:>12}   bad: {}\n", p.name, "", "", "", "", e.message());
    }
  }
  if (json) std::puts(out.dump(2).c_str());
  return static_cast<int>(all_good ? base::ExitCode::done : base::ExitCode::bad_data);
}

}  // namespace tessera::app
