"""Reads the complete contents of an HDF5 file as bytes, with the HDF5 library that a program is linked to.

The files themselves cannot be compared byte by byte, because HDF5 stores the creation times of data sets.
"""

import ctypes
import ctypes.util
import re
import subprocess

READ_ONLY, DEFAULT, ALL = 0, 0, 0
BY_NAME, ASCENDING = 0, 0
DATASET = 5  # value of H5I_type_t
# Attributes that refer to other objects by their addresses.
REFERENCES = ("DIMENSION_LIST", "REFERENCE_LIST")
ID, SIZE, INT = ctypes.c_int64, ctypes.c_uint64, ctypes.c_int
VISIT = ctypes.CFUNCTYPE(INT, ID, ctypes.c_char_p, ctypes.c_void_p, ctypes.c_void_p)


def library_path(programs):
    """@return the path of the HDF5 library that one of the programs is linked to, or else of the system's HDF5 library.

    @raise OSError: if there is none.
    """
    for program in programs:
        listing = subprocess.run(["ldd", program], capture_output=True, text=True, check=False).stdout
        linked = re.search(r"libhdf5(?:_openmpi|_mpich|_serial)?\.so\S* => (\S+)", listing)
        if linked:
            return linked.group(1)
    for name in ("hdf5_openmpi", "hdf5", "hdf5_serial"):
        found = ctypes.util.find_library(name)
        if found:
            return found
    raise OSError("there is no HDF5 library (libhdf5_openmpi.so, libhdf5.so)")


class Hdf5:
    """Calls the functions of the HDF5 library that are needed for reading."""

    def __init__(self, path):
        self.hdf5 = ctypes.CDLL(path)
        self.hdf5.H5open()
        self._call("H5Eset_auto2", INT, (ID, 0), (ctypes.c_void_p, None), (ctypes.c_void_p, None))

    def _call(self, name, result, *arguments):
        function = getattr(self.hdf5, name)
        function.restype = result
        function.argtypes = [kind for kind, _ in arguments]
        value = function(*(argument for _, argument in arguments))
        if isinstance(value, int) and value < 0:
            raise OSError(f"{name} failed")
        return value

    def _value(self, holder, kind):
        """@return (type, shape, bytes) of a data set (kind `D`) or an attribute (kind `A`)."""
        stored = self._call(f"H5{kind}get_type", ID, (ID, holder))
        if self._call("H5Tis_variable_str", INT, (ID, stored)):
            raise OSError("strings of variable length are not supported")
        space = self._call(f"H5{kind}get_space", ID, (ID, holder))
        rank = self._call("H5Sget_simple_extent_ndims", INT, (ID, space))
        shape = (SIZE * max(rank, 1))()
        self._call("H5Sget_simple_extent_dims", INT, (ID, space), (ctypes.c_void_p, shape), (ctypes.c_void_p, None))
        count = self._call("H5Sget_simple_extent_npoints", ID, (ID, space))
        element = self._call("H5Tget_size", ctypes.c_size_t, (ID, stored))
        data = ctypes.create_string_buffer(max(1, count * element))
        if kind == "D":
            self._call("H5Dread", INT, (ID, holder), (ID, stored), (ID, ALL), (ID, ALL), (ID, DEFAULT),
                       (ctypes.c_void_p, data))
        else:
            self._call("H5Aread", INT, (ID, holder), (ID, stored), (ctypes.c_void_p, data))
        length = ctypes.c_size_t(0)
        self._call("H5Tencode", INT, (ID, stored), (ctypes.c_void_p, None), (ctypes.c_void_p, ctypes.byref(length)))
        encoded = ctypes.create_string_buffer(length.value)
        self._call("H5Tencode", INT, (ID, stored), (ctypes.c_void_p, encoded),
                   (ctypes.c_void_p, ctypes.byref(length)))
        self._call("H5Sclose", INT, (ID, space))
        self._call("H5Tclose", INT, (ID, stored))
        return encoded.raw, tuple(shape[:rank]), data.raw[:count * element]

    def _attributes(self, holder, path):
        for number in range(self._call("H5Aget_num_attrs", INT, (ID, holder))):
            attribute = self._call("H5Aopen_by_idx", ID, (ID, holder), (ctypes.c_char_p, b"."), (INT, BY_NAME),
                                   (INT, ASCENDING), (SIZE, number), (ID, DEFAULT), (ID, DEFAULT))
            name = ctypes.create_string_buffer(1024)
            self._call("H5Aget_name", ctypes.c_ssize_t, (ID, attribute), (ctypes.c_size_t, 1024),
                       (ctypes.c_void_p, name))
            if name.value.decode() not in REFERENCES:
                yield f"{path}@{name.value.decode()}", self._value(attribute, "A")
            self._call("H5Aclose", INT, (ID, attribute))

    def read(self, path):
        """Reads a file. @return for each data set and attribute except references (`/group/data`, `/group/data@name`) its type as HDF5
        encodes it, its shape, and its bytes; for a group, None.

        @raise OSError: if the file cannot be read.
        """
        file = self._call("H5Fopen", ID, (ctypes.c_char_p, str(path).encode()), (ctypes.c_uint, READ_ONLY),
                          (ID, DEFAULT))
        names = [""]
        # H5Lvisit has several versions; all of them pass the name, and only the name is used.
        visit = "H5Lvisit" if hasattr(self.hdf5, "H5Lvisit") else "H5Lvisit1"
        collect = VISIT(lambda _group, name, _link, _data: names.append(name.decode()) or 0)
        self._call(visit, INT, (ID, file), (INT, BY_NAME), (INT, ASCENDING), (VISIT, collect), (ctypes.c_void_p, None))
        content = {}
        for name in names:
            full = "/" + name
            item = self._call("H5Oopen", ID, (ID, file), (ctypes.c_char_p, full.encode()), (ID, DEFAULT))
            content[full] = self._value(item, "D") if self._call("H5Iget_type", INT, (ID, item)) == DATASET else None
            content.update(self._attributes(item, full))
            self._call("H5Oclose", INT, (ID, item))
        self._call("H5Fclose", INT, (ID, file))
        return content
