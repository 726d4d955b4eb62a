// Properties of data that are unlikely to be intended.
#pragma once

#include "grid/input/grid_data.h"

#include <string>
#include <vector>

namespace tessera::input {

/// What is known about the numbers of a data set.
struct DataMeaning {
  bool heights = false;  ///< whether values are heights or depths in metres
  bool degrees = false;  ///< whether x and y are longitude and latitude in degrees
  bool partial = false;  ///< whether the data may cover only a part of the domain
};

struct DataFinding {
  std::string text;    ///< continues a sentence that begins with the name of the data
  std::string advice;  ///< what to do about it
};

/// Reviews the data that a domain needs. Finds data that end before the outermost cell centres, values that
/// are all equal, and, in heights, values beyond 12 km and jumps between neighbours of at least 1 km and half
/// their distance.
std::vector<DataFinding> review(const GridData& data, const Region& domain, const DataMeaning& meaning);

}  // namespace tessera::input
