#include "grid/output/outputs_state.h"

#include "base/error.h"
#include "base/record.h"

#include <charconv>
#include <filesystem>
#include <optional>

#include <fmt/format.h>

namespace tessera::output {

namespace {

namespace fs = std::filesystem;

constexpr std::uint32_t format = 1;
constexpr std::size_t min_entry_bytes = 16;

/// The step in a name such as fields_00000120.h5 or depth_00000120.png.
std::optional<std::int64_t> step_in(const std::string& name) {
  const auto dot = name.find_last_of('.');
  const auto underscore = name.find_last_of('_', dot);
  if (dot == std::string::npos || underscore == std::string::npos || underscore + 1 >= dot)
    return std::nullopt;
  std::int64_t step = 0;
  const char* end = name.data() + dot;
  const auto [parsed_end, ec] = std::from_chars(name.data() + underscore + 1, end, step);
  return ec == std::errc{} && parsed_end == end ? std::optional{step} : std::nullopt;
}

/// Reads the name of a file from untrusted data. Throws unless the file is inside the run directory.
std::string relative_name(base::RecordReader& in) {
  std::string name = in.text();
  const fs::path path{name};
  bool inside = !name.empty() && path.is_relative() && name.find('\0') == std::string::npos;
  for (const fs::path& part : path) inside = inside && part != "..";
  if (!inside) in.refuse("it names an output outside the run directory");
  return name;
}

}  // namespace

std::string encode(const OutputsState& state) {
  base::RecordWriter out;
  out.u32(format);
  out.u64(state.tables.size());
  for (const TableLength& t : state.tables) {
    out.text(t.name);
    out.u64(t.bytes);
  }
  out.u64(state.field_files.size());
  for (const XdmfStep& s : state.field_files) {
    out.text(s.file);
    out.f64(s.time);
  }
  out.u64(state.images);
  return out.bytes();
}

OutputsState decode_outputs_state(std::string_view bytes, const std::string& what) {
  base::RecordReader in{bytes, what};
  if (in.u32() != format) in.refuse("the state of its outputs has an unsupported format");
  OutputsState state;
  state.tables.resize(in.count(min_entry_bytes));
  for (TableLength& t : state.tables) {
    t.name = relative_name(in);
    t.bytes = in.u64();
  }
  state.field_files.resize(in.count(min_entry_bytes));
  for (XdmfStep& s : state.field_files) {
    s.file = relative_name(in);
    s.time = in.f64();
  }
  state.images = in.u64();
  if (in.remaining() > 0) in.refuse("it holds extra bytes after the state of the outputs");
  return state;
}

void check_tables(const OutputsState& state, const std::string& directory) {
  for (const TableLength& table : state.tables) {
    const fs::path path = fs::path{directory} / table.name;
    std::error_code ec;
    if (fs::is_other(path, ec)) continue;  // for example a pipe
    const std::uintmax_t bytes = fs::file_size(path, ec);
    if (!ec && bytes >= table.bytes) continue;
    throw base::Error{base::ExitCode::bad_data,
                      ec ? fmt::format("`{}` no longer exists", path.string())
                         : fmt::format("`{}` is shorter than it was at the checkpoint", path.string())};
  }
}

void remove_later_results(const std::string& directory, std::int64_t step) {
  std::error_code ec;
  for (const char* folder : {"fields", "frames"}) {
    std::vector<fs::path> obsolete_files;
    for (fs::directory_iterator entry{directory + "/" + folder, ec}, end; !ec && entry != end;
         entry.increment(ec)) {
      const auto file_step = step_in(entry->path().filename().string());
      if ((file_step && *file_step > step) || entry->path().extension() == ".tmp")
        obsolete_files.push_back(entry->path());
    }
    for (const fs::path& p : obsolete_files) fs::remove(p, ec);
  }
  if (step >= 0) return;
  for (const char* name : {"fields.xdmf", "diagnostics.csv", "probes.csv"}) {
    fs::remove(directory + "/" + name, ec);
  }
}

}  // namespace tessera::output
