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
class BegunRun {
 public:
  explicit BegunRun(const std::string& checkpoint = {}) {
    test::on_root([&] { std::filesystem::create_directory(folder_.path("node")); });
    folder_.write_job(test::counting(10, "local = \"" + folder_.path("node") + "\"\n" + checkpoint));
    plan_ = folder_.plan(lock_);
    work_ = folder_.kind.make(plan_.job, context_);
    work_->begin();
    monitor_.emplace(world(), plan_.job.header.log, plan_.place.directory, nodes_, board_, std::nullopt);
    checkpoints_.emplace(world(), plan_.job, plan_.place, nodes_, faults_, *monitor_, [] { return true; });
  }

  run::Requests requests(const job::CheckpointSpec& spec, bool root = true) {
    return {spec, root, std::nullopt, &*checkpoints_};
  }
  void begin(bool local) { checkpoints_->begin(*work_, local); }
  void finish() { checkpoints_->finish(); }

 private:
  test::RunFolder folder_;
  std::optional<host::FileLock> lock_;
  run::Plan plan_;
  std::vector<int> nodes_ = world().node_leaders();
  base::FailPoints faults_;
  base::Log log_;
  host::BoardSlot board_;
  work::Context context_{
      world(), nodes_, folder_.run(), log_, faults_, [](auto, auto) {}, [](auto&, auto&) {}};
  std::unique_ptr<work::Work> work_;
  std::optional<run::Monitor> monitor_;
  std::optional<run::Checkpoints> checkpoints_;
};

job::CheckpointSpec every(double seconds, double local) {
  job::CheckpointSpec spec;
  spec.every = {Cadence::Unit::wall, seconds};
  spec.local_every = local;
  return spec;
}

}  // namespace

TEST_CASE(
    "checkpoints become due by the wall clock, and one in the run directory serves as one on the nodes") {
  BegunRun begun_run;
  run::Requests requests = begun_run.requests(every(100.0, 30.0));
  CHECK(requests.take(29.9) == 0u);
  CHECK(requests.take(30.0) == work::save_to_nodes);
  CHECK(requests.take(59.9) == 0u);
  CHECK(requests.take(61.0) == work::save_to_nodes);
  CHECK(requests.take(90.0) == 0u);
  CHECK(requests.take(100.0) == work::save_to_run_directory);
  CHECK(requests.take(129.9) == 0u);
  CHECK(requests.take(130.0) == work::save_to_nodes);
  CHECK(requests.take(500.0) == work::save_to_run_directory);
}

TEST_CASE("ranks other than 0 do not follow the wall clock") {
  BegunRun begun_run;
  run::Requests requests = begun_run.requests(every(100.0, 30.0), false);
  CHECK(requests.take(1e6) == 0u);
}

TEST_CASE("no checkpoint is asked for while one of its level is being written") {
  BegunRun begun_run;
  run::Requests requests = begun_run.requests(every(100.0, 30.0));
  begun_run.begin(false);
  CHECK(requests.take(100.0) == work::save_to_nodes);
  begun_run.begin(true);
  CHECK(requests.take(200.0) == 0u);
  begun_run.finish();
  CHECK(requests.take(201.0) == work::save_to_run_directory);
}

TEST_CASE("automatic checkpoints follow from what one costs, how often failures come and the most to lose") {
  BegunRun begun_run;
  job::CheckpointSpec spec = every(1.0, 1e9);
  spec.automatic = true;
  spec.mtbf = 5000.0;  // sqrt(2 * 1 s * 5000 s) = 100 s
  spec.max_loss = 1e9;
  run::Requests requests = begun_run.requests(spec);
  CHECK(requests.take(99.9) == 0u);
  CHECK(requests.take(100.1) == work::save_to_run_directory);

  spec.max_loss = 20.0;
  run::Requests cautious = begun_run.requests(spec);
  CHECK(cautious.take(19.9) == 0u);
  CHECK(cautious.take(20.1) == work::save_to_run_directory);
}
