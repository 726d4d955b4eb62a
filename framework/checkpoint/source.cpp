#include "checkpoint/source.h"

#include "base/digest.h"
#include "base/error.h"
#include "checkpoint/compression.h"
#include "checkpoint/store.h"
#include "host/durable_file.h"
#include "transport/agreement.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace tessera::checkpoint {

namespace {

using base::Error;
using base::ExitCode;

bool owns_any(const RestoreTarget& target, const Segment& segment) {
  return std::any_of(segment.chunks.begin(), segment.chunks.end(), [&](const ChunkRange& range) {
    for (std::int64_t n = 0; n < range.count; ++n) {
      if (target.owns(range.first + n)) return true;
    }
    return false;
  });
}

/// Reads blocks of one part into buffers that are reused for each block.
class BlockReader {
 public:
  explicit BlockReader(const std::string& path) : part_{path, host::DurableFile::Open::read} {}

  /// Returns the decompressed bytes of a block, valid until the next call. Throws base::Error (bad_data) if
  /// the block is damaged or has more than `max_bytes` bytes.
  std::span<const std::byte> read(const IndexRecord& r, std::uint64_t max_bytes) {
    if (r.raw_bytes > max_bytes) {
      throw Error(ExitCode::bad_data,
                  fmt::format("`{}` contains a block of {} bytes, more than the {} expected", part_.path(),
                              r.raw_bytes, max_bytes));
    }
    stored_.resize(r.stored_bytes);
    part_.read(stored_, r.offset);
    check_hash(part_.path(), r, stored_);
    if (!r.is_compressed()) return stored_;
    decompressed_.resize(r.raw_bytes);
    decompress(stored_, decompressed_, part_.path());
    return decompressed_;
  }

 private:
  host::DurableFile part_;
  std::vector<std::byte> stored_;
  std::vector<std::byte> decompressed_;
};

}  // namespace

Source::Source(const transport::Communicator& comm, std::string path, const base::FailPoints& faults,
               const host::BoardSlot& board)
    : comm_{&comm}, path_{std::move(path)}, faults_{&faults}, board_{&board} {
  std::string bytes;
  transport::collectively(comm, [&] {
    faults.reach("restart.manifest", 0);
    if (!comm.is_root()) return;
    manifest_ = read_manifest(path_);
    check_part_sizes(path_, manifest_);
    bytes = manifest_.encode();
  });
  comm.broadcast(bytes);
  transport::collectively(comm, [&] {
    if (!comm.is_root()) manifest_ = Manifest::decode(bytes, path_ + "/manifest");
  });
}

const std::string& Source::section(const std::string& owner) const {
  const auto found = std::find_if(manifest_.sections.begin(), manifest_.sections.end(),
                                  [&](const Section& s) { return s.owner == owner; });
  if (found == manifest_.sections.end()) {
    throw Error(ExitCode::bad_data, fmt::format("`{}` contains no state of `{}`", path_, owner));
  }
  return found->bytes;
}

void Source::read_segment(const Segment& segment, const RestoreTarget& target) const {
  BlockReader reader{path_ + "/" + part_name(segment.part)};
  for (const IndexRecord& r : read_index(path_, manifest_, segment)) {
    if (!target.owns(r.chunk)) continue;
    faults_->reach("restart.read", manifest_.step);
    board_->publish(host::BoardPhase::restart);
    target.restore({r.chunk, r.piece, reader.read(r, target.max_block_bytes), r.cost});
  }
}

void Source::read(const RestoreTarget& target) const {
  transport::collectively(*comm_, [&] {
    for (const Segment& segment : manifest_.segments) {
      if (owns_any(target, segment)) read_segment(segment, target);
    }
  });
}

}  // namespace tessera::checkpoint
