// What is watched while a run proceeds.
#pragma once

#include "grid/job/job_spec.h"
#include "grid/loop/decomposition.h"
#include "grid/loop/diagnostic_table.h"
#include "grid/loop/probe_set.h"
#include "grid/solver/solver_schema.h"
#include "transport/communicator.h"

#include <optional>
#include <vector>

namespace tessera::loop {

/// The diagnostics, the probes and the health of the fields. The same on all ranks.
class Monitors {
 public:
  /// All arguments must outlive it.
  Monitors(const transport::Communicator& comm, const grid::JobSpec& job, const solver::SolverSchema& schema)
      : comm_{&comm}, job_{&job}, schema_{&schema}, table_{schema, job.geometry} {}

  /// Places the probes, which depends on the fields; derived fields must be up to date. Before all that
  /// follows. Throws transport::AgreedError (bad_job). @note Collective.
  void place_probes(const Decomposition& fields);

  /// Throws transport::AgreedError (internal) unless all state is finite; see loop::check_health().
  /// @note Collective.
  void check_health(const Decomposition& fields, std::int64_t step, double time) const;

  /// The value of each diagnostic, in declared order; those of step 0 are kept. Derived fields must be up to
  /// date. @note Collective.
  const std::vector<double>& evaluate_diagnostics(const Decomposition& fields, std::int64_t step);

  /// @note Collective.
  void sample_probes(Decomposition& fields, double time);

  /// What depends on the steps before.
  struct State {
    std::vector<double> first_diagnostics;  ///< at step 0; empty if they were not due then
    std::vector<ProbeState> probes;

    friend bool operator==(const State&, const State&) = default;
  };
  State state() const { return {first_diagnostics_, probes().states()}; }
  /// After place_probes().
  void restore(const State& state);

  const ProbeSet& probes() const { return *probes_; }
  const std::vector<double>& first_diagnostics() const { return first_diagnostics_; }
  /// Of the last evaluation; empty before the first one.
  const std::vector<double>& last_diagnostics() const { return last_diagnostics_; }

 private:
  const transport::Communicator* comm_;
  const grid::JobSpec* job_;
  const solver::SolverSchema* schema_;
  DiagnosticTable table_;
  std::optional<ProbeSet> probes_;
  std::vector<double> first_diagnostics_;
  std::vector<double> last_diagnostics_;
};

}  // namespace tessera::loop
