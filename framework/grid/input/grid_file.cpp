#include "grid/input/grid_file.h"

#include "base/text.h"
#include "base/utf8.h"
#include "grid/input/bad_data.h"
#include "host/memory_limit.h"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <new>
#include <string_view>

namespace tessera::input {
namespace {

/// Maximum number of values in a grid: 16 GiB as doubles.
constexpr std::uint64_t max_grid_values = std::uint64_t{1} << 31;

constexpr std::string_view hdf5_signature{"\x89HDF\r\n\x1a\n", 8};
/// TIFF and BigTIFF, little-endian and big-endian.
constexpr std::array<std::string_view, 4> tiff_signatures{
    std::string_view{"II*\0", 4}, {"II+\0", 4}, {"MM\0*", 4}, {"MM\0+", 4}};
constexpr std::string_view byte_order_mark{"\xef\xbb\xbf"};

/// Returns the first bytes of a regular file.
std::string first_bytes(const std::string& path) {
  std::error_code ec;
  if (std::filesystem::exists(path, ec) && !std::filesystem::is_regular_file(path, ec)) {
    throw base::Error(
        base::ExitCode::no_input,
        fmt::format("cannot read `{}`: it is {}", base::printable(path),
                    std::filesystem::is_directory(path, ec) ? "a directory" : "not a regular file"),
        "specify the path of a file");
  }
  std::ifstream in{path, std::ios::binary};
  if (!in.is_open()) {
    throw base::Error(base::ExitCode::no_input,
                      fmt::format("cannot open `{}`: {}", base::printable(path), std::strerror(errno)),
                      "check the path; paths are relative to the job file's folder");
  }
  std::string start(512, '\0');
  in.read(start.data(), static_cast<std::streamsize>(start.size()));
  start.resize(static_cast<std::size_t>(in.gcount()));
  if (start.empty())
    throw bad_data(fmt::format("`{}` is empty", base::printable(path)), "specify another file");
  return start;
}

bool looks_like_text(std::string_view start) {
  if (start.starts_with(byte_order_mark)) start.remove_prefix(byte_order_mark.size());
  for (const char c : start) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x7f || (byte < 0x20 && c != '\t' && c != '\n' && c != '\r')) return false;
  }
  return true;
}

}  // namespace

std::string list_names(const std::vector<std::string>& names) {
  constexpr std::size_t max_listed = 12;
  std::string text;
  for (std::size_t i = 0; i < names.size() && i < max_listed; ++i)
    text += fmt::format("{}`{}`", i == 0 ? "" : ", ", base::printable(names[i], 60));
  if (names.size() > max_listed) text += fmt::format(" and {} more", names.size() - max_listed);
  return names.empty() ? "no variables" : text;
}

base::Error not_enough_memory(const std::string& purpose, double bytes) {
  return {base::ExitCode::os_error,
          fmt::format("not enough memory {}: {} needed, {} available", purpose, base::format_bytes(bytes),
                      base::format_bytes(host::available_memory().bytes)),
          "extract the region that the domain covers, or use a host with more memory"};
}

namespace {

/// The number of values in a box. Throws base::Error (bad_data) if there are more than max_grid_values.
std::uint64_t count_values(const std::vector<std::size_t>& count, const std::string& label) {
  std::uint64_t total = 1;
  for (const std::size_t n : count) {
    if (n != 0 && total > max_grid_values / n) {
      throw bad_data(label + " is larger than the limit of 16 GiB",
                     "extract the region that the domain covers");
    }
    total *= n;
  }
  return total;
}

base::Error no_room(std::uint64_t total, const std::string& label) {
  return not_enough_memory(fmt::format("for the {} values of {}", total, label),
                           8.0 * static_cast<double>(total));
}

}  // namespace

void expect_room(const std::vector<std::size_t>& count, const std::string& label) {
  const std::uint64_t total = count_values(count, label);
  if (8.0 * static_cast<double>(total) > host::available_memory().bytes) throw no_room(total, label);
}

std::vector<double> allocate_values(const std::vector<std::size_t>& count, const std::string& label) {
  expect_room(count, label);
  const std::uint64_t total = count_values(count, label);
  try {
    return std::vector<double>(total);
  } catch (const std::bad_alloc&) {
    throw no_room(total, label);
  }
}

std::unique_ptr<GridFile> open_grid_file(const std::string& path) {
  const std::string start = first_bytes(path);
  if (start.starts_with(hdf5_signature)) return open_hdf5_file(path);
  if (start.starts_with("CDF")) return open_classic_netcdf_file(path);
  for (const std::string_view signature : tiff_signatures) {
    if (start.starts_with(signature)) return open_geotiff_file(path);
  }
  if (looks_like_text(start) || base::lower_case(path).ends_with(".asc")) return open_ascii_file(path);
  // An HDF5 file may start with a block of other contents, so let the library look for it.
  return open_hdf5_file(path);
}

}  // namespace tessera::input
