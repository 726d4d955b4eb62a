// A map of one statistic, to be written to files for geographic information systems.
#pragma once

#include <string>
#include <vector>

namespace tessera::output {

/// Edges of the area that a map covers: in degrees on a sphere, else in the coordinates of the domain.
struct MapEdges {
  double west = 0.0;
  double east = 1.0;
  double south = 0.0;
  double north = 1.0;
};

struct Map {
  std::string title;        ///< the job and the statistic
  std::string name;         ///< of the statistic
  std::string unit;         ///< may be empty
  std::string description;  ///< definition of the statistic, time and step
  std::string source;       ///< versions of the solver and of Tessera
  MapEdges edges;
  bool is_geographic = false;  ///< whether the coordinates are longitude and latitude
  int columns = 0;
  int rows = 0;
  std::vector<double> values;  ///< [rows][columns], row 0 at the south; NaN where there is no value
};

}  // namespace tessera::output
