// Serializes values to little-endian bytes and reads them back.
//
// One function per struct, found by its argument's namespace, serves both directions:
//
//   void describe(auto& archive, base::MaybeConst<TimeSpec> auto& t) { archive(t.end, t.dt, t.cfl); }
//
// An enumeration is declared by naming its last enumerator; its values must be 0, 1, … up to the last:
//
//   constexpr Partitioner last_of(Partitioner) { return Partitioner::sfc; }
//
// A member may be an integer, a double, a bool, a declared enumeration, a described struct, a std::string, or
// an optional, vector, array or variant of these types.
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

/// `U`, const if `T` is: the type of a base class of a described struct.
template <class T, class U>
using ConstAs = std::conditional_t<std::is_const_v<T>, const U, U>;

/// An enumeration that an archive can store: one with a last_of() function.
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

/// Appends values to a string of bytes.
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
      static_assert(DeclaredEnum<T>, "declare the enumeration with last_of()");
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
    std::visit([this](const auto& v) { put(v); }, value);
  }

  std::string bytes_;
};

/// Reads values from bytes that may be damaged. Throws base::Error (bad_data) rather than read past the end,
/// and allocates memory at most in proportion to the number of bytes.
class ArchiveReader {
 public:
  /// `bytes` must outlive the reader. `what` names the bytes in messages, such as "the encoded job".
  ArchiveReader(std::string_view bytes, std::string what) : bytes_{bytes}, what_{std::move(what)} {}

  template <class... T>
  void operator()(T&... values) {
    (get(values), ...);
  }

  /// Throws base::Error (bad_data) if some bytes have not been read.
  void finish() const {
    if (!bytes_.empty()) refuse("it has trailing bytes");
  }

  [[noreturn]] void refuse(const std::string& problem) const {
    throw Error(ExitCode::bad_data, what_ + " is damaged: " + problem);
  }

 private:
  std::string_view next(std::uint64_t count) {
    if (count > bytes_.size()) refuse("it is truncated");
    const std::string_view part = bytes_.substr(0, count);
    bytes_.remove_prefix(count);
    return part;
  }
  /// Reads a number of elements. Each element takes at least one byte, so the bytes left bound the number.
  std::size_t count() {
    std::uint64_t value = 0;
    get(value);
    if (value > bytes_.size()) refuse("it is truncated");
    return value;
  }

  template <class T>
  void get(T& value) {
    if constexpr (std::same_as<T, bool>) {
      value = number_up_to(1) != 0;
    } else if constexpr (std::integral<T>) {
      std::uint64_t whole = 0;
      int shift = 0;
      for (const char byte : next(sizeof(T))) {
        whole |= std::uint64_t{static_cast<unsigned char>(byte)} << shift;
        shift += 8;
      }
      value = static_cast<T>(whole);
    } else if constexpr (std::same_as<T, double>) {
      std::uint64_t bits = 0;
      get(bits);
      value = std::bit_cast<double>(bits);
    } else if constexpr (std::is_enum_v<T>) {
      static_assert(DeclaredEnum<T>, "declare the enumeration with last_of()");
      value = static_cast<T>(number_up_to(last_value_of<T>()));
    } else {
      describe(*this, value);
    }
  }
  void get(std::string& text) { text = next(count()); }
  template <class T>
  void get(std::optional<T>& value) {
    bool present = false;
    get(present);
    value.reset();
    if (present) get(value.emplace());
  }
  template <class T>
  void get(std::vector<T>& values) {
    const std::size_t size = count();
    values.clear();
    for (std::size_t n = 0; n < size; ++n) get(values.emplace_back());
  }
  template <class T, std::size_t size>
  void get(std::array<T, size>& values) {
    for (T& value : values) get(value);
  }
  template <class... T>
  void get(std::variant<T...>& value) {
    get_alternative(value, number_up_to(sizeof...(T) - 1), std::index_sequence_for<T...>{});
  }
  template <class Variant, std::size_t... n>
  void get_alternative(Variant& value, std::size_t index, std::index_sequence<n...> /*all*/) {
    ((n == index ? get(value.template emplace<n>()) : void()), ...);
  }

  std::uint8_t number_up_to(std::size_t max) {
    std::uint8_t number = 0;
    get(number);
    if (number > max) refuse("it holds an invalid value");
    return number;
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

/// Restores a value from the bytes of encode(). `what`: as for ArchiveReader. Throws base::Error (bad_data)
/// if the bytes are damaged.
template <class T>
T decode(std::string_view bytes, std::string what) {
  ArchiveReader archive{bytes, std::move(what)};
  T value;
  archive(value);
  archive.finish();
  return value;
}

}  // namespace tessera::base
