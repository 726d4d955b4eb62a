#include "rundir/examination.h"

#include "base/digest.h"
#include "host/durable_file.h"

#include <algorithm>
#include <filesystem>
#include <span>

#include <fmt/format.h>

namespace tessera::rundir {

namespace {

namespace fs = std::filesystem;

/// How a file of this type that is not as expected is described.
const char* description_of(fs::file_type type) {
  switch (type) {
    case fs::file_type::regular:
      return "is a regular file";
    case fs::file_type::directory:
      return "is a folder";
    case fs::file_type::symlink:
      return "is a symbolic link";
    case fs::file_type::fifo:
      return "is a pipe";
    default:
      return "is neither a file nor a folder";
  }
}

fs::file_type type_of(const std::string& path) {
  std::error_code ec;
  return fs::symlink_status(path, ec).type();
}

/// What is wrong with a file of this type, which must be `expected`.
std::string problem_of(fs::file_type type, const char* expected) {
  if (type == fs::file_type::not_found) return "is missing";
  return fmt::format("{}, but must be {}", description_of(type), expected);
}

}  // namespace

void Examination::add(const std::string& group, const std::string& file, Finding::State state) {
  Finding finding{group, file, state, 0, {}, {}};
  std::error_code ec;
  if (type_of(path_of(file)) == fs::file_type::regular) {
    const auto bytes = fs::file_size(path_of(file), ec);
    finding.bytes = ec ? 0 : bytes;
  }
  findings_.push_back(std::move(finding));
}

void Examination::add_intact(const std::string& group, const std::string& file) {
  add(group, file, Finding::State::intact);
}

void Examination::add_unrecorded(const std::string& group, const std::string& file) {
  add(group, file, Finding::State::unrecorded);
}

void Examination::add_damaged(const std::string& group, const std::string& file, const std::string& problem,
                              const std::string& advice) {
  add(group, file, Finding::State::damaged);
  findings_.back().problem = problem;
  findings_.back().advice = advice;
}

void Examination::add_damaged(const std::string& group, const std::string& file, const base::Error& error) {
  const std::string hint = error.hint();
  add_damaged(group, file, error, hint.empty() ? restore_advice : hint);
}

void Examination::add_damaged(const std::string& group, const std::string& file, const base::Error& error,
                              const std::string& advice) {
  add_damaged(group, file, error.problem(), advice);
}

void Examination::add(const Examination& other) {
  findings_.insert(findings_.end(), other.findings_.begin(), other.findings_.end());
}

bool Examination::exists(const std::string& file) const {
  return type_of(path_of(file)) != fs::file_type::not_found;
}

bool Examination::expect_regular(const std::string& group, const std::string& file,
                                 const std::string& advice) {
  const fs::file_type type = type_of(path_of(file));
  if (type == fs::file_type::regular) return true;
  add_damaged(group, file, problem_of(type, "a regular file"), advice);
  return false;
}

bool Examination::expect_folder(const std::string& group, const std::string& file,
                                const std::string& advice) {
  const fs::file_type type = type_of(path_of(file));
  if (type == fs::file_type::directory) return true;
  add_damaged(group, file, problem_of(type, "a folder"), advice);
  return false;
}

std::vector<std::string> Examination::names_in(const std::string& group, const std::string& folder) {
  std::vector<std::string> names;
  if (!exists(folder) ||
      !expect_folder(group, folder, "restore the folder; the files in it were not examined"))
    return names;
  std::error_code ec;
  for (fs::directory_iterator entry{path_of(folder), ec}, end; !ec && entry != end; entry.increment(ec))
    names.push_back(entry->path().filename().string());
  if (ec) {
    add_damaged(group, folder, fmt::format("cannot be listed: {}", ec.message()),
                "check its permissions and the file system");
  }
  std::sort(names.begin(), names.end());
  return names;
}

void Examination::compare(const std::string& group, const std::string& file, std::uint64_t bytes,
                          std::uint64_t hash, const std::string& advice) {
  if (!expect_regular(group, file, advice)) return;
  try {
    const host::DurableFile opened{path_of(file), host::DurableFile::Open::read};
    if (opened.size() != bytes) {
      add_damaged(group, file, fmt::format("has {} bytes instead of {}", opened.size(), bytes), advice);
      return;
    }
    std::string content(bytes, '\0');
    opened.read(std::as_writable_bytes(std::span{content}), 0);
    if (base::hash_of(std::as_bytes(std::span{content})) == hash) {
      add_intact(group, file);
    } else {
      add_damaged(group, file, "has been changed: its checksum is wrong", advice);
    }
  } catch (const base::Error& e) {
    add_damaged(group, file, e);
  }
}

}  // namespace tessera::rundir
