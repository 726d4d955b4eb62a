#include "run/requests.h"

#include "work/work.h"

#include <catch2/catch.hpp>

#include <csignal>
#include <limits>

namespace {

using namespace tessera;
using job::Cadence;

job::CheckpointSpec checkpoint_every(Cadence cadence) {
  job::CheckpointSpec spec;
  spec.every = cadence;
  return spec;
}

constexpr std::int64_t no_step = std::numeric_limits<std::int64_t>::max();

}  // namespace

TEST_CASE("the next checkpoint is due at the next multiple of the interval") {
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
    CHECK(run::next_checkpoint_step(checkpoint_every({Cadence::Unit::steps, row.interval}), row.step) ==
          row.next);
  }
}

TEST_CASE("no checkpoint step exists if the interval is not in steps") {
  CHECK(run::next_checkpoint_step(checkpoint_every({Cadence::Unit::wall, 300.0}), 5) == no_step);
  CHECK(run::next_checkpoint_step(checkpoint_every({Cadence::Unit::never, 0.0}), 5) == no_step);
  job::CheckpointSpec automatic = checkpoint_every({Cadence::Unit::steps, 20.0});
  automatic.automatic = true;
  CHECK(run::next_checkpoint_step(automatic, 5) == no_step);
}

TEST_CASE("each signal becomes one request, on rank 0 and on other ranks") {
  const bool is_root = GENERATE(true, false);
  run::Requests requests{checkpoint_every({Cadence::Unit::never, 0.0}), is_root, std::nullopt, nullptr};
  CHECK(requests.collect(0.0) == 0u);
  struct Row {
    int signal;
    unsigned request;
  };
  for (const Row& row : {Row{SIGUSR2, work::save_to_run_directory},
                         {SIGUSR1, work::stop},
                         {SIGTERM, work::stop},
                         {SIGHUP, work::stop},
                         {SIGINT, work::stop}}) {
    CAPTURE(row.signal);
    std::raise(row.signal);
    CHECK(requests.collect(0.0) == row.request);
    CHECK(requests.collect(0.0) == 0u);
  }
  std::raise(SIGUSR1);
  std::raise(SIGUSR2);
  CHECK(requests.collect(0.0) == (work::stop | work::save_to_run_directory));
}

TEST_CASE("the loss of the terminal is ignored if the run was started with nohup") {
  std::signal(SIGHUP, SIG_IGN);
  {
    run::Requests requests{checkpoint_every({Cadence::Unit::never, 0.0}), true, std::nullopt, nullptr};
    std::raise(SIGHUP);
    CHECK(requests.collect(0.0) == 0u);
  }
  CHECK(std::signal(SIGHUP, SIG_DFL) == SIG_IGN);
}

TEST_CASE("output that nobody reads does not end a run") {
  run::Requests requests{checkpoint_every({Cadence::Unit::never, 0.0}), true, std::nullopt, nullptr};
  std::raise(SIGPIPE);
  CHECK(requests.collect(0.0) == 0u);
}

TEST_CASE("a signal that arrived before the run began is ignored") {
  {
    const run::Requests earlier{checkpoint_every({Cadence::Unit::never, 0.0}), true, std::nullopt, nullptr};
    std::raise(SIGTERM);
  }
  run::Requests requests{checkpoint_every({Cadence::Unit::never, 0.0}), true, std::nullopt, nullptr};
  CHECK(requests.collect(0.0) == 0u);
}

TEST_CASE("signals that arrive after the end of a run are ignored") {
  { const run::Requests ended{checkpoint_every({Cadence::Unit::never, 0.0}), true, std::nullopt, nullptr}; }
  std::raise(SIGUSR1);
  std::raise(SIGUSR2);
  run::Requests next{checkpoint_every({Cadence::Unit::never, 0.0}), true, std::nullopt, nullptr};
  CHECK(next.collect(0.0) == 0u);
}

TEST_CASE("rank 0 requests a stop at the deadline, and only once") {
  run::Requests requests{checkpoint_every({Cadence::Unit::never, 0.0}), true, 0.5, nullptr};
  CHECK(requests.collect(0.0) == work::stop);
  CHECK(requests.collect(0.0) == 0u);
}

TEST_CASE("a run stops early enough for three more steps and two checkpoints") {
  // A checkpoint is assumed to take 1 s until one has been measured, and 1 s is kept in reserve.
  run::Requests requests{checkpoint_every({Cadence::Unit::never, 0.0}), true, 100.0, nullptr};
  CHECK(requests.collect(40.0) == 0u);  // the time before the first call is not a step
  CHECK(requests.collect(42.0) == 0u);
  CHECK(requests.collect(52.0) == 0u);
  CHECK(requests.collect(62.0) == 0u);
  CHECK(requests.collect(67.0) == 0u);
  CHECK(requests.collect(67.5) == work::stop);  // 67.5 + 3 * 10 + 2 * 1 + 1 > 100
}

TEST_CASE("ranks other than 0 ignore the deadline") {
  run::Requests other{checkpoint_every({Cadence::Unit::never, 0.0}), false, 0.5, nullptr};
  CHECK(other.collect(0.0) == 0u);
}

TEST_CASE("no checkpoint is requested if the run writes none") {
  run::Requests requests{checkpoint_every({Cadence::Unit::wall, 0.0}), true, std::nullopt, nullptr};
  CHECK(requests.collect(0.0) == 0u);
}
