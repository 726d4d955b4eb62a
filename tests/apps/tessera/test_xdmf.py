"""The field files contain the initial values of the job, at the correct coordinates for VTK's readers.

Some classes read the files with the HDF5 library itself, and check the known requirements of VTK's readers. The others use
these readers, and are skipped if a reader is missing. VTK (Debian: python3-vtk9) reads single files, with its HDF reader
and, as plain HDF5, with its NetCDF reader. The XDMF series requires the VTK of ParaView (Debian: python3-paraview).
"""

import math
import pathlib
import re
import struct
import sys
import xml.etree.ElementTree as xml

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "support"))
import hdf5  # noqa: E402
import tessera_cli as cli  # noqa: E402

try:
    from vtkmodules.vtkCommonExecutionModel import vtkStreamingDemandDrivenPipeline as pipeline
    from vtkmodules.vtkIOHDF import vtkHDFReader
    from vtkmodules.vtkIONetCDF import vtkNetCDFReader
except ImportError:
    vtkHDFReader = vtkNetCDFReader = None
XDMF_READERS = {}
try:
    from vtkmodules.vtkIOXdmf2 import vtkXdmfReader
    XDMF_READERS["XDMF Reader"] = vtkXdmfReader
except ImportError:
    pass
try:
    from vtkmodules.vtkIOXdmf3 import vtkXdmf3Reader
    XDMF_READERS["Xdmf3 Reader"] = vtkXdmf3Reader
except ImportError:
    pass

MIX = """
[job]
name = "mix"
solver = "mix"

[domain]
cells = {cells}
lower = {lower}
upper = {upper}
boundary = "periodic"

[initial]
a = "{a}"
b = ["1 + x", "2*{last}", "x - {last}"]
weights = "1/(1 + x)"

[time]
dt = 0.25
max_steps = 2

[output]
fields = ["a", "b", "weights"]
every = "1 steps"
"""

AXES = "xyz"
LOWER = (1.0, -10.0, 5.0)
UPPER = (2.0, 30.0, 5.5)
CELLS = (7, 6, 5)


def to_float32(value):
    return struct.unpack("f", struct.pack("f", value))[0]


class Job:
    """A job in 1 to 3 dimensions, and the initial values of its fields."""

    def __init__(self, dimensions):
        self.dimensions = dimensions
        self.cells = CELLS[:dimensions]
        self.lower = LOWER[:dimensions]
        self.upper = UPPER[:dimensions]
        self.spacing = [(u - l) / n for l, u, n in zip(self.lower, self.upper, self.cells)]

    def text(self):
        a = "x" + "".join(f" + {100 ** n}*{AXES[n]}" for n in range(1, self.dimensions))
        return MIX.format(cells=list(self.cells), lower=list(self.lower), upper=list(self.upper), a=a,
                          last=AXES[self.dimensions - 1])

    def centres(self):
        """@return the centres of the cells, x fastest."""
        extents = list(self.cells) + [1] * (3 - self.dimensions)
        for k in range(extents[2]):
            for j in range(extents[1]):
                for i in range(extents[0]):
                    yield [l + (n + 0.5) * h for l, n, h in zip(self.lower, (i, j, k), self.spacing)]

    def expected(self, field):
        """@return the components of a field in each cell."""
        for centre in self.centres():
            if field == "a":
                yield [sum(100**n * x for n, x in enumerate(centre))]
            elif field == "b":
                yield [to_float32(1 + centre[0]), to_float32(2 * centre[-1]), to_float32(centre[0] - centre[-1])]
            else:
                yield [1 / (1 + centre[0])]


class FieldCase(cli.Case):
    def run_mix(self, dimensions, ranks=2):
        job = Job(dimensions)
        folder, _ = self.run_job(self.write("mix.toml", job.text()), ranks=ranks)
        return job, folder

    def check_values(self, job, field, tuples):
        expected = list(job.expected(field))
        self.assertEqual(len(tuples), len(expected))
        # The job may evaluate its formulas in a different order, so values may differ by a few units in the last place.
        tolerance = 1e-6 if field == "b" else 1e-14
        for found, wanted in zip(tuples, expected):
            self.assertEqual(len(found), len(wanted))
            for x, y in zip(found, wanted):
                self.assertTrue(math.isclose(x, y, rel_tol=tolerance, abs_tol=tolerance), f"{field}: {found} {wanted}")


class Index(FieldCase):
    """The XDMF file: its structure is correct, and the files that it refers to exist."""

    def test_grids_and_attributes_are_described(self):
        for dimensions in (1, 2, 3):
            with self.subTest(dimensions=dimensions):
                self.folder = self.folder / "next"
                job, folder = self.run_mix(dimensions)
                root = xml.parse(folder / "fields.xdmf").getroot()
                collection = root.find("Domain/Grid")
                self.assertEqual(collection.get("CollectionType"), "Temporal")
                grids = collection.findall("Grid")
                self.assertEqual([float(g.find("Time").get("Value")) for g in grids], [0.0, 0.25, 0.5])
                extents = [1] * (3 - dimensions) + list(reversed(job.cells))
                for step, grid in enumerate(grids):
                    nodes = [int(n) for n in grid.find("Topology").get("Dimensions").split()]
                    self.assertEqual(nodes, [n + 1 for n in extents])
                    origin, spacing = ([float(v) for v in item.text.split()] for item in grid.find("Geometry"))
                    self.assertEqual(origin[::-1][:dimensions], list(job.lower))
                    self.assertEqual(spacing[::-1][:dimensions], job.spacing)
                    attributes = {a.get("Name"): a for a in grid.findall("Attribute")}
                    self.assertEqual(list(attributes), ["a", "b", "weights"])
                    for name, attribute in attributes.items():
                        self.assertEqual(attribute.get("Center"), "Cell")
                        item = attribute.find("DataItem")
                        file, path = item.text.split(":")
                        self.assertEqual((file, path), (f"fields/fields_{step:08}.h5", f"/{name}"))
                        self.assertTrue((folder / file).exists())
                        is_vector = name == "b"
                        self.assertEqual(attribute.get("AttributeType"), "Vector" if is_vector else "Scalar")
                        self.assertEqual(item.get("Precision"), "4" if is_vector else "8")
                        self.assertEqual([int(n) for n in item.get("Dimensions").split()],
                                         extents + ([3] if is_vector else []))


class Hdf5(FieldCase):
    """The HDF5 files, read with the HDF5 library: the fields, the axes, and the group for VTK's HDF reader."""

    def expected_shape(self, cells, field):
        """@return the shape of a data set: slowest axis first, components last."""
        return list(reversed(cells)) + ([3] if field == "b" else [])

    def check_dataset(self, job, field, file, path, cells, copies=1):
        """Checks a data set with `cells` values along each axis, which contains the field `copies` times."""
        shape, dtype, values = file.dataset(path)
        self.assertEqual(shape, self.expected_shape(cells, field))
        self.assertEqual(dtype, "float" if field == "b" else "double")
        width = 3 if field == "b" else 1
        tuples = [values[n:n + width] for n in range(0, len(values), width)]
        size = len(tuples) // copies
        for copy in range(copies):
            self.check_values(job, field, tuples[copy * size:(copy + 1) * size])

    def test_initial_fields_and_axes_are_written(self):
        for dimensions in (1, 2, 3):
            with self.subTest(dimensions=dimensions):
                self.folder = self.folder / "next"
                job, folder = self.run_mix(dimensions, ranks=3)
                with hdf5.File(folder / "fields/fields_00000000.h5") as file:
                    self.assertEqual(file.names(), sorted(["VTKHDF", "a", "b", "component_3", "time", "weights",
                                                           *AXES[:dimensions]]))
                    for field in ("a", "b", "weights"):
                        self.check_dataset(job, field, file, f"/{field}", job.cells)
                    for axis in range(dimensions):
                        _, dtype, values = file.dataset(f"/{AXES[axis]}")
                        wanted = [job.lower[axis] + (n + 0.5) * job.spacing[axis] for n in range(job.cells[axis])]
                        self.assertEqual((dtype, values), ("double", wanted))

    def test_the_vtkhdf_group_is_complete(self):
        """VTKHDF 1.0: an image whose points are the cell centres. In 1-D and 2-D, the unused axes are padded to two
        points."""
        for dimensions in (1, 2, 3):
            with self.subTest(dimensions=dimensions):
                self.folder = self.folder / "next"
                job, folder = self.run_mix(dimensions, ranks=3)
                points = (list(job.cells) + [2, 2])[:3]
                with hdf5.File(folder / "fields/fields_00000000.h5") as file:
                    self.assertEqual(file.attribute("/VTKHDF", "Version"), [1, 0])
                    self.assertEqual(file.attribute("/VTKHDF", "Type"), "ImageData")
                    self.assertEqual(file.attribute("/VTKHDF", "WholeExtent"), [v for n in points for v in (0, n - 1)])
                    self.assertEqual(file.attribute("/VTKHDF", "Direction"), [1, 0, 0, 0, 1, 0, 0, 0, 1])
                    origin, spacing = file.attribute("/VTKHDF", "Origin"), file.attribute("/VTKHDF", "Spacing")
                    self.assertEqual((len(origin), len(spacing)), (3, 3))
                    for axis in range(dimensions):
                        self.assertEqual(origin[axis], job.lower[axis] + 0.5 * job.spacing[axis])
                        self.assertEqual(spacing[axis], job.spacing[axis])
                    self.assertEqual(file.names("/VTKHDF"), ["PointData"])
                    self.assertEqual(file.names("/VTKHDF/PointData"), ["a", "b", "weights"])
                    for field in ("a", "b", "weights"):
                        self.check_dataset(job, field, file, f"/VTKHDF/PointData/{field}", points,
                                           math.prod(points) // math.prod(job.cells))


@cli.unittest.skipUnless(vtkNetCDFReader, "VTK for Python is not installed")
class VtkNetCdf(FieldCase):
    """The HDF5 files, read as plain HDF5 by VTK's NetCDF reader."""

    def read(self, path, name):
        reader = vtkNetCDFReader()
        reader.SetFileName(str(path))
        reader.UpdateMetaData()
        names = [reader.GetVariableArrayName(n) for n in range(reader.GetNumberOfVariableArrays())]
        for other in names:
            reader.SetVariableArrayStatus(other, int(other == name))
        reader.Update()
        data = reader.GetOutput()
        array = data.GetPointData().GetArray(name) or data.GetCellData().GetArray(name)
        return [array.GetTuple(n)[0] for n in range(array.GetNumberOfTuples())], array.GetDataTypeAsString(), names

    def test_initial_fields_and_axes_are_read(self):
        for dimensions in (1, 2, 3):
            with self.subTest(dimensions=dimensions):
                self.folder = self.folder / "next"
                job, folder = self.run_mix(dimensions, ranks=3)
                path = folder / "fields/fields_00000000.h5"
                for field in ("a", "weights"):
                    values, dtype, names = self.read(path, field)
                    self.assertEqual(dtype, "double")
                    self.check_values(job, field, [[v] for v in values])
                self.assertEqual(sorted(names), sorted(["a", "b", "weights", *AXES[:dimensions]]))
                for axis in range(dimensions):
                    values, _, _ = self.read(path, AXES[axis])
                    wanted = [job.lower[axis] + (n + 0.5) * job.spacing[axis] for n in range(job.cells[axis])]
                    self.assertEqual(values, wanted)
                if dimensions < 3:  # the reader supports at most three dimensions, components included
                    values, dtype, _ = self.read(path, "b")
                    self.assertEqual(dtype, "float")
                    self.check_values(job, "b", [values[n:n + 3] for n in range(0, len(values), 3)])


@cli.unittest.skipUnless(vtkHDFReader, "VTK for Python is not installed")
class VtkHdf(FieldCase):
    """A single file, read by VTK's HDF reader: an image whose points are the cell centres."""

    def test_initial_fields_are_read(self):
        for dimensions in (1, 2, 3):
            with self.subTest(dimensions=dimensions):
                self.folder = self.folder / "next"
                job, folder = self.run_mix(dimensions, ranks=3)
                reader = vtkHDFReader()
                reader.SetFileName(str(folder / "fields/fields_00000000.h5"))
                reader.Update()
                image = reader.GetOutputDataObject(0)
                # In 1-D and 2-D, the unused axes are padded to two points.
                points = (list(job.cells) + [2, 2])[:3]
                self.assertEqual(list(image.GetExtent()), [v for n in points for v in (0, n - 1)])
                for axis in range(dimensions):
                    self.assertEqual(image.GetOrigin()[axis], job.lower[axis] + 0.5 * job.spacing[axis])
                    self.assertEqual(image.GetSpacing()[axis], job.spacing[axis])
                cells = math.prod(job.cells)
                copies = math.prod(points) // cells
                data = image.GetPointData()
                self.assertEqual(data.GetNumberOfArrays(), 3)
                for field in ("a", "b", "weights"):
                    array = data.GetArray(field)
                    self.assertEqual(array.GetDataTypeAsString(), "float" if field == "b" else "double")
                    tuples = [array.GetTuple(n) for n in range(array.GetNumberOfTuples())]
                    self.assertEqual(len(tuples), copies * cells)
                    for copy in range(copies):
                        self.check_values(job, field, tuples[copy * cells:(copy + 1) * cells])


@cli.unittest.skipUnless(XDMF_READERS, "ParaView's readers are not installed")
class ParaView(FieldCase):
    """The time series, read by each of ParaView's XDMF readers."""

    def readers_of(self, path):
        for name, kind in XDMF_READERS.items():
            with self.subTest(reader=name):
                reader = kind()
                reader.SetFileName(str(path))
                reader.UpdateInformation()
                yield reader

    def read_at(self, reader, time):
        # The first update of the newer reader reads only the grid.
        for _ in range(2):
            reader.UpdateTimeStep(time)
        return reader.GetOutputDataObject(0)

    def test_initial_fields_are_read(self):
        for dimensions in (1, 2, 3):
            self.folder = self.folder / "next"
            job, folder = self.run_mix(dimensions)
            for reader in self.readers_of(folder / "fields.xdmf"):
                times = reader.GetOutputInformation(0).Get(pipeline.TIME_STEPS())
                self.assertEqual(times, (0.0, 0.25, 0.5))
                grid = self.read_at(reader, 0.0)
                extent = list(grid.GetExtent())
                self.assertEqual(extent, [v for n in (list(job.cells) + [1, 1])[:3] for v in (0, n)])
                bounds = grid.GetBounds()
                for axis in range(dimensions):
                    self.assertAlmostEqual(bounds[2 * axis], job.lower[axis], places=12)
                    self.assertAlmostEqual(bounds[2 * axis + 1], job.upper[axis], places=12)
                self.assertEqual(grid.GetCellData().GetNumberOfArrays(), 3)
                for field in ("a", "b", "weights"):
                    array = grid.GetCellData().GetArray(field)
                    self.assertEqual(array.GetElementComponentSize(), 4 if field == "b" else 8)
                    self.assertEqual(array.GetNumberOfComponents(), 3 if field == "b" else 1)
                    tuples = [array.GetTuple(n) for n in range(array.GetNumberOfTuples())]
                    self.check_values(job, field, tuples)

    def test_first_and_last_time_steps_are_read(self):
        job, folder = self.run_mix(2)
        sums = [row[2] for row in cli.table(folder / "diagnostics.csv")[1]]
        self.assertEqual(len(sums), 2)  # at the start and at the end
        for reader in self.readers_of(folder / "fields.xdmf"):
            for time, wanted in ((0.0, sums[0]), (0.5, sums[1])):
                array = self.read_at(reader, time).GetCellData().GetArray("a")
                found = math.fsum(array.GetTuple(n)[0] for n in range(array.GetNumberOfTuples()))
                self.assertEqual(found, wanted)

    def test_a_single_scalar_field_is_read(self):
        job = self.write("heat.toml", re.sub(r"(?s)a = .*?weights[^\n]*", 'temperature = "x + 2*y"', Job(2).text())
                         .replace('solver = "mix"', 'solver = "heat"').replace('["a", "b", "weights"]', '["temperature"]'))
        folder, _ = self.run_job(job, "parameters.diffusivity=0")
        for reader in self.readers_of(folder / "fields.xdmf"):
            array = self.read_at(reader, 0.5).GetCellData().GetArray("temperature")
            for n, (x, y) in enumerate(Job(2).centres()):
                self.assertAlmostEqual(array.GetTuple(n)[0], x + 2 * y, places=12)


if __name__ == "__main__":
    cli.main()
