#include "checkpoint/examination.h"

#include "checkpoint/store.h"

#include <utility>
#include <vector>

#include <fmt/format.h>

namespace tessera::checkpoint {

namespace {

constexpr const char* group = "checkpoints";
constexpr const char* folder = "checkpoints";
constexpr const char* advice =
    "a resume uses another checkpoint; remove this one, or restore it from a backup";
constexpr const char* foreign_advice = "move it elsewhere";

/// Examines the files of one checkpoint. Returns its manifest if it is valid.
std::optional<Manifest> examine_checkpoint(rundir::Examination& examination,
                                           const rundir::CheckpointName& name) {
  const std::string checkpoint = std::string{folder} + "/" + name.name;
  const std::string path = examination.path_of(checkpoint);
  const std::string manifest_file = checkpoint + "/manifest";
  if (!examination.expect_regular(group, manifest_file, advice)) return std::nullopt;
  std::optional<Manifest> manifest;
  try {
    manifest = read_manifest(path);
  } catch (const base::Error& e) {
    examination.add_damaged(group, manifest_file, e, advice);
    return std::nullopt;
  }
  if (manifest->step == name.step && manifest->attempt == name.attempt) {
    examination.add_intact(group, manifest_file);
  } else {
    examination.add_damaged(group, manifest_file,
                            fmt::format("is that of the checkpoint {}",
                                        rundir::checkpoint_name(manifest->step, manifest->attempt)),
                            "give the folder its former name");
  }
  for (std::uint32_t p = 0; p < manifest->part_bytes.size(); ++p) {
    const std::string part = checkpoint + "/" + part_name(p);
    if (!examination.expect_regular(group, part, advice)) continue;
    try {
      verify_part(path, *manifest, p);
      examination.add_intact(group, part);
    } catch (const base::Error& e) {
      examination.add_damaged(group, part, e, advice);
    }
  }
  for (const std::string& file : unexpected_files(path, *manifest))
    examination.add_damaged(group, checkpoint + "/" + file, "is not a file of the checkpoint",
                            foreign_advice);
  return manifest;
}

}  // namespace

std::optional<Manifest> examine(rundir::Examination& examination, bool is_active) {
  std::optional<Manifest> newest;
  std::vector<rundir::CheckpointName> checkpoints;
  for (const std::string& entry : examination.names_in(group, folder)) {
    if (auto name = rundir::parse_checkpoint_name(entry)) {
      checkpoints.push_back(std::move(*name));
    } else if (!entry.starts_with(".tmp-") && !entry.starts_with(".bad-")) {
      examination.add_damaged(group, std::string{folder} + "/" + entry, "is not a checkpoint of the run",
                              foreign_advice);
    }
  }
  for (const rundir::CheckpointName& name : checkpoints) {
    const std::string file = std::string{folder} + "/" + name.name;
    rundir::Examination own{examination.directory()};
    std::optional<Manifest> manifest;
    if (own.expect_folder(group, file, advice)) manifest = examine_checkpoint(own, name);
    if (is_active && !examination.exists(file + "/manifest")) continue;
    examination.add(own);
    const auto is_newer = [&] {
      return !newest ||
             std::pair{manifest->step, manifest->attempt} > std::pair{newest->step, newest->attempt};
    };
    if (manifest && is_newer()) newest = std::move(manifest);
  }
  return newest;
}

}  // namespace tessera::checkpoint
