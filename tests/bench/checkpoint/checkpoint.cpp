// How fast checkpoints are written and read, against plain files of the same bytes from the same ranks.
//
//   mpirun -n 2 bench_checkpoint FOLDER CELLS [CHUNK]
//
// A field of CELLS^3 doubles in chunks of CHUNK^3. Prints a key and a value per line: GB/s of a checkpoint
// from begin() to its (durable) publication, of write() and fsync(), of restoring a checkpoint on other
// bricks, and of reading the same bytes; seconds that the ranks spend reading the checkpoint back, and that a
// run would be blocked.
#include "base/fail_points.h"
#include "base/stopwatch.h"
#include "checkpoint/source.h"
#include "checkpoint/store.h"
#include "checkpoint/writer.h"
#include "grid/kind/blocks.h"
#include "grid/partition/partition.h"
#include "transport/environment.h"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <fcntl.h>
#include <unistd.h>

using namespace tessera;

namespace {

struct Side {
  std::unique_ptr<partition::Partition> partition;
  std::unique_ptr<field::FieldStore> store;

  Side(const transport::Communicator& comm, partition::Method method, std::int64_t cells, std::int64_t chunk)
      : partition{partition::make_partition(method, {grid::Index::all(cells), grid::Index::all(chunk)},
                                            comm.size())} {
    std::vector<grid::Box> bricks;
    for (const grid::Box& b : partition->bricks(comm.rank()))
      bricks.push_back(partition->layout().cells_of(b));
    store = std::make_unique<field::FieldStore>(
        std::vector<field::FieldSpec>{{"u", field::Scalar::float64, 1, 2, grid::Index::all(1)}}, bricks, 3);
    for (std::size_t b = 0; b < store->bricks().size(); ++b) {
      const field::FieldView view = store->current(static_cast<int>(b), 0);
      const grid::Index extent = store->bricks()[b].extents();
      for (std::int64_t k = 0; k < extent[2]; ++k) {
        for (std::int64_t j = 0; j < extent[1]; ++j) {
          for (std::int64_t i = 0; i < extent[0]; ++i) {
            *view.at<double>({{i, j, k}}) = static_cast<double>(i * 7 + j * 131 + k * 9973) * 1e-3;
          }
        }
      }
    }
  }
};

/// Seconds of the slowest rank.
double slowest(const transport::Communicator& comm, double seconds) {
  comm.allreduce_max(std::span<double>{&seconds, 1});
  return seconds;
}

double plain_write(const transport::Communicator& comm, const std::string& path,
                   const std::vector<char>& bytes, bool sync) {
  std::filesystem::remove(path);
  comm.barrier();
  const base::Stopwatch watch;
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  std::size_t at = 0;
  while (file >= 0 && at < bytes.size()) {
    const ssize_t n = write(file, bytes.data() + at, bytes.size() - at);
    if (n <= 0) std::abort();
    at += static_cast<std::size_t>(n);
  }
  if (sync) fsync(file);
  close(file);
  return slowest(comm, watch.seconds());
}

double plain_read(const transport::Communicator& comm, const std::string& path, std::vector<char>& bytes) {
  comm.barrier();
  const base::Stopwatch watch;
  const int file = open(path.c_str(), O_RDONLY);
  std::size_t at = 0;
  while (at < bytes.size()) {
    const ssize_t n = read(file, bytes.data() + at, bytes.size() - at);
    if (n <= 0) break;
    at += static_cast<std::size_t>(n);
  }
  close(file);
  return slowest(comm, watch.seconds());
}

}  // namespace

int main(int argc, char** argv) {
  transport::Environment mpi{argc, argv};
  const transport::Communicator comm = mpi.world();
  if (argc < 3) {
    if (comm.is_root()) std::fprintf(stderr, "usage: bench_checkpoint FOLDER CELLS [CHUNK]\n");
    return 64;
  }
  const std::string folder = argv[1];
  const std::int64_t cells = std::atoll(argv[2]);
  const std::int64_t chunk = argc > 3 ? std::atoll(argv[3]) : 32;
  const base::FailPoints none;
  Side side{comm, partition::Method::rcb, cells, chunk};
  Side other{comm, partition::Method::sfc, cells, chunk};
  const host::BoardSlot board;
  checkpoint::Head head;
  head.run = "bench";
  const double gigabytes = 8e-9 * static_cast<double>(cells * cells * cells);
  std::vector<char> bytes(
      side.partition->bricks(comm.rank()).empty()
          ? 1
          : static_cast<std::size_t>(gigabytes * 1e9) / static_cast<std::size_t>(comm.size()),
      'x');
  const std::string own = folder + "/plain-" + std::to_string(comm.rank());
  checkpoint::Writer writer{comm, {folder, 2, false, {}}, none};
  // The first turn allocates the buffers.
  std::array<double, 6> seconds{};
  for (int turn = 0; turn < 2; ++turn) {
    seconds[0] = plain_write(comm, own, bytes, true);
    comm.barrier();
    const base::Stopwatch watch;
    head.step = turn;
    writer.begin(head, grid::contents_of(*side.store, *side.partition, comm.rank(), {0}, {}));
    writer.finish();
    const double all = slowest(comm, watch.seconds());
    const auto report = writer.take_report();
    if (comm.is_root() && (!report || !report->problem.empty())) std::abort();
    seconds[1] = slowest(comm, report ? report->seconds : 0.0);
    seconds[4] = all - seconds[1];
    seconds[5] = slowest(comm, report ? report->stopped_seconds : 0.0);
    seconds[2] = plain_read(comm, own, bytes);
    comm.barrier();
    const base::Stopwatch reading;
    const std::string path = checkpoint::Store{folder}.list().front().path;
    const checkpoint::Source source{comm, path, none, board};
    grid::BlockRestore restore{*other.store, *other.partition, comm.rank(), {0}};
    source.read(restore.target());
    restore.check_complete();
    seconds[3] = slowest(comm, reading.seconds());
  }
  std::filesystem::remove(own);
  if (comm.is_root()) {
    std::printf(
        "plain_write_gbs %.3f\ncheckpoint_gbs %.3f\nplain_read_gbs %.3f\nrestore_gbs %.3f\nverify_s "
        "%.4f\nstopped_s %.4f\n",
        gigabytes / seconds[0], gigabytes / seconds[1], gigabytes / seconds[2], gigabytes / seconds[3],
        seconds[4], seconds[5]);
  }
  comm.barrier();
  return 0;
}
