#include "diagnosis/file_system_checks.h"

#include "base/descriptor.h"
#include "base/error.h"
#include "base/stopwatch.h"
#include "base/text.h"
#include "diagnosis/scratch_folder.h"
#include "host/file_lock.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/statfs.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tessera::diagnosis {

namespace fs = std::filesystem;

namespace {

constexpr const char* group = "run directory";
constexpr double low_space_bytes = 1e9;
constexpr double slow_sync_seconds = 1.0;
constexpr std::size_t page_size = 4096;

std::string errno_text(const char* operation) {
  return fmt::format("{}: {}", operation, std::strerror(errno));
}

Check file_system_type_check(const std::string& folder) {
  Check check{group, "file system", State::good, {}, {}};
  struct statfs status {};
  if (::statfs(folder.c_str(), &status) != 0) {
    check.state = State::warning;
    check.found = errno_text("statfs");
    return check;
  }
  check.found = file_system_name(static_cast<long>(status.f_type));
  if (check.found == "tmpfs" || check.found == "ramfs") {
    check.state = State::warning;
    check.found += ", in memory";
    check.advice = "checkpoints stored there are lost if this node fails: use a --run-dir on disk";
  }
  return check;
}

Check free_space_check(const std::string& folder) {
  Check check{group, "free space", State::good, {}, {}};
  struct statfs status {};
  if (::statfs(folder.c_str(), &status) != 0) {
    check.state = State::warning;
    check.found = errno_text("statfs");
    return check;
  }
  const double block_size = static_cast<double>(status.f_frsize > 0 ? status.f_frsize : status.f_bsize);
  const double free = static_cast<double>(status.f_bavail) * block_size;
  check.found = fmt::format("{} free of {}", base::format_bytes(free),
                            base::format_bytes(static_cast<double>(status.f_blocks) * block_size));
  const bool no_inodes = status.f_files > 0 && status.f_ffree == 0;
  if (no_inodes) check.found += ", but no free inodes";
  if (free <= 0.0 || no_inodes) {
    check.state = State::bad;
    check.advice = "delete files that are no longer needed, or use another --run-dir";
  } else if (free < low_space_bytes) {
    check.state = State::warning;
    check.advice =
        "tessera plan JOB shows how much space a job's fields take; checkpoints and output add to that";
  }
  return check;
}

Check fsync_check(const ScratchFolder& scratch) {
  Check check{group, "fsync", State::good, {}, {}};
  const base::Descriptor file{
      ::open(scratch.file("synced").c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0666)};
  const std::string bytes(std::size_t{1} << 20, 'x');
  const bool written = file.is_open() && ::write(file.number(), bytes.data(), bytes.size()) ==
                                             static_cast<ssize_t>(bytes.size());
  const base::Stopwatch watch;
  if (!written || ::fsync(file.number()) != 0) {
    check.state = State::bad;
    check.found = errno_text(written ? "fsync" : "cannot write 1 MiB");
    check.advice = "checkpoints stored there may be lost: use another --run-dir";
    return check;
  }
  const double seconds = watch.seconds();
  check.found = fmt::format("1 MiB in {}", base::format_duration(seconds));
  if (seconds > slow_sync_seconds) {
    check.state = State::warning;
    check.advice =
        "checkpoints will be slow: write them less often, or use a --run-dir on a faster file system";
  }
  return check;
}

Check rename_check(const ScratchFolder& scratch) {
  Check check{group, "directory rename", State::good, "atomic", {}};
  const std::string from = scratch.file("being-written");
  const std::string to = scratch.file("done");
  std::error_code ec;
  fs::create_directory(from, ec);
  if (!ec) std::ofstream{from + "/content"} << "x";
  if (!ec) fs::rename(from, to, ec);
  std::error_code ignored;
  const bool complete = !ec && fs::is_regular_file(to + "/content", ignored) && !fs::exists(from, ignored);
  const base::Descriptor folder{::open(scratch.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  const bool synced = folder.is_open() && ::fsync(folder.number()) == 0;
  if (complete && synced) return check;
  check.state = State::bad;
  check.found = ec          ? ec.message()
                : !complete ? "not atomic: the old name still exists or the content is missing"
                            : errno_text("fsync of the parent directory");
  check.advice = "checkpoints cannot be published there: use another --run-dir";
  return check;
}

Check exclusive_creation_check(const ScratchFolder& scratch) {
  Check check{group, "exclusive creation", State::good, "O_EXCL is honoured", {}};
  const std::string path = scratch.file("exclusive");
  const base::Descriptor first{::open(path.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0666)};
  const base::Descriptor second{::open(path.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0666)};
  if (first.is_open() && !second.is_open()) return check;
  check.state = State::bad;
  check.found =
      !first.is_open() ? "cannot create a file" : "O_EXCL is not honoured: a file can be created twice";
  check.advice = "two runs could overwrite each other's files: use another --run-dir";
  return check;
}

Check lock_check(const ScratchFolder& scratch) {
  Check check{group, "locks", State::good, "exclude other processes", {}};
  const std::string path = scratch.file("lock");
  const host::FileLock lock = host::FileLock::acquire(path, "doctor");
  const pid_t child = ::fork();
  if (child == 0) ::_exit(host::FileLock::is_held(path) ? 0 : 1);
  int status = 1;
  while (child > 0 && ::waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  if (child > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0) return check;
  check.state = State::warning;
  check.found = "do not exclude other processes";
  check.advice =
      "make sure that no two runs share a run directory, or mount the file system with locking enabled "
      "(NFS: without nolock; Lustre: with flock)";
  return check;
}

Check direct_io_check(const ScratchFolder& scratch) {
  Check check{group, "direct I/O", State::good, "bypasses the page cache", {}};
  const base::Descriptor file{
      ::open(scratch.file("direct").c_str(), O_CREAT | O_EXCL | O_WRONLY | O_DIRECT | O_CLOEXEC, 0666)};
  struct Free {
    void operator()(void* p) const { std::free(p); }
  };
  const std::unique_ptr<void, Free> bytes{std::aligned_alloc(page_size, page_size)};
  bool ok = file.is_open() && bytes;
  if (ok) {
    std::memset(bytes.get(), 0, page_size);
    ok = ::pwrite(file.number(), bytes.get(), page_size, 0) == static_cast<ssize_t>(page_size);
  }
  if (ok) return check;
  check.state = State::absent;
  check.found = "not supported; checkpoints go through the page cache";
  return check;
}

}  // namespace

std::string file_system_name(long type) {
  struct Name {
    unsigned long type;
    const char* name;
  };
  constexpr std::array names{
      Name{0xEF53, "ext4"},       Name{0x58465342, "xfs"},      Name{0x9123683E, "btrfs"},
      Name{0x2FC12FC1, "zfs"},    Name{0xF2F52010, "f2fs"},     Name{0x01021994, "tmpfs"},
      Name{0x858458F6, "ramfs"},  Name{0x794C7630, "overlay"},  Name{0x6969, "NFS"},
      Name{0x0BD00BD0, "Lustre"}, Name{0x47504653, "GPFS"},     Name{0x19830326, "BeeGFS"},
      Name{0x00C36400, "Ceph"},   Name{0xAAD7AAEA, "PanFS"},    Name{0x20030528, "OrangeFS"},
      Name{0x65735546, "FUSE"},   Name{0xFF534D42, "CIFS"},     Name{0xFE534D42, "SMB2"},
      Name{0x01021997, "9p"},     Name{0x5346544E, "NTFS"},     Name{0x2011BAB0, "exFAT"},
      Name{0x4D44, "FAT"},        Name{0xCA451A4E, "bcachefs"}, Name{0x01161970, "GFS2"},
      Name{0x7461636F, "OCFS2"}};
  const unsigned long unsigned_type = static_cast<unsigned long>(type) & 0xFFFFFFFFUL;
  const auto* const found =
      std::find_if(names.begin(), names.end(), [=](const Name& n) { return n.type == unsigned_type; });
  return found != names.end() ? found->name : fmt::format("unknown (type {:#x})", unsigned_type);
}

Checks file_system_checks(const std::string& run_directory) {
  std::error_code ec;
  const std::string absolute = fs::absolute(run_directory, ec).lexically_normal().string();
  const std::string printable = base::printable(absolute, 300);
  const std::string folder = nearest_folder(run_directory);
  if (folder.empty()) {
    return {{group, "folder", State::bad, printable + " is not a directory, or one of its parents is not",
             "use another --run-dir"}};
  }
  const bool exists = fs::is_directory(absolute, ec);
  Check folder_check{
      group,
      "folder",
      State::good,
      exists ? printable : fmt::format("{}, will be created in {}", printable, base::printable(folder, 300)),
      {}};
  std::unique_ptr<ScratchFolder> scratch;
  try {
    scratch = std::make_unique<ScratchFolder>(folder);
  } catch (const base::Error& e) {
    folder_check.state = State::bad;
    folder_check.found = e.text().substr(e.text().find(": ") + 2);
    folder_check.advice = "check its permissions (ls -ld " + folder +
                          ") and that the file system is mounted read-write, or use another --run-dir";
    return {folder_check, file_system_type_check(folder), free_space_check(folder)};
  }
  return {folder_check,          file_system_type_check(folder), free_space_check(folder),
          fsync_check(*scratch), rename_check(*scratch),         exclusive_creation_check(*scratch),
          lock_check(*scratch),  direct_io_check(*scratch)};
}

}  // namespace tessera::diagnosis
