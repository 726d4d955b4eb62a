#include "hdf5/variable_text.h"

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <utility>

namespace tessera::hdf5 {
namespace {

/// A conversion that leaves the bytes as they are. Registered for conversions from texts of variable length
/// to opaque bytes, for which HDF5 has none.
herr_t keep_bytes(hid_t, hid_t, H5T_cdata_t*, std::size_t, std::size_t, std::size_t, void*, void*, hid_t) {
  return 0;
}

/// Returns the bytes that the file stores for an attribute of one text of variable length; nullopt if that
/// fails.
std::optional<std::string> descriptor_bytes(hid_t attribute, std::size_t size) {
  const Hdf5Handle text{H5Tcopy(H5T_C_S1), H5Tclose};
  H5Tset_size(text.get(), H5T_VARIABLE);
  const Hdf5Handle opaque{H5Tcreate(H5T_OPAQUE, size), H5Tclose};
  if (!text || !opaque || H5Tregister(H5T_PERS_SOFT, "raw text", text.get(), opaque.get(), keep_bytes) < 0)
    return std::nullopt;
  std::string bytes(size, '\0');
  const bool is_read = H5Aread(attribute, opaque.get(), bytes.data()) >= 0;
  H5Tunregister(H5T_PERS_SOFT, "raw text", text.get(), opaque.get(), keep_bytes);
  return is_read ? std::optional{std::move(bytes)} : std::nullopt;
}

/// Reads integers in the byte order of HDF5.
class Bytes {
 public:
  explicit Bytes(std::string bytes) : bytes_{std::move(bytes)} {}

  /// Returns 0 at the end.
  std::uint64_t integer(std::size_t size) {
    std::uint64_t value = 0;
    if (size > sizeof value || size > bytes_.size() - at_) return 0;
    for (std::size_t n = 0; n < size; ++n)
      value |= std::uint64_t{static_cast<unsigned char>(bytes_[at_ + n])} << (8 * n);
    at_ += size;
    return value;
  }

 private:
  std::string bytes_;
  std::size_t at_ = 0;
};

/// Reads `size` bytes; nullopt if the file has fewer.
std::optional<std::string> read_bytes(std::ifstream& in, std::uint64_t offset, std::size_t size) {
  std::string bytes(size, '\0');
  in.clear();
  in.seekg(static_cast<std::streamoff>(offset));
  in.read(bytes.data(), static_cast<std::streamsize>(size));
  if (in.gcount() != static_cast<std::streamsize>(size)) return std::nullopt;
  return bytes;
}

/// Returns an object of the collection at `offset` in a global heap.
std::optional<std::string> read_object(std::ifstream& in, std::uint64_t offset, std::size_t length_size,
                                       std::uint64_t index, std::uint64_t bytes) {
  constexpr std::size_t prefix = 8;  // signature and version; or index, reference count and padding
  const std::size_t header = prefix + length_size;
  const auto start = read_bytes(in, offset, header);
  if (!start || !start->starts_with("GCOL\1")) return std::nullopt;
  Bytes fields{start->substr(prefix)};
  const std::uint64_t end = offset + fields.integer(length_size);
  offset += header;
  constexpr int max_objects = 65536;
  for (int n = 0; n < max_objects && offset < end; ++n) {
    const auto object = read_bytes(in, offset, header);
    if (!object) return std::nullopt;
    Bytes words{*object};
    const std::uint64_t own_index = words.integer(2);
    words.integer(6);
    const std::uint64_t size = words.integer(length_size);
    if (own_index == 0 || size > end - offset) return std::nullopt;  // free space, which comes last
    if (own_index == index) {
      if (size < bytes) return std::nullopt;
      return read_bytes(in, offset + header, static_cast<std::size_t>(bytes));
    }
    offset += header + (size + 7) / 8 * 8;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> read_variable_text(const ForeignFile& file, hid_t attribute,
                                              std::size_t max_bytes) {
  const Hdf5Handle creation{H5Fget_create_plist(file.id()), H5Pclose};
  std::size_t address_size = 0;
  std::size_t length_size = 0;
  hsize_t user_block = 0;
  if (!creation || H5Pget_sizes(creation.get(), &address_size, &length_size) < 0 ||
      H5Pget_userblock(creation.get(), &user_block) < 0 || address_size > 8 || length_size > 8)
    return std::nullopt;
  auto stored = descriptor_bytes(attribute, 4 + address_size + 4);
  if (!stored) return std::nullopt;
  Bytes descriptor{std::move(*stored)};
  const std::uint64_t bytes = descriptor.integer(4);
  const std::uint64_t address = descriptor.integer(address_size);
  const std::uint64_t index = descriptor.integer(4);
  if (bytes == 0 || address == 0) return std::string{};
  if (bytes > max_bytes) return std::nullopt;
  std::ifstream in{file.path(), std::ios::binary};
  constexpr std::uint64_t largest = std::uint64_t{1} << 62;
  if (address > largest || user_block > largest) return std::nullopt;
  auto text = read_object(in, user_block + address, length_size, index, bytes);
  if (text) text->resize(std::min(text->find('\0'), text->size()));
  return text;
}

}  // namespace tessera::hdf5
