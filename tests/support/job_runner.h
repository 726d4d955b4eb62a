// Runs a job inside a test program, on all its ranks.
#pragma once

#include "grid/field/field_store.h"
#include "grid/geometry/geometry.h"
#include "grid/job/job_spec.h"
#include "grid/loop/grid_loop.h"
#include "grid/solver/solver.h"
#include "transport/communicator.h"

#include <cstdint>
#include <string>
#include <vector>

/// A row of a table of diagnostics or probes. The values of each probe are contiguous.
struct TableRow {
  std::int64_t step = 0;
  double time = 0.0;
  std::vector<double> values;
  friend bool operator==(const TableRow&, const TableRow&) = default;
};

/// A job that has passed all checks, and its configured solver.
struct LoadedJob {
  tessera::grid::JobSpec job;
  tessera::solver::Solver solver;
};

/// The results of a finished run, with its job and schema.
struct FinishedRun {
  tessera::grid::JobSpec job;
  tessera::solver::SolverSchema schema;
  tessera::loop::LoopReport outcome;
  std::string digest;                       ///< digest of the state, 16 hexadecimal digits
  std::vector<std::vector<double>> fields;  ///< on rank 0: component 0 of each field in all cells, x fastest
  /// On rank 0: all components of each field, [field][component][cell].
  std::vector<std::vector<std::vector<double>>> components;
  std::vector<tessera::loop::ProbeRecord> probes;
  std::vector<TableRow> diagnostics_table;
  std::vector<TableRow> probe_table;
  std::vector<TableRow> steps;  ///< one row per step: the time at its end, and its length dt as the value

  /// Component 0 of the field called `name`, as in `fields`. Only on rank 0.
  const std::vector<double>& field(const std::string& name) const;
  /// The final value of the diagnostic called `name`.
  double diagnostic(const std::string& name) const;
  /// The initial value of the diagnostic called `name`.
  double first_diagnostic(const std::string& name) const;
};

/// Checks the job in `toml` and configures its solver. See run_job() for paths, solvers and errors.
LoadedJob load_job(const std::string& toml, const std::vector<std::string>& overrides = {});

/// Runs the job in `toml` on the ranks of `comm`, without writing any file. Paths in the job are relative to
/// the repository; its solver may be a bundled one or a test plugin. Throws base::Error with the full list of
/// problems if the job is invalid. Exceptions of the run are not caught. @note Collective.
FinishedRun run_job(const tessera::transport::Communicator& comm, const std::string& toml,
                    const std::vector<std::string>& overrides = {});

/// Returns all components of each field in all cells on rank 0: [field][component][cell], x fastest. @note
/// Collective.
std::vector<std::vector<std::vector<double>>> gather_fields(const tessera::transport::Communicator& comm,
                                                            const tessera::solver::SolverSchema& schema,
                                                            const tessera::field::FieldStore& store,
                                                            const tessera::grid::Geometry& geometry);

/// Returns the contents of a file in the repository, such as "apps/heat/jobs/hot-spot-3d.toml".
std::string repository_file(const std::string& path);
