#include "transport/shared_memory.h"

#include "transport/native.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tessera::transport {

namespace {

/// The description of its segment that a rank sends to the other ranks on its node.
struct Announcement {
  std::array<char, 64> name{};
  std::int64_t rank = 0;
  std::uint64_t bytes = 0;
  std::int64_t ok = 0;  ///< 1 if the segment exists
};

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_{fd} {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

std::string reason(const std::string& problem, int error) { return problem + ": " + std::strerror(error); }

/// A name that stays unique even if a later process has the same pid.
std::string unique_name() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return "/tessera-" + std::to_string(getuid()) + "-" + std::to_string(getpid()) + "-" +
         std::to_string(now.tv_sec) + "-" + std::to_string(now.tv_nsec);
}

}  // namespace

SharedMemory::Mapping::Mapping(Mapping&& other) noexcept
    : data_{std::exchange(other.data_, nullptr)}, size_{std::exchange(other.size_, 0)} {}

SharedMemory::Mapping& SharedMemory::Mapping::operator=(Mapping&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

SharedMemory::Mapping::~Mapping() {
  if (data_ != nullptr) munmap(data_, size_);
}

/// Maps `bytes` bytes of the shared memory `name` to `out`. `create`: create the memory first, as that of
/// this rank. Returns the reason if this fails; an empty string on success.
std::string SharedMemory::map(const std::string& name, std::size_t bytes, bool create, Mapping& out) {
  const int flags = O_RDWR | O_CLOEXEC | (create ? O_CREAT | O_EXCL : 0);
  const Descriptor file{shm_open(name.c_str(), flags, create ? S_IRUSR | S_IWUSR : 0)};
  if (file.get() < 0) {
    return reason(
        create ? "cannot create shared memory in /dev/shm" : "cannot open the shared memory of another rank",
        errno);
  }
  // Unlike ftruncate, this reserves the memory now, so that touching it cannot fail later.
  int error = create ? EINTR : 0;
  while (error == EINTR) error = posix_fallocate(file.get(), 0, static_cast<off_t>(bytes));
  if (error != 0) return reason("cannot reserve " + std::to_string(bytes >> 20) + " MiB in /dev/shm", error);
  void* p = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
  if (p == MAP_FAILED) {
    return reason(create ? "cannot map shared memory" : "cannot map the shared memory of another rank",
                  errno);
  }
  out = Mapping{static_cast<std::byte*>(p), bytes};
  if (!create) return {};
  // If this advice fails, the run is only slower. Populating the pages now avoids page faults in the first
  // step.
  madvise(p, bytes, MADV_HUGEPAGE);
#ifdef MADV_POPULATE_WRITE
  madvise(p, bytes, MADV_POPULATE_WRITE);
#endif
  return {};
}

std::optional<SharedMemory> SharedMemory::make(const Communicator& comm, std::size_t bytes,
                                               const std::vector<int>& peers, std::string& problem) {
  const Communicator node = comm.node();
  problem.clear();
  if (node.size() == 1) return std::nullopt;
  bytes = std::max<std::size_t>(bytes, 1);
  SharedMemory memory;
  Announcement own;
  const std::string name = unique_name();
  name.copy(own.name.data(), own.name.size() - 1);
  own.rank = comm.rank();
  own.bytes = bytes;
  problem = map(name, bytes, true, memory.own_);
  own.ok = problem.empty() ? 1 : 0;

  std::vector<Announcement> all(static_cast<std::size_t>(node.size()));
  check(MPI_Allgather(&own, static_cast<int>(sizeof own), MPI_BYTE, all.data(), static_cast<int>(sizeof own),
                      MPI_BYTE, node.native().handle),
        "MPI_Allgather");
  const bool all_ok = std::all_of(all.begin(), all.end(), [](const Announcement& a) { return a.ok == 1; });
  for (const Announcement& a : all) {
    const int rank = static_cast<int>(a.rank);
    if (!all_ok || rank == comm.rank() || std::find(peers.begin(), peers.end(), rank) == peers.end()) {
      continue;
    }
    problem = map(a.name.data(), a.bytes, false, memory.others_[rank]);
    if (!problem.empty()) break;
  }
  std::int64_t all_mapped = all_ok && problem.empty() ? 1 : 0;
  node.allreduce_min(std::span<std::int64_t>{&all_mapped, 1});
  // Every rank has tried to map the memory, so the name is no longer needed.
  shm_unlink(name.c_str());
  if (all_mapped == 0) return std::nullopt;
  return memory;
}

std::vector<int> SharedMemory::ranks() const {
  std::vector<int> all;
  for (const auto& [rank, mapping] : others_) all.push_back(rank);
  return all;
}

std::optional<std::span<std::byte>> SharedMemory::of(int rank) const {
  const auto found = others_.find(rank);
  if (found == others_.end()) return std::nullopt;
  return found->second.bytes();
}

}  // namespace tessera::transport
