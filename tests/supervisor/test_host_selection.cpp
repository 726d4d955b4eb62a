#include "supervisor/host_pool.h"

#include "base/error.h"

#include <catch2/catch.hpp>

using namespace tessera::supervisor;
using tessera::base::Error;
using tessera::base::ExitCode;
using tessera::host::HostEntry;

namespace {

HostEntry entry(const std::string& name, int slots, bool slots_given = true) {
  HostEntry e;
  e.name = name;
  e.slots = slots;
  e.slots_given = slots_given;
  return e;
}

ExaminedHost usable_host(const std::string& name, int slots, bool slots_given = true) {
  return {{entry(name, slots, slots_given), false, false, false}, ""};
}

ExaminedHost unresponsive_host(const std::string& name, int slots, bool slots_given = true) {
  return {{entry(name, slots, slots_given), false, true, false}, "login: no answer\n    = is it up?"};
}

ExaminedHost unusable_host(const std::string& name, int slots) {
  return {{entry(name, slots), false, false, true}, "tessera: not found"};
}

template <class Call>
ExitCode exit_code_of(Call call) {
  try {
    call();
  } catch (const Error& e) {
    return e.code();
  }
  return ExitCode::done;
}

}  // namespace

TEST_CASE("a hostfile must have enough slots for the ranks, unless the run has begun") {
  CHECK(exit_code_of([] { check_slots({entry("a", 0)}, "hosts", 1, false); }) == ExitCode::bad_data);
  CHECK(exit_code_of([] { check_slots({entry("a", 0)}, "hosts", 1, true); }) == ExitCode::bad_data);
  const std::vector<HostEntry> hosts{entry("a", 2), entry("b", 2)};
  CHECK_NOTHROW(check_slots(hosts, "hosts", 4, false));
  CHECK(exit_code_of([&] { check_slots(hosts, "hosts", 5, false); }) == ExitCode::usage);
  CHECK_NOTHROW(check_slots(hosts, "hosts", 5, true));
  CHECK_NOTHROW(check_slots({entry("a", 2), entry("b", 1, false)}, "hosts", 5, false));
}

TEST_CASE("hosts with a problem are left out if the others have enough slots") {
  const HostSelection all = select_hosts({usable_host("a", 2), usable_host("b", 2)}, 4, false);
  CHECK(all.unusable_hosts.empty());
  CHECK(all.pool.allocate(4).ranks == 4);

  const HostSelection some =
      select_hosts({unresponsive_host("a", 2), usable_host("b", 2), unusable_host("c", 2)}, 2, false);
  CHECK(some.unusable_hosts == "\n  host a: login: no answer\n    = is it up?\n  host c: tessera: not found");
  CHECK(some.pool.hosts().size() == 3);
  const auto allocation = some.pool.allocate(2);
  REQUIRE(allocation.hosts.size() == 1);
  CHECK(allocation.hosts[0].name == "b");
}

TEST_CASE("a run does not begin on too few hosts, but it resumes on them") {
  const std::vector<ExaminedHost> hosts{unresponsive_host("a", 2), usable_host("b", 2)};
  try {
    select_hosts(hosts, 3, false);
    FAIL("no error");
  } catch (const Error& e) {
    CHECK(e.code() == ExitCode::unavailable);
    CHECK(e.message() ==
          "the run cannot be started on all of its hosts:\n  host a: login: no answer\n    = is it up?");
  }
  CHECK(select_hosts(hosts, 3, true).pool.allocate(3).ranks == 2);
}

TEST_CASE("a run does not resume if no host can be used") {
  CHECK(exit_code_of([] {
          select_hosts({unresponsive_host("a", 2), unusable_host("b", 2)}, 2, true);
        }) == ExitCode::unavailable);
}

TEST_CASE("if the slots of any host are unknown, a run begins only on all hosts") {
  const std::vector<ExaminedHost> hosts{unresponsive_host("a", 1, false), usable_host("b", 8)};
  CHECK(exit_code_of([&] { select_hosts(hosts, 2, false); }) == ExitCode::unavailable);
  CHECK_NOTHROW(select_hosts(hosts, 2, true));
}
