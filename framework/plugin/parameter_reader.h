// Converts the parameters in a plugin's tables to a checked schema.
#pragma once

#include "job/parameters.h"
#include "plugin/findings.h"

#include <tessera/plugin.h>

#include <cstdint>
#include <vector>

namespace tessera::plugin {

/// Copies and checks an array of `count` parameters of `size` bytes each. Adds all errors to `findings`, such
/// as duplicate or invalid names, unknown types or flags, and defaults out of range.
std::vector<job::ParameterSchema> read_parameters(const tessera_parameter* from, std::int32_t count,
                                                  std::uint32_t size, Findings& findings);

}  // namespace tessera::plugin
