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

bool owns_any(const Restore& to, const Segment& segment) {
  return std::any_of(segment.chunks.begin(), segment.chunks.end(), [&](const ChunkRun& run) {
    for (std::int64_t n = 0; n < run.count; ++n) {
      if (to.owns(run.first + n)) return true;
    }
    return false;
  });
}

/// Reads blocks of one part, and reuses its buffers for each block.
class BlockReader {
 public:
  explicit BlockReader(const std::string& path) : part_{path, host::DurableFile::Open::read} {}

  /// Returns the bytes of a block as they were saved, valid until the next call. Throws base::Error
  /// (bad_data), also if the block has more than `largest` bytes.
  std::span<const std::byte> read(const IndexRecord& r, std::uint64_t largest) {
    if (r.raw_bytes > largest) {
      throw Error(ExitCode::bad_data, fmt::format("`{}` holds a block of {} bytes, more than the {} expected",
                                                  part_.path(), r.raw_bytes, largest));
    }
    stored_.resize(r.stored_bytes);
    part_.read(stored_, r.offset);
    check_hash(part_.path(), r, stored_);
    if (!r.is_compressed()) return stored_;
    expanded_.resize(r.raw_bytes);
    expand(stored_, expanded_, part_.path());
    return expanded_;
  }

 private:
  host::DurableFile part_;
  std::vector<std::byte> stored_;
  std::vector<std::byte> expanded_;
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
    throw Error(ExitCode::bad_data, fmt::format("`{}` holds no state of `{}`", path_, owner));
  }
  return found->bytes;
}

void Source::read_segment(const Segment& segment, const Restore& to) const {
  BlockReader reader{path_ + "/" + part_name(segment.part)};
  for (const IndexRecord& r : read_index(path_, manifest_, segment)) {
    if (!to.owns(r.chunk)) continue;
    faults_->reach("restart.read", manifest_.step);
    board_->publish(host::BoardPhase::restart);
    to.put({r.chunk, r.piece, reader.read(r, to.max_block_bytes), r.cost});
  }
}

void Source::read(const Restore& to) const {
  transport::collectively(*comm_, [&] {
    for (const Segment& segment : manifest_.segments) {
      if (owns_any(to, segment)) read_segment(segment, to);
    }
  });
}

}  // namespace tessera::checkpoint
