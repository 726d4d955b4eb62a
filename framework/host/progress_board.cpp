#include "host/progress_board.h"

#include "base/error.h"
#include "host/access.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <random>
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

/// The beginning of the file, as large as a slot. Only the supervisor and its ranks know the token.
struct alignas(64) Header {
  std::array<char, 16> magic;
  std::array<char, 32> token;
};
static_assert(sizeof(Header) == sizeof(Slot));

constexpr std::array<char, 16> magic{'t', 'e', 's', 's', 'e', 'r', 'a', ' ',
                                     'b', 'o', 'a', 'r', 'd', ' ', '1', 0};
constexpr std::size_t max_ranks = 10'000'000;

constexpr std::array phase_names{"launch",     "start",   "compute",   "output",
                                 "checkpoint", "restart", "migration", "end"};
static_assert(phase_names.size() == static_cast<std::size_t>(BoardPhase::finished) + 1);

Slot* slot_at(const BoardMapping& mapping, std::size_t rank) {
  return reinterpret_cast<Slot*>(mapping.get()) + 1 + rank;
}

/// 32 random hexadecimal digits.
std::string new_token() {
  std::random_device random;
  return fmt::format("{:08x}{:08x}{:08x}{:08x}", random(), random(), random(), random());
}

/// Why `file` is not the board with this token; empty if it is.
std::string why_foreign(const base::Descriptor& file, const struct stat& status, std::string_view token) {
  if (!S_ISREG(status.st_mode)) return "it is not a regular file";
  if (status.st_uid != geteuid()) return "it belongs to " + user_name(status.st_uid);
  const auto bytes = static_cast<std::size_t>(status.st_size);
  if (bytes < 2 * sizeof(Slot) || bytes % sizeof(Slot) != 0 || bytes / sizeof(Slot) > max_ranks + 1)
    return "it is not a progress board";
  Header header{};
  if (pread(file.number(), &header, sizeof header, 0) != static_cast<ssize_t>(sizeof header) ||
      header.magic != magic)
    return "it is not a progress board";
  return token == std::string_view{header.token.data(), header.token.size()} ? "" : "its token is different";
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
    struct stat status {};
    if (lstat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode) || status.st_uid != geteuid()) continue;
    const base::Descriptor file{::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)};
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
  const std::size_t bytes = (static_cast<std::size_t>(ranks) + 1) * sizeof(Slot);
  const std::string token = new_token();
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
      if (mapping && lock.is_open() && flock(lock.number(), LOCK_EX | LOCK_NB) == 0) {
        Header header{magic, {}};
        std::copy_n(token.begin(), header.token.size(), header.token.begin());
        std::memcpy(mapping.get(), &header, sizeof header);
        return {path, token, ranks, std::move(mapping), std::move(lock)};
      }
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

BoardSlot::BoardSlot(const std::string& address, int rank) : rank_{static_cast<std::size_t>(rank)} {
  if (address.empty()) return;
  const std::size_t colon = address.find_last_of(':');
  const std::string path = address.substr(0, colon);
  // The type is checked first, because opening a device can have effects. O_NONBLOCK keeps open() from
  // blocking on a FIFO that takes the place of the file in between.
  struct stat status {};
  if (colon == std::string::npos) {
    problem_ = "it contains no token";
  } else if (lstat(path.c_str(), &status) != 0) {
    if (errno != ENOENT) problem_ = fmt::format("`{}`: {}", path, std::strerror(errno));
  } else if (!S_ISREG(status.st_mode)) {
    problem_ = fmt::format("`{}`: it is not a regular file", path);
  } else {
    problem_ = open(path, std::string_view{address}.substr(colon + 1));
  }
}

std::string BoardSlot::open(const std::string& path, std::string_view token) {
  base::Descriptor file{::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)};
  struct stat status {};
  if (!file.is_open() || fstat(file.number(), &status) != 0)
    return fmt::format("`{}`: {}", path, std::strerror(errno));
  if (const std::string reason = why_foreign(file, status, token); !reason.empty())
    return fmt::format("`{}`: {}", path, reason);
  const auto bytes = static_cast<std::size_t>(status.st_size);
  if (bytes < (rank_ + 2) * sizeof(Slot)) return fmt::format("`{}`: it has no slot for rank {}", path, rank_);
  mapping_ = map_file(std::move(file), bytes);
  return {};
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
