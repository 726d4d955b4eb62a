// Reads and writes numbers and strings as little-endian bytes, for files that are portable between machines.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

namespace tessera::base {

/// Appends numbers and strings to a byte string.
class RecordWriter {
 public:
  void u32(std::uint32_t value) { put(value, 4); }
  void u64(std::uint64_t value) { put(value, 8); }
  void i64(std::int64_t value) { put(static_cast<std::uint64_t>(value), 8); }
  void f64(double value);
  /// Appends the length in bytes (u64), then the bytes.
  void text(std::string_view value);

  const std::string& bytes() const { return bytes_; }

 private:
  void put(std::uint64_t value, int size);
  std::string bytes_;
};

/// Reads the output of a RecordWriter. Throws base::Error (bad_data) instead of reading past the end.
class RecordReader {
 public:
  /// Pass this to text() to accept strings of any length.
  static constexpr std::size_t unlimited = std::numeric_limits<std::size_t>::max();

  /// `what` describes the bytes in messages, such as "the manifest `path`". `bytes` must outlive the reader.
  RecordReader(std::string_view bytes, std::string what) : bytes_{bytes}, what_{std::move(what)} {}

  std::uint32_t u32() { return static_cast<std::uint32_t>(get(4)); }
  std::uint64_t u64() { return get(8); }
  std::int64_t i64() { return static_cast<std::int64_t>(get(8)); }
  double f64();
  /// Reads a string. Throws base::Error (bad_data) if it is longer than `max_bytes`.
  std::string text(std::size_t max_bytes = 4096);
  /// Reads the number of records that follow, each of which takes at least `min_bytes` bytes. Throws
  /// base::Error (bad_data) if the remaining bytes cannot hold that many.
  std::size_t count(std::size_t min_bytes);

  /// Number of unread bytes.
  std::size_t remaining() const { return bytes_.size() - at_; }
  /// Throws base::Error (bad_data) if unread bytes remain.
  void expect_end() const;
  /// Throws base::Error (bad_data) with `problem` in its message.
  [[noreturn]] void fail(const std::string& problem) const;

 private:
  std::uint64_t get(std::size_t size);

  std::string_view bytes_;
  std::string what_;
  std::size_t at_ = 0;
};

}  // namespace tessera::base
