// Fields at the start.
#pragma once

#include "field/field_store.h"
#include "job/job_spec.h"
#include "job/solver_schema.h"

namespace tessera::driver {

/// Fills the owned cells of every field with its default, then with what [initial] says: a number, a
/// formula at the cell centres, or a data set interpolated to them. No communication; each rank reads
/// the data sets it needs. Throws base::Error.
void fill_initial(const job::JobSpec& job, const job::SolverSchema& schema, field::FieldStore& store);

}  // namespace tessera::driver
