// Tests with synthetic machines of hwloc, whose caches are known, and with this machine, as sysfs describes
// it.
#include "machine/topology.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <numeric>
#include <string>
#include <vector>

#include <sched.h>

using namespace tessera;

namespace {

/// During its lifetime, hwloc describes the machine with this synthetic description.
class SyntheticMachine {
 public:
  /// `is_this_machine`: hwloc applies the CPU binding of this process to the machine.
  explicit SyntheticMachine(const std::string& description, bool is_this_machine = false) {
    setenv("HWLOC_SYNTHETIC", description.c_str(), 1);
    if (is_this_machine) setenv("HWLOC_THISSYSTEM", "1", 1);
  }
  ~SyntheticMachine() {
    unsetenv("HWLOC_SYNTHETIC");
    unsetenv("HWLOC_THISSYSTEM");
  }
  SyntheticMachine(const SyntheticMachine&) = delete;
  SyntheticMachine& operator=(const SyntheticMachine&) = delete;
};

cpu_set_t allowed_cpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  REQUIRE(sched_getaffinity(0, sizeof set, &set) == 0);
  return set;
}

std::vector<int> numbers_in(const cpu_set_t& set) {
  std::vector<int> numbers;
  for (int n = 0; n < CPU_SETSIZE; ++n) {
    if (CPU_ISSET(n, &set)) numbers.push_back(n);
  }
  return numbers;
}

/// Binds this process to one CPU during its lifetime.
class Pinned {
 public:
  explicit Pinned(int cpu) : previous_{allowed_cpus()} {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    REQUIRE(sched_setaffinity(0, sizeof one, &one) == 0);
  }
  ~Pinned() { sched_setaffinity(0, sizeof previous_, &previous_); }
  Pinned(const Pinned&) = delete;
  Pinned& operator=(const Pinned&) = delete;

 private:
  cpu_set_t previous_;
};

/// The CPUs on the core of `cpu`, as listed by Linux.
std::string siblings_of(int cpu) {
  const std::string folder = "/sys/devices/system/cpu/cpu" + std::to_string(cpu) + "/topology/";
  std::string list;
  if (!std::getline(std::ifstream{folder + "core_cpus_list"}, list)) {
    std::getline(std::ifstream{folder + "thread_siblings_list"}, list);
  }
  return list;
}

}  // namespace

TEST_CASE("caches are one core's second level and all last levels of the node") {
  const SyntheticMachine machine{"pack:2 l3:2(size=6291456) l2:3(size=786432) core:1 pu:2"};
  const machine::Topology t = machine::read_topology();
  CHECK(t.l2_bytes == 786432);
  CHECK(t.l3_bytes == std::size_t{2 * 2} * 6291456);
}

TEST_CASE("without a third level the second is the last") {
  const SyntheticMachine machine{"pack:2 l2:3(size=786432) core:2 pu:1"};
  const machine::Topology t = machine::read_topology();
  CHECK(t.l2_bytes == 786432);
  CHECK(t.l3_bytes == std::size_t{2 * 3} * 786432);
}

TEST_CASE("caches that are not known are taken to be of a common size") {
  const SyntheticMachine machine{"pack:1 core:4 pu:1"};
  const machine::Topology t = machine::read_topology();
  CHECK(t.l2_bytes == 1048576);
  CHECK(t.l3_bytes == 16777216);
}

TEST_CASE("cores are those with a processing unit that the process may run on") {
  const std::vector<int> cpus = numbers_in(allowed_cpus());
  // Each core has two processing units: CPU n belongs to core n / 2.
  std::vector<unsigned> cores;
  for (const int cpu : cpus) cores.push_back(static_cast<unsigned>(cpu / 2));
  cores.erase(std::unique(cores.begin(), cores.end()), cores.end());
  const std::string description = "pack:1 core:" + std::to_string(cpus.back() / 2 + 1) + " pu:2";
  {
    const SyntheticMachine own{description, true};
    CHECK(machine::read_topology().cores == cores);
    for (const int cpu : {cpus.front(), cpus.back()}) {
      const Pinned pinned{cpu};
      CHECK(machine::read_topology().cores == std::vector<unsigned>{static_cast<unsigned>(cpu / 2)});
    }
  }
  // No process is bound to another machine, so all of its cores are returned.
  const SyntheticMachine other{description};
  std::vector<unsigned> every(static_cast<std::size_t>(cpus.back() / 2 + 1));
  std::iota(every.begin(), every.end(), 0u);
  CHECK(machine::read_topology().cores == every);
}

TEST_CASE("two CPUs are on one core of this machine exactly if Linux says so") {
  std::map<std::string, unsigned> core_of;
  std::vector<unsigned> all;
  for (const int cpu : numbers_in(allowed_cpus())) {
    const std::string siblings = siblings_of(cpu);
    REQUIRE_FALSE(siblings.empty());
    const Pinned pinned{cpu};
    const std::vector<unsigned> cores = machine::read_topology().cores;
    REQUIRE(cores.size() == 1);
    const auto [known, fresh] = core_of.try_emplace(siblings, cores[0]);
    CHECK(known->second == cores[0]);
    if (fresh) all.push_back(cores[0]);
  }
  std::sort(all.begin(), all.end());
  CHECK(std::adjacent_find(all.begin(), all.end()) == all.end());
  CHECK(machine::read_topology().cores == all);
}
