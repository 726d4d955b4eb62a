// Parses TOML into a tree of values.
#pragma once

#include "job/node.h"

#include <string>
#include <string_view>
#include <variant>

namespace tessera::job {

struct TomlError {
  std::string problem;
  Location location;
  std::string hint = {};  ///< may be empty
};

/// Parses a TOML document; safe on arbitrary bytes. Rejects documents larger than 16 MiB and excessive
/// nesting. `source`: see Location.
std::variant<Node, TomlError> read_toml(std::string_view bytes, int source);

}  // namespace tessera::job
