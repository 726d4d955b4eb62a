#include "checkpoint/snapshot.h"

#include "checkpoint/compression.h"
#include "checkpoint/durable_file.h"
#include "checkpoint/record.h"
#include "field/copy.h"

#include <cstring>

namespace tessera::checkpoint {

namespace {

/// Bytes after which whoever waits hears of them: enough for a write at full speed.
constexpr std::size_t told_every = std::size_t{8} << 20;

std::size_t whole(std::size_t bytes, std::size_t unit) { return (bytes + unit - 1) / unit * unit; }

}  // namespace

void Snapshot::plan(const field::FieldStore& store, const partition::Partition& partition, int rank,
                    const std::vector<int>& fields, const std::map<std::int64_t, double>& costs) {
  const grid::ChunkLayout& layout = partition.layout();
  const std::vector<grid::Box> bricks = partition.bricks(rank);
  segment_ = {};
  segment_.bricks = bricks;
  blocks_.clear();

  std::size_t total = 0;
  for (std::size_t b = 0; b < bricks.size(); ++b) {
    for (std::int64_t n = 0; n < bricks[b].volume(); ++n) {
      const grid::Index extent = bricks[b].extents();
      const grid::Index place = bricks[b].lower + grid::Index{{n % extent[0], n / extent[0] % extent[1],
                                                               n / (extent[0] * extent[1])}};
      const grid::Box cells = layout.cells_of({place, place + grid::Index::all(1)});
      const std::int64_t chunk = layout.id_of(place);
      const auto cost = costs.find(chunk);
      for (std::size_t f = 0; f < fields.size(); ++f) {
        IndexRecord r;
        r.chunk = chunk;
        r.field = static_cast<std::uint32_t>(f);
        r.offset = total;
        r.bytes = field::packed_bytes(store.current(static_cast<int>(b), fields[f]), cells);
        r.cost = cost == costs.end() ? -1.0 : cost->second;
        total += whole(r.bytes, 8);
        blocks_.push_back(r);
      }
    }
  }
  segment_.index_offset = total;
  segment_.blocks = blocks_.size();
  used_ = whole(total + blocks_.size() * index_record_bytes, direct_alignment);
  if (memory_.size() < used_) {
    memory_ = field::Buffer{0};  // not both at a time
    memory_ = field::Buffer{used_};
  }
  segment_.bytes = used_;
  filled_ = 0;
}

void Snapshot::place_at(std::uint32_t part, std::uint64_t offset) {
  segment_.part = part;
  segment_.offset = offset;
  segment_.index_offset += offset;
  for (IndexRecord& r : blocks_) r.offset += offset;
}

void Snapshot::fill(const field::FieldStore& store, const partition::Partition& partition,
                    const std::vector<int>& fields) {
  struct Release {  // whoever waits must not wait for ever, should this throw
    Snapshot& of;
    ~Release() { of.note_filled(of.used_); }
  } const release{*this};
  const grid::ChunkLayout& layout = partition.layout();
  std::size_t told = 0;
  for (IndexRecord& r : blocks_) {
    const grid::Index place = layout.place_of(r.chunk);
    const grid::Box cells = layout.cells_of({place, place + grid::Index::all(1)});
    std::size_t b = 0;
    while (!segment_.bricks[b].contains(place)) ++b;
    const std::size_t at = r.offset - segment_.offset;
    std::byte* to = memory_.data() + at;
    field::pack(store.current(static_cast<int>(b), fields[r.field]),
                cells.shifted(grid::Index{} - store.bricks()[b].lower), to);
    r.hash = hash_of({to, r.bytes});
    if (at - told >= told_every) note_filled(told = at / direct_alignment * direct_alignment);
  }
  seal();
}

void Snapshot::compress() {
  Compressor compressor;
  std::size_t at = 0;
  for (IndexRecord& r : blocks_) {
    std::byte* const from = memory_.data() + r.offset;
    const std::span<const std::byte> shrunk = compressor.shrunk({from, r.bytes});
    if (shrunk.empty()) {
      std::memmove(memory_.data() + at, from, r.bytes);
    } else {
      std::memcpy(memory_.data() + at, shrunk.data(), shrunk.size());
      r.bytes = shrunk.size();
      r.hash = hash_of(shrunk);
    }
    r.offset = at;
    const std::size_t next = at + whole(r.bytes, 8);
    std::memset(memory_.data() + at + r.bytes, 0, next - at - r.bytes);
    at = next;
  }
  segment_.index_offset = at;
  used_ = whole(at + blocks_.size() * index_record_bytes, direct_alignment);
  segment_.bytes = used_;
  note_filled(used_);
}

void Snapshot::seal() {
  const std::string index = encoded(blocks_);
  std::byte* to = memory_.data() + (segment_.index_offset - segment_.offset);
  std::memcpy(to, index.data(), index.size());
  std::memset(to + index.size(), 0, used_ - (segment_.index_offset - segment_.offset) - index.size());
  segment_.index_hash = hash_of({to, index.size()});
}

void Snapshot::note_filled(std::size_t bytes) {
  filled_.store(bytes, std::memory_order_release);
  filled_.notify_all();
}

std::size_t Snapshot::filled(std::size_t known) const {
  for (;;) {
    const std::size_t now = filled_.load(std::memory_order_acquire);
    if (now > known || now == used_) return now;
    filled_.wait(now, std::memory_order_acquire);
  }
}

}  // namespace tessera::checkpoint
