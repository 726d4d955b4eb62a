// Serialization of a checked job, for sending it to other ranks.
#pragma once

#include "grid/job/job_spec.h"

#include <string>
#include <string_view>

namespace tessera::grid {

/// Serializes the whole job, including its header, to bytes.
std::string encode(const JobSpec& job);

/// Restores a job from bytes that encode() returned. Throws base::Error (bad_data) if the bytes are not a
/// serialized job. Does not check that the values are consistent, or that they are valid for a solver.
JobSpec decode_spec(std::string_view bytes);

}  // namespace tessera::grid
