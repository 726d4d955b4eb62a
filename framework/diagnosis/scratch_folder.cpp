#include "diagnosis/scratch_folder.h"

#include "base/error.h"
#include "base/text.h"
#include "host/remove_tree.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include <fmt/format.h>

namespace tessera::diagnosis {

namespace fs = std::filesystem;

std::string nearest_folder(const std::string& path) {
  std::error_code ec;
  fs::path at = fs::absolute(path, ec).lexically_normal();
  if (ec) return {};
  while (!fs::exists(fs::symlink_status(at, ec)) && at.has_relative_path()) at = at.parent_path();
  return fs::is_directory(at, ec) ? at.string() : std::string{};
}

ScratchFolder::ScratchFolder(const std::string& parent, const std::string& command)
    : path_{parent + "/.tessera-" + command + "-XXXXXX"} {
  if (::mkdtemp(path_.data()) == nullptr) {
    throw base::Error(base::ExitCode::cannot_create,
                      fmt::format("cannot create a folder in `{}`: {}", base::printable(parent, 200),
                                  std::strerror(errno)));
  }
}

ScratchFolder::~ScratchFolder() { static_cast<void>(host::remove_tree(path_)); }

}  // namespace tessera::diagnosis
