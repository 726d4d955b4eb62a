// Fields at the start.
#pragma once

#include "grid/field/field_store.h"
#include "grid/input/data_sets.h"
#include "grid/job/job_spec.h"
#include "grid/solver/solver.h"
#include "grid/solver/solver_schema.h"
#include "transport/communicator.h"

namespace tessera::loop {

/// Fills the owned cells of every field with its default. The storage must hold zeros. No communication.
void fill_defaults(const grid::Geometry& geometry, const solver::SolverSchema& schema,
                   field::FieldStore& store);

/// Fills the owned cells of every field with its default, then with what [initial] says: a number, a
/// formula at the cell centres, or a data set interpolated to them.
///
/// Each data set is read once per node, and not at all on rank 0 if it is in `data_sets`, as after
/// grid::check(). `data_sets` lets go of it at once. Throws transport::AgreedError on all ranks.
/// @note Collective.
void fill_initial(const transport::Communicator& comm, const grid::JobSpec& job,
                  const solver::SolverSchema& schema, field::FieldStore& store, input::DataSets& data_sets);

/// The initial state of a run: fill_initial(), then the initialize() of the solver, which must be configured.
/// Throws transport::AgreedError. @note Collective over `comm`.
void set_initial_state(const transport::Communicator& comm, const solver::Solver& solver,
                       const grid::JobSpec& job, field::FieldStore& store, input::DataSets data_sets);

}  // namespace tessera::loop
