// Properties of data that are unlikely to be intended.
#pragma once

#include "grid/input/grid_data.h"
#include "grid/input/height_review.h"

#include <optional>
#include <span>
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

/// Reviews the data that a domain needs, block by block.
class DataReview {
 public:
  /// `axes`: coordinates of the nodes along each axis, x first.
  DataReview(const std::vector<std::vector<double>>& axes, const DataMeaning& meaning);

  /// Adds the values of the next box, in the order of divide().
  void add(const NodeBox& box, std::span<const double> values);

  /// Returns what was found, once all values were added: data that end before the outermost cell centres of
  /// the domain, values that are all equal, and, in heights, what HeightReview finds.
  std::vector<DataFinding> findings(const Region& domain) const;

 private:
  bool is_outside(const Region& domain) const;
  void find_ends(const Region& domain, std::vector<DataFinding>& findings) const;

  std::vector<std::vector<double>> axes_;
  DataMeaning meaning_;
  std::optional<double> first_;  ///< the first value
  bool is_constant_ = true;
  bool has_value_ = false;
  std::optional<HeightReview> heights_;
};

/// Returns what a DataReview finds in data that are in memory.
std::vector<DataFinding> review(const GridData& data, const Region& domain, const DataMeaning& meaning);

}  // namespace tessera::input
