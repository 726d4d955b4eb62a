// A checked job: everything that a run needs from the job file, as plain values.
#pragma once

#include "grid/geometry/bounds.h"
#include "grid/geometry/geometry.h"
#include "grid/input/grid_data.h"
#include "job/header.h"
#include "job/parameters.h"
#include "job/time_series.h"
#include "job/units.h"

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace tessera::grid {

/// A formula with the variables that formula_variables() returns. Its syntax has been checked.
struct FormulaText {
  std::string text;
};

enum class BoundaryKind {
  periodic,
  outflow,  ///< ghost cells copy the nearest cell of the domain
  wall,     ///< ghost cells mirror the domain; components declared odd across the axis change sign
  fixed,    ///< ghost cells are set to a value, which may be a formula at their centre; other fields: outflow
  face,     ///< a value is imposed on the face: ghost = 2 value - mirror; other fields: outflow
  custom    ///< the solver's boundary() fills the ghost cells
};

struct FixedValue {
  int field = 0;
  int component = 0;
  std::variant<double, FormulaText, job::TimeSeries> value;
};

struct FaceBoundary {
  BoundaryKind kind = BoundaryKind::outflow;
  std::vector<FixedValue> values;  ///< used by fixed and face
};

struct InitialValue {
  int field = 0;
  int component = 0;
  std::variant<double, FormulaText, input::GridSources> value;
};

struct TimeSpec {
  double end = std::numeric_limits<double>::infinity();  ///< in seconds
  std::optional<double> dt;                              ///< fixed time step, in seconds
  double cfl = 0.9;
  std::int64_t cfl_every = 1;  ///< steps between evaluations of a stable time step that depends on the fields
  std::int64_t max_steps = std::numeric_limits<std::int64_t>::max();
  bool shorten_steps = true;  ///< whether steps end exactly at the times of fields and images
  std::string start;          ///< date of t = 0 in UTC, such as "2004-12-26 00:58:53"; empty if unknown
};

/// A named point whose fields are recorded.
struct Probe {
  std::string name;
  std::array<double, 3> at{0.0, 0.0, 0.0};
  std::optional<double> observed_arrival;  ///< in seconds; printed next to the computed arrival
};

enum class RegionStatistic {
  sum,       ///< over the cells
  integral,  ///< the sum of the values times the volumes of their cells
  mean,      ///< the integral divided by the volume of the cells
  min,
  max
};

/// A value of a region.
struct RegionValue {
  RegionStatistic kind = RegionStatistic::sum;
  int field = 0;  ///< used unless there is a formula
  int component = 0;
  std::string formula;  ///< of the variables that statistic_variables() returns; empty: none
};

/// A named part of the domain over which values are summed or compared.
struct Region {
  std::string name;
  Bounds bounds;
  /// Condition on the cells, of the variables that statistic_variables() returns. Empty: no condition.
  std::string where;
  std::vector<RegionValue> values;
};

/// A named line of points, evenly spaced from one end to the other, at which fields are recorded. Along a
/// periodic axis, it may cross the bounds of the domain.
struct Transect {
  std::string name;
  std::array<double, 3> from{0.0, 0.0, 0.0};
  std::array<double, 3> to{0.0, 0.0, 0.0};
  int points = 2;
};

/// Values that are recorded in tables.
struct ProbeSpec {
  std::vector<int> fields;  ///< of the points and the transects
  job::Cadence every;
  std::vector<Probe> points;
  /// Condition on the fields; each probe is moved to the nearest cell that satisfies it. Empty: no condition.
  std::string where;
  /// Field whose arrival is recorded: the first time at which the field differs from its first recorded value
  /// by more than arrival_above.
  std::optional<int> arrival_field;
  double arrival_above = 0.0;
  std::vector<Region> regions;
  std::vector<Transect> transects;

  bool empty() const { return points.empty() && regions.empty() && transects.empty(); }
};

/// PNG images of one field.
struct ImageSpec {
  int field = 0;
  int component = 0;
  std::optional<int> slice_axis;  ///< 3-D: the axis normal to the slice
  double slice_at = 0.0;          ///< coordinate of the slice along this axis
  std::string colormap = "viridis";
  std::optional<std::array<double, 2>> range;  ///< values at the ends of the colour map; nullopt: automatic
  std::optional<int> mask_field;               ///< cells with mask_field > mask_above are drawn as land
  double mask_above = 0.0;
  int width = 0;       ///< longer side of the image in pixels; 0: chosen automatically
  bool probes = true;  ///< mark the probes
};

enum class StatisticKind {
  max,
  min,
  mean,        ///< weighted by the simulated time since the previous sample
  first_above  ///< simulated time of the first sample above a threshold
};

/// A value over the run in each cell, which is stored as a field of its own; see statistic_fields().
struct Statistic {
  std::string name;
  std::string unit;
  StatisticKind kind = StatisticKind::max;
  int field = 0;  ///< used unless there is a formula
  int component = 0;
  std::string formula;  ///< of the variables that statistic_variables() returns; empty: none
  double above = 0.0;   ///< threshold of first_above
};

struct OutputSpec {
  std::vector<int> fields;  ///< including all statistics
  job::Cadence every;
  bool hdf5 = true;
  bool geotiff = false;  ///< maps of the statistics as GeoTIFF files
  bool kml = false;      ///< maps of the statistics as KML overlays
  std::vector<ImageSpec> images;
  job::Cadence images_every;
  std::vector<Statistic> statistics;
  job::Cadence statistics_every;  ///< in steps or simulated time; never if there are no statistics

  bool writes_maps() const { return geotiff || kml; }
};

enum class Partitioner { rcb, sfc };

enum class Transport {
  automatic,  ///< shared memory between the ranks of a node if available, else messages
  shared,
  messages
};

/// Default of `guard` in [performance]: true in builds with assertions.
#ifdef NDEBUG
inline constexpr bool guards_by_default = false;
#else
inline constexpr bool guards_by_default = true;
#endif

/// How cells are traversed and halos are exchanged. None of these settings changes the results. Settings that
/// are nullopt are chosen automatically.
struct PerformanceSpec {
  std::optional<int> steps_per_exchange;  ///< 0: exchange before each stage
  std::optional<int> tile_rows;           ///< rows per tile in 3-D; 0: whole planes
  std::optional<bool> streaming;          ///< non-temporal stores, which bypass the caches
  bool autotune = true;                   ///< time the candidate settings during the first steps
  Transport transport = Transport::automatic;
  bool bricks = true;              ///< merge chunks of a rank that form a box into one brick
  bool balance = true;             ///< move chunks between ranks according to their measured cost
  std::int64_t balance_every = 0;  ///< steps between load-balance checks; 0: chosen automatically
  /// Check that the solver accesses memory only as declared. This is slow, and meant for testing solvers.
  bool guard = guards_by_default;
};

struct JobSpec : job::Header {
  std::vector<job::ParameterValues> parameters;  ///< one per declared parameter
  grid::Geometry geometry;
  std::optional<grid::Index> chunk;  ///< in cells; nullopt: ChunkLayout::default_chunk()
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

/// The data sets that a job reads, in the order of the fields; those of several fields are repeated.
inline std::vector<input::GridSource> sources_of(const JobSpec& job) {
  std::vector<input::GridSource> all;
  for (const InitialValue& initial : job.initial) {
    if (const auto* sources = std::get_if<input::GridSources>(&initial.value))
      all.insert(all.end(), sources->begin(), sources->end());
  }
  return all;
}

/// The box of the centres of all cells, in which data sets are interpolated.
inline input::Region data_region(const Geometry& geometry) {
  input::Region region;
  for (int a = 0; a < 3; ++a) {
    const auto n = static_cast<std::size_t>(a);
    region.lower[n] = geometry.centre(a, 0);
    region.upper[n] = geometry.centre(a, geometry.cells[a] - 1);
  }
  return region;
}

}  // namespace tessera::grid
