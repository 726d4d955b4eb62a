#include "hdf5/number_type.h"

#include "hdf5/hdf5_handle.h"

#include <algorithm>
#include <iterator>

namespace tessera::hdf5 {
namespace {

/// IEEE 754 half precision, for which HDF5 1.10 has no type.
Hdf5Handle half_type(H5T_order_t order) {
  Hdf5Handle type{H5Tcopy(H5T_IEEE_F32LE), H5Tclose};
  H5Tset_fields(type.get(), 15, 10, 5, 0, 10);
  H5Tset_size(type.get(), 2);
  H5Tset_ebias(type.get(), 15);
  H5Tset_order(type.get(), order);
  return type;
}

}  // namespace

bool is_number(hid_t type) {
  const hid_t standard[] = {H5T_STD_I8LE,      H5T_STD_I8BE,   H5T_STD_I16LE,  H5T_STD_I16BE,  H5T_STD_I32LE,
                            H5T_STD_I32BE,     H5T_STD_I64LE,  H5T_STD_I64BE,  H5T_STD_U8LE,   H5T_STD_U8BE,
                            H5T_STD_U16LE,     H5T_STD_U16BE,  H5T_STD_U32LE,  H5T_STD_U32BE,  H5T_STD_U64LE,
                            H5T_STD_U64BE,     H5T_IEEE_F32LE, H5T_IEEE_F32BE, H5T_IEEE_F64LE, H5T_IEEE_F64BE,
                            H5T_NATIVE_LDOUBLE};
  const auto is_same = [&](hid_t other) { return H5Tequal(type, other) > 0; };
  return std::any_of(std::begin(standard), std::end(standard), is_same) ||
         is_same(half_type(H5T_ORDER_LE).get()) || is_same(half_type(H5T_ORDER_BE).get());
}

const char* contents_of(hid_t type) {
  switch (H5Tget_class(type)) {
    case H5T_INTEGER:
    case H5T_FLOAT:
      return "numbers of an unusual format";
    case H5T_TIME:
      return "times";
    case H5T_STRING:
      return "text";
    case H5T_BITFIELD:
      return "bit fields";
    case H5T_OPAQUE:
      return "opaque bytes";
    case H5T_COMPOUND:
      return "compound values";
    case H5T_REFERENCE:
      return "references";
    case H5T_ENUM:
      return "enumerated values";
    case H5T_VLEN:
      return "lists of variable length";
    case H5T_ARRAY:
      return "arrays";
    default:
      return "values of an unknown type";
  }
}

}  // namespace tessera::hdf5
