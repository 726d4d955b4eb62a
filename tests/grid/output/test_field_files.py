"""Programs that know nothing of Tessera open its field files, as NetCDF files with the conventions CF-1.11.

netCDF4, xarray (Debian: python3-netcdf4, python3-xarray) and GDAL (gdal-bin) read files of runs in 1, 2 and 3 dimensions
and on a sphere. Tests of a program that is not installed are skipped.
"""

import json
import pathlib
import re
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "support"))
import tessera_cli as cli  # noqa: E402

try:
    import netCDF4
    import numpy as np
except ImportError:
    netCDF4 = None
try:
    import xarray
except ImportError:
    xarray = None

AXES = ("x", "y", "z")
LOWER, UPPER, CELLS = (1.0, -10.0, 5.0), (2.0, 30.0, 5.5), (7, 6, 5)
SPHERE_LOWER, SPHERE_UPPER = (170.0, -5.0), (190.0, 5.0)

MIX = """
[job]
name = "A title with ä"
solver = "mix"
[domain]
cells = {cells}
lower = {lower}
upper = {upper}
boundary = "periodic"
[initial]
a = "{last}"
b = ["x", "2*{last}", "-x"]
weights = 0.5
[time]
dt = 0.25
max_steps = 2
{start}
[output]
fields = ["weights", "b", "a"]
every = "1 steps"
"""

SPHERE = """
[job]
name = "sphere"
solver = "shallow_water"
[domain]
geometry = "spherical"
cells = [7, 6]
lower = [170.0, -5.0]
upper = [190.0, 5.0]
[initial]
bed = {bed}
surface = 0
[time]
end = "90 s"
max_steps = 100
start = 2004-12-26T07:58:53.5+07:00
[output]
fields = ["depth", "bed", "velocity_x"]
every = "90 s"
"""

HELP = {"a": "mixed over boxes of radius 2 and 3", "b": "vector, mixed over boxes of radius 1",
        "weights": "weight of each cell, from 0 to 1"}


def centres(lower, upper, cells):
    return [lower + (n + 0.5) * ((upper - lower) / cells) for n in range(cells)]


class FieldFileCase(cli.Case):
    def run_mix(self, dimensions, start="", name="run", ranks=1):
        """@return the field files of steps 0 to 2."""
        job = MIX.format(cells=list(CELLS[:dimensions]), lower=list(LOWER[:dimensions]), upper=list(UPPER[:dimensions]),
                         last=AXES[dimensions - 1], start=start)
        folder, _ = self.run_job(self.write(f"{name}.toml", job), name=name, ranks=ranks)
        return [folder / f"fields/fields_{step:08}.h5" for step in range(3)]

    def run_sphere(self, bed='"-4000 + x + 10*y"', name="sphere"):
        """@return the last field file, of t = 90 s."""
        folder, _ = self.run_job(self.write(f"{name}.toml", SPHERE.replace("{bed}", bed)), name=name)
        return sorted(folder.glob("fields/*.h5"))[-1]

    def expected_fields(self, dimensions):
        """@return the initial fields, in the shape of the file."""
        grids = np.meshgrid(*(centres(LOWER[a], UPPER[a], CELLS[a]) for a in reversed(range(dimensions))), indexing="ij")
        x, last = grids[-1], grids[0]
        return {"a": last, "b": np.stack([x, 2 * last, -x], axis=-1).astype("f4"), "weights": np.full(x.shape, 0.5)}


@cli.unittest.skipUnless(netCDF4, "netCDF4 for Python is not installed")
class NetCdf4(FieldFileCase):
    def attributes(self, owner):
        return {name: owner.getncattr(name) for name in owner.ncattrs()}

    def check_digest(self, attributes, name):
        self.assertTrue(re.fullmatch("[0-9a-f]{16}", attributes.pop(name)))

    def check_coordinate(self, file, name, values, attributes):
        variable = file[name]
        self.assertEqual((variable.dtype, variable.dimensions), (np.dtype("f8"), (name,) if values else ()))
        self.assertEqual(self.attributes(variable), attributes)
        if values:
            self.assertEqual(variable[:].tolist(), values)

    def test_dimensions_variables_attributes_and_values(self):
        for dimensions in (1, 2, 3):
            with self.subTest(dimensions=dimensions):
                paths = self.run_mix(dimensions, name=f"run{dimensions}")
                axes = AXES[:dimensions]
                with netCDF4.Dataset(paths[0]) as file:
                    file.set_auto_maskandscale(False)
                    self.assertEqual({name: len(d) for name, d in file.dimensions.items()},
                                     dict(zip(axes, CELLS)) | {"component_3": 3})
                    self.assertEqual(set(file.variables), {"a", "b", "weights", "time", *axes})
                    for a, name in enumerate(axes):
                        self.check_coordinate(file, name, centres(LOWER[a], UPPER[a], CELLS[a]),
                                              {"axis": "XYZ"[a], "long_name": f"{name} coordinate of the cell centre"})
                    for name, values in self.expected_fields(dimensions).items():
                        field = file[name]
                        self.assertEqual(field.dtype, values.dtype)
                        self.assertEqual(field.dimensions, tuple(reversed(axes)) + (("component_3",) if name == "b" else ()))
                        np.testing.assert_array_equal(field[:], values)
                        attributes = self.attributes(field)
                        self.check_digest(attributes, "digest")
                        self.assertEqual(attributes, {"units": "1", "coordinates": "time", "long_name": HELP[name]})
                for step, path in enumerate(paths):
                    with netCDF4.Dataset(path) as file:
                        self.check_coordinate(file, "time", [], {"axis": "T", "standard_name": "time", "units": "s",
                                                                 "long_name": "simulated time"})
                        self.assertEqual(file["time"][:], 0.25 * step)
                        attributes = self.attributes(file)
                        self.check_digest(attributes, "checksum")
                        source = attributes.pop("source")
                        version = self.tessera("--version").out.split()[1]
                        self.assertTrue(source.startswith("mix ") and source.endswith(f", Tessera {version}"), source)
                        self.assertEqual(attributes, {"Conventions": "CF-1.11", "title": "A title with ä", "step": step,
                                                      "time_s": 0.25 * step})

    def test_a_sphere_has_longitudes_latitudes_and_dates(self):
        path = self.run_sphere()
        with netCDF4.Dataset(path) as file:
            for a, (name, long, unit) in enumerate((("lon", "longitude", "degrees_east"),
                                                    ("lat", "latitude", "degrees_north"))):
                self.check_coordinate(file, name, centres(SPHERE_LOWER[a], SPHERE_UPPER[a], CELLS[a]),
                                      {"axis": "XY"[a], "standard_name": long, "units": unit,
                                       "long_name": f"{long} of the cell centre"})
            self.check_coordinate(file, "time", [], {
                "axis": "T", "standard_name": "time", "long_name": "simulated time", "calendar": "standard",
                "units": "seconds since 2004-12-26 00:58:53.5"})
            date = netCDF4.num2date(file["time"][:], file["time"].units, file["time"].calendar)
            self.assertEqual(date.isoformat(), "2004-12-26T01:00:23.500000")
            self.assertEqual((file["bed"].units, file["velocity_x"].units), ("m", "m/s"))
            self.assertNotIn("long_name", file["velocity_x"].ncattrs())  # the solver does not describe it
            self.assertEqual(file["bed"].dimensions, ("lat", "lon"))

    def test_files_do_not_depend_on_the_number_of_ranks(self):
        for dimensions in (1, 3):
            reference = [path.read_bytes() for path in self.run_mix(dimensions, name=f"one{dimensions}")]
            for ranks in (2, 3):
                with self.subTest(dimensions=dimensions, ranks=ranks):
                    paths = self.run_mix(dimensions, name=f"run{dimensions}{ranks}", ranks=ranks)
                    self.assertEqual([path.read_bytes() == wanted for path, wanted in zip(paths, reference)], [True] * 3)


@cli.unittest.skipUnless(xarray and netCDF4, "xarray or netCDF4 for Python is not installed")
class Xarray(FieldFileCase):
    def test_fields_have_their_coordinates(self):
        for dimensions in (1, 2, 3):
            with self.subTest(dimensions=dimensions):
                path = self.run_mix(dimensions, name=f"run{dimensions}")[1]
                with xarray.open_dataset(path, engine="netcdf4") as data:
                    self.assertEqual(set(data.coords), {"time", *AXES[:dimensions]})
                    self.assertEqual(set(data.data_vars), {"a", "b", "weights"})
                    self.assertEqual(data["time"].item(), 0.25)
                    self.assertEqual(data["b"].dims, (*reversed(AXES[:dimensions]), "component_3"))
                    x = centres(LOWER[0], UPPER[0], CELLS[0])
                    self.assertEqual(data["weights"].sel(x=x[2]).shape, tuple(reversed(CELLS[1:dimensions])))
                    self.assertTrue((data["weights"] == 0.5).all())

    def test_the_time_is_a_date_if_the_job_has_a_start(self):
        with xarray.open_dataset(self.run_sphere(), engine="netcdf4") as data:
            self.assertEqual(data["time"].values, np.datetime64("2004-12-26T01:00:23.5"))
            bed = data["bed"].sel(lon=180, lat=-5, method="nearest")
            self.assertEqual(bed.item(), -4000 + 180 + 10 * centres(-5.0, 5.0, 6)[0])
        for start, date in (("2004-12-26", "2004-12-26T00:00:00.25"), ("1066-10-14T09:00:00", "1066-10-14T09:00:00.25")):
            path = self.run_mix(1, f"start = {start}", name=start[:4])[1]
            with xarray.open_dataset(path, engine="netcdf4") as data:
                self.assertTrue(str(data["time"].item() if start < "1582" else data["time"].values).replace(" ", "T")
                                .startswith(date), data["time"])


@cli.unittest.skipUnless(shutil.which("gdalinfo"), "gdalinfo is not installed")
class Gdal(FieldFileCase):
    def describe(self, *arguments):
        result = subprocess.run(["gdalinfo", "-json", *map(str, arguments)], capture_output=True, text=True, check=False)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        return json.loads(result.stdout)

    def test_the_file_is_recognised(self):
        for path in (*(self.run_mix(dimensions, name=f"run{dimensions}")[0] for dimensions in (2, 3)), self.run_sphere()):
            with self.subTest(path=path):
                self.assertIn("SUBDATASETS", self.describe(path)["metadata"])

    def test_longitudes_and_latitudes_are_geographic(self):
        data = self.describe(f'NETCDF:"{self.run_sphere()}":bed')
        self.assertEqual(data["size"], [7, 6])
        spacing = [(u - l) / n for l, u, n in zip(SPHERE_LOWER, SPHERE_UPPER, CELLS)]
        wanted = [170.0, spacing[0], 0.0, 5.0, 0.0, -spacing[1]]
        for found, value in zip(data["geoTransform"], wanted):
            self.assertAlmostEqual(found, value, places=9)
        self.assertEqual(data["bands"][0]["metadata"][""]["units"], "m")

    def test_cartesian_axes_are_kept(self):
        data = self.describe(f'NETCDF:"{self.run_mix(2)[0]}":a')
        self.assertEqual(data["size"], [7, 6])
        wanted = [1.0, 1.0 / 7, 0.0, 30.0, 0.0, -40.0 / 6]
        for found, value in zip(data["geoTransform"], wanted):
            self.assertAlmostEqual(found, value, places=9)


class OwnFields(FieldFileCase):
    """A run reads the field file of another run as its initial state."""

    def test_the_fields_are_the_same(self):
        path = self.run_sphere()
        other = self.run_sphere(f'{{ file = "{path}", dataset = "bed" }}', "again")
        first, second = (self.tessera("digest", file, "--json").json() for file in (path, other))
        self.assertEqual(first["fields"]["bed"], second["fields"]["bed"])

    def test_fields_in_three_dimensions_are_found(self):
        path = self.run_mix(3)[0]
        job = (self.folder / "run.toml").read_text(encoding="utf-8")
        own = f'a = {{ file = "{path}", dataset = "a" }}'
        self.run_job(self.write("own.toml", job.replace('a = "z"', own)), name="own")
        result = self.tessera("diff", path, self.folder / "own/fields/fields_00000000.h5")
        self.assertEqual(result.code, 0, str(result))
        result = self.tessera("describe", path)
        self.assertEqual(result.code, 0, str(result))
        self.assertIn("weight of each cell", result.out)


if __name__ == "__main__":
    cli.main()
