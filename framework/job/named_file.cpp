#include "job/named_file.h"

#include "base/text.h"
#include "host/access.h"

#include <fmt/format.h>

#include <filesystem>
#include <utility>

namespace tessera::job {

std::string path_from_job(const std::string& folder, const std::string& path) {
  const bool as_given = std::filesystem::path{path}.is_absolute() || folder == ".";
  return as_given ? path : (std::filesystem::path{folder} / path).string();
}

std::optional<NamedFile> read_file_key(const Section& source, const std::string& key,
                                       const std::string& example) {
  if (source.require(key, example) == nullptr) return std::nullopt;
  const auto file = source.text(key);
  if (!file) return std::nullopt;
  if (file->empty()) return source.reject(key, {fmt::format("`{}` is empty", key)});
  NamedFile named{path_from_job(source.context().document().folder(), *file), base::printable(*file)};
  if (std::string reason = host::why_unreadable(named.path); !reason.empty())
    return source.reject(key, {std::move(reason)});
  std::error_code ec;
  if (std::filesystem::exists(named.path, ec)) return named;
  return source.reject(key, {fmt::format("no such file: `{}`", base::printable(named.path)), "",
                             "paths are relative to the job file's folder"});
}

}  // namespace tessera::job
