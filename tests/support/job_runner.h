// Runs a job inside a test, on all ranks of the test.
#pragma once

#include "grid/job/job_spec.h"
#include "grid/loop/grid_loop.h"
#include "grid/solver/solver.h"
#include "transport/communicator.h"

#include <cstdint>
#include <string>
#include <vector>

/// A row of the table of diagnostics or probes: all values, one probe after another.
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

/// The results of a finished run, with its job and schema.
struct FinishedRun {
  tessera::grid::JobSpec job;
  tessera::solver::SolverSchema schema;
  tessera::loop::LoopReport outcome;
  std::string digest;                       ///< digest of the state, 16 hexadecimal digits
  std::vector<std::vector<double>> fields;  ///< on rank 0: component 0 of each field in all cells, x fastest
  std::vector<tessera::loop::ProbeRecord> probes;
  std::vector<TableRow> diagnostics_table;
  std::vector<TableRow> probe_table;
  std::vector<TableRow> steps;  ///< end of each step; the value is the step's length dt

  /// A field by its name, on rank 0.
  const std::vector<double>& field(const std::string& name) const;
  /// A diagnostic by its name, at the end.
  double diagnostic(const std::string& name) const;
  /// A diagnostic by its name, at the start.
  double first_diagnostic(const std::string& name) const;
};

/// Checks the job in `toml` and configures its solver, as run_job() does.
LoadedJob load_job(const std::string& toml, const std::vector<std::string>& overrides = {});

/// Runs the job in `toml` on the ranks of `comm`, without writing any file. Its relative paths are relative
/// to the repository; its solver may be a bundled one or a test plugin. Throws what the run throws, and
/// base::Error with the full list of problems for a bad job. @note Collective.
FinishedRun run_job(const tessera::transport::Communicator& comm, const std::string& toml,
                    const std::vector<std::string>& overrides = {});

/// The text of a file in the repository, such as "apps/heat/jobs/hot-spot-3d.toml".
std::string repository_file(const std::string& path);
