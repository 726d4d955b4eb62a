#include "checkpoint/local_store.h"

#include "base/digest.h"
#include "base/error.h"
#include "checkpoint/store.h"
#include "host/output_file.h"
#include "host/remove_tree.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iterator>
#include <map>
#include <span>

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tessera::checkpoint {

namespace {

/// Creates a folder that only this user can access, unless it exists.
void create_private_folder(const std::string& path) {
  if (mkdir(path.c_str(), 0700) == 0 || errno == EEXIST) return;
  throw base::Error(base::ExitCode::cannot_create,
                    fmt::format("cannot create the folder `{}`: {}", path, std::strerror(errno)),
                    "`local` in [checkpoint] must name a folder that exists on every node, such as /dev/shm");
}

}  // namespace

LocalStore::LocalStore(const std::string& folder, const std::string& run)
    : path_{fmt::format("{}/tessera-{}-{:016x}", folder, getuid(),
                        base::hash_of(std::as_bytes(std::span{run})))} {}

std::string LocalStore::path_of(std::int64_t step, std::uint32_t attempt) const {
  return path_ + "/" + rundir::checkpoint_name(step, attempt);
}

/// Whether the folder of the run belongs to this user alone. A folder of this name that another user has
/// created, or may write to, is never used.
bool LocalStore::belongs_to_user() const {
  struct stat status {};
  return lstat(path_.c_str(), &status) == 0 && S_ISDIR(status.st_mode) && status.st_uid == getuid() &&
         (status.st_mode & 077U) == 0;
}

std::string LocalStore::create_folder(std::int64_t step, std::uint32_t attempt) const {
  create_private_folder(path_);
  if (!belongs_to_user()) {
    throw base::Error(base::ExitCode::cannot_create,
                      fmt::format("`{}` belongs to another user, or others may use it", path_));
  }
  const std::string path = path_of(step, attempt);
  create_private_folder(path);
  return path;
}

void LocalStore::commit(std::int64_t step, std::uint32_t attempt, const std::string& manifest) const {
  const std::string path = path_of(step, attempt);
  host::write_whole_file(path + "/manifest", manifest);
}

void LocalStore::drop(std::int64_t step, std::uint32_t attempt) const {
  static_cast<void>(host::remove_tree(path_, rundir::checkpoint_name(step, attempt)));
}

void LocalStore::keep_only(std::int64_t step, std::uint32_t attempt) const {
  for (const rundir::CheckpointName& c : list()) {
    if (c.step != step || c.attempt != attempt) static_cast<void>(host::remove_tree(path_, c.name));
  }
}

void LocalStore::remove_all() const {
  if (belongs_to_user()) static_cast<void>(host::remove_tree(path_));
}

std::vector<rundir::CheckpointName> LocalStore::list() const {
  std::error_code ignored;
  return belongs_to_user() ? rundir::list_checkpoint_folders(path_, ignored)
                           : std::vector<rundir::CheckpointName>{};
}

std::vector<std::uint32_t> undamaged_parts(const std::string& folder, const Manifest& manifest,
                                           const host::BoardSlot& board) {
  std::vector<bool> damaged(manifest.part_bytes.size());
  for (const Segment& s : manifest.segments) {
    board.publish(host::BoardPhase::restart);
    try {
      if (!damaged[s.part]) verify_segment(folder, manifest, s);
    } catch (const base::Error&) {
      damaged[s.part] = true;
    }
  }
  std::vector<std::uint32_t> undamaged;
  for (std::uint32_t p = 0; p < manifest.part_bytes.size(); ++p) {
    if (!damaged[p]) undamaged.push_back(p);
  }
  return undamaged;
}

std::vector<int> partners(const std::vector<int>& nodes) {
  std::map<int, std::vector<int>> ranks_of_node;
  for (std::size_t r = 0; r < nodes.size(); ++r) ranks_of_node[nodes[r]].push_back(static_cast<int>(r));
  std::vector<int> partner(nodes.size(), -1);
  if (ranks_of_node.size() < 2) return partner;
  for (auto node = ranks_of_node.begin(); node != ranks_of_node.end(); ++node) {
    auto next = std::next(node);
    if (next == ranks_of_node.end()) next = ranks_of_node.begin();
    for (std::size_t i = 0; i < node->second.size(); ++i) {
      partner[static_cast<std::size_t>(node->second[i])] = next->second[i % next->second.size()];
    }
  }
  return partner;
}

std::vector<int> ranks_with_partner(int rank, const std::vector<int>& partners) {
  std::vector<int> ranks;
  for (std::size_t r = 0; r < partners.size(); ++r) {
    if (partners[r] == rank) ranks.push_back(static_cast<int>(r));
  }
  return ranks;
}

bool is_node_leader(int rank, const std::vector<int>& nodes) {
  const auto own = nodes.begin() + rank;
  return std::find(nodes.begin(), own, *own) == own;
}

}  // namespace tessera::checkpoint
