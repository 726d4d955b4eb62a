// Limits on the memory of a node and of a process; trees of files like those of the kernel.
#include "host/memory_limit.h"
#include "support/temporary_folder.h"
#include "support/variable.h"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <limits>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace tessera;
using host::available_memory;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// A root directory with the given files.
class FakeRoot {
 public:
  void write(const std::string& path, const std::string& text) const {
    const std::filesystem::path file = folder_.file(path);
    std::filesystem::create_directories(file.parent_path());
    std::ofstream{file} << text;
  }
  std::string path() const { return folder_.path(); }
  host::MemoryLimit limit() const { return available_memory(path()); }

 private:
  test::TemporaryFolder folder_;
};

}  // namespace

TEST_CASE("without control groups, the memory is that of the system") {
  const FakeRoot root;
  CHECK(root.limit().bytes == infinity);
  CHECK(root.limit().source.empty());
  root.write("proc/meminfo", "MemTotal: 2000 kB\nMemFree: 100 kB\nMemAvailable: 1000 kB\n");
  CHECK(root.limit().bytes == 1024000.0);
  CHECK(root.limit().source == "the memory available on the host");
  CHECK(available_memory().bytes > 1e6);  // this machine
}

TEST_CASE("the limits of a group of version 2 and of its parents apply") {
  const FakeRoot root;
  root.write("proc/meminfo", "MemAvailable: 1000000 kB\n");
  root.write("proc/self/cgroup", "0::/job/step\n");
  root.write("sys/fs/cgroup/job/step/memory.max", "max\n");
  root.write("sys/fs/cgroup/job/step/memory.current", "5000\n");
  CHECK(root.limit().bytes == 1024e6);
  root.write("sys/fs/cgroup/job/memory.max", "300000000\n");
  root.write("sys/fs/cgroup/job/memory.current", "100000000\n");
  CHECK(root.limit().bytes == 200e6);
  CHECK(root.limit().source == root.path() + "/sys/fs/cgroup/job/memory.max");
  root.write("sys/fs/cgroup/job/memory.stat", "anon 7\ninactive_file 30000000\nactive_file 10000000\n");
  CHECK(root.limit().bytes == 240e6);
  root.write("sys/fs/cgroup/job/step/memory.max", "4000\n");
  CHECK(root.limit().bytes == 0.0);
  CHECK(root.limit().source == root.path() + "/sys/fs/cgroup/job/step/memory.max");
}

TEST_CASE("the limits of a group of version 1 apply") {
  const FakeRoot root;
  root.write("proc/meminfo", "MemAvailable: 1000000 kB\n");
  root.write("proc/self/cgroup", "7:cpu,cpuacct:/a\n4:memory:/job\n0::/b\n");
  root.write("sys/fs/cgroup/memory/job/memory.limit_in_bytes", "300000000\n");
  root.write("sys/fs/cgroup/memory/job/memory.usage_in_bytes", "120000000\n");
  root.write("sys/fs/cgroup/memory/job/memory.stat", "cache 9\ntotal_inactive_file 20000000\n");
  CHECK(root.limit().bytes == 200e6);
  CHECK(root.limit().source == root.path() + "/sys/fs/cgroup/memory/job/memory.limit_in_bytes");
}

TEST_CASE("the memory that Slurm has allocated to the job on the node applies") {
  const FakeRoot root;
  root.write("proc/meminfo", "MemAvailable: 10000000 kB\n");
  const test::EnvironmentVariable cpus{"SLURM_CPUS_ON_NODE", "4"};
  {
    const test::EnvironmentVariable per_cpu{"SLURM_MEM_PER_CPU", "100"};
    CHECK(root.limit().bytes == 400.0 * 1048576.0);
    CHECK(root.limit().source == "SLURM_MEM_PER_CPU * SLURM_CPUS_ON_NODE");
    const test::EnvironmentVariable per_node{"SLURM_MEM_PER_NODE", "300"};
    CHECK(root.limit().bytes == 300.0 * 1048576.0);
    CHECK(root.limit().source == "SLURM_MEM_PER_NODE");
  }
  for (const char* text : {"", "0", "-5", "300M", "none"}) {
    CAPTURE(text);
    const test::EnvironmentVariable per_node{"SLURM_MEM_PER_NODE", text};
    CHECK(root.limit().bytes == 10240e6);
  }
}

TEST_CASE("resource limits of the process apply, less the memory in use") {
  CHECK(host::process_memory().address_space.bytes > 1e6);
  const pid_t child = fork();
  if (child == 0) {  // in a child, because a lower hard limit cannot be raised again
    const auto set = [](auto resource, rlim_t bytes) {
      const rlimit limit{bytes, bytes};
      return setrlimit(resource, &limit) == 0;
    };
    constexpr rlim_t bytes = rlim_t{1} << 40;
    bool ok = host::process_memory().data.bytes >= infinity || host::process_memory().data.bytes > 0.0;
    ok = ok && set(RLIMIT_AS, 2 * bytes) && set(RLIMIT_DATA, bytes);
    const host::ProcessMemory memory = host::process_memory();
    // The program itself uses between 1 MB and 10 GB.
    ok = ok && memory.address_space.bytes < 2.0 * bytes - 1e6 &&
         memory.address_space.bytes > 2.0 * bytes - 1e10;
    ok = ok && memory.data.bytes < 1.0 * bytes - 1e5 && memory.data.bytes > 1.0 * bytes - 1e10;
    ok = ok && memory.address_space.source.find("ulimit -v") != std::string::npos;
    ok = ok && memory.data.source.find("ulimit -d") != std::string::npos;
    _exit(ok ? 0 : 1);
  }
  int status = -1;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(status == 0);
}
