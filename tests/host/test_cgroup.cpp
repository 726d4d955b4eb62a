// Limits of control groups, in trees of files like those of the kernel.
#include "host/cgroup.h"
#include "support/temporary_folder.h"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <limits>

using namespace tessera;
using host::available_memory;

namespace {

/// A root directory with the given files.
class FakeRoot {
 public:
  void write(const std::string& path, const std::string& text) const {
    const std::filesystem::path file = folder_.file(path);
    std::filesystem::create_directories(file.parent_path());
    std::ofstream{file} << text;
  }
  std::string path() const { return folder_.path(); }

 private:
  test::TemporaryFolder folder_;
};

}  // namespace

TEST_CASE("without control groups, the memory is that of the system") {
  const FakeRoot root;
  CHECK(available_memory(root.path()) == std::numeric_limits<double>::infinity());
  root.write("proc/meminfo", "MemTotal: 2000 kB\nMemFree: 100 kB\nMemAvailable: 1000 kB\n");
  CHECK(available_memory(root.path()) == 1024000.0);
  CHECK(host::out_of_memory_kills(root.path()) == 0);
  CHECK(available_memory() > 1e6);  // this machine
}

TEST_CASE("the limits of a group of version 2 and of its parents apply") {
  const FakeRoot root;
  root.write("proc/meminfo", "MemAvailable: 1000000 kB\n");
  root.write("proc/self/cgroup", "0::/job/step\n");
  root.write("sys/fs/cgroup/job/step/memory.max", "max\n");
  root.write("sys/fs/cgroup/job/step/memory.current", "5000\n");
  CHECK(available_memory(root.path()) == 1024e6);
  root.write("sys/fs/cgroup/job/memory.max", "300000000\n");
  root.write("sys/fs/cgroup/job/memory.current", "100000000\n");
  CHECK(available_memory(root.path()) == 200e6);
  root.write("sys/fs/cgroup/job/memory.stat", "anon 7\ninactive_file 30000000\nactive_file 10000000\n");
  CHECK(available_memory(root.path()) == 240e6);
  root.write("sys/fs/cgroup/job/step/memory.max", "4000\n");
  CHECK(available_memory(root.path()) == 0.0);
  root.write("sys/fs/cgroup/job/memory.events", "low 0\nhigh 0\nmax 3\noom 2\noom_kill 2\n");
  CHECK(host::out_of_memory_kills(root.path()) == 2);
}

TEST_CASE("the limits of a group of version 1 apply") {
  const FakeRoot root;
  root.write("proc/meminfo", "MemAvailable: 1000000 kB\n");
  root.write("proc/self/cgroup", "7:cpu,cpuacct:/a\n4:memory:/job\n0::/b\n");
  root.write("sys/fs/cgroup/memory/job/memory.limit_in_bytes", "300000000\n");
  root.write("sys/fs/cgroup/memory/job/memory.usage_in_bytes", "120000000\n");
  root.write("sys/fs/cgroup/memory/job/memory.stat", "cache 9\ntotal_inactive_file 20000000\n");
  CHECK(available_memory(root.path()) == 200e6);
  root.write("sys/fs/cgroup/memory/job/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 3\n");
  root.write("proc/vmstat", "nr_free_pages 7\noom_kill 1\n");
  CHECK(host::out_of_memory_kills(root.path()) == 3);
  CHECK(host::cgroup_folders("cpu", root.path()) ==
        std::vector<std::string>{root.path() + "/sys/fs/cgroup/cpu/a", root.path() + "/sys/fs/cgroup/cpu",
                                 root.path() + "/sys/fs/cgroup/b", root.path() + "/sys/fs/cgroup"});
}
