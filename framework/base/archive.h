// Serializes values to little-endian bytes and reads them back.
//
// One function per struct, in the namespace of the struct, serves both directions:
//
//   void describe(auto& archive, base::MaybeConst<TimeSpec> auto& t) { archive(t.end, t.dt, t.cfl); }
//
// An enumeration must have the values 0, 1, 2, … and a function that returns its last enumerator:
//
//   constexpr Partitioner last_of(Partitioner) { return Partitioner::sfc; }
//
// The members of a struct may be integers, doubles, bools, declared enumerations, described structs,
// std::strings, and optionals, vectors, arrays or variants of these types.
#pragma once

#include "base/error.h"

#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace tessera::base {

/// `T` or `const T`: the argument type of a describe() function.
template <class Given, class T>
concept MaybeConst = std::same_as<std::remove_const_t<Given>, T>;

/// `const U` if `T` is const, otherwise `U`: for the base class of a described struct.
template <class T, class U>
using ConstAs = std::conditional_t<std::is_const_v<T>, const U, U>;

/// An enumeration that an archive can store: it has a last_of() function.
template <class E>
concept DeclaredEnum = std::is_enum_v<E> && requires(E e) {
  { last_of(e) } -> std::same_as<E>;
};

template <class E>
requires DeclaredEnum<E>
constexpr std::uint8_t last_value_of() {
  constexpr auto last = static_cast<std::int64_t>(last_of(E{}));
  static_assert(last >= 0 && last <= std::numeric_limits<std::uint8_t>::max());
  return static_cast<std::uint8_t>(last);
}

/// Serializes values and appends them to a byte string.
class ArchiveWriter {
 public:
  template <class... T>
  void operator()(const T&... values) {
    (put(values), ...);
  }

  const std::string& bytes() const { return bytes_; }
  std::string take() { return std::move(bytes_); }

 private:
  template <class T>
  void put(const T& value) {
    if constexpr (std::same_as<T, bool>) {
      put(static_cast<std::uint8_t>(value ? 1 : 0));
    } else if constexpr (std::integral<T>) {
      auto rest = static_cast<std::make_unsigned_t<T>>(value);
      for (std::size_t n = 0; n < sizeof(T); ++n) {
        bytes_.push_back(static_cast<char>(rest & 0xff));
        if constexpr (sizeof(T) > 1) rest >>= 8;
      }
    } else if constexpr (std::same_as<T, double>) {
      put(std::bit_cast<std::uint64_t>(value));
    } else if constexpr (std::is_enum_v<T>) {
      static_assert(DeclaredEnum<T>, "the enumeration needs a last_of() function");
      put(static_cast<std::uint8_t>(value));
    } else {
      describe(*this, value);
    }
  }
  void put(const std::string& text) {
    put(std::uint64_t{text.size()});
    bytes_ += text;
  }
  template <class T>
  void put(const std::optional<T>& value) {
    put(value.has_value());
    if (value) put(*value);
  }
  template <class T>
  void put(const std::vector<T>& values) {
    put(std::uint64_t{values.size()});
    for (const T& value : values) put(value);
  }
  template <class T, std::size_t size>
  void put(const std::array<T, size>& values) {
    for (const T& value : values) put(value);
  }
  template <class... T>
  void put(const std::variant<T...>& value) {
    put(static_cast<std::uint8_t>(value.index()));
    std::visit([this](const auto& v) { this->put(v); }, value);
  }

  std::string bytes_;
};

/// Reads values from bytes that may be damaged. Throws base::Error (bad_data) if the bytes are too short or
/// contain an invalid value. Allocates memory at most proportional to the number of bytes.
class ArchiveReader {
 public:
  /// `bytes` must outlive the reader. `what` describes the bytes in messages, such as "the encoded job".
  ArchiveReader(std::string_view bytes, std::string what) : bytes_{bytes}, what_{std::move(what)} {}

  template <class... T>
  void operator()(T&... values) {
    (get(values), ...);
  }

  /// Throws base::Error (bad_data) if unread bytes remain.
  void finish() const {
    if (!bytes_.empty()) fail("it has trailing bytes");
  }

  /// Throws base::Error (bad_data) with `problem` in its message.
  [[noreturn]] void fail(const std::string& problem) const {
    throw Error(ExitCode::bad_data, what_ + " is damaged: " + problem);
  }

 private:
  std::string_view next_bytes(std::uint64_t size) {
    if (size > bytes_.size()) fail("it is truncated");
    const std::string_view next = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return next;
  }
  /// Reads the number of elements that follow. Each element takes at least one byte, so a count above the
  /// number of unread bytes is an error.
  std::size_t read_count() {
    std::uint64_t value = 0;
    get(value);
    if (value > bytes_.size()) fail("it is truncated");
    return value;
  }

  template <class T>
  void get(T& value) {
    if constexpr (std::same_as<T, bool>) {
      value = read_byte_up_to(1) != 0;
    } else if constexpr (std::integral<T>) {
      std::uint64_t bits = 0;
      int shift = 0;
      for (const char byte : next_bytes(sizeof(T))) {
        bits |= std::uint64_t{static_cast<unsigned char>(byte)} << shift;
        shift += 8;
      }
      value = static_cast<T>(bits);
    } else if constexpr (std::same_as<T, double>) {
      std::uint64_t bits = 0;
      get(bits);
      value = std::bit_cast<double>(bits);
    } else if constexpr (std::is_enum_v<T>) {
      static_assert(DeclaredEnum<T>, "the enumeration needs a last_of() function");
      value = static_cast<T>(read_byte_up_to(last_value_of<T>()));
    } else {
      describe(*this, value);
    }
  }
  void get(std::string& text) { text = next_bytes(read_count()); }
  template <class T>
  void get(std::optional<T>& value) {
    bool present = false;
    get(present);
    value.reset();
    if (present) get(value.emplace());
  }
  template <class T>
  void get(std::vector<T>& values) {
    const std::size_t size = read_count();
    values.clear();
    for (std::size_t n = 0; n < size; ++n) get(values.emplace_back());
  }
  template <class T, std::size_t size>
  void get(std::array<T, size>& values) {
    for (T& value : values) get(value);
  }
  template <class... T>
  void get(std::variant<T...>& value) {
    get_alternative(value, read_byte_up_to(sizeof...(T) - 1), std::index_sequence_for<T...>{});
  }
  template <class Variant, std::size_t... n>
  void get_alternative(Variant& value, std::size_t index, std::index_sequence<n...> /*indices*/) {
    ((n == index ? get(value.template emplace<n>()) : void()), ...);
  }

  /// Reads one byte. Throws base::Error (bad_data) if its value exceeds `max`.
  std::uint8_t read_byte_up_to(std::size_t max) {
    std::uint8_t byte = 0;
    get(byte);
    if (byte > max) fail("it contains an invalid value");
    return byte;
  }

  std::string_view bytes_;
  std::string what_;
};

/// Serializes a value to bytes.
template <class T>
std::string encode(const T& value) {
  ArchiveWriter archive;
  archive(value);
  return archive.take();
}

/// Restores a value from the bytes that encode() returned. `what` describes the bytes in messages. Throws
/// base::Error (bad_data) if the bytes are damaged.
template <class T>
T decode(std::string_view bytes, std::string what) {
  ArchiveReader archive{bytes, std::move(what)};
  T value;
  archive(value);
  archive.finish();
  return value;
}

}  // namespace tessera::base
