// A checked job: everything a run needs to know of the job file, as plain values.
#pragma once

#include "grid/geometry/geometry.h"
#include "grid/input/grid_data.h"
#include "job/header.h"
#include "job/parameters.h"
#include "job/units.h"

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace tessera::grid {

/// A formula in x, y, z, t and the solver's plain numeric parameters; its syntax has been checked.
struct FormulaText {
  std::string text;
};

enum class BoundaryKind {
  periodic,
  outflow,  ///< ghost cells copy the nearest cell
  wall,     ///< mirror; fields odd across the axis change sign
  fixed,    ///< ghost cells hold a value or formula at their own centre, other fields as outflow
  face,     ///< a value or formula holds on the face itself: ghost = 2 value - mirror
  custom    ///< the solver's boundary()
};

struct FixedValue {
  int field = 0;
  int component = 0;
  std::variant<double, FormulaText> value;
};

struct FaceBoundary {
  BoundaryKind kind = BoundaryKind::outflow;
  std::vector<FixedValue> values;  ///< for fixed and face
};

struct InitialValue {
  int field = 0;
  int component = 0;
  std::variant<double, FormulaText, input::GridSource> value;
};

struct TimeSpec {
  double end = std::numeric_limits<double>::infinity();  ///< seconds
  std::optional<double> dt;                              ///< fixed step, seconds
  double cfl = 0.9;
  std::int64_t cfl_every = 1;  ///< steps for which a stable step that depends on the fields is held
  std::int64_t max_steps = std::numeric_limits<std::int64_t>::max();
};

/// A named point whose fields are recorded.
struct Probe {
  std::string name;
  std::array<double, 3> at{0.0, 0.0, 0.0};
  std::optional<double> observed_arrival;  ///< seconds, printed beside the computed one
};

struct ProbeSpec {
  std::vector<int> fields;
  job::Cadence every;
  std::vector<Probe> points;
  std::string where;  ///< condition on fields; a probe moves to the nearest such cell; may be empty
  std::optional<int> arrival_field;  ///< first time that |field - its first value| exceeds the threshold
  double arrival_above = 0.0;
};

/// PNG frames of one field.
struct ImageSpec {
  int field = 0;
  int component = 0;
  std::optional<int> slice_axis;  ///< 3-D: the axis across which a slice is taken
  double slice_at = 0.0;          ///< coordinate along it
  std::string colormap = "viridis";
  std::optional<std::array<double, 2>> range;  ///< values of the ends of the colour map; none: of the data
  std::optional<int> mask_field;               ///< cells where mask_field > mask_above are drawn as land
  double mask_above = 0.0;
  int width = 0;       ///< pixels of the picture's longer side; 0: chosen
  bool probes = true;  ///< mark the probes
};

struct OutputSpec {
  std::vector<int> fields;
  job::Cadence every;
  bool hdf5 = true;
  std::vector<ImageSpec> images;
  job::Cadence images_every;
};

enum class Partitioner { rcb, sfc };

enum class Transport {
  automatic,  ///< memory shared with the ranks of the node where it can be had, else messages
  shared,
  messages
};

/// How the cells are gone over. Nothing in it changes what is computed.
struct PerformanceSpec {
  std::optional<int> steps_per_exchange;  ///< 0: an exchange before each stage; none: chosen
  std::optional<int> tile_rows;           ///< of 3-D tiles, 0: whole planes; none: chosen
  std::optional<bool> streaming;          ///< stores past the caches; none: chosen
  bool autotune = true;                   ///< try what may be fastest on the first steps
  Transport transport = Transport::automatic;
  bool bricks = true;              ///< chunks of a rank that form a box share storage
  bool balance = true;             ///< move chunks between ranks by their measured cost
  std::int64_t balance_every = 0;  ///< steps between two looks at it; 0: chosen
};

struct JobSpec : job::Header {
  std::vector<job::ParameterValues> parameters;  ///< one a declared parameter
  grid::Geometry geometry;
  std::optional<grid::Index> chunk;  ///< cells; none: chosen from the domain
  Partitioner partitioner = Partitioner::rcb;
  std::array<std::array<FaceBoundary, 2>, 3> boundary;  ///< [axis][side]
  std::vector<InitialValue> initial;
  TimeSpec time;
  job::Cadence diagnostics_every;
  job::Cadence health_every;
  ProbeSpec probes;
  OutputSpec output;
  PerformanceSpec performance;
};

}  // namespace tessera::grid
