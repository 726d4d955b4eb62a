// Runs a job inside a test, on all its ranks.
#pragma once

#include "grid/job/job_spec.h"
#include "grid/loop/grid_loop.h"
#include "grid/solver/solver.h"
#include "transport/communicator.h"

#include <cstdint>
#include <string>
#include <vector>

/// A row of the table of diagnostics, or of probes: all their values, one probe after another.
struct TableRow {
  std::int64_t step = 0;
  double time = 0.0;
  std::vector<double> values;
  friend bool operator==(const TableRow&, const TableRow&) = default;
};

/// A checked job and its solver, configured.
struct LoadedJob {
  tessera::grid::JobSpec job;
  tessera::solver::Solver solver;
};

/// A finished run and everything it refers to.
struct FinishedRun {
  tessera::grid::JobSpec job;
  tessera::solver::SolverSchema schema;
  tessera::loop::LoopReport outcome;
  std::string digest;                       ///< of the state, 16 hexadecimal digits
  std::vector<std::vector<double>> fields;  ///< on rank 0: each field's component 0 of all cells, x fastest
  std::vector<tessera::loop::ProbeRecord> probes;
  std::vector<TableRow> diagnostics_table;
  std::vector<TableRow> probe_table;
  std::vector<TableRow> steps;  ///< when each step ended; its length as the value

  /// A field by its name, on rank 0.
  const std::vector<double>& field(const std::string& name) const;
  /// A diagnostic at the end (or start) by its name.
  double diagnostic(const std::string& name) const;
  double first_diagnostic(const std::string& name) const;
};

/// Checks the job in `toml` and configures its solver, as run_job() does.
LoadedJob load_job(const std::string& toml, const std::vector<std::string>& overrides = {});

/// Runs the job in `toml` on the ranks of `comm`, without writing any file. Relative paths in it are
/// relative to the repository; plugins are found among the bundled solvers and the test plugins. Throws
/// what the run throws; a bad job throws base::Error with the whole report. @note Collective.
FinishedRun run_job(const tessera::transport::Communicator& comm, const std::string& toml,
                    const std::vector<std::string>& overrides = {});

/// The text of a file of the repository, such as "apps/heat/jobs/hot-spot-3d.toml".
std::string repository_file(const std::string& path);
