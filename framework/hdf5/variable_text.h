// Texts of variable length in HDF5 files that others have written.
#pragma once

#include "hdf5/foreign_file.h"

#include <cstddef>
#include <optional>
#include <string>

namespace tessera::hdf5 {

/// Returns the text in an attribute that contains one text of variable length; nullopt if the file is
/// damaged, or if the text has more than `max_bytes` bytes.
///
/// HDF5 stores such a text in a heap, and a descriptor in its place. HDF5 1.10 writes beyond its buffers if
/// they do not match, so this function takes only the descriptor from HDF5, and reads the heap itself.
std::optional<std::string> read_variable_text(const ForeignFile& file, hid_t attribute,
                                              std::size_t max_bytes);

}  // namespace tessera::hdf5
