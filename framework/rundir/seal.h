// A checksum in a JSON file, over all its other bytes.
#pragma once

#include <string>
#include <string_view>

namespace tessera::rundir {

/// Whether the content of a file is what was written.
enum class Seal {
  intact,
  broken,  ///< the content has a checksum, and has been changed
  missing  ///< the content has no checksum
};

/// Inserts a first member, "checksum", into `json`, the text of a JSON object with at least one member.
std::string sealed(std::string_view json);

/// Checks `content`, a result of sealed().
Seal seal_of(std::string_view content);

}  // namespace tessera::rundir
