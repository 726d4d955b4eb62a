#include "base/record.h"

#include "base/error.h"

#include <bit>

#include <fmt/format.h>

namespace tessera::base {

void RecordWriter::put(std::uint64_t value, int size) {
  for (int n = 0; n < size; ++n) bytes_ += static_cast<char>(value >> (8 * n) & 0xffu);
}

void RecordWriter::f64(double value) { put(std::bit_cast<std::uint64_t>(value), 8); }

void RecordWriter::text(std::string_view value) {
  u64(value.size());
  bytes_ += value;
}

void RecordReader::fail(const std::string& problem) const {
  throw Error(ExitCode::bad_data, fmt::format("{}: {}", what_, problem));
}

void RecordReader::expect_end() const {
  if (remaining() != 0) fail("it has trailing bytes");
}

std::uint64_t RecordReader::get(std::size_t size) {
  if (remaining() < size) fail("it is truncated");
  std::uint64_t value = 0;
  for (std::size_t n = 0; n < size; ++n) {
    value |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes_[at_ + n])) << (8 * n);
  }
  at_ += size;
  return value;
}

double RecordReader::f64() { return std::bit_cast<double>(get(8)); }

std::string RecordReader::text(std::size_t max_bytes) {
  const std::uint64_t size = u64();
  if (size > max_bytes || size > remaining()) fail("it contains a string that is too long");
  std::string value{bytes_.substr(at_, size)};
  at_ += size;
  return value;
}

std::size_t RecordReader::count(std::size_t min_bytes) {
  const std::uint64_t records = u64();
  if (records > remaining() / min_bytes) fail("it contains a count that is too large");
  return records;
}

}  // namespace tessera::base
