"""Reads HDF5 files with the HDF5 C library, without Tessera's code or any Python package.

Environment variable:
  TESSERA_HDF5_LIBRARY  the HDF5 C library (a shared library) that Tessera was built with
"""

import ctypes
import math
import os

ID, INDEX_BY_NAME, INCREASING, READ_ONLY, DEFAULT, ALL = ctypes.c_int64, 0, 0, 0, 0, 0
INTEGER, FLOAT, STRING = 0, 1, 3  # values of H5T_class_t
INTERFACE = {
    "H5open": (ctypes.c_int,),
    "H5Eset_auto2": (ctypes.c_int, ID, ctypes.c_void_p, ctypes.c_void_p),
    "H5Fopen": (ID, ctypes.c_char_p, ctypes.c_uint, ID),
    "H5Fclose": (ctypes.c_int, ID),
    "H5Oopen": (ID, ID, ctypes.c_char_p, ID),
    "H5Oclose": (ctypes.c_int, ID),
    "H5Lget_name_by_idx": (ctypes.c_ssize_t, ID, ctypes.c_char_p, ctypes.c_int, ctypes.c_int, ctypes.c_uint64,
                           ctypes.c_char_p, ctypes.c_size_t, ID),
    "H5Dget_space": (ID, ID),
    "H5Dget_type": (ID, ID),
    "H5Dread": (ctypes.c_int, ID, ID, ID, ID, ID, ctypes.c_void_p),
    "H5Aopen": (ID, ID, ctypes.c_char_p, ID),
    "H5Aclose": (ctypes.c_int, ID),
    "H5Aget_space": (ID, ID),
    "H5Aget_type": (ID, ID),
    "H5Aread": (ctypes.c_int, ID, ID, ctypes.c_void_p),
    "H5Sclose": (ctypes.c_int, ID),
    "H5Sget_simple_extent_ndims": (ctypes.c_int, ID),
    "H5Sget_simple_extent_dims": (ctypes.c_int, ID, ctypes.c_void_p, ctypes.c_void_p),
    "H5Tclose": (ctypes.c_int, ID),
    "H5Tget_class": (ctypes.c_int, ID),
    "H5Tget_size": (ctypes.c_size_t, ID),
}
ELEMENTS = {(FLOAT, 8): ctypes.c_double, (FLOAT, 4): ctypes.c_float, (INTEGER, 8): ctypes.c_int64,
            (INTEGER, 4): ctypes.c_int32}
NAMES = {ctypes.c_double: "double", ctypes.c_float: "float", ctypes.c_int64: "int64", ctypes.c_int32: "int32"}


def load():
    library = ctypes.CDLL(os.environ["TESSERA_HDF5_LIBRARY"])
    for name, (result, *arguments) in INTERFACE.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    library.H5open()
    library.H5Eset_auto2(DEFAULT, None, None)  # print no error messages; failures raise exceptions
    return library


class File:
    """A context manager for an HDF5 file, open for reading. @raise OSError: if the file or an object cannot be read."""

    def __init__(self, path):
        self.hdf5 = load()
        self.path = path
        self.file = self.check(self.hdf5.H5Fopen(os.fsencode(path), READ_ONLY, DEFAULT))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.hdf5.H5Fclose(self.file)

    def check(self, result):
        if result < 0:
            raise OSError(f"HDF5 cannot read {self.path}")
        return result

    def names(self, group="/"):
        """@return the sorted names of the members of a group."""
        found = []
        while True:
            name = ctypes.create_string_buffer(256)
            if self.hdf5.H5Lget_name_by_idx(self.file, group.encode(), INDEX_BY_NAME, INCREASING, len(found), name, 256,
                                            DEFAULT) < 0:
                return found
            found.append(name.value.decode())

    def dataset(self, path):
        """@return the shape, the type name ("double", "float", "int64" or "int32") and the values, last axis fastest."""
        data = self.check(self.hdf5.H5Oopen(self.file, path.encode(), DEFAULT))
        try:
            return self.read_content(data, self.hdf5.H5Dget_space, self.hdf5.H5Dget_type,
                                     lambda kind, buffer: self.hdf5.H5Dread(data, kind, ALL, ALL, DEFAULT, buffer))
        finally:
            self.hdf5.H5Oclose(data)

    def attribute(self, path, name):
        """@return an attribute of a group or a data set, as a string or a list of numbers."""
        owner = self.check(self.hdf5.H5Oopen(self.file, path.encode(), DEFAULT))
        attribute = self.hdf5.H5Aopen(owner, name.encode(), DEFAULT)
        try:
            self.check(attribute)
            return self.read_content(attribute, self.hdf5.H5Aget_space, self.hdf5.H5Aget_type,
                                     lambda kind, buffer: self.hdf5.H5Aread(attribute, kind, buffer))[2]
        finally:
            self.hdf5.H5Aclose(attribute)
            self.hdf5.H5Oclose(owner)

    def read_content(self, owner, space_of, type_of, read):
        space, kind = self.check(space_of(owner)), self.check(type_of(owner))
        try:
            shape = (ctypes.c_uint64 * max(1, self.hdf5.H5Sget_simple_extent_ndims(space)))()
            self.check(self.hdf5.H5Sget_simple_extent_dims(space, shape, None))
            shape = list(shape)[:self.hdf5.H5Sget_simple_extent_ndims(space)]
            size, type_class = self.hdf5.H5Tget_size(kind), self.hdf5.H5Tget_class(kind)
            if type_class == STRING:
                text = ctypes.create_string_buffer(size + 1)
                self.check(read(kind, text))
                return shape, "text", text.value.decode()
            element = ELEMENTS[type_class, size]
            values = (element * math.prod(shape))()
            self.check(read(kind, values))
            return shape, NAMES[element], list(values)
        finally:
            self.hdf5.H5Tclose(kind)
            self.hdf5.H5Sclose(space)
