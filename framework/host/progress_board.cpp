#include "host/progress_board.h"

#include "base/error.h"

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

/// A cache line a rank: ranks do not disturb each other.
struct alignas(64) Slot {
  std::int64_t pid;
  std::int64_t step;
  std::int32_t phase;
  std::uint64_t beat;
};
static_assert(sizeof(Slot) == 64);

Slot* slot_at(const BoardMapping& mapping, std::size_t rank) {
  return reinterpret_cast<Slot*>(mapping.data()) + rank;
}

/// Those of this user whose owner lives no more; one that has just been made may not be locked yet.
void remove_orphans(const std::string& folder, const std::string& prefix) {
  std::error_code none;
  for (std::filesystem::directory_iterator entry{folder, none}, end; !none && entry != end;
       entry.increment(none)) {
    const std::string path = entry->path().string();
    if (!entry->path().filename().string().starts_with(prefix)) continue;
    const auto age = std::filesystem::file_time_type::clock::now() - entry->last_write_time(none);
    if (none || age < std::chrono::minutes{1}) continue;
    const int descriptor = ::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (descriptor < 0) continue;
    if (flock(descriptor, LOCK_EX | LOCK_NB) == 0) ::unlink(path.c_str());
    ::close(descriptor);
  }
}

}  // namespace

const char* name_of(BoardPhase phase) {
  switch (phase) {
    case BoardPhase::absent:
      return "launch";
    case BoardPhase::start:
      return "start";
    case BoardPhase::compute:
      return "compute";
    case BoardPhase::output:
      return "output";
    case BoardPhase::checkpoint:
      return "checkpoint";
    case BoardPhase::restart:
      return "restart";
    case BoardPhase::migration:
      return "migration";
    case BoardPhase::finished:
      break;
  }
  return "end";
}

std::optional<BoardPhase> phase_named(const std::string& name) {
  for (auto p = static_cast<std::int32_t>(BoardPhase::absent);
       p <= static_cast<std::int32_t>(BoardPhase::finished); ++p) {
    if (name == name_of(static_cast<BoardPhase>(p))) return static_cast<BoardPhase>(p);
  }
  return std::nullopt;
}

BoardMapping::BoardMapping(BoardMapping&& other) noexcept
    : data_{std::exchange(other.data_, nullptr)}, size_{std::exchange(other.size_, 0)} {}

BoardMapping& BoardMapping::operator=(BoardMapping&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

BoardMapping::~BoardMapping() {
  if (data_ != nullptr) munmap(data_, size_);
}

BoardMapping BoardMapping::of(int descriptor, std::size_t bytes) {
  BoardMapping mapping;
  void* p = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  ::close(descriptor);
  if (p == MAP_FAILED) return mapping;
  mapping.data_ = static_cast<std::byte*>(p);
  mapping.size_ = bytes;
  return mapping;
}

ProgressBoard ProgressBoard::create(int ranks) {
  const std::size_t bytes = static_cast<std::size_t>(ranks) * sizeof(Slot);
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  const std::string prefix = fmt::format("tessera-board-{}-", getuid());
  const std::string name = fmt::format("{}{}-{}", prefix, getpid(), now.tv_nsec);
  for (const char* folder : {"/dev/shm/", "/tmp/"}) {
    remove_orphans(folder, prefix);
    const std::string path = folder + name;
    const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (descriptor < 0) continue;
    if (posix_fallocate(descriptor, 0, static_cast<off_t>(bytes)) != 0) {
      ::close(descriptor);
      ::unlink(path.c_str());
      continue;
    }
    // A lock of the open file, which children that have it do not keep: they close it with exec.
    const int lock = fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
    BoardMapping mapping = BoardMapping::of(descriptor, bytes);
    if (mapping.data() != nullptr && lock >= 0 && flock(lock, LOCK_EX | LOCK_NB) == 0)
      return {path, ranks, std::move(mapping), lock};
    if (lock >= 0) ::close(lock);
    ::unlink(path.c_str());
  }
  throw base::Error(
      base::ExitCode::cannot_create,
      fmt::format("cannot create the board by which ranks say how far they are: {}", std::strerror(errno)),
      "is there room in /dev/shm and /tmp?");
}

ProgressBoard::ProgressBoard(ProgressBoard&& other) noexcept
    : path_{std::move(other.path_)},
      ranks_{other.ranks_},
      mapping_{std::move(other.mapping_)},
      lock_{std::exchange(other.lock_, -1)} {}

ProgressBoard& ProgressBoard::operator=(ProgressBoard&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(ranks_, other.ranks_);
  std::swap(mapping_, other.mapping_);
  std::swap(lock_, other.lock_);
  return *this;
}

ProgressBoard::~ProgressBoard() {
  if (mapping_.data() != nullptr) ::unlink(path_.c_str());
  if (lock_ >= 0) ::close(lock_);
}

BoardEntry ProgressBoard::read(int rank) const {
  Slot* s = slot_at(mapping_, static_cast<std::size_t>(rank));
  BoardEntry entry;
  entry.beat = std::atomic_ref{s->beat}.load(std::memory_order_acquire);
  entry.pid = std::atomic_ref{s->pid}.load(std::memory_order_relaxed);
  entry.step = std::atomic_ref{s->step}.load(std::memory_order_relaxed);
  entry.phase = static_cast<BoardPhase>(std::atomic_ref{s->phase}.load(std::memory_order_relaxed));
  return entry;
}

void ProgressBoard::clear() { std::memset(mapping_.data(), 0, mapping_.size()); }

BoardSlot::BoardSlot(const std::string& path, int rank) : place_{static_cast<std::size_t>(rank)} {
  if (path.empty()) return;
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW);
  if (descriptor < 0) return;
  struct stat status {};
  if (fstat(descriptor, &status) != 0 ||
      static_cast<std::size_t>(status.st_size) < (place_ + 1) * sizeof(Slot)) {
    ::close(descriptor);
    return;
  }
  mapping_ = BoardMapping::of(descriptor, static_cast<std::size_t>(status.st_size));
}

void BoardSlot::publish(BoardPhase phase, std::int64_t step) const {
  if (mapping_.data() == nullptr) return;
  std::atomic_ref{slot_at(mapping_, place_)->step}.store(step, std::memory_order_relaxed);
  publish(phase);
}

void BoardSlot::publish(BoardPhase phase) const {
  if (mapping_.data() == nullptr) return;
  Slot* s = slot_at(mapping_, place_);
  std::atomic_ref{s->pid}.store(getpid(), std::memory_order_relaxed);
  std::atomic_ref{s->phase}.store(static_cast<std::int32_t>(phase), std::memory_order_relaxed);
  std::atomic_ref{s->beat}.fetch_add(1, std::memory_order_release);
}

}  // namespace tessera::host
