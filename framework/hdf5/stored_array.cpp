#include "hdf5/stored_array.h"

#include "base/error.h"
#include "base/text.h"
#include "hdf5/number_type.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <new>
#include <system_error>

namespace tessera::hdf5 {
namespace {

using base::Error;
using base::ExitCode;

constexpr auto damaged_hint = "the file appears to be damaged or truncated; copy it again";

Error bad_data(const std::string& problem, const std::string& hint = damaged_hint) {
  return {ExitCode::bad_data, problem, hint};
}

/// Advice to rewrite a data set with h5repack, which belongs to HDF5.
std::string repack_hint(const std::string& before, const std::string& options, const std::string& after) {
  return fmt::format("{}: h5repack {} OLD.h5 NEW.h5{}", before, options, after);
}

/// The product of `numbers` and `factor`, which is positive; the largest number if it overflows.
std::uint64_t product(const std::vector<hsize_t>& numbers, std::uint64_t factor) {
  if (std::find(numbers.begin(), numbers.end(), hsize_t{0}) != numbers.end()) return 0;
  std::uint64_t result = factor;
  for (const hsize_t n : numbers) result = result > UINT64_MAX / n ? UINT64_MAX : result * n;
  return result;
}

std::vector<hsize_t> checked_extents(hid_t dataset, const std::string& label) {
  const Hdf5Handle space{H5Dget_space(dataset), H5Sclose};
  if (!space) throw bad_data(fmt::format("{} is damaged: {}", label, latest_reason()));
  const H5S_class_t kind = H5Sget_simple_extent_type(space.get());
  if (kind == H5S_SCALAR)
    throw bad_data(label + " is a single value, not a grid",
                   "specify a data set with the dimensions of the domain");
  const int rank = H5Sget_simple_extent_ndims(space.get());
  std::vector<hsize_t> extents(static_cast<std::size_t>(kind == H5S_SIMPLE && rank > 0 ? rank : 0));
  if (!extents.empty()) H5Sget_simple_extent_dims(space.get(), extents.data(), nullptr);
  if (extents.empty() || product(extents, 1) == 0)
    throw bad_data(label + " is empty", "specify a data set with values");
  return extents;
}

/// Advances `at` to the next multi-index in steps of `step`, the last dimension fastest, within the box from
/// `lower` to `end`. Returns false after the last one.
bool advance(std::vector<hsize_t>& at, const std::vector<hsize_t>& lower, const std::vector<hsize_t>& end,
             const std::vector<hsize_t>& step) {
  for (std::size_t d = at.size(); d-- > 0;) {
    if (end[d] - at[d] > step[d]) {
      at[d] += step[d];
      return true;
    }
    at[d] = lower[d];
  }
  return false;
}

/// Returns the size of a packed chunk; 0 if it was never written, UINT64_MAX if the file is damaged.
hsize_t stored_chunk_bytes(hid_t dataset, const std::vector<hsize_t>& start) {
  hsize_t bytes = 0;
  if (H5Dget_chunk_storage_size(dataset, start.data(), &bytes) >= 0) return bytes;
  // HDF5 1.10 fails for a chunk that was never written, too. This function is slower, but tells the
  // difference.
  haddr_t address = HADDR_UNDEF;
  const bool valid = H5Dget_chunk_info_by_coord(dataset, start.data(), nullptr, &address, &bytes) >= 0 &&
                     address == HADDR_UNDEF;
  return valid ? 0 : UINT64_MAX;
}

std::vector<hsize_t> end_of(const ArrayBox& box) {
  std::vector<hsize_t> end = box.first;
  for (std::size_t d = 0; d < end.size(); ++d) end[d] += box.count[d];
  return end;
}

/// Calls `visit` with the first index of each chunk that overlaps `box`.
template <class Visit>
void for_each_chunk(const ArrayBox& box, const std::vector<hsize_t>& chunk, Visit visit) {
  std::vector<hsize_t> lower = box.first;
  for (std::size_t d = 0; d < lower.size(); ++d) lower[d] -= lower[d] % chunk[d];
  const std::vector<hsize_t> end = end_of(box);
  std::vector<hsize_t> at = lower;
  do {
    visit(at);
  } while (advance(at, lower, end, chunk));
}

/// Copies the values of a chunk that starts at `start` to where they belong in `values`, the values of `box`.
void copy_chunk(const double* chunk_values, const std::vector<hsize_t>& start,
                const std::vector<hsize_t>& chunk, const ArrayBox& box, std::vector<double>& values) {
  const std::size_t rank = start.size();
  std::vector<hsize_t> lower(rank);
  std::vector<hsize_t> end = end_of(box);
  for (std::size_t d = 0; d < rank; ++d) {
    lower[d] = std::max(start[d], box.first[d]);
    end[d] = std::min(end[d], start[d] + chunk[d]);
  }
  std::vector<hsize_t> step(rank, 1);
  step.back() = end.back() - lower.back();  // a row at a time
  std::vector<hsize_t> at = lower;
  do {
    hsize_t from = 0;
    hsize_t to = 0;
    for (std::size_t d = 0; d < rank; ++d) {
      from = from * chunk[d] + at[d] - start[d];
      to = to * box.count[d] + at[d] - box.first[d];
    }
    std::copy_n(chunk_values + from, step.back(), values.data() + to);
  } while (advance(at, lower, end, step));
}

}  // namespace

StoredArray::StoredArray(const ForeignFile& file, const std::string& name)
    : label_{file.label(name)},
      dataset_{file.open_dataset(name)},
      type_{H5Dget_type(dataset_.get()), H5Tclose} {
  const Hdf5Handle creation{H5Dget_create_plist(dataset_.get()), H5Pclose};
  if (!creation || !type_) throw bad_data(fmt::format("{} is damaged: {}", label_, latest_reason()));
  const H5D_layout_t layout = H5Pget_layout(creation.get());
  const std::string repack_options = fmt::format("-l '{}:CONTI'", base::printable(name));
  // Even the shape of a virtual data set cannot be requested safely: its sources may refer back to it.
  if (layout == H5D_VIRTUAL) {
    throw bad_data(label_ + " is a virtual data set, whose values are in other data sets or files",
                   repack_hint("copy the values into one file", repack_options,
                               "; it replaces sources that are missing by the fill value"));
  }
  if (H5Pget_external_count(creation.get()) > 0) {
    throw bad_data(label_ + " is stored in external files, which are not read",
                   repack_hint("if you trust the file, copy the values into one file", repack_options, ""));
  }
  if (!is_number(type_.get())) {
    throw bad_data(fmt::format("{} contains {}", label_, contents_of(type_.get())),
                   "specify a data set of integers of 8 to 64 bits or of floating-point numbers");
  }
  value_bytes_ = H5Tget_size(type_.get());
  extents_ = checked_extents(dataset_.get(), label_);
  total_bytes_ = product(extents_, value_bytes_);
  check_storage(creation.get(), file.path());
}

void StoredArray::check_storage(hid_t creation, const std::string& path) {
  const H5D_layout_t layout = H5Pget_layout(creation);
  if (layout == H5D_CHUNKED) {
    chunk_.resize(extents_.size());
    const int rank = H5Pget_chunk(creation, static_cast<int>(chunk_.size()), chunk_.data());
    const std::uint64_t bytes = product(chunk_, value_bytes_);
    if (rank != static_cast<int>(chunk_.size()) || bytes == 0 || bytes > UINT32_MAX)
      throw bad_data(label_ + " is damaged: its chunks have an invalid shape");
    chunk_values_ = bytes / value_bytes_;
    filters_.emplace(creation, bytes);
    if (const auto filter = filters_->unsupported()) {
      throw bad_data(
          fmt::format("{} is stored with the filter {}, which is not supported", label_, *filter),
          repack_hint("with a program that has this filter, store it with deflate", "-f GZIP=1", ""));
    }
    unsigned options = 0;
    H5Pget_chunk_opts(creation, &options);
    partial_chunks_unfiltered_ = (options & H5D_CHUNK_DONT_FILTER_PARTIAL_CHUNKS) != 0;
    return;
  }
  if (layout != H5D_CONTIGUOUS && layout != H5D_COMPACT) {
    throw bad_data(label_ + " is stored in an unknown way");
  }
  const haddr_t offset = H5Dget_offset(dataset_.get());
  if (layout == H5D_CONTIGUOUS && offset == HADDR_UNDEF) {
    throw bad_data(label_ + " has no values: they were never written",
                   "write the values, or specify another data set");
  }
  // HDF5 1.10 reads beyond the end of storage that is too small.
  std::error_code ec;
  const std::uint64_t file_bytes = std::filesystem::file_size(path, ec);
  const std::uint64_t stored = H5Dget_storage_size(dataset_.get());
  const std::uint64_t available = layout == H5D_COMPACT ? stored
                                  : offset < file_bytes ? file_bytes - offset
                                                        : 0;
  if (stored != total_bytes_ || stored > available)
    throw bad_data(label_ + " is larger than the file that contains it, or than its storage");
}

std::uint64_t StoredArray::stored_bytes(const ArrayBox& box) const {
  if (chunk_.empty()) return total_bytes_;
  std::uint64_t sum = 0;
  for_each_chunk(box, chunk_, [&](const std::vector<hsize_t>& start) {
    const hsize_t bytes = stored_chunk_bytes(dataset_.get(), start);
    if (bytes == UINT64_MAX) throw bad_data(fmt::format("{} is damaged: {}", label_, latest_reason()));
    if (bytes == 0) {
      throw bad_data(
          fmt::format("{} is incomplete: the values from [{}] onwards were never written", label_,
                      fmt::join(start, "][")),
          repack_hint("write the values, or, if only some are missing, replace them by the fill value",
                      "-l CONTI", ""));
    }
    const bool valid =
        filters_->empty() ? bytes == chunk_values_ * value_bytes_ : bytes <= filters_->max_packed_bytes();
    if (!valid) throw bad_data(label_ + " is damaged: a chunk has an invalid size");
    sum += bytes;
  });
  return sum;
}

void StoredArray::expect_stored(const ArrayBox& box) const {
  const std::uint64_t stored = stored_bytes(box);
  constexpr double large = 1024.0 * 1024.0 * 1024.0;
  constexpr double max_ratio = 200.0;
  const double unpacked = static_cast<double>(product(box.count, value_bytes_));
  if (unpacked > large && unpacked > max_ratio * static_cast<double>(stored)) {
    throw bad_data(fmt::format("{} grows from {} in the file to {}", label_,
                               base::format_bytes(static_cast<double>(stored)), base::format_bytes(unpacked)),
                   repack_hint("if this is intended, store it without compression", "-f NONE", ""));
  }
}

std::vector<double> StoredArray::read(const ArrayBox& box, double memory) const {
  const std::uint64_t count = product(box.count, 1);
  if (count > max_array_values) {
    throw bad_data(label_ + " is larger than the limit of 16 GiB",
                   "extract the region that the domain covers");
  }
  // A chunk is in memory up to four times: packed, unpacked, unshuffled and as doubles.
  const double needed =
      8.0 * static_cast<double>(count) +
      (filters_ && !filters_->empty() ? 4.0 * 8.0 * static_cast<double>(chunk_values_) : 0.0);
  const auto out_of_memory = [&] {
    return Error(ExitCode::os_error,
                 fmt::format("not enough memory for the {} values of {}: {} needed, {} available", count,
                             label_, base::format_bytes(needed), base::format_bytes(memory)),
                 "extract the region that the domain covers, or use a host with more memory");
  };
  if (needed > memory) throw out_of_memory();
  expect_stored(box);
  try {
    std::vector<double> values(count);
    if (filters_ && !filters_->empty()) {
      read_filtered(box, values);
      return values;
    }
    const Hdf5Handle space{H5Dget_space(dataset_.get()), H5Sclose};
    const Hdf5Handle memory_space{
        H5Screate_simple(static_cast<int>(box.count.size()), box.count.data(), nullptr), H5Sclose};
    if (H5Sselect_hyperslab(space.get(), H5S_SELECT_SET, box.first.data(), nullptr, box.count.data(),
                            nullptr) < 0 ||
        H5Dread(dataset_.get(), H5T_NATIVE_DOUBLE, memory_space.get(), space.get(), H5P_DEFAULT,
                values.data()) < 0)
      throw bad_data(fmt::format("{} cannot be read: {}", label_, latest_reason()));
    return values;
  } catch (const std::bad_alloc&) {
    throw out_of_memory();
  }
}

void StoredArray::read_filtered(const ArrayBox& box, std::vector<double>& values) const {
  const std::size_t unit = std::max(value_bytes_, sizeof(double));
  std::vector<std::byte> bytes;
  std::vector<double> numbers(chunk_values_ * unit / sizeof(double));
  for_each_chunk(box, chunk_, [&](const std::vector<hsize_t>& start) {
    std::uint32_t skipped = 0;
    bytes.resize(stored_chunk_bytes(dataset_.get(), start));
    const bool is_read =
        H5Dread_chunk(dataset_.get(), H5P_DEFAULT, start.data(), &skipped, bytes.data()) >= 0;
    bool partial = false;
    for (std::size_t d = 0; d < start.size(); ++d) partial = partial || extents_[d] - start[d] < chunk_[d];
    if (partial && partial_chunks_unfiltered_) skipped = ~0U;
    if (!is_read || !filters_->unpack(bytes, skipped)) {
      throw bad_data(
          fmt::format("{} is damaged: the chunk at [{}] cannot be unpacked", label_, fmt::join(start, "][")));
    }
    std::memcpy(numbers.data(), bytes.data(), bytes.size());
    if (H5Tconvert(type_.get(), H5T_NATIVE_DOUBLE, chunk_values_, numbers.data(), nullptr, H5P_DEFAULT) < 0)
      throw bad_data(fmt::format("{} cannot be converted: {}", label_, latest_reason()));
    copy_chunk(numbers.data(), start, chunk_, box, values);
  });
}

}  // namespace tessera::hdf5
