#include "conformance/trial.h"

#include <catch2/catch.hpp>

using namespace tessera;
using namespace tessera::conformance;

TEST_CASE("a setting is described as text") {
  CHECK(text_of({1, {{7, 1, 1}}}, 1) == "1 rank, chunks of 7 cells, one exchange per stage");
  CHECK(text_of({2, {{7, 6, 5}}, false, 1, grid::Transport::shared}, 3) ==
        "2 ranks, chunks of 7 x 6 x 5 cells stored separately, 1 step per exchange, shared memory");
  CHECK(text_of({3, {{7, 6, 1}}, true, 3, grid::Transport::messages, grid::Partitioner::sfc}, 2) ==
        "3 ranks, chunks of 7 x 6 cells along a space-filling curve, 3 steps per exchange, messages");
}

TEST_CASE("the overrides of a trial configure all of its settings") {
  Trial t;
  t.setting = {2, {{7, 6, 1}}, false, 3, grid::Transport::messages, grid::Partitioner::sfc};
  t.max_steps = 9;
  t.checkpoint_every = 4;
  CHECK(overrides_of(t, 2, {"u", "v"}) ==
        std::vector<std::string>{
            "domain.chunk=[7, 6]", "domain.partition=sfc", "time.max_steps=9",
            "checkpoint={every=\"4 steps\"}",
            "output={fields=[\"u\", \"v\"], every=\"end\", formats=[\"hdf5\"]}",
            "performance={steps_per_exchange=3, autotune=false, transport=\"messages\", bricks=false, "
            "balance=false, guard=false}"});
}

TEST_CASE("a guarded trial writes no fields") {
  Trial t;
  t.setting = {1, {{7, 1, 1}}};
  t.guarded = true;
  CHECK(overrides_of(t, 1, {"u"}) ==
        std::vector<std::string>{
            "domain.chunk=[7]", "domain.partition=rcb", "time.max_steps=1", "checkpoint={every=\"never\"}",
            "output={fields=[\"u\"], every=\"end\", formats=[]}",
            "performance={steps_per_exchange=\"stage\", autotune=false, transport=\"auto\", bricks=true, "
            "balance=false, guard=true}"});
}
