// Parses TOML into a tree of values.
#pragma once

#include "job/node.h"

#include <string>
#include <string_view>
#include <variant>

namespace tessera::job {

struct TomlError {
  std::string problem;
  Place place;
  std::string hint = {};  ///< may be empty
};

/// Parses a TOML document; safe on arbitrary bytes. `source`: see Place. Rejects documents of more than 16
/// MiB and excessive nesting.
std::variant<Node, TomlError> read_toml(std::string_view bytes, int source);

}  // namespace tessera::job
