// The array of a field in a field file.
#pragma once

#include "grid/field/field_store.h"
#include "grid/solver/solver_schema.h"

#include <hdf5.h>

#include <vector>

namespace tessera::output {

/// The shape of the array: the axes, slowest (z) first, then the components if there are several.
std::vector<hsize_t> file_shape(const grid::Index& cells, int dimensions, int components);

/// The type of the values in the file.
hid_t file_type(solver::Scalar scalar);

/// Writes the values of a field in the bricks of this rank to its data set. Throws hdf5::WriteFailure.
void write_values(hid_t dataset, const field::FieldStore& store, int field, int dimensions);

}  // namespace tessera::output
