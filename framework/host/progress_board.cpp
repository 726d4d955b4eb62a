#include "host/progress_board.h"

#include "base/error.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tessera::host {

namespace {

/// One cache line per rank, to avoid false sharing.
struct alignas(64) Slot {
  std::int64_t pid;
  std::int64_t step;
  std::int32_t phase;
  std::uint64_t heartbeats;
};
static_assert(sizeof(Slot) == 64);

constexpr std::array phase_names{"launch",     "start",   "compute",   "output",
                                 "checkpoint", "restart", "migration", "end"};
static_assert(phase_names.size() == static_cast<std::size_t>(BoardPhase::finished) + 1);

Slot* slot_at(const BoardMapping& mapping, std::size_t rank) {
  return reinterpret_cast<Slot*>(mapping.get()) + rank;
}

/// Maps `bytes` of an open file and closes the descriptor. Returns nullptr on failure.
BoardMapping map_file(base::Descriptor file, std::size_t bytes) {
  void* p = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file.number(), 0);
  if (p == MAP_FAILED) return {};
  return {static_cast<std::byte*>(p), base::Unmap{bytes}};
}

/// Removes the boards in `folder` whose owners are dead. Skips files modified less than a minute ago, which
/// may not be locked yet.
void remove_orphans(const std::string& folder, const std::string& prefix) {
  std::error_code ec;
  for (std::filesystem::directory_iterator entry{folder, ec}, end; !ec && entry != end; entry.increment(ec)) {
    const std::string path = entry->path().string();
    if (!entry->path().filename().string().starts_with(prefix)) continue;
    const auto age = std::filesystem::file_time_type::clock::now() - entry->last_write_time(ec);
    if (ec || age < std::chrono::minutes{1}) continue;
    const base::Descriptor file{::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW)};
    if (file.is_open() && flock(file.number(), LOCK_EX | LOCK_NB) == 0) ::unlink(path.c_str());
  }
}

}  // namespace

const char* name_of(BoardPhase phase) {
  // The file of a board may contain any value.
  return phase_names[std::min(static_cast<std::size_t>(phase), phase_names.size() - 1)];
}

std::optional<BoardPhase> phase_named(const std::string& name) {
  const auto found = std::find(phase_names.begin(), phase_names.end(), name);
  if (found == phase_names.end()) return std::nullopt;
  return static_cast<BoardPhase>(found - phase_names.begin());
}

ProgressBoard ProgressBoard::create(int ranks) {
  const std::size_t bytes = static_cast<std::size_t>(ranks) * sizeof(Slot);
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  const std::string prefix = fmt::format("tessera-board-{}-", getuid());
  const std::string name = fmt::format("{}{}-{}", prefix, getpid(), now.tv_nsec);
  int error_number = 0;
  for (const char* folder : {"/dev/shm/", "/tmp/"}) {
    remove_orphans(folder, prefix);
    const std::string path = folder + name;
    base::Descriptor file{::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600)};
    error_number = errno;
    if (!file.is_open()) continue;
    error_number = posix_fallocate(file.number(), 0, static_cast<off_t>(bytes));  // does not set errno
    if (error_number == 0) {
      // flock() locks the open file description. Child processes close their descriptors for it on exec.
      base::Descriptor lock{fcntl(file.number(), F_DUPFD_CLOEXEC, 0)};
      BoardMapping mapping = map_file(std::move(file), bytes);
      if (mapping && lock.is_open() && flock(lock.number(), LOCK_EX | LOCK_NB) == 0)
        return {path, ranks, std::move(mapping), std::move(lock)};
      error_number = errno;
    }
    ::unlink(path.c_str());
  }
  throw base::Error(base::ExitCode::cannot_create,
                    fmt::format("cannot create the progress board: {}", std::strerror(error_number)),
                    "is there free space in /dev/shm or /tmp?");
}

ProgressBoard::~ProgressBoard() {
  if (mapping_) ::unlink(path_.c_str());
}

BoardEntry ProgressBoard::read(int rank) const {
  Slot* s = slot_at(mapping_, static_cast<std::size_t>(rank));
  BoardEntry entry;
  entry.heartbeats = std::atomic_ref{s->heartbeats}.load(std::memory_order_acquire);
  entry.pid = std::atomic_ref{s->pid}.load(std::memory_order_relaxed);
  entry.step = std::atomic_ref{s->step}.load(std::memory_order_relaxed);
  entry.phase = static_cast<BoardPhase>(std::atomic_ref{s->phase}.load(std::memory_order_relaxed));
  return entry;
}

BoardSlot::BoardSlot(const std::string& path, int rank) : rank_{static_cast<std::size_t>(rank)} {
  if (path.empty()) return;
  base::Descriptor file{::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW)};
  struct stat status {};
  if (!file.is_open() || fstat(file.number(), &status) != 0) return;
  const auto bytes = static_cast<std::size_t>(status.st_size);
  if (bytes >= (rank_ + 1) * sizeof(Slot)) mapping_ = map_file(std::move(file), bytes);
}

void BoardSlot::publish(BoardPhase phase, std::int64_t step) const {
  if (!mapping_) return;
  std::atomic_ref{slot_at(mapping_, rank_)->step}.store(step, std::memory_order_relaxed);
  publish(phase);
}

void BoardSlot::publish(BoardPhase phase) const {
  if (!mapping_) return;
  Slot* s = slot_at(mapping_, rank_);
  std::atomic_ref{s->pid}.store(getpid(), std::memory_order_relaxed);
  std::atomic_ref{s->phase}.store(static_cast<std::int32_t>(phase), std::memory_order_relaxed);
  std::atomic_ref{s->heartbeats}.fetch_add(1, std::memory_order_release);
}

}  // namespace tessera::host
