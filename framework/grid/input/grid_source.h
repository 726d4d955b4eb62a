// Where the values of a data set come from, and how to interpret the file.
#pragma once

#include "grid/input/region.h"

#include <optional>
#include <string>
#include <vector>

namespace tessera::input {

/// What to do with missing values.
struct GapFill {
  bool nearest = false;  ///< take the nearest value; else `value`
  double value = 0.0;

  friend bool operator==(const GapFill&, const GapFill&) = default;
  friend auto operator<=>(const GapFill&, const GapFill&) = default;
};

/// Which values to use if the job selects a time between two times of the file.
enum class Between { none, nearest, linear };

/// A component of a variable whose last dimension contains components, as in the field files of a run.
struct Component {
  int index = 0;
  int count = 0;  ///< the number of components that the variable must have; 0: any

  friend bool operator==(const Component&, const Component&) = default;
  friend auto operator<=>(const Component&, const Component&) = default;
};

/// The source of a data set. For HDF5 and NetCDF files, `dataset` is the name of the variable, and `axes` can
/// list the names of its coordinates. Other formats need only `path`.
struct GridSource {
  std::string path;
  std::string dataset;
  std::vector<std::string> axes = {};  ///< names of the coordinates, x first; empty: automatic
  std::string at = {};                 ///< time to select, such as "2004-12-26T06:00"; empty: the only one
  Between between = Between::none;     ///< none: `at` must be in the file
  std::optional<GapFill> fill = {};    ///< nullopt: a missing value is an error
  /// Whether x and y are longitude and latitude in degrees: the data are shifted by multiples of 360 degrees
  /// to cover the domain.
  bool longitudes = false;
  /// Where values are needed on any rank. Longitudes are shifted and gaps are filled for this region, so that
  /// the values do not depend on the part of it that is read. nullopt: for the part that is read.
  std::optional<Region> domain = {};
  /// Whether the data may cover only a part of the region, and may have gaps, which become NaN.
  bool partial = false;
  /// The unit of the field that gets the values; empty if it is unknown.
  std::string unit = {};
  std::string run = {};                     ///< directory of the run that wrote `path`; empty for other files
  std::optional<Component> component = {};  ///< nullopt: the variable has one value per node

  friend bool operator==(const GridSource&, const GridSource&) = default;
  friend auto operator<=>(const GridSource&, const GridSource&) = default;
};

/// Data sets in order of preference: at each point, the first one that has a value there counts. All but the
/// last one are partial.
using GridSources = std::vector<GridSource>;

}  // namespace tessera::input
