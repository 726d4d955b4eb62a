// Converts the parameters in a plugin's tables to a checked schema.
#pragma once

#include "job/parameters.h"
#include "plugin/findings.h"

#include <tessera/plugin.h>

#include <cstdint>
#include <vector>

namespace tessera::plugin {

/// Copies and checks `count` parameters of `size` bytes each. Adds all errors to `findings`:
/// duplicate or invalid names, unknown types and flags, bounds that exclude the default.
std::vector<job::ParameterSchema> read_parameters(const tessera_parameter* from, std::int32_t count,
                                                  std::uint32_t size, Findings& findings);

}  // namespace tessera::plugin
