// The declarations of a solver: the schema that a job file is checked against.
#pragma once

#include "job/parameters.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tessera::solver {

/// What a field stores. `statistic`: a value over the run, which Tessera computes and the solver does not
/// see; plugins declare only the other kinds.
enum class FieldKind { state, constant, work, derived, statistic };
enum class Scalar { float64, float32 };

struct FieldSchema {
  std::string name;
  std::string unit;
  std::string help;
  FieldKind kind = FieldKind::state;
  Scalar scalar = Scalar::float64;
  int components = 1;
  std::vector<std::uint8_t> odd_axes;  ///< one mask per component; see tessera_field; may be empty
  std::optional<double> default_value;
};

struct StageRead {
  int field;
  int radius;
};

struct StageSchema {
  std::string name;
  std::vector<StageRead> reads;
  std::vector<int> writes;
  double time_offset = 0.0;

  bool writes_field(int field) const {
    return std::find(writes.begin(), writes.end(), field) != writes.end();
  }
  /// The radius within which the stage reads a field; -1 if it does not read the field.
  int read_radius(int field) const {
    for (const StageRead& r : reads) {
      if (r.field == field) return r.radius;
    }
    return -1;
  }
  /// The largest radius within which the stage reads any field, in cells.
  int radius() const {
    int largest = 0;
    for (const StageRead& r : reads) largest = std::max(largest, r.radius);
    return largest;
  }
};

enum class Reduction { sum, min, max, l1, l2 };

struct DiagnosticSchema {
  std::string name;
  std::string unit;
  std::string help;
  Reduction reduction = Reduction::sum;
  int field = 0;
  int component = 0;
  bool times_volume = false;
};

/// Names of the coordinates in field files, which fields must not have.
inline constexpr std::array<std::string_view, 6> coordinate_names{"x", "y", "z", "lon", "lat", "time"};

struct SolverSchema {
  std::string name;
  std::string version;
  std::string summary;
  std::array<bool, 3> dimensions{true, true, true};  ///< [d-1]: whether the solver supports d dimensions
  bool cartesian = true;
  bool spherical = false;
  bool has_dt = false;    ///< the solver computes a stable time step
  bool local_dt = false;  ///< the stable time step depends on the fields
  bool has_initialize = false;
  bool has_derive = false;
  bool has_boundary = false;
  bool one_step = false;  ///< update() keeps state: each step must be complete before the next begins
  double default_cfl = 0.9;
  std::vector<job::ParameterSchema> parameters;
  /// The fields that the plugin declares, followed by the statistics of the job.
  std::vector<FieldSchema> fields;
  std::vector<StageSchema> stages;
  std::vector<DiagnosticSchema> diagnostics;

  /// The largest stencil radius of any stage, in cells.
  int radius() const {
    int largest = 0;
    for (const StageSchema& s : stages) largest = std::max(largest, s.radius());
    return largest;
  }
  /// The largest number of ghost layers that a time tile may need per step.
  int layers_per_step() const {
    int layers = 0;
    for (const StageSchema& s : stages) layers += s.radius();
    return layers;
  }
  /// Whether a field has two time levels, because a stage both writes it and reads it at neighbouring cells.
  bool has_two_levels(int field) const {
    return std::any_of(stages.begin(), stages.end(), [field](const StageSchema& s) {
      return s.read_radius(field) > 0 && s.writes_field(field);
    });
  }
  /// Index of the field with this name; -1 if there is none.
  int field_index(const std::string& field_name) const {
    for (std::size_t n = 0; n < fields.size(); ++n) {
      if (fields[n].name == field_name) return static_cast<int>(n);
    }
    return -1;
  }
};

}  // namespace tessera::solver
