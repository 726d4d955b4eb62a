// Control groups, in trees of files like those of the kernel.
#include "host/cgroup.h"
#include "support/temporary_folder.h"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

using namespace tessera;

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

TEST_CASE("kills because of a lack of memory are counted in all groups, or on the whole host") {
  const FakeRoot root;
  CHECK(host::out_of_memory_kills(root.path()) == 0);
  root.write("proc/vmstat", "nr_free_pages 7\noom_kill 1\n");
  CHECK(host::out_of_memory_kills(root.path()) == 1);
  root.write("proc/self/cgroup", "0::/job/step\n");
  root.write("sys/fs/cgroup/job/memory.events", "low 0\nhigh 0\nmax 3\noom 2\noom_kill 2\n");
  CHECK(host::out_of_memory_kills(root.path()) == 2);
}

TEST_CASE("the folders of a controller include those of all parents") {
  const FakeRoot root;
  root.write("proc/self/cgroup", "7:cpu,cpuacct:/a\n4:memory:/job\n0::/b\n");
  root.write("sys/fs/cgroup/memory/job/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 3\n");
  CHECK(host::out_of_memory_kills(root.path()) == 3);
  CHECK(host::cgroup_folders("cpu", root.path()) ==
        std::vector<std::string>{root.path() + "/sys/fs/cgroup/cpu/a", root.path() + "/sys/fs/cgroup/cpu",
                                 root.path() + "/sys/fs/cgroup/b", root.path() + "/sys/fs/cgroup"});
}
