// Blocks of bytes, distributed over the ranks, for tests that save and restore them.
#pragma once

#include "base/error.h"
#include "checkpoint/contents.h"
#include "checkpoint/manifest.h"
#include "support/temporary_folder.h"
#include "support/world.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace tessera::test {

constexpr std::int64_t chunk_count = 29;
constexpr std::uint32_t piece_count = 2;

/// How chunks are assigned to ranks: as contiguous ranges, or cyclically.
enum class Distribution { contiguous, cyclic };

inline int owner_of(Distribution distribution, std::int64_t chunk) {
  const std::int64_t ranks = world().size();
  return static_cast<int>(distribution == Distribution::contiguous ? chunk * ranks / chunk_count
                                                                   : (chunk * 5 + 1) % ranks);
}

/// Size of a block. It differs from chunk to chunk and is always a multiple of 8 for piece 0, but rarely for
/// piece 1.
inline std::size_t block_bytes(std::int64_t chunk, std::uint32_t piece) {
  return static_cast<std::size_t>(piece == 0 ? 800 + 8 * chunk : 301 + chunk);
}

/// Content of a block, which is compressible for piece 0 and incompressible for piece 1.
inline std::vector<std::byte> block_content(std::int64_t chunk, std::uint32_t piece) {
  std::vector<std::byte> bytes(block_bytes(chunk, piece));
  std::uint64_t state = static_cast<std::uint64_t>(chunk) + 1;
  for (std::size_t n = 0; n < bytes.size(); ++n) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    bytes[n] = static_cast<std::byte>(piece == 0 ? static_cast<std::uint64_t>(chunk) + n / 64 : state >> 56);
  }
  return bytes;
}

using Costs = std::map<std::int64_t, double>;

/// The blocks of this rank's chunks.
class RankBlocks {
 public:
  explicit RankBlocks(Distribution distribution) {
    for (std::int64_t c = 0; c < chunk_count; ++c) {
      if (owner_of(distribution, c) != world().rank()) continue;
      for (std::uint32_t p = 0; p < piece_count; ++p) blocks_[{c, p}].resize(block_bytes(c, p));
    }
  }

  void fill() {
    for (auto& [key, bytes] : blocks_) bytes = block_content(key.first, key.second);
  }
  void overwrite() {
    for (auto& [key, bytes] : blocks_) std::fill(bytes.begin(), bytes.end(), std::byte{0x5a});
  }
  /// Returns the number of blocks on all ranks that differ from the content set by fill(). @note Collective.
  std::int64_t wrong_block_count() const {
    std::int64_t count = 0;
    for (const auto& [key, bytes] : blocks_) count += bytes != block_content(key.first, key.second) ? 1 : 0;
    world().allreduce_sum(std::span<std::int64_t>{&count, 1});
    return count;
  }
  /// Returns costs for some of this rank's chunks.
  Costs some_costs() const {
    Costs costs;
    for (const auto& [key, bytes] : blocks_) {
      if (key.first % 3 != 0) costs[key.first] = 0.5 * static_cast<double>(key.first);
    }
    return costs;
  }

  checkpoint::Contents contents(const Costs& costs = {}) const {
    checkpoint::Contents contents;
    auto sources = std::make_shared<std::vector<const std::vector<std::byte>*>>();
    for (const auto& [key, bytes] : blocks_) {
      const auto cost = costs.find(key.first);
      contents.blocks.push_back(
          {key.first, key.second, bytes.size(), cost == costs.end() ? -1.0 : cost->second});
      sources->push_back(&bytes);
    }
    contents.copy = [sources](std::size_t n, std::byte* to) {
      std::memcpy(to, (*sources)[n]->data(), (*sources)[n]->size());
    };
    contents.sections = {{"test", "state of rank " + std::to_string(world().rank())}};
    return contents;
  }

  /// Returns a target that accepts each block of this rank once, and only if its size is right.
  checkpoint::RestoreTarget restore_target() {
    restored_.clear();
    costs_.clear();
    return {[this](std::int64_t chunk) {
              return blocks_.contains({chunk, 0});
            },
            [this](const checkpoint::Block& b) {
              const auto block = blocks_.find({b.chunk, b.piece});
              if (block == blocks_.end() || block->second.size() != b.bytes.size() ||
                  !restored_.insert(block->first).second) {
                throw base::Error(base::ExitCode::bad_data, "an unexpected block");
              }
              std::copy(b.bytes.begin(), b.bytes.end(), block->second.begin());
              if (b.cost >= 0.0) costs_[b.chunk] = b.cost;
            }};
  }
  /// Whether all blocks of this rank have been restored.
  bool all_restored() const { return restored_.size() == blocks_.size(); }
  const Costs& restored_costs() const { return costs_; }

 private:
  using Key = std::pair<std::int64_t, std::uint32_t>;
  std::map<Key, std::vector<std::byte>> blocks_;
  std::set<Key> restored_;
  Costs costs_;
};

inline checkpoint::Header sample_header(std::int64_t step) {
  checkpoint::Header header;
  header.run = "test";
  header.identity = {"solver", "1", "job\n"};
  header.step = step;
  return header;
}

/// A temporary folder that rank 0 creates and removes, and its path, which is known on all ranks. @note The
/// constructor and the destructor are collective.
struct SharedFolder {
  std::optional<test::TemporaryFolder> folder;
  std::string path;
  SharedFolder() {
    if (world().is_root()) folder.emplace(), path = folder->path();
    world().broadcast(path);
  }
  ~SharedFolder() { world().barrier(); }
};

}  // namespace tessera::test
