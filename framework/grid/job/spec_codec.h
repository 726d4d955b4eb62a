// A checked job as bytes, to send it to other ranks.
#pragma once

#include "grid/job/job_spec.h"

#include <string>
#include <string_view>

namespace tessera::grid {

/// All of the job, its header included.
std::string encoded(const JobSpec& job);

/// Throws base::Error (bad_data) unless encoded() made the bytes. That the values suit each other and a
/// solver is not checked again.
JobSpec decoded_spec(std::string_view bytes);

}  // namespace tessera::grid
