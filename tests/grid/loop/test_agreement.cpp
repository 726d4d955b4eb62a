// Agreement of all ranks on the failures, events and requests of single ranks.
#include "grid/loop/agreement.h"
#include "grid/loop/event_schedule.h"
#include "support/world.h"
#include "work/work.h"

#include <catch2/catch.hpp>

using namespace tessera;
using loop::Agreement;

namespace {

void check_decision(Agreement& agreement, unsigned events, unsigned requests) {
  const Agreement::Decision decision = agreement.take_decision();
  CHECK(decision.events == events);
  CHECK(decision.requests == requests);
}

}  // namespace

TEST_CASE("without a reduction, the decision is empty") {
  Agreement agreement{world()};
  CHECK(agreement.finish());
  check_decision(agreement, 0, 0);
}

TEST_CASE("a request by any rank reaches all ranks") {
  for (int rank = 0; rank < world().size(); ++rank) {
    for (const unsigned request : {work::save_to_run_directory, work::save_to_nodes, work::stop}) {
      Agreement agreement{world()};
      agreement.start(false, 0, world().rank() == rank ? request : 0u);
      check_decision(agreement, 0, 0);
      CHECK(agreement.finish());
      check_decision(agreement, 0, request);
      agreement.start(false, 0, 0);
      CHECK(agreement.finish());
      check_decision(agreement, 0, 0);
    }
  }
}

TEST_CASE("if ranks make different requests, each of them is agreed on exactly once") {
  Agreement agreement{world()};
  const bool is_first = world().rank() == 0;
  const bool is_last = world().rank() == world().size() - 1;
  const unsigned own = (is_first ? work::save_to_nodes : 0u) | (is_last ? work::stop : 0u);
  agreement.start(false, is_first ? loop::health_due : 0u, own);
  unsigned events = 0;
  unsigned requests = 0;
  int health_count = 0;
  int stop_count = 0;
  for (int reduction = 0; reduction < 3; ++reduction) {
    CHECK(agreement.finish());
    const Agreement::Decision decision = agreement.take_decision();
    if (reduction == 0)
      CHECK((decision.requests & work::stop) != 0);  // the largest bit mask is agreed on first
    events |= decision.events;
    requests |= decision.requests;
    health_count += (decision.events & loop::health_due) != 0 ? 1 : 0;
    stop_count += (decision.requests & work::stop) != 0 ? 1 : 0;
    agreement.start(false, 0, 0);
  }
  CHECK(agreement.finish());
  check_decision(agreement, 0, 0);
  CHECK(events == loop::health_due);
  CHECK(requests == (work::save_to_nodes | work::stop));
  CHECK(health_count == 1);
  CHECK(stop_count == 1);
}

TEST_CASE("a decision that has not been taken is merged with the next one") {
  Agreement agreement{world()};
  agreement.start(false, world().is_root() ? loop::fields_due : 0u, 0);
  CHECK(agreement.finish());
  agreement.start(false, 0, work::save_to_run_directory);
  CHECK(agreement.finish());
  check_decision(agreement, loop::fields_due, work::save_to_run_directory);
}

TEST_CASE("a failure of any rank reaches all ranks and suppresses requests") {
  for (int rank = 0; rank < world().size(); ++rank) {
    Agreement agreement{world()};
    agreement.start(world().rank() == rank, 0, work::stop);
    CHECK_FALSE(agreement.finish());
    check_decision(agreement, 0, 0);
    CHECK(agreement.finish());
  }
}
