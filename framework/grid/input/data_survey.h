// What the check of a job finds out about a data set.
#pragma once

#include "grid/input/data_review.h"
#include "grid/input/unchanged_file.h"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace tessera::input {

/// Properties of a data set, or of its part around the domain.
struct DataSurvey {
  std::size_t nodes = 0;
  std::size_t filled = 0;        ///< number of missing values that were filled
  std::string fingerprint = {};  ///< see GridData::fingerprint()
  std::vector<DataFinding> findings = {};
  std::optional<FileStamp> stamp = {};  ///< of the file; nullopt if the data come from elsewhere
};

struct SurveyedData {
  DataSurvey survey;
  std::optional<GridData> data;  ///< nullopt: the data set is large; it was read block by block
};

/// The number of nodes up to which a data set is read at once: 32 MiB as doubles.
inline constexpr std::size_t max_small_nodes = std::size_t{1} << 22;

/// Reads the part of a data set around `region`, or all of it, once. A data set of more than
/// `max_small_nodes` nodes is read block by block and not kept, unless its format or the filling of its gaps
/// requires all of it. Throws base::Error as GridData::read() does.
SurveyedData survey_file(const GridSource& source, int dimensions, const std::optional<Region>& region);

/// Returns the survey of a data set in memory, which was read for `region`.
DataSurvey survey_of(const GridData& data, const GridSource& source, const std::optional<Region>& region);

}  // namespace tessera::input
