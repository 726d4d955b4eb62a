// A run that is interrupted and resumed from a checkpoint, inside a test.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace property {

/// Runs the job in `toml` with the overrides `first` until step `stop`, writes a checkpoint, and resumes from
/// it with the overrides `second`. Returns the state digest at the end of the run, as 16 hexadecimal digits.
/// Throws base::Error if the job is invalid. @note Collective over the ranks of the test.
std::string digest_after_restart(const std::string& toml, const std::vector<std::string>& first,
                                 const std::vector<std::string>& second, std::int64_t stop);

}  // namespace property
