#include "checkpoint/restore.h"

#include "base/error.h"
#include "checkpoint/compression.h"
#include "checkpoint/durable_file.h"
#include "checkpoint/record.h"
#include "checkpoint/store.h"
#include "field/copy.h"
#include "transport/agreement.h"

#include <algorithm>
#include <set>
#include <sstream>

#include <fmt/format.h>

namespace tessera::checkpoint {

namespace {

using base::Error;
using base::ExitCode;

/// The first lines in which two texts differ: "`a: 1`, not `a: 2`".
std::string first_difference(const std::string& a, const std::string& b) {
  std::istringstream of_a{a};
  std::istringstream of_b{b};
  std::string line_a;
  std::string line_b;
  do {
    if (!std::getline(of_a, line_a)) line_a.clear();
    if (!std::getline(of_b, line_b)) line_b.clear();
  } while (line_a == line_b && of_a && of_b);
  return fmt::format("`{}`, not `{}`", line_a, line_b);
}

/// The brick of this rank that holds a chunk, or -1.
int brick_of(const std::vector<grid::Box>& bricks, const grid::Index& place) {
  for (std::size_t b = 0; b < bricks.size(); ++b) {
    if (bricks[b].contains(place)) return static_cast<int>(b);
  }
  return -1;
}

bool touches(const Segment& segment, const std::vector<grid::Box>& bricks) {
  return std::any_of(segment.bricks.begin(), segment.bricks.end(), [&](const grid::Box& theirs) {
    return std::any_of(bricks.begin(), bricks.end(),
                       [&](const grid::Box& own) { return !grid::intersection(theirs, own).empty(); });
  });
}

}  // namespace

std::string mismatch(const Manifest& m, const Wanted& w) {
  if (m.identity.solver != w.identity.solver) {
    return fmt::format("it is of the solver `{}`, not `{}`", m.identity.solver, w.identity.solver);
  }
  if (m.identity.solver_version != w.identity.solver_version) {
    return fmt::format("it is of version {} of the solver, not {}", m.identity.solver_version,
                       w.identity.solver_version);
  }
  if (m.fields != w.fields) return "its fields are others, or of another precision";
  if (m.identity.job != w.identity.job) {
    return "it is of another job: " + first_difference(m.identity.job, w.identity.job);
  }
  if (m.cells != w.cells) return "its domain has other cells";
  if (m.chunk != w.chunk || m.lattice != w.lattice)
    return "its chunks have another size: `chunk` in [domain]";
  return "";
}

Manifest read_manifest_everywhere(const transport::Communicator& comm, const std::string& path,
                                  const base::FailPoints& faults) {
  std::string bytes;
  Manifest manifest;
  transport::collectively(comm, [&] {
    faults.reach("restart.manifest", 0);
    if (!comm.root()) return;
    manifest = read_manifest(path);
    bytes = manifest.encoded();
  });
  comm.broadcast(bytes);
  transport::collectively(comm, [&] {
    if (!comm.root()) manifest = Manifest::decoded(bytes, path);
  });
  return manifest;
}

std::map<std::int64_t, double> restore(const transport::Communicator& comm, const std::string& path,
                                       const Manifest& manifest, const partition::Partition& partition,
                                       const field::FieldStore& store, const std::vector<int>& fields,
                                       const base::FailPoints& faults, const base::BoardSlot& board) {
  std::map<std::int64_t, double> costs;
  transport::collectively(comm, [&] {
    const grid::ChunkLayout& layout = partition.layout();
    const std::vector<grid::Box> bricks = partition.bricks(comm.rank());
    std::int64_t own = 0;
    for (const grid::Box& b : bricks) own += b.volume();
    std::set<std::pair<std::int64_t, std::uint32_t>> filled;
    std::vector<std::byte> block;
    std::vector<std::byte> expanded;
    for (const Segment& segment : manifest.segments) {
      if (!touches(segment, bricks)) continue;
      const DurableFile part{path + "/" + part_name(segment.part), DurableFile::Open::read};
      for (const IndexRecord& r : read_index(path, manifest, segment)) {
        if (r.chunk < 0 || r.chunk >= layout.chunk_count()) {
          throw Error(ExitCode::bad_data,
                      fmt::format("`{}` holds a chunk that the domain does not have", part.path()));
        }
        const grid::Index place = layout.place_of(r.chunk);
        const int brick = brick_of(bricks, place);
        if (brick < 0) continue;
        faults.reach("restart.read", manifest.state.step);
        board.publish(base::BoardPhase::restart);
        const auto b = static_cast<std::size_t>(brick);
        const grid::Box cells = layout.cells_of({place, place + grid::Index::all(1)});
        const field::FieldView view = store.current(brick, fields[r.field]);
        const std::size_t bytes = field::packed_bytes(view, cells);
        if (r.bytes > bytes || !filled.insert({r.chunk, r.field}).second) {
          throw Error(ExitCode::bad_data,
                      fmt::format("`{}` holds a chunk of another size, or twice", part.path()));
        }
        block.resize(r.bytes);
        part.read(block, r.offset);
        if (hash_of(block) != r.hash) {
          throw Error(ExitCode::bad_data,
                      fmt::format("`{}` has a wrong checksum at byte {}: chunk {} of `{}`", part.path(),
                                  r.offset, r.chunk, manifest.fields[r.field].name));
        }
        if (r.bytes < bytes) {  // compressed
          expanded.resize(bytes);
          expand(block, expanded, part.path());
        }
        field::unpack(r.bytes < bytes ? expanded.data() : block.data(), view,
                      cells.shifted(grid::Index{} - store.bricks()[b].lower));
        if (r.cost >= 0.0) costs[r.chunk] = r.cost;
      }
    }
    if (filled.size() != static_cast<std::size_t>(own) * fields.size()) {
      throw Error(ExitCode::bad_data, fmt::format("`{}` does not hold all chunks", path));
    }
  });
  return costs;
}

}  // namespace tessera::checkpoint
