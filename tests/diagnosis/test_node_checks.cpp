#include "diagnosis/node_checks.h"
#include "diagnosis/shared_memory_size.h"
#include "support/temporary_folder.h"
#include "support/variable.h"

#include <catch2/catch.hpp>

#include <filesystem>

using namespace tessera::diagnosis;
using tessera::test::EnvironmentVariable;
using tessera::test::TemporaryFolder;
namespace fs = std::filesystem;

namespace {

void write_file(const TemporaryFolder& root, const std::string& path, const std::string& text) {
  fs::create_directories(fs::path{root.file(path)}.parent_path());
  root.write(path, text);
}

}  // namespace

TEST_CASE("the processor quota is the smallest of a cgroup and its parents") {
  const TemporaryFolder root;
  CHECK_FALSE(processor_quota(root.path()));
  write_file(root, "proc/self/cgroup", "0::/a/b\n");
  CHECK_FALSE(processor_quota(root.path()));
  write_file(root, "sys/fs/cgroup/a/b/cpu.max", "max 100000\n");
  CHECK_FALSE(processor_quota(root.path()));
  write_file(root, "sys/fs/cgroup/a/cpu.max", "150000 100000\n");
  CHECK(*processor_quota(root.path()) == Approx(1.5));
  write_file(root, "sys/fs/cgroup/a/b/cpu.max", "300000 100000\n");
  CHECK(*processor_quota(root.path()) == Approx(1.5));
  write_file(root, "sys/fs/cgroup/cpu.max", "50000 100000\n");
  CHECK(*processor_quota(root.path()) == Approx(0.5));
}

TEST_CASE("the quota of a version 1 cgroup is read") {
  const TemporaryFolder root;
  write_file(root, "proc/self/cgroup", "4:memory:/m\n3:cpu,cpuacct:/job\n2:cpuset:/\n");
  write_file(root, "sys/fs/cgroup/cpu/job/cpu.cfs_quota_us", "-1\n");
  write_file(root, "sys/fs/cgroup/cpu/job/cpu.cfs_period_us", "100000\n");
  CHECK_FALSE(processor_quota(root.path()));
  write_file(root, "sys/fs/cgroup/cpu/job/cpu.cfs_quota_us", "400000\n");
  CHECK(*processor_quota(root.path()) == Approx(4.0));
}

TEST_CASE("more ranks than cores cause a warning") {
  const Checks many = node_checks(1000000);
  REQUIRE_FALSE(many.empty());
  CHECK(many.front().name == "cores");
  CHECK(many.front().state == State::warning);
  CHECK(many.front().found.find("; 1000000 ranks") != std::string::npos);
  CHECK(node_checks(1).front().found.find("; 1 rank") != std::string::npos);
  CHECK(node_checks(0).front().found.find("rank") == std::string::npos);
}

TEST_CASE("a temporary folder in which mpirun cannot keep its files is bad") {
  const TemporaryFolder folder;
  const auto check_of = [](const std::string& path) {
    const EnvironmentVariable variable{"TMPDIR", path};
    for (const Check& c : node_checks(1)) {
      if (c.name == "temporary folder") return c;
    }
    return Check{};
  };
  CHECK(check_of(folder.path()).state == State::good);
  CHECK(check_of(folder.path()).found == folder.path());
  CHECK(check_of(folder.file("new/folder")).state == State::good);  // mpirun creates it
  CHECK_FALSE(fs::exists(folder.file("new")));
  folder.write("file", "");
  CHECK(check_of(folder.file("file")).state == State::bad);
  CHECK(check_of(folder.file("file")).found == folder.file("file") + " is not a directory");
  CHECK(check_of("/proc/self").state == State::bad);  // nobody may create files there
}

TEST_CASE("too little free shared memory causes a warning") {
  CHECK(shared_memory_size_check("g", 8e9, 4e9).state == State::good);
  CHECK(shared_memory_size_check("g", 8e9, 4e9).found == "8 GB, 4 GB free");
  CHECK(shared_memory_size_check("g", 64e6, 64e6).state == State::good);
  CHECK(shared_memory_size_check("g", 8e9, 1e6).state == State::warning);
}
