// The types of values in HDF5 files.
#pragma once

#include <hdf5.h>

namespace tessera::hdf5 {

/// Whether a type is a kind of number that computers use: an integer of 8 to 64 bits or a floating-point
/// number. HDF5 can describe any other layout of bits as well, and a damaged file does.
bool is_number(hid_t type);

/// Describes what a type that is not such a number represents, for messages: "text", "compound values".
const char* contents_of(hid_t type);

}  // namespace tessera::hdf5
