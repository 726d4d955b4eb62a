// The topology of synthetic machines of hwloc with known caches, and of this machine in comparison with
// sysfs.
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

/// Makes hwloc report a synthetic machine during the lifetime of this object.
class SyntheticMachine {
 public:
  /// `is_this_machine`: whether hwloc applies the CPU binding of this process to the machine.
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

std::vector<int> cpus_in(const cpu_set_t& set) {
  std::vector<int> numbers;
  for (int n = 0; n < CPU_SETSIZE; ++n) {
    if (CPU_ISSET(n, &set)) numbers.push_back(n);
  }
  return numbers;
}

/// Binds this process to one CPU during the lifetime of this object.
class CpuBinding {
 public:
  explicit CpuBinding(int cpu) : previous_{allowed_cpus()} {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    REQUIRE(sched_setaffinity(0, sizeof one, &one) == 0);
  }
  ~CpuBinding() { sched_setaffinity(0, sizeof previous_, &previous_); }
  CpuBinding(const CpuBinding&) = delete;
  CpuBinding& operator=(const CpuBinding&) = delete;

 private:
  cpu_set_t previous_;
};

/// The list of CPUs on the same core as `cpu`, from sysfs.
std::string siblings_of(int cpu) {
  const std::string folder = "/sys/devices/system/cpu/cpu" + std::to_string(cpu) + "/topology/";
  std::string list;
  if (!std::getline(std::ifstream{folder + "core_cpus_list"}, list)) {
    std::getline(std::ifstream{folder + "thread_siblings_list"}, list);
  }
  return list;
}

}  // namespace

TEST_CASE("the sizes of one L2 cache and of all L3 caches are read") {
  const SyntheticMachine machine{"pack:2 l3:2(size=6291456) l2:3(size=786432) core:1 pu:2"};
  const machine::Topology t = machine::read_topology();
  CHECK(t.l2_bytes == 786432);
  CHECK(t.l3_bytes == std::size_t{2 * 2} * 6291456);
}

TEST_CASE("without L3 caches, the total size of the L2 caches is used") {
  const SyntheticMachine machine{"pack:2 l2:3(size=786432) core:2 pu:1"};
  const machine::Topology t = machine::read_topology();
  CHECK(t.l2_bytes == 786432);
  CHECK(t.l3_bytes == std::size_t{2 * 3} * 786432);
}

TEST_CASE("unknown caches have typical sizes") {
  const SyntheticMachine machine{"pack:1 core:4 pu:1"};
  const machine::Topology t = machine::read_topology();
  CHECK(t.l2_bytes == 1048576);
  CHECK(t.l3_bytes == 16777216);
}

TEST_CASE("only cores on which the process may run are listed") {
  const std::vector<int> cpus = cpus_in(allowed_cpus());
  // Each core has two processing units: CPU n belongs to core n / 2.
  std::vector<unsigned> cores;
  for (const int cpu : cpus) cores.push_back(static_cast<unsigned>(cpu / 2));
  cores.erase(std::unique(cores.begin(), cores.end()), cores.end());
  const std::string description = "pack:1 core:" + std::to_string(cpus.back() / 2 + 1) + " pu:2";
  {
    const SyntheticMachine this_machine{description, true};
    CHECK(machine::read_topology().cores == cores);
    for (const int cpu : {cpus.front(), cpus.back()}) {
      const CpuBinding binding{cpu};
      CHECK(machine::read_topology().cores == std::vector<unsigned>{static_cast<unsigned>(cpu / 2)});
    }
  }
  // On another machine, the binding of this process does not apply, so all cores are listed.
  const SyntheticMachine other{description};
  std::vector<unsigned> all_cores(static_cast<std::size_t>(cpus.back() / 2 + 1));
  std::iota(all_cores.begin(), all_cores.end(), 0u);
  CHECK(machine::read_topology().cores == all_cores);
}

TEST_CASE("the cores of this machine agree with sysfs") {
  std::map<std::string, unsigned> core_of;
  std::vector<unsigned> all;
  for (const int cpu : cpus_in(allowed_cpus())) {
    const std::string siblings = siblings_of(cpu);
    REQUIRE_FALSE(siblings.empty());
    const CpuBinding binding{cpu};
    const std::vector<unsigned> cores = machine::read_topology().cores;
    REQUIRE(cores.size() == 1);
    const auto [entry, is_new] = core_of.try_emplace(siblings, cores[0]);
    CHECK(entry->second == cores[0]);
    if (is_new) all.push_back(cores[0]);
  }
  std::sort(all.begin(), all.end());
  CHECK(std::adjacent_find(all.begin(), all.end()) == all.end());
  CHECK(machine::read_topology().cores == all);
}
