#include "run/requests.h"

#include "work/work.h"

#include <catch2/catch.hpp>

#include <csignal>
#include <limits>

namespace {

using namespace tessera;
using job::Cadence;

job::CheckpointSpec every(Cadence cadence) {
  job::CheckpointSpec spec;
  spec.every = cadence;
  return spec;
}

constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();

}  // namespace

TEST_CASE("the step of the next checkpoint is the next multiple of the interval") {
  struct Row {
    double interval;
    std::int64_t step, next;
  };
  for (const Row& row : {Row{20, 0, 20},
                         {20, 1, 20},
                         {20, 19, 20},
                         {20, 20, 40},
                         {20, 21, 40},
                         {1, 0, 1},
                         {1, 7, 8},
                         {7, 13, 14},
                         {7, 14, 21},
                         {1000, 999'999, 1'000'000}}) {
    CAPTURE(row.interval, row.step);
    CHECK(run::next_checkpoint_step(every({Cadence::Unit::steps, row.interval}), row.step) == row.next);
  }
}

TEST_CASE("checkpoints that do not go by steps limit no step") {
  CHECK(run::next_checkpoint_step(every({Cadence::Unit::wall, 300.0}), 5) == never);
  CHECK(run::next_checkpoint_step(every({Cadence::Unit::never, 0.0}), 5) == never);
  job::CheckpointSpec automatic = every({Cadence::Unit::steps, 20.0});
  automatic.automatic = true;
  CHECK(run::next_checkpoint_step(automatic, 5) == never);
}

TEST_CASE("a signal becomes a request, once, on every rank") {
  const bool root = GENERATE(true, false);
  run::Requests requests{every({Cadence::Unit::never, 0.0}), root, std::nullopt, nullptr};
  CHECK(requests.take(0.0) == 0u);
  struct Row {
    int signal;
    unsigned request;
  };
  for (const Row& row : {Row{SIGUSR2, work::save_to_run_directory},
                         {SIGUSR1, work::stop},
                         {SIGTERM, work::stop},
                         {SIGINT, work::stop}}) {
    CAPTURE(row.signal);
    std::raise(row.signal);
    CHECK(requests.take(0.0) == row.request);
    CHECK(requests.take(0.0) == 0u);
  }
  std::raise(SIGUSR1);
  std::raise(SIGUSR2);
  CHECK(requests.take(0.0) == (work::stop | work::save_to_run_directory));
}

TEST_CASE("a signal before the run began asks it for nothing") {
  {
    const run::Requests earlier{every({Cadence::Unit::never, 0.0}), true, std::nullopt, nullptr};
    std::raise(SIGTERM);
  }
  run::Requests requests{every({Cadence::Unit::never, 0.0}), true, std::nullopt, nullptr};
  CHECK(requests.take(0.0) == 0u);
}

TEST_CASE("requests that arrive after the end of a run do no harm") {
  { const run::Requests ended{every({Cadence::Unit::never, 0.0}), true, std::nullopt, nullptr}; }
  std::raise(SIGUSR1);
  std::raise(SIGUSR2);
  run::Requests next{every({Cadence::Unit::never, 0.0}), true, std::nullopt, nullptr};
  CHECK(next.take(0.0) == 0u);
}

TEST_CASE("a deadline stops the run once, by rank 0 alone") {
  run::Requests root{every({Cadence::Unit::never, 0.0}), true, 0.5, nullptr};
  CHECK(root.take(0.0) == work::stop);
  CHECK(root.take(0.0) == 0u);
}

TEST_CASE("a run stops while there is time for three more steps and two checkpoints") {
  // A checkpoint is assumed to take 1 s until one has been measured, and 1 s is kept in reserve.
  run::Requests requests{every({Cadence::Unit::never, 0.0}), true, 100.0, nullptr};
  CHECK(requests.take(40.0) == 0u);  // the time before the first call is not a step
  CHECK(requests.take(42.0) == 0u);
  CHECK(requests.take(52.0) == 0u);
  CHECK(requests.take(62.0) == 0u);
  CHECK(requests.take(67.0) == 0u);
  CHECK(requests.take(67.5) == work::stop);  // 67.5 + 3 * 10 + 2 * 1 + 1 > 100
}

TEST_CASE("ranks other than 0 ignore the deadline") {
  run::Requests other{every({Cadence::Unit::never, 0.0}), false, 0.5, nullptr};
  CHECK(other.take(0.0) == 0u);
}

TEST_CASE("without checkpoints the wall clock asks for none") {
  run::Requests requests{every({Cadence::Unit::wall, 0.0}), true, std::nullopt, nullptr};
  CHECK(requests.take(0.0) == 0u);
}
