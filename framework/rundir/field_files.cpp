#include "rundir/field_files.h"

#include "base/error.h"
#include "host/access.h"

#include <fmt/format.h>

#include <charconv>
#include <filesystem>

namespace tessera::rundir {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view prefix = "fields_";
constexpr std::string_view suffix = ".h5";

}  // namespace

std::optional<std::int64_t> step_of_field_file(std::string_view path) {
  std::string_view name = path.substr(path.rfind('/') + 1);
  if (!name.starts_with(prefix) || !name.ends_with(suffix)) return std::nullopt;
  name.remove_prefix(prefix.size());
  name.remove_suffix(suffix.size());
  std::int64_t step = 0;
  const auto [end, ec] = std::from_chars(name.data(), name.data() + name.size(), step);
  if (ec != std::errc{} || end != name.data() + name.size() || step < 0) return std::nullopt;
  return step;
}

std::string field_file_name(std::int64_t step) {
  return fmt::format("fields/{}{:08}{}", prefix, step, suffix);
}

FieldFile newest_field_file(const std::string& run_directory) {
  const std::string folder = run_directory + "/fields";
  host::require_readable(folder);
  std::optional<FieldFile> newest;
  std::error_code ec;
  for (fs::directory_iterator entry{folder, ec}, end; !ec && entry != end; entry.increment(ec)) {
    const auto step = step_of_field_file(entry->path().native());
    if (step && (!newest || *step > newest->step)) newest = FieldFile{entry->path().string(), *step};
  }
  if (newest) return *newest;
  throw base::Error(base::ExitCode::no_input, run_directory + " has no field files",
                    "specify the directory of a run that writes fields, or an .h5 file");
}

}  // namespace tessera::rundir
