// Serializes a checked job, for sending it to other ranks.
#pragma once

#include "grid/job/job_spec.h"

#include <string>
#include <string_view>

namespace tessera::grid {

/// Serializes the whole job, including its header.
std::string encode(const JobSpec& job);

/// The inverse of encode(). Throws base::Error (bad_data) if the bytes are not a serialized job. Does not
/// check that the values are consistent, or that they suit a solver.
JobSpec decode_spec(std::string_view bytes);

}  // namespace tessera::grid
