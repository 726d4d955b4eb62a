// Reads members of JSON objects with arbitrary content.
#pragma once

#include "base/error.h"
#include "host/durable_file.h"
#include "rundir/seal.h"

#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace tessera::rundir {

/// The JSON object in the file at `path`; nullopt if the file cannot be read, is larger than `max_bytes`, is
/// not a JSON object, or has a checksum that is wrong, see rundir/seal.h.
inline std::optional<nlohmann::json> read_json_object(const std::string& path, std::uint64_t max_bytes) {
  try {
    const std::string content = host::read_small_file(path, max_bytes);
    auto j = nlohmann::json::parse(content, nullptr, false);
    if (j.is_object() && seal_of(content) != Seal::broken) return j;
  } catch (const base::Error&) {
    // the file is missing, too large or unreadable
  }
  return std::nullopt;
}

/// Reads members of an object, which must outlive the reader. If a member is missing, has another type or is
/// out of range, read() leaves the variable unchanged.
class JsonReader {
 public:
  explicit JsonReader(const nlohmann::json& object) : object_{object} {}

  template <class T>
  void read(const char* key, T& value) const {
    if (const auto found = object_.find(key); found != object_.end() && fits<T>(*found))
      value = found->get<T>();
  }
  template <class T>
  void read(const char* key, std::optional<T>& value) const {
    if (const auto found = object_.find(key); found != object_.end() && fits<T>(*found))
      value = found->get<T>();
  }
  /// Appends the elements of an array. Skips elements that have another type or are out of range.
  template <class T>
  void read(const char* key, std::vector<T>& values) const {
    const auto found = object_.find(key);
    if (found == object_.end() || !found->is_array()) return;
    for (const nlohmann::json& element : *found) {
      if (fits<T>(element)) values.push_back(element.get<T>());
    }
  }

 private:
  template <class T>
  static bool fits(const nlohmann::json& j) {
    if constexpr (std::same_as<T, bool>) {
      return j.is_boolean();
    } else if constexpr (std::same_as<T, double>) {
      return j.is_number();
    } else if constexpr (std::same_as<T, std::string>) {
      return j.is_string();
    } else {
      // Also rejects negative numbers, which Tessera never writes: converted to unsigned, they exceed the
      // limit. Rejects the limit itself, so that adding 1 cannot overflow.
      constexpr auto limit = static_cast<std::uint64_t>(std::numeric_limits<T>::max());
      return j.is_number_integer() && j.get<std::uint64_t>() < limit;
    }
  }

  const nlohmann::json& object_;
};

}  // namespace tessera::rundir
