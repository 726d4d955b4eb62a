#include "support/stepper_run.h"

#include "base/digest.h"
#include "grid/halo/shared_fields.h"
#include "grid/job/identity.h"
#include "grid/loop/decomposition.h"
#include "grid/loop/initial_state.h"
#include "grid/loop/state_digest.h"
#include "grid/loop/tiling_choice.h"
#include "grid/partition/split_bricks.h"
#include "support/job_runner.h"
#include "transport/agreement.h"

#include <algorithm>
#include <memory>
#include <span>
#include <stdexcept>
#include <utility>

using namespace tessera;

namespace {

/// A stepper and the objects that it needs.
class StepperRun {
 public:
  /// `share_in_pairs`: if the job requests shared memory, only the ranks 2n and 2n + 1 share memory.
  StepperRun(const transport::Communicator& comm, const std::string& toml,
             const std::vector<std::string>& overrides, bool share_in_pairs)
      : comm_{&comm}, loaded_{load_job(toml, overrides)} {
    const grid::JobSpec& job = loaded_.job;
    const solver::SolverSchema& schema = loaded_.solver.schema();
    const auto method =
        job.partitioner == grid::Partitioner::sfc ? partition::Method::sfc : partition::Method::rcb;
    partition_ = partition::make_partition(method, grid::chunk_layout_of(job, schema), comm.size());
    if (!job.performance.bricks) {
      partition_ = std::make_unique<partition::SplitBricks>(std::move(partition_));
    }
    choice_ = loop::choose_tiling(job, schema, input());
    const field::StoreLayout layout{loop::field_specs(schema, choice_.limits), cells_of(comm.rank()),
                                    job.geometry.dimensions};
    if (job.performance.transport == grid::Transport::shared) share(layout, share_in_pairs);
    store_ = shared_
                 ? std::make_unique<field::FieldStore>(layout, shared_->own_fields())
                 : std::make_unique<field::FieldStore>(layout.fields(), layout.bricks(), layout.dimensions());
    stepper_ = std::make_unique<loop::Stepper>(comm, loaded_.solver, job, *partition_, *store_,
                                               choice_.limits, shared_.get());
  }

  void initialize() {
    input::DataSets data_sets;
    loop::set_initial_state(*comm_, loaded_.solver, loaded_.job, *store_, std::move(data_sets));
  }

  void advance(const std::vector<loop::StepTime>& steps, int planes, std::mt19937& random) {
    loop::Tiling tiling = choice_.candidates.front();
    tiling.planes = planes;
    loop::PhaseTimes times;
    stepper_->prepare(0.0);
    for (std::size_t at = 0; at < steps.size();) {
      auto count = static_cast<std::size_t>(std::max(1, tiling.steps));
      if (random() % 3 == 0) count = 1 + random() % count;
      count = std::min(count, steps.size() - at);
      stepper_->advance(std::span{steps}.subspan(at, count), tiling, times);
      at += count;
    }
    stepper_->derive(steps.back().time + steps.back().dt);
    transport::agree(*comm_, stepper_->failure());
  }

  StepperResult finish() const {
    const solver::SolverSchema& schema = loaded_.solver.schema();
    const grid::Geometry& geometry = loaded_.job.geometry;
    return {base::Digest::to_hex(
                loop::state_digest(loop::field_digests(*comm_, schema, *store_, geometry.cells))),
            gather_fields(*comm_, schema, *store_, geometry)};
  }

 private:
  std::vector<grid::Box> cells_of(int rank) const {
    std::vector<grid::Box> cells;
    for (const grid::Box& b : partition_->bricks(rank)) cells.push_back(partition_->layout().cells_of(b));
    return cells;
  }

  loop::TilingInput input() const {
    loop::TilingInput in;
    in.max_brick_extent = grid::Index::all(1);
    for (int rank = 0; rank < comm_->size(); ++rank) {
      for (const grid::Box& b : cells_of(rank)) {
        for (int a = 0; a < 3; ++a) {
          in.max_brick_extent[a] = std::max(in.max_brick_extent[a], b.extent(a));
          if (b.extent(a) < loaded_.job.geometry.cells[a]) in.is_split[static_cast<std::size_t>(a)] = true;
        }
      }
    }
    return in;
  }

  void share(const field::StoreLayout& layout, bool share_in_pairs) {
    std::vector<int> readers{comm_->rank() ^ 1};
    for (int rank = 0; rank < comm_->size() && !share_in_pairs; ++rank) readers.push_back(rank);
    std::string problem;
    auto memory = transport::SharedMemory::make(*comm_, halo::SharedFields::bytes(layout), readers, problem);
    if (memory.has_value() != (comm_->size() > 1)) {
      throw std::runtime_error("the ranks cannot share memory: " + problem);
    }
    if (memory) shared_ = std::make_unique<halo::SharedFields>(std::move(*memory), layout, *partition_);
  }

  const transport::Communicator* comm_;
  LoadedJob loaded_;
  std::unique_ptr<partition::Partition> partition_;
  loop::TilingChoice choice_;
  std::unique_ptr<halo::SharedFields> shared_;
  std::unique_ptr<field::FieldStore> store_;
  std::unique_ptr<loop::Stepper> stepper_;
};

}  // namespace

StepperResult run_stepper(const transport::Communicator& comm, const std::string& toml,
                          const std::vector<std::string>& overrides, const std::vector<loop::StepTime>& steps,
                          int planes, std::mt19937& random) {
  StepperRun run{comm, toml, overrides, random() % 2 == 0};
  run.initialize();
  run.advance(steps, planes, random);
  return run.finish();
}
