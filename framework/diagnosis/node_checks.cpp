#include "diagnosis/node_checks.h"

#include "base/descriptor.h"
#include "base/error.h"
#include "base/text.h"
#include "diagnosis/scratch_folder.h"
#include "diagnosis/shared_memory_size.h"
#include "host/cgroup.h"
#include "machine/topology.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace tessera::diagnosis {

namespace {

constexpr const char* group = "this node";
constexpr off_t temporary_bytes = off_t{4}
                                  << 20;  // what mpirun and its ranks may need in the temporary folder

/// The smaller of two values; a missing value is ignored.
std::optional<double> min_of(std::optional<double> a, std::optional<double> b) {
  if (!a || !b) return a ? a : b;
  return std::min(*a, *b);
}

/// CPU quota of one cgroup, in processors; nullopt if there is none. Version 2 of cgroups stores quota and
/// period in one file, as "max 100000" or "200000 100000"; version 1 uses two files.
std::optional<double> quota_in(const std::string& folder) {
  std::ifstream v2{folder + "/cpu.max"};
  double quota = 0.0;
  double period = 0.0;
  if (v2 >> quota >> period && quota > 0.0 && period > 0.0) return quota / period;
  std::ifstream v1{folder + "/cpu.cfs_quota_us"};
  std::ifstream v1_period{folder + "/cpu.cfs_period_us"};
  if (v1 >> quota && v1_period >> period && quota > 0.0 && period > 0.0) return quota / period;
  return std::nullopt;
}

/// Number of hardware threads that this process may run on; 0 if unknown.
int allowed_threads() {
  cpu_set_t set;
  CPU_ZERO(&set);
  return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 0;
}

Check cores_check(int cores, int ranks) {
  const long online = sysconf(_SC_NPROCESSORS_ONLN);
  const int threads = allowed_threads();
  const std::optional<double> quota = processor_quota();
  Check check{group, "cores", State::good, fmt::format("{} core{}", cores, cores == 1 ? "" : "s"), {}};
  if (threads > 0) check.found += fmt::format(", {} of {} hardware threads", threads, online);
  if (quota && *quota < static_cast<double>(cores)) {
    check.found += fmt::format("; a cgroup limits this process to {:.3g} processors", *quota);
    check.state = State::warning;
    check.advice = fmt::format("start at most {} ranks here, or raise the limit of the container or job",
                               std::max(1, static_cast<int>(std::floor(*quota))));
  }
  if (ranks > cores) {
    check.found += fmt::format("; {} ranks", ranks);
    check.state = State::warning;
    check.advice = fmt::format(
        "more than one rank per core gains nothing: start {} here; to start more anyway, mpirun needs "
        "--oversubscribe and OMPI_MCA_mpi_yield_when_idle=1",
        cores);
  } else if (ranks > 0) {
    check.found += fmt::format("; {} rank{}", ranks, ranks == 1 ? "" : "s");
  }
  return check;
}

/// Allocates shared memory and writes to it. Returns the reason if this fails, otherwise an empty string.
std::string try_shared_memory() {
  constexpr std::size_t bytes = std::size_t{1} << 20;
  const base::Descriptor file{memfd_create("tessera-doctor", MFD_CLOEXEC)};
  if (!file.is_open()) return fmt::format("cannot create shared memory: {}", std::strerror(errno));
  const int error_number = posix_fallocate(file.number(), 0, static_cast<off_t>(bytes));
  if (error_number != 0) {
    return fmt::format("cannot reserve 1 MiB of shared memory: {}", std::strerror(error_number));
  }
  void* p = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file.number(), 0);
  if (p == MAP_FAILED) return fmt::format("cannot map shared memory: {}", std::strerror(errno));
  std::memset(p, 1, bytes);
  munmap(p, bytes);
  return {};
}

/// Checks that mpirun can keep its files in the temporary folder, which it creates if it is missing.
Check temporary_folder_check() {
  std::string folder = "/tmp";
  for (const char* name : {"TMP", "TEMP", "TMPDIR"}) {  // as Open MPI does, the last one set prevails
    if (const char* value = std::getenv(name); value != nullptr && *value != '\0') folder = value;
  }
  const std::string shown = base::printable(folder, 300);
  Check check{group, "temporary folder", State::bad, shown + " is not a directory", {}};
  check.advice = "mpirun keeps files there while ranks run: set TMPDIR to a local folder with free space";
  const std::string existing = nearest_folder(folder);
  if (existing.empty()) return check;
  try {
    const ScratchFolder scratch{existing};
    const base::Descriptor file{::open(scratch.file("space").c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600)};
    const int error = file.is_open() ? posix_fallocate(file.number(), 0, temporary_bytes) : errno;
    if (error == 0) return {group, "temporary folder", State::good, shown, {}};
    check.found = fmt::format("{} has no room for {}: {}", shown,
                              base::format_bytes(static_cast<double>(temporary_bytes)), std::strerror(error));
  } catch (const base::Error& e) {
    check.found = failed_check(group, "", e).found;
  }
  return check;
}

}  // namespace

std::optional<double> processor_quota(const std::string& root) {
  std::optional<double> quota;
  for (const std::string& folder : host::cgroup_folders("cpu", root)) quota = min_of(quota, quota_in(folder));
  return quota;
}

Checks shared_memory_checks() {
  Checks checks;
  const std::string problem = try_shared_memory();
  checks.push_back({group, "shared memory", problem.empty() ? State::good : State::warning,
                    problem.empty() ? "can be allocated and written" : problem,
                    problem.empty()
                        ? ""
                        : "without it, ranks on a node exchange messages, which is slower: use a kernel "
                          "with memfd_create()"});
  struct statvfs status {};
  if (statvfs("/dev/shm", &status) == 0) {
    const auto unit = static_cast<double>(status.f_frsize);
    checks.push_back(shared_memory_size_check(group, static_cast<double>(status.f_blocks) * unit,
                                              static_cast<double>(status.f_bavail) * unit));
  }
  return checks;
}

Checks node_checks(int ranks) {
  const auto cores = static_cast<int>(machine::read_topology().cores.size());
  Checks checks;
  if (cores > 0) {
    checks.push_back(cores_check(cores, ranks));
  } else {
    checks.push_back(
        {group, "cores", State::warning, "hwloc reports no cores", "check the output of `lstopo`"});
  }
  checks.push_back(temporary_folder_check());
  const Checks more = shared_memory_checks();
  checks.insert(checks.end(), more.begin(), more.end());
  return checks;
}

}  // namespace tessera::diagnosis
