#include "run/requests.h"

#include "run_folder.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <limits>
#include <vector>

namespace {

using namespace tessera;
using job::Cadence;

/// A run that has begun and can write checkpoints.
class ActiveRun {
 public:
  ActiveRun() {
    test::on_root([&] { std::filesystem::create_directory(folder_.path("node")); });
    folder_.write_job(test::counter_job(10, "local = \"" + folder_.path("node") + "\"\n"));
    plan_ = folder_.plan(lock_);
    work_ = folder_.kind.make(plan_.job, context_);
    work_->begin();
    monitor_.emplace(world(), plan_.job.header.log, plan_.run.directory, nodes_, board_, std::nullopt);
    checkpoints_.emplace(world(), plan_.job, plan_.run, nodes_, faults_, *monitor_, [] { return true; });
  }

  run::Requests requests(const job::CheckpointSpec& spec, bool is_root = true) {
    return {spec, is_root, std::nullopt, &*checkpoints_};
  }
  void begin_checkpoint(bool local) { checkpoints_->begin(*work_, local); }
  void finish_checkpoints() { checkpoints_->finish(); }

 private:
  test::RunFolder folder_;
  std::optional<host::FileLock> lock_;
  run::Plan plan_;
  std::vector<int> nodes_ = world().node_leaders();
  base::FailPoints faults_;
  base::Log log_;
  host::BoardSlot board_;
  work::Context context_{
      world(), nodes_, folder_.run_directory(), log_, faults_, [](auto, auto) {}, [](auto&, auto&) {}};
  std::unique_ptr<work::Work> work_;
  std::optional<run::Monitor> monitor_;
  std::optional<run::Checkpoints> checkpoints_;
};

/// Checkpoint intervals in the run directory and on the nodes, by the wall clock.
job::CheckpointSpec wall_clock_intervals(double seconds, double local_seconds) {
  job::CheckpointSpec spec;
  spec.every = {Cadence::Unit::wall, seconds};
  spec.local_every = local_seconds;
  return spec;
}

}  // namespace

TEST_CASE("checkpoints become due by the wall clock, and one in the run directory restarts both intervals") {
  ActiveRun active_run;
  run::Requests requests = active_run.requests(wall_clock_intervals(100.0, 30.0));
  CHECK(requests.collect(29.9) == 0u);
  CHECK(requests.collect(30.0) == work::save_to_nodes);
  CHECK(requests.collect(59.9) == 0u);
  CHECK(requests.collect(61.0) == work::save_to_nodes);
  CHECK(requests.collect(90.0) == 0u);
  CHECK(requests.collect(100.0) == work::save_to_run_directory);
  CHECK(requests.collect(129.9) == 0u);
  CHECK(requests.collect(130.0) == work::save_to_nodes);
  CHECK(requests.collect(500.0) == work::save_to_run_directory);
}

TEST_CASE("ranks other than 0 request no checkpoints by the wall clock") {
  ActiveRun active_run;
  run::Requests requests = active_run.requests(wall_clock_intervals(100.0, 30.0), false);
  CHECK(requests.collect(1e6) == 0u);
}

TEST_CASE("no checkpoint is requested while one of the same kind is being written") {
  ActiveRun active_run;
  run::Requests requests = active_run.requests(wall_clock_intervals(100.0, 30.0));
  active_run.begin_checkpoint(false);
  CHECK(requests.collect(100.0) == work::save_to_nodes);
  active_run.begin_checkpoint(true);
  CHECK(requests.collect(200.0) == 0u);
  active_run.finish_checkpoints();
  CHECK(requests.collect(201.0) == work::save_to_run_directory);
}

TEST_CASE("the automatic interval depends on the checkpoint cost, the failure rate and the maximum loss") {
  ActiveRun active_run;
  job::CheckpointSpec spec = wall_clock_intervals(1.0, 1e9);
  spec.automatic = true;
  spec.mtbf = 5000.0;  // sqrt(2 * 1 s * 5000 s) = 100 s
  spec.max_loss = 1e9;
  run::Requests requests = active_run.requests(spec);
  CHECK(requests.collect(99.9) == 0u);
  CHECK(requests.collect(100.1) == work::save_to_run_directory);

  spec.max_loss = 20.0;
  run::Requests cautious = active_run.requests(spec);
  CHECK(cautious.collect(19.9) == 0u);
  CHECK(cautious.collect(20.1) == work::save_to_run_directory);
}
