// Numbers and texts as little-endian bytes, for files that must be read back by anybody.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace tessera::checkpoint {

/// XXH3 of some bytes.
std::uint64_t hash_of(std::span<const std::byte> bytes);

/// Appends records to a text of bytes.
class RecordWriter {
 public:
  void u32(std::uint32_t value) { put(value, 4); }
  void u64(std::uint64_t value) { put(value, 8); }
  void i64(std::int64_t value) { put(static_cast<std::uint64_t>(value), 8); }
  void f64(double value);
  /// The length, then the bytes.
  void text(std::string_view value);

  const std::string& bytes() const { return bytes_; }

 private:
  void put(std::uint64_t value, int count);
  std::string bytes_;
};

/// Reads records from bytes that nobody vouches for. Every function throws base::Error (bad_data) rather than
/// read past the end.
class RecordReader {
 public:
  /// `what`: the file, for messages.
  RecordReader(std::string_view bytes, std::string what) : bytes_{bytes}, what_{std::move(what)} {}

  std::uint32_t u32() { return static_cast<std::uint32_t>(get(4)); }
  std::uint64_t u64() { return get(8); }
  std::int64_t i64() { return static_cast<std::int64_t>(get(8)); }
  double f64();
  std::string text(std::size_t longest = 4096);
  /// A number of records that follow, each of at least `least_bytes`: never more than there is room for.
  std::size_t count(std::size_t least_bytes);

  std::size_t left() const { return bytes_.size() - at_; }
  [[noreturn]] void refuse(const std::string& problem) const;

 private:
  std::uint64_t get(std::size_t count);

  std::string_view bytes_;
  std::string what_;
  std::size_t at_ = 0;
};

}  // namespace tessera::checkpoint
