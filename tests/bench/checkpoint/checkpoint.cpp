// Compares the speed of writing and reading checkpoints with that of plain files of the same size.
//
//   mpirun -n 2 bench_checkpoint FOLDER CELLS [CHUNK]
//
// The data is a field of CELLS^3 doubles in chunks of CHUNK^3 cells. Prints one key and value per line:
//
//   plain_write_gbs  bandwidth of write() and fsync() for a plain file, in GB/s
//   checkpoint_gbs   bandwidth of writing a checkpoint, from begin() to its durable publication
//   plain_read_gbs   bandwidth of reading the plain file
//   restore_gbs      bandwidth of restoring the checkpoint to different bricks
//   verify_s         time in seconds to read the checkpoint back after its publication
//   stopped_s        time in seconds for which a run would be blocked
#include "base/fail_points.h"
#include "base/stopwatch.h"
#include "checkpoint/source.h"
#include "checkpoint/store.h"
#include "checkpoint/writer.h"
#include "grid/kind/blocks.h"
#include "grid/partition/partition.h"
#include "transport/environment.h"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <fcntl.h>
#include <unistd.h>

using namespace tessera;

namespace {

/// A partition, and the cells of a field that this rank owns.
struct DistributedField {
  std::unique_ptr<partition::Partition> partition;
  std::unique_ptr<field::FieldStore> store;

  DistributedField(const transport::Communicator& comm, partition::Method method, std::int64_t cells,
                   std::int64_t chunk)
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

/// Times of the slowest rank, in seconds.
struct Times {
  double plain_write = 0.0;
  double checkpoint = 0.0;
  double plain_read = 0.0;
  double restore = 0.0;
  double verify = 0.0;
  double blocked = 0.0;
};

/// Returns the largest of the ranks' times. Collective.
double max_over_ranks(const transport::Communicator& comm, double seconds) {
  comm.allreduce_max(std::span<double>{&seconds, 1});
  return seconds;
}

double plain_write(const transport::Communicator& comm, const std::string& path,
                   const std::vector<char>& bytes, bool sync) {
  std::filesystem::remove(path);
  comm.barrier();
  const base::Stopwatch watch;
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  std::size_t offset = 0;
  while (file >= 0 && offset < bytes.size()) {
    const ssize_t n = write(file, bytes.data() + offset, bytes.size() - offset);
    if (n <= 0) std::abort();
    offset += static_cast<std::size_t>(n);
  }
  if (sync) fsync(file);
  close(file);
  return max_over_ranks(comm, watch.seconds());
}

double plain_read(const transport::Communicator& comm, const std::string& path, std::vector<char>& bytes) {
  comm.barrier();
  const base::Stopwatch watch;
  const int file = open(path.c_str(), O_RDONLY);
  std::size_t offset = 0;
  while (offset < bytes.size()) {
    const ssize_t n = read(file, bytes.data() + offset, bytes.size() - offset);
    if (n <= 0) break;
    offset += static_cast<std::size_t>(n);
  }
  close(file);
  return max_over_ranks(comm, watch.seconds());
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
  const base::FailPoints no_faults;
  DistributedField written{comm, partition::Method::rcb, cells, chunk};
  DistributedField restored{comm, partition::Method::sfc, cells, chunk};
  const host::BoardSlot board;
  checkpoint::Header header;
  header.run = "bench";
  const double gigabytes = 8e-9 * static_cast<double>(cells * cells * cells);
  std::vector<char> bytes(
      written.partition->bricks(comm.rank()).empty()
          ? 1
          : static_cast<std::size_t>(gigabytes * 1e9) / static_cast<std::size_t>(comm.size()),
      'x');
  const std::string plain_file = folder + "/plain-" + std::to_string(comm.rank());
  checkpoint::Writer writer{comm, {folder, 2, false, {}}, no_faults};
  // Only the second round counts, because the first one allocates the buffers.
  Times times;
  for (int round = 0; round < 2; ++round) {
    times.plain_write = plain_write(comm, plain_file, bytes, true);
    comm.barrier();
    const base::Stopwatch write_watch;
    header.step = round;
    writer.begin(header, grid::contents_of(*written.store, *written.partition, comm.rank(), {0}, {}));
    writer.finish();
    const double total = max_over_ranks(comm, write_watch.seconds());
    const auto report = writer.take_report();
    if (comm.is_root() && (!report || !report->problem.empty())) std::abort();
    times.checkpoint = max_over_ranks(comm, report ? report->seconds : 0.0);
    times.verify = total - times.checkpoint;
    times.blocked = max_over_ranks(comm, report ? report->blocked_seconds : 0.0);
    times.plain_read = plain_read(comm, plain_file, bytes);
    comm.barrier();
    const base::Stopwatch read_watch;
    const std::string path = checkpoint::Store{folder}.list().front().path;
    const checkpoint::Source source{comm, path, no_faults, board};
    grid::BlockRestorer restorer{*restored.store, *restored.partition, comm.rank(), {0}};
    source.read(restorer.target());
    restorer.check_complete();
    times.restore = max_over_ranks(comm, read_watch.seconds());
  }
  std::filesystem::remove(plain_file);
  if (comm.is_root()) {
    std::printf(
        "plain_write_gbs %.3f\ncheckpoint_gbs %.3f\nplain_read_gbs %.3f\nrestore_gbs %.3f\nverify_s "
        "%.4f\nstopped_s %.4f\n",
        gigabytes / times.plain_write, gigabytes / times.checkpoint, gigabytes / times.plain_read,
        gigabytes / times.restore, times.verify, times.blocked);
  }
  comm.barrier();
  return 0;
}
