// Initial values of the fields.
#pragma once

#include "grid/field/field_store.h"
#include "grid/input/data_sets.h"
#include "grid/job/job_spec.h"
#include "grid/solver/solver.h"
#include "grid/solver/solver_schema.h"
#include "transport/communicator.h"

namespace tessera::loop {

/// Fills the owned cells of every field with its default. The storage must contain zeros. No communication.
void fill_defaults(const grid::Geometry& geometry, const solver::SolverSchema& schema,
                   field::FieldStore& store);

/// Fills the owned cells of every field with its default, then those of the fields in [initial] with the
/// value given there: a number, a formula evaluated at the cell centres, or a data set interpolated to them.
///
/// Each data set is read once per node that needs it. If the reading rank finds it in `data_sets`, as rank 0
/// does after grid::check(), it is not read again. All data sets of the job are dropped from `data_sets`.
/// Throws transport::AgreedError on all ranks. @note Collective.
void fill_initial(const transport::Communicator& comm, const grid::JobSpec& job,
                  const solver::SolverSchema& schema, field::FieldStore& store, input::DataSets& data_sets);

/// Sets the initial state of a run: fill_initial(), then the solver's initialize(). `solver` must be
/// configured. Throws transport::AgreedError on all ranks. @note Collective over `comm`.
void set_initial_state(const transport::Communicator& comm, const solver::Solver& solver,
                       const grid::JobSpec& job, field::FieldStore& store, input::DataSets data_sets);

}  // namespace tessera::loop
