#include "hdf5/foreign_file.h"

#include "base/error.h"
#include "base/text.h"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>
#include <utility>

namespace tessera::hdf5 {
namespace {

namespace fs = std::filesystem;
using base::Error;
using base::ExitCode;
using base::printable;

constexpr std::size_t max_listed = 1000;
constexpr std::size_t max_members = 10 * max_listed;  ///< of a group
constexpr int max_depth = 32;                         ///< groups within groups

std::string absolute_path(const std::string& name) { return name.starts_with('/') ? name : "/" + name; }

void expect_hdf5(const std::string& path) {
  // Opening a FIFO would block.
  std::error_code ec;
  const fs::file_status status = fs::status(path, ec);
  if (fs::exists(status) && !fs::is_regular_file(status)) {
    throw Error(ExitCode::no_input,
                fmt::format("cannot read `{}`: it is {}", printable(path),
                            fs::is_directory(status) ? "a directory" : "not a regular file"),
                "specify the path of a file");
  }
  std::ifstream probe{path, std::ios::binary};
  if (!probe.is_open()) {
    throw Error(ExitCode::no_input,
                fmt::format("cannot open `{}`: {}", printable(path), std::strerror(errno)),
                "check the path; paths are relative to the job file's folder");
  }
  std::array<char, 4> start{};
  probe.read(start.data(), start.size());
  if (probe.gcount() >= 3 && std::memcmp(start.data(), "CDF", 3) == 0) {
    throw Error(ExitCode::bad_data,
                fmt::format("`{}` is a NetCDF file in the classic format", printable(path)),
                "convert it to NetCDF-4: nccopy -k nc4 OLD.nc NEW.nc");
  }
}

/// Called before HDF5 follows an external link: keeps the path of the other file, and makes HDF5 fail.
herr_t reject_external_link(const char*, const char*, const char* child_file, const char*, unsigned*, hid_t,
                            void* target) {
  *static_cast<std::string*>(target) = child_file;
  return -1;
}

std::vector<hsize_t> extents_of(hid_t dataset) {
  const Hdf5Handle creation{H5Dget_create_plist(dataset), H5Pclose};
  // The shape of a virtual data set may depend on other files, or on itself.
  if (!creation || H5Pget_layout(creation.get()) == H5D_VIRTUAL) return {};
  const Hdf5Handle space{H5Dget_space(dataset), H5Sclose};
  if (!space || H5Sget_simple_extent_type(space.get()) != H5S_SIMPLE) return {};
  const int rank = H5Sget_simple_extent_ndims(space.get());
  if (rank <= 0 || rank > H5S_MAX_RANK) return {};
  std::vector<hsize_t> extents(static_cast<std::size_t>(rank));
  H5Sget_simple_extent_dims(space.get(), extents.data(), nullptr);
  return extents;
}

/// Lists data sets group by group. Unlike H5Ovisit, it ends even if damaged groups contain each other.
struct Listing {
  std::vector<DatasetEntry> entries;
  std::set<hobj_ref_t> visited;
  std::string folder = "/";
  int depth = 0;

  void add_members(hid_t group) {
    std::vector<std::string> names;
    H5Literate(
        group, H5_INDEX_NAME, H5_ITER_INC, nullptr,
        [](hid_t, const char* name, const H5L_info_t* link, void* all) -> herr_t {
          auto& list = *static_cast<std::vector<std::string>*>(all);
          if (link->type == H5L_TYPE_HARD) list.emplace_back(name);
          return list.size() < max_members ? 0 : 1;
        },
        &names);
    // A data set that is also in a subgroup is listed here, as a member of this group.
    for (const H5I_type_t type : {H5I_DATASET, H5I_GROUP}) {
      for (const std::string& name : names) {
        if (entries.size() < max_listed) add(group, name, type);
      }
    }
  }

  /// Adds a member of a group if it is of the given type.
  void add(hid_t parent, const std::string& name, H5I_type_t type) {
    const Hdf5Handle object{H5Oopen(parent, name.c_str(), H5P_DEFAULT), H5Oclose};
    if (!object || H5Iget_type(object.get()) != type) return;
    hobj_ref_t reference = 0;
    if (H5Rcreate(&reference, parent, name.c_str(), H5R_OBJECT, -1) < 0 || !visited.insert(reference).second)
      return;
    if (type == H5I_DATASET) entries.push_back({folder + name, extents_of(object.get())});
    if (type != H5I_GROUP || depth == max_depth) return;
    const std::string own_folder = std::exchange(folder, folder + name + "/");
    ++depth;
    add_members(object.get());
    --depth;
    folder = own_folder;
  }
};

}  // namespace

std::string latest_reason() {
  std::string reason;
  H5Ewalk2(
      H5E_DEFAULT, H5E_WALK_UPWARD,
      [](unsigned, const H5E_error2_t* entry, void* out) -> herr_t {
        auto& text = *static_cast<std::string*>(out);
        if (text.empty() && entry->desc != nullptr) text = entry->desc;
        return 0;
      },
      &reason);
  return reason.empty() ? "unknown HDF5 error" : printable(reason);
}

ForeignFile::ForeignFile(std::string path) : path_{std::move(path)} {
  expect_hdf5(path_);
  const Hdf5Handle access{H5Pcreate(H5P_FILE_ACCESS), H5Pclose};
  // No file locking: several processes read the same file, often on file systems that do not support locking.
  H5Pset_file_locking(access.get(), false, true);
  file_ = {H5Fopen(path_.c_str(), H5F_ACC_RDONLY, access.get()), H5Fclose};
  if (!file_) {
    const std::string reason = latest_reason();
    if (H5Fis_hdf5(path_.c_str()) <= 0) {
      throw Error(ExitCode::bad_data,
                  fmt::format("`{}` is neither an HDF5 nor a NetCDF-4 file", printable(path_)),
                  "an ESRI ASCII grid must have the file extension .asc");
    }
    throw Error(ExitCode::bad_data, fmt::format("`{}` cannot be read as HDF5: {}", printable(path_), reason),
                "the file appears to be damaged or truncated; copy it again");
  }
}

Hdf5Handle ForeignFile::open_dataset(const std::string& name) const {
  if (name.empty()) {
    throw Error(ExitCode::bad_data,
                fmt::format("the name of the data set in `{}` is empty", printable(path_)), contents());
  }
  std::string other_file;
  const Hdf5Handle access{H5Pcreate(H5P_DATASET_ACCESS), H5Pclose};
  H5Pset_elink_cb(access.get(), reject_external_link, &other_file);
  // Without a cache, HDF5 reads chunks without filters directly, and only as many bytes as they should have.
  H5Pset_chunk_cache(access.get(), 0, 0, 0.0);
  const std::string path = absolute_path(name);
  Hdf5Handle dataset{H5Dopen2(file_.get(), path.c_str(), access.get()), H5Dclose};
  if (dataset) return dataset;
  if (!other_file.empty()) {
    throw Error(
        ExitCode::bad_data,
        fmt::format("{} is an external link to the file `{}`", label(name), printable(other_file)),
        "links to other files are not followed: specify that file, or copy the data set with h5repack "
        "--merge");
  }
  const std::string reason = latest_reason();
  H5L_info_t link{};
  if (H5Lget_info(file_.get(), path.c_str(), &link, access.get()) >= 0) {
    if (link.type >= H5L_TYPE_UD_MIN) {
      throw Error(ExitCode::bad_data, label(name) + " is a user-defined link, which cannot be followed",
                  contents());
    }
    const Hdf5Handle object{
        link.type == H5L_TYPE_HARD ? H5Oopen(file_.get(), path.c_str(), access.get()) : -1, H5Oclose};
    if (link.type == H5L_TYPE_HARD && (!object || H5Iget_type(object.get()) == H5I_DATASET)) {
      throw Error(ExitCode::bad_data, fmt::format("{} cannot be opened: {}", label(name), reason),
                  "the file appears to be damaged or truncated; copy it again");
    }
  }
  throw Error(ExitCode::bad_data, fmt::format("`{}` has no data set `{}`", printable(path_), printable(name)),
              contents());
}

std::vector<DatasetEntry> ForeignFile::list() const {
  Listing listing;
  const Hdf5Handle root{H5Gopen2(file_.get(), "/", H5P_DEFAULT), H5Gclose};
  hobj_ref_t reference = 0;
  if (!root || H5Rcreate(&reference, file_.get(), "/", H5R_OBJECT, -1) < 0) return {};
  listing.visited.insert(reference);
  listing.add_members(root.get());
  return std::move(listing.entries);
}

std::string ForeignFile::contents() const {
  std::vector<DatasetEntry> entries = list();
  // The group /VTKHDF contains a second copy of the data, for VTK.
  std::erase_if(entries, [](const DatasetEntry& e) { return e.path.starts_with("/VTKHDF/"); });
  if (entries.empty()) return "the file contains no data sets";
  std::string text = "the file contains ";
  constexpr std::size_t max_shown = 12;
  for (std::size_t i = 0; i < entries.size() && i < max_shown; ++i) {
    text += fmt::format("{}`{}`", i == 0 ? "" : ", ", printable(entries[i].path.substr(1)));
    for (const hsize_t n : entries[i].extents) text += fmt::format("[{}]", n);
  }
  if (entries.size() > max_shown) text += fmt::format(" and {} more", entries.size() - max_shown);
  return text;
}

std::string ForeignFile::label(const std::string& name) const {
  return fmt::format("data set `{}` in `{}`", printable(name), printable(path_));
}

}  // namespace tessera::hdf5
