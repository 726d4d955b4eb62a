#include "supervisor/host_pool.h"

#include "base/error.h"

#include <catch2/catch.hpp>

using namespace tessera::supervisor;
using tessera::base::Error;
using tessera::base::ExitCode;
using tessera::host::HostEntry;

namespace {

HostEntry entry(const std::string& name, int slots, bool given = true) {
  HostEntry e;
  e.name = name;
  e.slots = slots;
  e.slots_given = given;
  return e;
}

ExaminedHost usable(const std::string& name, int slots, bool given = true) {
  return {{entry(name, slots, given), false, false, false}, ""};
}

ExaminedHost silent(const std::string& name, int slots, bool given = true) {
  return {{entry(name, slots, given), false, true, false}, "login: no answer\n    = is it up?"};
}

ExaminedHost unusable(const std::string& name, int slots) {
  return {{entry(name, slots), false, false, true}, "tessera: not there"};
}

template <class Call>
ExitCode code_of(Call call) {
  try {
    call();
  } catch (const Error& e) {
    return e.code();
  }
  return ExitCode::done;
}

}  // namespace

TEST_CASE("a hostfile must have slots for the ranks") {
  CHECK(code_of([] { check_slots({entry("a", 0)}, "hosts", 1, false); }) == ExitCode::bad_data);
  CHECK(code_of([] { check_slots({entry("a", 0)}, "hosts", 1, true); }) == ExitCode::bad_data);
  const std::vector<HostEntry> known{entry("a", 2), entry("b", 2)};
  CHECK_NOTHROW(check_slots(known, "hosts", 4, false));
  CHECK(code_of([&] { check_slots(known, "hosts", 5, false); }) == ExitCode::usage);
  CHECK_NOTHROW(check_slots(known, "hosts", 5, true));
  CHECK_NOTHROW(check_slots({entry("a", 2), entry("b", 1, false)}, "hosts", 5, false));
}

TEST_CASE("hosts with a problem are left out if the others suffice") {
  const HostSelection all = select_hosts({usable("a", 2), usable("b", 2)}, 4, false);
  CHECK(all.unusable_hosts.empty());
  CHECK(all.pool.allocate(4).ranks == 4);

  const HostSelection some = select_hosts({silent("a", 2), usable("b", 2), unusable("c", 2)}, 2, false);
  CHECK(some.unusable_hosts == "\n  host a: login: no answer\n    = is it up?\n  host c: tessera: not there");
  CHECK(some.pool.hosts().size() == 3);
  const auto allocation = some.pool.allocate(2);
  REQUIRE(allocation.hosts.size() == 1);
  CHECK(allocation.hosts[0].name == "b");
}

TEST_CASE("a run does not begin on too few hosts, but continues on them") {
  const std::vector<ExaminedHost> hosts{silent("a", 2), usable("b", 2)};
  try {
    select_hosts(hosts, 3, false);
    FAIL("accepted");
  } catch (const Error& e) {
    CHECK(e.code() == ExitCode::unavailable);
    CHECK(e.message() ==
          "the run cannot be started on all of its hosts:\n  host a: login: no answer\n    = is it up?");
  }
  CHECK(select_hosts(hosts, 3, true).pool.allocate(3).ranks == 2);
}

TEST_CASE("a run continues on no host if none can be used") {
  CHECK(code_of([] { select_hosts({silent("a", 2), unusable("b", 2)}, 2, true); }) == ExitCode::unavailable);
}

TEST_CASE("if slots are not known, a run begins only on all hosts") {
  const std::vector<ExaminedHost> hosts{silent("a", 1, false), usable("b", 8)};
  CHECK(code_of([&] { select_hosts(hosts, 2, false); }) == ExitCode::unavailable);
  CHECK_NOTHROW(select_hosts(hosts, 2, true));
}
