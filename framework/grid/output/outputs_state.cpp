#include "grid/output/outputs_state.h"

#include "base/record.h"

#include <charconv>
#include <filesystem>
#include <optional>

#include <fmt/format.h>

namespace tessera::output {

namespace {

namespace fs = std::filesystem;

constexpr std::uint32_t format = 2;
constexpr std::size_t min_file_bytes = 24;

/// The step in a file name such as fields_00000120.h5 or depth_00000120.png.
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

/// Reads a file name from untrusted data. Throws base::Error (bad_data) unless the file is inside the run
/// directory.
std::string relative_name(base::RecordReader& in) {
  std::string name = in.text();
  const fs::path path{name};
  bool inside = !name.empty() && path.is_relative() && name.find('\0') == std::string::npos;
  for (const fs::path& part : path) inside = inside && part != "..";
  if (!inside) in.fail("it names an output outside the run directory");
  return name;
}

void put(base::RecordWriter& out, const FileState& file) {
  out.text(file.name);
  out.u64(file.bytes);
  out.u64(file.hash);
}

FileState get_file(base::RecordReader& in) {
  FileState file;
  file.name = relative_name(in);
  file.bytes = in.u64();
  file.hash = in.u64();
  return file;
}

/// Whether a file exists and has its size.
bool is_present(const FileState& file, const std::string& directory) {
  std::error_code ec;
  const fs::path path = fs::path{directory} / file.name;
  return fs::symlink_status(path, ec).type() == fs::file_type::regular &&
         fs::file_size(path, ec) == file.bytes && !ec;
}

}  // namespace

std::string encode(const OutputsState& state) {
  base::RecordWriter out;
  out.u32(format);
  out.u64(state.tables.size());
  for (const TableState& t : state.tables) put(out, {t.name, t.content.bytes, t.content.hash});
  out.u64(state.field_files.size());
  for (const FieldFile& f : state.field_files) {
    put(out, f);
    out.f64(f.time);
    out.u64(f.fields.size());
    for (const std::string& name : f.fields) out.text(name);
  }
  out.u64(state.images.size());
  for (const FileState& image : state.images) put(out, image);
  return out.bytes();
}

OutputsState decode_outputs_state(std::string_view bytes, const std::string& what) {
  base::RecordReader in{bytes, what};
  if (in.u32() != format) in.fail("the state of its outputs has an unsupported format");
  OutputsState state;
  state.tables.resize(in.count(min_file_bytes));
  for (TableState& t : state.tables) {
    const FileState file = get_file(in);
    t = {file.name, {file.bytes, file.hash}};
  }
  state.field_files.resize(in.count(min_file_bytes + 16));
  for (FieldFile& f : state.field_files) {
    static_cast<FileState&>(f) = get_file(in);
    f.time = in.f64();
    f.fields.resize(in.count(8));
    for (std::string& name : f.fields) name = in.text();
  }
  state.images.resize(in.count(min_file_bytes));
  for (FileState& image : state.images) image = get_file(in);
  if (in.remaining() > 0) in.fail("it has extra bytes after the state of the outputs");
  return state;
}

std::vector<std::string> remove_missing(OutputsState& state, const std::string& directory) {
  std::vector<std::string> missing;
  const auto remove_from = [&](auto& files) {
    std::erase_if(files, [&](const FileState& file) {
      if (is_present(file, directory)) return false;
      missing.push_back(file.name);
      return true;
    });
  };
  remove_from(state.field_files);
  remove_from(state.images);
  return missing;
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
  fs::remove_all(directory + "/old-tables", ec);
}

}  // namespace tessera::output
