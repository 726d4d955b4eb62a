// A solver loaded from a plugin. Errors are thrown as exceptions.
#pragma once

#include "grid/geometry/geometry.h"
#include "grid/solver/solver_schema.h"
#include "host/crash_report.h"
#include "job/parameters.h"
#include "plugin/library.h"

#include <tessera/grid.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace tessera::solver {

/// One instance of a solver. A call that fails throws base::Error with the solver's message: bad_job from
/// configure(), internal from the other calls. No call communicates.
class Solver {
 public:
  /// Loads the plugin in `file`, creates an instance and reads its schema. Throws base::Error (unavailable)
  /// if any of this fails.
  explicit Solver(const std::string& file);
  Solver(Solver&&) noexcept;
  Solver& operator=(Solver&&) noexcept;
  ~Solver();

  const solver::SolverSchema& schema() const { return schema_; }
  const std::string& file() const { return file_; }
  /// A problem that loading the plugin has caused; empty if there is none.
  const std::string& warning() const { return warning_; }

  /// Passes the settings of a job to the solver. `parameters`: one entry per declared parameter;
  /// `given_fields`: indices of the fields that [initial] in the job sets. Must be called once, before the
  /// functions below.
  void configure(const grid::Geometry& geometry, const std::vector<job::ParameterValues>& parameters,
                 const std::vector<int>& given_fields);

  /// Appends fields of kind `statistic` to schema(). Must be called after configure(), and before the fields
  /// are stored.
  void append_statistics(std::vector<FieldSchema> statistics);

  /// The following functions call the functions of the plugin with the same names; see
  /// tessera_grid_functions. initialize() and derive() do nothing if the plugin does not provide them;
  /// stable_dt() and boundary() may be called only if schema() declares them.
  void initialize(const tessera_patch& patch, const tessera_region& region, double time) const;
  double stable_dt(const tessera_patch& patch, const tessera_region& region, double time) const;
  void update(int stage, const tessera_patch& patch, const tessera_region& region, double time,
              double dt) const;
  void derive(const tessera_patch& patch, const tessera_region& region, double time) const;
  void boundary(const tessera_patch& patch, const tessera_region& ghosts, int field, int axis, int side,
                double time) const;

  /// Sets the step that the following calls belong to, for crash reports.
  void set_step(std::int64_t step) const { crash_.step = step; }

  /// The geometry as the C struct that patches point to.
  const tessera_geometry& geometry() const;

 private:
  struct Configuration;
  class ActiveCall;
  explicit Solver(const plugin::Plugin& plugin);
  [[noreturn]] void fail(const std::string& call, const tessera_message& message) const;

  std::string file_;
  std::string warning_;
  std::string crash_name_;                // such as "solver `heat`"
  std::vector<std::string> stage_names_;  // such as "stage `diffuse`"
  mutable host::CrashContext crash_;
  tessera_grid_functions functions_;
  std::unique_ptr<Configuration> configuration_;  // outlives the instance, which points into it
  std::unique_ptr<void, void (*)(void*)> instance_;
  solver::SolverSchema schema_;
};

}  // namespace tessera::solver
