#include "grid/halo/shared_fields.h"

#include "grid/halo/halo_plan.h"

#include <algorithm>
#include <atomic>

namespace tessera::halo {

namespace {

// Byte offsets of the two counters and the fields in the memory of a rank. Each counter has its own pair of
// cache lines, because processors fetch lines in pairs. The fields start on a page boundary.
constexpr std::size_t ready_offset = 0;
constexpr std::size_t copied_offset = 128;
constexpr std::size_t fields_offset = 4096;

std::atomic_ref<std::uint64_t> counter(std::byte* memory, std::size_t offset) {
  static_assert(std::atomic_ref<std::uint64_t>::is_always_lock_free);
  return std::atomic_ref<std::uint64_t>{*reinterpret_cast<std::uint64_t*>(memory + offset)};
}

}  // namespace

std::vector<int> neighbours(const partition::Partition& partition, std::array<bool, 3> periodic,
                            const grid::Index& ghost, int rank) {
  std::vector<int> ranks;
  for (const Transfer& t : HaloPlan::make(partition, periodic, ghost, rank).receives) ranks.push_back(t.peer);
  std::sort(ranks.begin(), ranks.end());
  ranks.erase(std::unique(ranks.begin(), ranks.end()), ranks.end());
  return ranks;
}

std::size_t SharedFields::bytes(const field::StoreLayout& layout) { return fields_offset + layout.bytes(); }

SharedFields::SharedFields(transport::SharedMemory memory, const field::StoreLayout& own,
                           const partition::Partition& partition)
    : memory_{std::move(memory)} {
  for (const int peer : memory_.ranks()) {
    const auto peer_memory = memory_.of(peer);
    std::vector<grid::Box> bricks;
    for (const grid::Box& b : partition.bricks(peer)) bricks.push_back(partition.layout().cells_of(b));
    peers_.emplace(peer, Peer{peer_memory->data(), {own.fields(), std::move(bricks), own.dimensions()}});
  }
}

std::span<std::byte> SharedFields::own_fields() const { return memory_.own().subspan(fields_offset); }

const grid::Index& SharedFields::corner(int rank, int brick) const {
  return peers_.at(rank).layout.bricks()[static_cast<std::size_t>(brick)].lower;
}

field::ConstFieldView SharedFields::view(int rank, int brick, int field, int level) const {
  const Peer& peer = peers_.at(rank);
  return peer.layout.view<const std::byte>(peer.memory + fields_offset, brick, field, level);
}

void SharedFields::signal_ready(std::uint64_t exchange) const {
  counter(memory_.own().data(), ready_offset).store(exchange, std::memory_order_release);
}
void SharedFields::signal_copied(std::uint64_t exchange) const {
  counter(memory_.own().data(), copied_offset).store(exchange, std::memory_order_release);
}
bool SharedFields::is_ready(int rank, std::uint64_t exchange) const {
  return counter(peers_.at(rank).memory, ready_offset).load(std::memory_order_acquire) >= exchange;
}
bool SharedFields::has_copied(int rank, std::uint64_t exchange) const {
  return counter(peers_.at(rank).memory, copied_offset).load(std::memory_order_acquire) >= exchange;
}

}  // namespace tessera::halo
