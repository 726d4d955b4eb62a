// Measures only the halo exchange of a step: the time to update the ghost cells of all chunks.
//
//   mpirun -n 2 bench_halo CELLS CHUNK RADIUS COMPONENTS REPEATS [split] [messages]
//
// The domain has CELLS^3 periodic cells in chunks of CHUNK^3. `split`: each chunk has separate storage.
// `messages`: ranks do not share memory. Prints one key and value per line.
#include "grid/field/field_store.h"
#include "grid/halo/ghost_fill.h"
#include "grid/halo/halo_exchange.h"
#include "grid/partition/split_bricks.h"
#include "transport/environment.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

using namespace tessera;

namespace {

struct Options {
  std::int64_t cells = 256;
  std::int64_t chunk = 32;
  int radius = 1;
  int components = 1;
  int repeats = 50;
  bool split = false;
  bool messages = false;
};

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// Returns the axes along which every brick of every rank spans the whole domain. Collective.
std::array<bool, 3> spanned_axes(const transport::Communicator& comm, const partition::Partition& p) {
  std::array<std::int64_t, 3> spanned{1, 1, 1};
  for (const grid::Box& b : p.bricks(comm.rank())) {
    for (int a = 0; a < 3; ++a) {
      if (b.extent(a) != p.layout().lattice()[a]) spanned[static_cast<std::size_t>(a)] = 0;
    }
  }
  comm.allreduce_min(spanned);
  return {spanned[0] == 1, spanned[1] == 1, spanned[2] == 1};
}

/// A value that is unique to a cell and component. `cell` may be outside the periodic domain.
double unique_value(grid::Index cell, int component, std::int64_t cells) {
  for (int a = 0; a < 3; ++a) cell[a] = (cell[a] + cells) % cells;
  return static_cast<double>(cell[0] + cells * (cell[1] + cells * cell[2])) + 0.25 * component;
}

/// If `set`, sets the owned cells and invalidates the ghost cells. Otherwise, returns the number of cells,
/// including ghost cells, that have a wrong value.
std::int64_t set_or_check_cells(field::FieldStore& store, const Options& o, bool set) {
  std::int64_t wrong = 0;
  for (int b = 0; b < static_cast<int>(store.bricks().size()); ++b) {
    const grid::Box& owned = store.bricks()[static_cast<std::size_t>(b)];
    const field::FieldView view = store.current(b, 0);
    const grid::Box all = owned.grown(view.ghost);
    for (int c = 0; c < o.components; ++c) {
      for (std::int64_t k = all.lower[2]; k < all.upper[2]; ++k) {
        for (std::int64_t j = all.lower[1]; j < all.upper[1]; ++j) {
          for (std::int64_t i = all.lower[0]; i < all.upper[0]; ++i) {
            const grid::Index cell{{i, j, k}};
            double* v = view.at<double>(cell - owned.lower, c);
            if (set) {
              *v = owned.contains(cell) ? unique_value(cell, c, o.cells) : -1.0;
            } else if (*v != unique_value(cell, c, o.cells)) {
              ++wrong;
            }
          }
        }
      }
    }
  }
  return wrong;
}

int run(const transport::Communicator& comm, const Options& o) {
  const std::array<bool, 3> periodic{true, true, true};
  auto partition = partition::make_partition(
      partition::Method::rcb, {grid::Index::all(o.cells), grid::Index::all(o.chunk)}, comm.size());
  if (o.split) partition = std::make_unique<partition::SplitBricks>(std::move(partition));
  std::array<bool, 3> wrapped = spanned_axes(comm, *partition);
  wrapped[2] = false;  // as in a step, which sweeps along this axis
  std::array<bool, 3> exchanged{};
  for (std::size_t a = 0; a < 3; ++a) exchanged[a] = !wrapped[a];

  std::vector<grid::Box> bricks;
  for (const grid::Box& b : partition->bricks(comm.rank())) {
    bricks.push_back(partition->layout().cells_of(b));
  }
  const field::StoreLayout layout{
      {{"u", field::Scalar::float64, o.components, 1, grid::Index::all(o.radius)}}, bricks, 3};
  std::unique_ptr<halo::SharedFields> shared;
  if (!o.messages) {
    std::string problem;
    auto memory = transport::SharedMemory::make(
        comm, halo::SharedFields::bytes(layout),
        halo::neighbours(*partition, periodic, grid::Index::all(o.radius), comm.rank()), problem);
    if (memory) shared = std::make_unique<halo::SharedFields>(std::move(*memory), layout, *partition);
  }
  field::FieldStore store = shared ? field::FieldStore{layout, shared->own_fields()}
                                   : field::FieldStore{layout.fields(), bricks, 3};
  grid::JobSpec job;
  job.geometry.dimensions = 3;
  job.geometry.cells = grid::Index::all(o.cells);
  job.geometry.periodic = periodic;
  solver::SolverSchema schema;
  schema.fields.resize(1);
  halo::GhostFill ghosts{schema, job, wrapped, store, [](int, const grid::Box&, int, int, int, double) {}};
  halo::HaloExchange exchange{comm, store, *partition, periodic, exchanged, {{0, o.radius}}, 1, shared.get()};

  set_or_check_cells(store, o, true);
  std::vector<double> seconds;
  for (int repeat = 0; repeat < o.repeats; ++repeat) {
    comm.barrier();
    const double start = now();
    exchange.start();
    exchange.copy_from_peers();
    exchange.finish();
    for (int b = 0; b < static_cast<int>(bricks.size()); ++b) {
      grid::Box cells{{}, bricks[static_cast<std::size_t>(b)].extents()};
      for (int a = 0; a < 3; ++a) {
        if (!exchanged[static_cast<std::size_t>(a)]) continue;
        cells.lower[a] -= o.radius;
        cells.upper[a] += o.radius;
      }
      ghosts.fill(b, 0, store.current(b, 0), o.radius, cells, cells.upper, 0.0);
    }
    exchange.wait_for_readers();
    double elapsed = now() - start;
    comm.allreduce_max(std::span<double>{&elapsed, 1});
    seconds.push_back(elapsed);
  }
  std::array<std::int64_t, 2> sums{set_or_check_cells(store, o, false),
                                   exchange.traffic(comm.node_leaders()).bytes_sent / o.repeats};
  comm.allreduce_sum(sums);
  std::sort(seconds.begin(), seconds.end());
  const double median = seconds[seconds.size() / 2];
  if (comm.is_root()) {
    std::printf("microseconds %.3f\nbytes_between_ranks %lld\nwrong %lld\n", 1e6 * median,
                static_cast<long long>(sums[1]), static_cast<long long>(sums[0]));
  }
  return sums[0] == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  transport::Environment mpi{argc, argv};
  Options o;
  if (argc < 6) {
    std::fprintf(stderr, "usage: bench_halo CELLS CHUNK RADIUS COMPONENTS REPEATS [split] [messages]\n");
    return 64;
  }
  o.cells = std::atoll(argv[1]);
  o.chunk = std::atoll(argv[2]);
  o.radius = std::atoi(argv[3]);
  o.components = std::atoi(argv[4]);
  o.repeats = std::atoi(argv[5]);
  for (int n = 6; n < argc; ++n) {
    o.split = o.split || std::string{argv[n]} == "split";
    o.messages = o.messages || std::string{argv[n]} == "messages";
  }
  return run(mpi.world(), o);
}
