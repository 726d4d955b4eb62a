// Sets the initial values of the fields.
#pragma once

#include "grid/field/field_store.h"
#include "grid/input/data_sets.h"
#include "grid/job/job_spec.h"
#include "grid/solver/solver.h"
#include "grid/solver/solver_schema.h"
#include "transport/communicator.h"

namespace tessera::loop {

/// Fills the owned cells of every field with its default value. The storage must contain zeros. Does not
/// communicate.
void fill_defaults(const grid::Geometry& geometry, const solver::SolverSchema& schema,
                   field::FieldStore& store);

/// Fills the owned cells of every field with its default value, then the fields in [initial] with the values
/// given there: a number, a formula evaluated at the cell centres, or a data set interpolated to the cell
/// centres. The storage must contain zeros.
///
/// Each data set is read once per node that needs it, or, if it is large, by each rank its part; see
/// input::distribute(). It is not read again if it is in the `data_sets` of the reading rank, as on rank 0
/// after grid::check(). All data sets of the job are removed from `data_sets`. Throws transport::AgreedError
/// on all ranks. @note Collective over `comm`.
void fill_initial_values(const transport::Communicator& comm, const grid::JobSpec& job,
                         const solver::SolverSchema& schema, field::FieldStore& store,
                         input::DataSets& data_sets);

/// Sets the initial state of a run: calls fill_initial_values(), then the solver's initialize(). `solver`
/// must be configured. Throws transport::AgreedError on all ranks. @note Collective over `comm`.
void set_initial_state(const transport::Communicator& comm, const solver::Solver& solver,
                       const grid::JobSpec& job, field::FieldStore& store, input::DataSets data_sets);

}  // namespace tessera::loop
