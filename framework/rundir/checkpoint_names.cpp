#include "rundir/checkpoint_names.h"

#include "base/error.h"
#include "host/access.h"
#include "host/durable_file.h"

#include <algorithm>
#include <charconv>
#include <filesystem>

#include <fmt/format.h>

namespace tessera::rundir {

namespace fs = std::filesystem;

namespace {

std::string checkpoints_folder(const std::string& run_directory) { return run_directory + "/checkpoints"; }

}  // namespace

std::string checkpoint_name(std::int64_t step, std::uint32_t attempt) {
  return fmt::format("{:010}-{}", step, attempt);
}

std::optional<CheckpointName> parse_checkpoint_name(std::string_view name) {
  CheckpointName parsed;
  const char* end = name.data() + name.size();
  const auto step = std::from_chars(name.data(), end, parsed.step);
  if (step.ec != std::errc{} || step.ptr == end || *step.ptr != '-' || parsed.step < 0) return std::nullopt;
  const auto attempt = std::from_chars(step.ptr + 1, end, parsed.attempt);
  if (attempt.ec != std::errc{} || attempt.ptr != end) return std::nullopt;
  parsed.name = name;
  return parsed;
}

std::vector<CheckpointName> list_checkpoints(const std::string& run_directory) {
  std::error_code ignored;
  return list_checkpoint_folders(checkpoints_folder(run_directory), ignored);
}

std::vector<CheckpointName> list_checkpoints_or_throw(const std::string& run_directory) {
  std::error_code ec;
  auto all = list_checkpoint_folders(checkpoints_folder(run_directory), ec);
  if (!ec || ec == std::errc::no_such_file_or_directory || ec == std::errc::not_a_directory) return all;
  const std::string denial = host::why_unreadable(checkpoints_folder(run_directory));
  throw base::Error(base::ExitCode::io_error,
                    fmt::format("cannot list the checkpoints in `{}`: {}", checkpoints_folder(run_directory),
                                denial.empty() ? ec.message() : denial),
                    "nothing was changed; check the file system and start again");
}

std::vector<CheckpointName> list_checkpoint_folders(const std::string& folder, std::error_code& ec) {
  std::vector<CheckpointName> all;
  for (fs::directory_iterator entry{folder, ec}, end; !ec && entry != end; entry.increment(ec)) {
    auto parsed = parse_checkpoint_name(entry->path().filename().string());
    if (!parsed) continue;
    const fs::file_type type = entry->symlink_status(ec).type();
    if (ec == std::errc::no_such_file_or_directory) ec.clear();  // the entry was removed in the meantime
    if (ec) break;
    if (type == fs::file_type::directory) {
      parsed->path = folder + "/" + parsed->name;
      all.push_back(std::move(*parsed));
    }
  }
  std::sort(all.begin(), all.end(), [](const CheckpointName& l, const CheckpointName& r) {
    return l.step != r.step ? l.step > r.step : l.attempt > r.attempt;
  });
  return all;
}

std::optional<std::int64_t> newest_step(const std::vector<CheckpointName>& checkpoints) {
  return checkpoints.empty() ? std::nullopt : std::optional{checkpoints.front().step};
}

bool set_aside(const std::string& run_directory, const std::string& name) {
  const std::string folder = checkpoints_folder(run_directory);
  std::string target = folder + "/.bad-" + name;
  std::error_code ec;
  for (int n = 2; fs::exists(fs::symlink_status(target, ec)) && n < 1000; ++n) {
    target = folder + "/.bad-" + name + "." + std::to_string(n);
  }
  fs::rename(folder + "/" + name, target, ec);
  return !ec;
}

void set_aside_later_checkpoints(const std::string& run_directory, std::int64_t step) {
  for (const CheckpointName& c : list_checkpoints_or_throw(run_directory)) {
    if (c.step <= step) break;
    if (!set_aside(run_directory, c.name)) {
      throw base::Error(base::ExitCode::io_error,
                        fmt::format("cannot rename the obsolete checkpoint `{}`", c.path),
                        "check that the file system is mounted read-write and that the folder is writable");
    }
  }
  // Sync even if nothing was renamed: an earlier call may have been interrupted before its sync.
  std::error_code ec;
  if (fs::is_directory(checkpoints_folder(run_directory), ec))
    host::sync_folder(checkpoints_folder(run_directory));
}

}  // namespace tessera::rundir
