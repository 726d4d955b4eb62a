#include "transport/shared_memory.h"

#include "base/descriptor.h"
#include "transport/descriptor_exchange.h"
#include "transport/native.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

namespace tessera::transport {

namespace {

/// A rank's segment size, exchanged among the ranks on the node.
struct SegmentSize {
  std::int64_t rank = 0;  ///< in the communicator that was passed to make()
  std::uint64_t bytes = 0;
};

std::string with_errno_text(const std::string& action, int error) {
  return action + ": " + std::strerror(error);
}

std::string mebibytes(std::uint64_t bytes) { return std::to_string(bytes >> 20) + " MiB"; }

/// The memory of this node, in bytes; UINT64_MAX if unknown.
std::uint64_t physical_memory() {
  const long pages = sysconf(_SC_PHYS_PAGES);
  return pages > 0 ? static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE))
                   : UINT64_MAX;
}

/// Reserves the first `bytes` bytes of a memfd, and seals its size, so that touching the bytes later cannot
/// fail. Returns the reason on failure; an empty string on success.
std::string reserve(int file, std::size_t bytes) {
  int error = EINTR;
  while (error == EINTR) error = posix_fallocate(file, 0, static_cast<off_t>(bytes));
  if (error != 0) return with_errno_text("cannot reserve " + mebibytes(bytes) + " of shared memory", error);
  if (fcntl(file, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
    return with_errno_text("cannot seal the size of the shared memory", errno);
  }
  return {};
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

std::string SharedMemory::map(int file, std::size_t bytes, Mapping& out) {
  void* p = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (p == MAP_FAILED) return with_errno_text("cannot map " + mebibytes(bytes) + " of shared memory", errno);
  out = Mapping{static_cast<std::byte*>(p), bytes};
  return {};
}

std::optional<SharedMemory> SharedMemory::make(const Communicator& comm, std::size_t bytes,
                                               const std::vector<int>& peers, std::string& problem) {
  const Communicator node = comm.node();
  problem.clear();
  if (node.size() == 1) return std::nullopt;
  bytes = std::max<std::size_t>(bytes, 1);
  const SegmentSize own{comm.rank(), bytes};
  std::vector<SegmentSize> all(static_cast<std::size_t>(node.size()));
  check(MPI_Allgather(&own, static_cast<int>(sizeof own), MPI_BYTE, all.data(), static_cast<int>(sizeof own),
                      MPI_BYTE, node.native().handle),
        "MPI_Allgather");
  const auto all_succeeded = [&] {
    std::int64_t success = problem.empty() ? 1 : 0;
    node.allreduce_min(std::span<std::int64_t>{&success, 1});
    return success == 1;
  };

  SharedMemory memory;
  const base::Descriptor file{memfd_create("tessera", MFD_CLOEXEC | MFD_ALLOW_SEALING)};
  if (!file.is_open()) {
    problem = with_errno_text("cannot create shared memory", errno);
  } else {
    // Map the file before reserving its memory: unlike reserving, mapping cannot trigger the OOM killer.
    problem = map(file.number(), bytes, memory.own_);
  }
  // Reserving more memory than the node has would trigger the OOM killer, so check the total first.
  std::uint64_t requested = 0;
  for (const SegmentSize& s : all) requested += std::min(s.bytes, UINT64_MAX / 2 / all.size());
  if (problem.empty() && requested > physical_memory()) {
    problem = "the ranks on this node need " + mebibytes(requested) + ", but the node has only " +
              mebibytes(physical_memory());
  }
  if (!all_succeeded()) return std::nullopt;
  problem = reserve(file.number(), bytes);
  if (!all_succeeded()) return std::nullopt;
  // Errors are ignored, because they only make the run slower. Populating the pages now avoids page faults in
  // the first step.
  madvise(memory.own_.bytes().data(), bytes, MADV_HUGEPAGE);
#ifdef MADV_POPULATE_WRITE
  madvise(memory.own_.bytes().data(), bytes, MADV_POPULATE_WRITE);
#endif

  const std::vector<base::Descriptor> files = exchange_descriptors(node, file.number(), problem);
  for (std::size_t n = 0; n < all.size() && problem.empty(); ++n) {
    const int rank = static_cast<int>(all[n].rank);
    if (rank == comm.rank() || std::find(peers.begin(), peers.end(), rank) == peers.end()) continue;
    problem = map(files[n].number(), all[n].bytes, memory.others_[rank]);
  }
  if (!all_succeeded()) return std::nullopt;
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
