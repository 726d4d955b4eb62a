#include "base/checkpoint_names.h"

#include <algorithm>
#include <charconv>
#include <filesystem>

namespace tessera::base {

namespace fs = std::filesystem;

namespace {

std::string store_of(const std::string& run_directory) { return run_directory + "/checkpoints"; }

}  // namespace

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
  return list_checkpoint_folders(store_of(run_directory));
}

std::vector<CheckpointName> list_checkpoint_folders(const std::string& folder) {
  std::vector<CheckpointName> all;
  std::error_code none;
  for (fs::directory_iterator entry{folder, none}, end; !none && entry != end; entry.increment(none)) {
    std::error_code unknown;
    if (!entry->is_directory(unknown) || entry->is_symlink(unknown)) continue;
    if (auto parsed = parse_checkpoint_name(entry->path().filename().string()))
      all.push_back(std::move(*parsed));
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
  const std::string store = store_of(run_directory);
  std::string target = store + "/.bad-" + name;
  std::error_code failed;
  for (int n = 2; fs::exists(fs::symlink_status(target, failed)) && n < 1000; ++n) {
    target = store + "/.bad-" + name + "." + std::to_string(n);
  }
  fs::rename(store + "/" + name, target, failed);
  return !failed;
}

}  // namespace tessera::base
