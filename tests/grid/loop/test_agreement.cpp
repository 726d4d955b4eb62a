// Contributions of single ranks become known to all ranks by reductions.
#include "grid/loop/agreement.h"
#include "grid/loop/occasions.h"
#include "support/world.h"
#include "work/work.h"

#include <catch2/catch.hpp>

using namespace tessera;
using loop::Agreement;

namespace {

void check_taken(Agreement& agreement, unsigned occasions, unsigned requests) {
  const Agreement::Decision decision = agreement.take();
  CHECK(decision.occasions == occasions);
  CHECK(decision.requests == requests);
}

}  // namespace

TEST_CASE("without a reduction nothing is agreed on") {
  Agreement agreement{world()};
  CHECK(agreement.finish());
  check_taken(agreement, 0, 0);
}

TEST_CASE("the request of any one rank reaches all") {
  for (int rank = 0; rank < world().size(); ++rank) {
    for (const unsigned request : {work::save_to_run_directory, work::save_to_nodes, work::stop}) {
      Agreement agreement{world()};
      agreement.start(false, 0, world().rank() == rank ? request : 0u);
      check_taken(agreement, 0, 0);
      CHECK(agreement.finish());
      check_taken(agreement, 0, request);
      agreement.start(false, 0, 0);
      CHECK(agreement.finish());
      check_taken(agreement, 0, 0);
    }
  }
}

TEST_CASE("requests that differ between ranks are agreed on one after another, each once") {
  Agreement agreement{world()};
  const bool first = world().rank() == 0;
  const bool last = world().rank() == world().size() - 1;
  const unsigned own = (first ? work::save_to_nodes : 0u) | (last ? work::stop : 0u);
  agreement.start(false, first ? loop::health_due : 0u, own);
  unsigned occasions = 0;
  unsigned requests = 0;
  int health = 0;
  int stop = 0;
  for (int turn = 0; turn < 3; ++turn) {
    CHECK(agreement.finish());
    const Agreement::Decision decision = agreement.take();
    if (turn == 0) CHECK((decision.requests & work::stop) != 0);  // the higher mask first
    occasions |= decision.occasions;
    requests |= decision.requests;
    health += (decision.occasions & loop::health_due) != 0 ? 1 : 0;
    stop += (decision.requests & work::stop) != 0 ? 1 : 0;
    agreement.start(false, 0, 0);
  }
  CHECK(agreement.finish());
  check_taken(agreement, 0, 0);
  CHECK(occasions == loop::health_due);
  CHECK(requests == (work::save_to_nodes | work::stop));
  CHECK(health == 1);
  CHECK(stop == 1);
}

TEST_CASE("what is not taken is kept") {
  Agreement agreement{world()};
  agreement.start(false, world().is_root() ? loop::fields_due : 0u, 0);
  CHECK(agreement.finish());
  agreement.start(false, 0, work::save_to_run_directory);
  CHECK(agreement.finish());
  check_taken(agreement, loop::fields_due, work::save_to_run_directory);
}

TEST_CASE("the failure of any rank is known to all, and no request with it") {
  for (int rank = 0; rank < world().size(); ++rank) {
    Agreement agreement{world()};
    agreement.start(world().rank() == rank, 0, work::stop);
    CHECK_FALSE(agreement.finish());
    check_taken(agreement, 0, 0);
    CHECK(agreement.finish());
  }
}
