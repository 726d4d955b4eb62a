#include "grid/output/outputs_state.h"

#include "base/record.h"
#include "host/remove_tree.h"
#include "host/replacement_file.h"

#include <charconv>
#include <filesystem>
#include <optional>

#include <fmt/format.h>

namespace tessera::output {

namespace {

namespace fs = std::filesystem;

constexpr std::uint32_t format = 3;
constexpr std::size_t min_file_bytes = 24;
constexpr std::size_t min_array_bytes = 40;
constexpr std::uint32_t max_components = 1U << 20;

void put(base::RecordWriter& out, const StoredArray& array) {
  out.text(array.name);
  out.u64(array.offset);
  out.u64(array.cells);
  out.u32(array.components);
  out.u32(array.value_bytes);
  out.u64(array.digest);
}

/// Reads an array from untrusted data. `begin`: end of the previous array. `file_bytes`: size of the file.
StoredArray get_array(base::RecordReader& in, std::uint64_t begin, std::uint64_t file_bytes) {
  StoredArray array;
  array.name = in.text();
  array.offset = in.u64();
  array.cells = in.u64();
  array.components = in.u32();
  array.value_bytes = in.u32();
  array.digest = in.u64();
  const std::uint64_t cell_bytes = std::uint64_t{array.components} * array.value_bytes;
  const bool is_float = array.value_bytes == 4 || array.value_bytes == 8;
  if (!is_float || array.components == 0 || array.components > max_components || array.offset < begin ||
      array.offset > file_bytes || array.cells > (file_bytes - array.offset) / cell_bytes)
    in.fail("a field lies outside its file");
  return array;
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

bool is_temporary_result(std::string_view name) {
  if (host::is_temporary_name(name)) return true;
  constexpr std::string_view extension = ".h5";
  constexpr std::string_view suffix = ".tmp";
  const std::size_t final_end = name.rfind(".h5.");
  const std::size_t end = name.rfind(".tmp.");
  if (final_end == std::string_view::npos || end == std::string_view::npos) return false;
  return host::is_temporary_name(name.substr(0, end + suffix.size()),
                                 name.substr(0, final_end + extension.size()));
}

std::string encode(const OutputsState& state) {
  base::RecordWriter out;
  out.u32(format);
  out.u64(state.tables.size());
  for (const TableState& t : state.tables) put(out, FileState{t.name, t.content.bytes, t.content.hash});
  out.u64(state.field_files.size());
  for (const FieldFile& f : state.field_files) {
    put(out, f);
    out.f64(f.time);
    out.u64(f.fields.size());
    for (const StoredArray& array : f.fields) put(out, array);
  }
  out.u64(state.images.size());
  for (const FileState& image : state.images) put(out, image);
  out.u32(state.index.name.empty() ? 0 : 1);
  if (!state.index.name.empty()) put(out, state.index);
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
    f.fields.resize(in.count(min_array_bytes));
    std::uint64_t end = 0;
    for (StoredArray& array : f.fields) {
      array = get_array(in, end, f.bytes);
      end = array.offset + array.bytes();
    }
  }
  state.images.resize(in.count(min_file_bytes));
  for (FileState& image : state.images) image = get_file(in);
  if (in.u32() == 1) state.index = get_file(in);
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
  for (const char* folder : {"fields", "frames", "maps"}) {
    std::vector<fs::path> obsolete_files;
    for (fs::directory_iterator entry{directory + "/" + folder, ec}, end; !ec && entry != end;
         entry.increment(ec)) {
      const std::string name = entry->path().filename().string();
      const auto file_step = step_in(name);
      const bool is_leftover = is_temporary_result(name) && host::is_own_file(entry->path().string());
      if ((file_step && *file_step > step) || is_leftover) obsolete_files.push_back(entry->path());
    }
    for (const fs::path& p : obsolete_files) fs::remove(p, ec);
  }
  if (step >= 0) return;
  fs::remove(directory + "/fields.xdmf", ec);
  for (const char* name : table_names) fs::remove(directory + "/" + name, ec);
  static_cast<void>(host::remove_tree(directory + "/old-tables"));
}

}  // namespace tessera::output
