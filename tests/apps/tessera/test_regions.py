"""Values over regions and along transects: the same as those computed from the field files, on any number of ranks and after a restart."""

import csv
import math
import pathlib
import shutil
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "support"))
import hdf5  # noqa: E402
import tessera_cli as cli  # noqa: E402

BAD_JOB = 78

# The time step depends on the fields. The fields of all steps are written, so that values can be computed from them.
WATER = """
[job]
name   = "dam"
solver = "shallow_water"

[domain]
cells    = [24, 16]
chunk    = [6, 8]
upper    = [24.0, 16.0]
boundary = { x = "wall", y = "periodic" }

[initial]
bed     = "0.2*sin(0.3*x)*sin(0.4*y)"
surface = "x < 10 ? 2 : 1"

[time]
end = "2 s"

[checkpoint]
every = "7 steps"

[output]
fields = ["depth", "bed", "momentum_x", "speed"]
every  = "1 step"

[probes]
every = "1 step"
"""

REGIONS = """
[[probes.region]]
name     = "all"
sum      = "depth"
integral = ["speed", "depth*gravity"]
mean     = "speed"

[[probes.region]]
name  = "shore, east"
box   = [[8.5, 20.0], [13.0, 18.0]]
where = "bed > -0.1 && speed > 0.01"
sum   = ["1", "momentum_x"]
mean  = "depth"
min   = "momentum_x"
max   = ["speed", "x*depth - t"]
"""

SPHERE = """
[job]
name   = "ocean"
solver = "shallow_water"

[domain]
geometry = "spherical"
cells    = [36, 16]
chunk    = [9, 8]
lower    = [-180, -40]
upper    = [180, 40]
boundary = { x = "periodic", y = "wall" }

[initial]
bed     = -100
surface = "exp(-((x - 175)/20)^2 - (y/20)^2)"

[time]
max_steps = 8

[output]
fields = ["depth", "surface"]
every  = "2 steps"

[probes]
every = "2 steps"

[[probes.region]]
name     = "date line"
box      = [[530, 560], [-12.5, 40]]
integral = "depth"
mean     = "surface"
max      = "surface"
"""


def field_files(folder):
    """Yields the step, the time and the fields of each field file of a run: a function from names to values."""
    for path in sorted((folder / "fields").glob("*.h5")):
        with hdf5.File(path) as file:
            yield (file.attribute("/", "step")[0], file.attribute("/", "time_s")[0],
                   lambda name, file=file: list(file.dataset(name)[2]))


def water_rows(folder):
    """@return the rows that regions.csv should contain for WATER."""
    rows = []
    for step, time, field in field_files(folder):
        depth, bed, momentum, speed = (field(name) for name in ("depth", "bed", "momentum_x", "speed"))
        cells = [n for n in range(24 * 16)
                 if 8.5 <= n % 24 + 0.5 <= 20.0 and (n // 24 + 0.5 >= 13.0 or n // 24 + 0.5 <= 2.0)
                 and bed[n] > -0.1 and speed[n] > 0.01]
        mean = math.fsum(depth[n] for n in cells) / len(cells) if cells else math.nan
        # The volume of a cell is 1.
        rows.append([step, time, math.fsum(depth), math.fsum(speed), math.fsum(d * 9.81 for d in depth),
                     math.fsum(speed) / (24 * 16),
                     len(cells), math.fsum(momentum[n] for n in cells), mean,
                     min((momentum[n] for n in cells), default=math.nan),
                     max((speed[n] for n in cells), default=math.nan),
                     max(((n % 24 + 0.5) * depth[n] - time for n in cells), default=math.nan)])
    return rows


def as_text(rows):
    """@return the rows as texts, which are equal if all bits are, except those of a negative zero or a NaN."""
    return [[repr(float(value) + 0.0) for value in row] for row in rows]


class Ranks(cli.Case):
    def test_the_values_are_those_of_the_field_files(self):
        job = self.write("job.toml", WATER + REGIONS)
        digests, tables = set(), set()
        for ranks, settings in ((1, []), (2, ["performance.bricks=false"]), (3, ['domain.partition="sfc"']),
                                (4, ["performance.steps_per_exchange=3", "domain.chunk=4"])):
            with self.subTest(ranks=ranks):
                folder, report = self.run_job(job, "--quiet", *settings, name=f"on-{ranks}", ranks=ranks)
                columns, rows = cli.table(folder / "regions.csv")
                self.assertEqual(columns, [
                    "step", "time [s]", "all sum depth [m]", "all integral speed", "all integral depth*gravity",
                    "all mean speed [m/s]", "shore, east sum 1", "shore, east sum momentum_x [m^2/s]",
                    "shore, east mean depth [m]", "shore, east min momentum_x [m^2/s]", "shore, east max speed [m/s]",
                    "shore, east max x*depth - t"])
                self.assertGreater(len(rows), 8)
                self.assertEqual(as_text(rows), as_text(water_rows(folder)))
                self.assertEqual(rows[0][6], 0)  # at rest, no cell satisfies the condition
                self.assertTrue(math.isnan(rows[0][8]))
                self.assertGreater(rows[-1][6], 5)
                self.assertFalse((folder / "probes.csv").exists())
                digests.add(report["digest"]["state"])
                tables.add((folder / "regions.csv").read_bytes())
        self.assertEqual((len(digests), len(tables)), (1, 1))
        without, report = self.run_job(job, "--quiet", "probes.region=[]", name="without")
        self.assertEqual(report["digest"]["state"], digests.pop())
        self.assertFalse((without / "regions.csv").exists())
        self.assertEqual(self.tessera("verify", self.folder / "on-2").code, 0)

    def test_a_region_on_a_sphere_crosses_the_date_line(self):
        job = self.write("job.toml", SPHERE)
        for ranks in (1, 3):
            folder, report = self.run_job(job, "--quiet", name=f"on-{ranks}", ranks=ranks)
            columns, rows = cli.table(folder / "regions.csv")
            self.assertEqual(columns, ["step", "time [s]", "date line integral depth [m m^2]",
                                       "date line mean surface [m]", "date line max surface [m]"])
            radians = math.pi / 180
            edges = [(-40 + n * 5.0) * radians for n in range(17)]
            areas = [6371220.0 * 6371220.0 * 10.0 * radians * (math.sin(north) - math.sin(south))
                     for south, north in zip(edges, edges[1:])]
            # Longitudes from 170 to 200, and latitudes from -12.5 to 40, both of which are centres of cells or bounds.
            cells = [i + 36 * j for i in (0, 1, 35) for j in range(5, 16)]
            expected = []
            for step, time, field in field_files(folder):
                depth, surface = field("depth"), field("surface")
                volume = math.fsum(areas[n // 36] for n in cells)
                expected.append([step, time, math.fsum(depth[n] * areas[n // 36] for n in cells),
                                 math.fsum(surface[n] * areas[n // 36] for n in cells) / volume,
                                 max(surface[n] for n in cells)])
            self.assertEqual(len(rows), 5)
            for row, reference in zip(rows, expected):
                self.assertEqual(row[:2] + row[4:], reference[:2] + reference[4:])
                # The areas may differ in their last bits.
                self.assertAlmostEqual(row[2] / reference[2], 1, delta=1e-14)
                self.assertAlmostEqual(row[3] / reference[3], 1, delta=1e-12)

    def test_probes_and_regions_have_a_table_each(self):
        point = '[[probes.point]]\nname = "pier"\nat = [3.5, 4.5]\n'
        job = self.write("job.toml", WATER + 'fields = ["depth"]\n' + point + REGIONS)
        folder, _ = self.run_job(job, "--quiet", 'probes.every="4 steps"', ranks=2)
        columns, probes = cli.table(folder / "probes.csv")
        self.assertEqual(columns, ["step", "time [s]", "pier depth [m]"])
        _, regions = cli.table(folder / "regions.csv")
        self.assertEqual([row[:2] for row in probes], [row[:2] for row in regions])
        self.assertEqual([row[0] for row in regions[:-1]], list(range(0, int(regions[-1][0]), 4)))


TRANSECTS = """
[[probes.transect]]
name   = "diagonal, long"
from   = [1.5, 15.25]
to     = [22.5, 17.25]
points = 8

[[probes.transect]]
name   = "back"
from   = [20.0, 4.0]
to     = [16.0, 1.0]
points = 2
"""


def transect_rows(folder):
    """@return the rows that transects.csv should contain for WATER with TRANSECTS and the fields `speed` and `depth`."""
    points = [["diagonal, long", math.hypot(3.0 * n, 2 * n / 7), 1.5 + 3.0 * n, 15.25 + 2 * n / 7] for n in range(8)]
    points += [["back", 0.0, 20.0, 4.0], ["back", 5.0, 16.0, 1.0]]
    rows = []
    for step, time, field in field_files(folder):
        speed, depth = field("speed"), field("depth")
        for point in points:
            cell = int(point[2]) + 24 * (int(point[3]) % 16)  # y is periodic
            rows.append([step, time, *point, speed[cell], depth[cell]])
    return rows


def read_transects(folder):
    with open(folder / "transects.csv", newline="", encoding="utf-8") as file:
        columns, *rows = csv.reader(file)
    return columns, [[int(row[0]), float(row[1]), row[2], *map(float, row[3:])] for row in rows]


class Transects(cli.Case):
    def test_the_values_are_those_of_the_cells_on_any_number_of_ranks(self):
        job = self.write("job.toml", WATER + 'fields = ["speed", "depth"]\n' + TRANSECTS)
        tables = set()
        for ranks in (1, 2, 3, 4):
            folder, _ = self.run_job(job, "--quiet", name=f"on-{ranks}", ranks=ranks)
            tables.add((folder / "transects.csv").read_bytes())
        self.assertEqual(len(tables), 1)
        columns, rows = read_transects(folder)
        self.assertEqual(columns, ["step", "time [s]", "transect", "distance", "x", "y", "speed [m/s]", "depth [m]"])
        expected = transect_rows(folder)
        self.assertEqual(len(rows), len(expected))
        for row, reference in zip(rows, expected):
            self.assertEqual(row[:3] + row[6:], reference[:3] + reference[6:])
            for value, other in zip(row[3:6], reference[3:6]):
                self.assertAlmostEqual(value, other, delta=1e-13)

    def test_the_table_continues_after_a_crash_on_another_number_of_ranks(self):
        job = self.write("job.toml", WATER + 'fields = ["speed", "depth"]\n' + TRANSECTS + REGIONS)
        reference, _ = self.run_job(job, "--quiet", name="reference", ranks=1)
        result = self.tessera("run", job, "--run-dir", "killed", "--quiet", "--plugin-path", cli.PLUGINS,
                              "--inject", "kill rank=1 step=12", ranks=2)
        self.assertNotEqual(result.code, 0)
        folder, report = self.run_job(job, "--resume", name="killed", ranks=3)
        self.assertGreater(report["loop"]["first_step"], 0)
        for name in ("transects.csv", "regions.csv"):
            self.assertEqual((folder / name).read_bytes(), (reference / name).read_bytes())
        self.assertFalse((folder / "old-tables").exists())

    def test_distances_on_a_sphere_are_in_metres(self):
        transect = '[[probes.transect]]\nname = "t"\nfrom = [530, 2.5]\nto = [560, 2.5]\npoints = 4\n'
        job = self.write("job.toml", SPHERE + transect)
        folder, _ = self.run_job(job, "--quiet", 'probes.fields=["surface"]', ranks=2)
        columns, rows = read_transects(folder)
        self.assertEqual(columns, ["step", "time [s]", "transect", "distance [m]", "lon [degrees_east]",
                                   "lat [degrees_north]", "surface [m]"])
        self.assertEqual([row[4] for row in rows[:4]], [170.0, 180.0, 190.0, 200.0])
        half = math.asin(math.cos(math.radians(2.5)) * math.sin(math.radians(5)))  # half of 10 degrees at 2.5 degrees north
        for n, row in enumerate(rows[:4]):
            self.assertAlmostEqual(row[3], n * 2 * 6371220.0 * half, delta=1e-6)
        surfaces = [field("surface") for _, _, field in field_files(folder)]
        # The point at 180 is the upper bound of the domain; those beyond it are at the other side.
        self.assertEqual([row[6] for row in rows], [s[i + 36 * 8] for s in surfaces for i in (35, 35, 1, 2)])

    def test_problems_are_reported_at_their_positions(self):
        line = WATER.count("\n") + 1
        for text, *phrases in ((TRANSECTS.replace("points = 8", "points = 1"), f"job.toml:{line + 5}:10", "at least 2"),
                               (TRANSECTS.replace("points = 8", "points = 100001"), "at most 100000"),
                               (TRANSECTS.replace("22.5", "24.5"), f"job.toml:{line + 4}:11", "leaves the domain"),
                               (TRANSECTS.replace('"back"', '"diagonal, long"'), "two transects are named"),
                               ('fields = ["sped"]\n' + TRANSECTS, f"job.toml:{line}:11", "did you mean `speed`?")):
            result = self.tessera("check", self.write("job.toml", WATER + text), "--plugin-path", cli.PLUGINS)
            self.assert_refused(result, BAD_JOB, *phrases)


class Restarts(cli.Case):
    def kill(self, job, step):
        result = self.tessera("run", job, "--run-dir", "killed", "--quiet", "--plugin-path", cli.PLUGINS,
                              "--inject", f"kill rank=1 step={step}", ranks=2)
        self.assertNotEqual(result.code, 0)
        return self.folder / "killed"

    def resume(self, job, name, *settings, ranks=2):
        shutil.copytree(self.folder / "killed", self.folder / name)
        folder, report = self.run_job(job, "--resume", *settings, name=name, ranks=ranks)
        self.assertGreater(report["loop"]["first_step"], 0)
        return folder, int(report["loop"]["first_step"])

    def test_the_table_continues_after_a_crash_on_any_number_of_ranks(self):
        job = self.write("job.toml", WATER + REGIONS)
        reference, _ = self.run_job(job, "--quiet", name="reference", ranks=2)
        self.kill(job, 12)
        for ranks in (1, 3, 4):
            with self.subTest(ranks=ranks):
                folder, _ = self.resume(job, f"on-{ranks}", ranks=ranks)
                self.assertEqual((folder / "regions.csv").read_bytes(), (reference / "regions.csv").read_bytes())
                self.assertFalse((folder / "old-tables").exists())

    def test_regions_may_change_at_a_restart(self):
        job = self.write("job.toml", WATER + REGIONS)
        reference, _ = self.run_job(job, "--quiet", name="reference", ranks=2)
        self.kill(job, 12)
        folder, first = self.resume(job, "changed", "probes.region.1.where=x > 3", ranks=3)
        _, expected = cli.table(reference / "regions.csv")
        _, rows = cli.table(folder / "regions.csv")
        # The columns are the same, so the table continues.
        self.assertEqual([row[:6] for row in rows], [row[:6] for row in expected])
        self.assertEqual({row[6] for row in rows if row[0] > first}, {12 * 5})
        folder, first = self.resume(job, "renamed", 'probes.region.0.name="everything"', ranks=1)
        self.assertIn("the columns of", self.last.err)
        _, rows = cli.table(folder / "regions.csv")
        self.assertEqual(as_text(rows), as_text(row for row in expected if row[0] > first))
        _, rows = cli.table(folder / "old-tables" / f"regions-to-step-{first}.csv")
        self.assertEqual(as_text(rows), as_text(row for row in expected if row[0] <= first))
        folder, first = self.resume(job, "removed", "probes.region=[]", ranks=1)
        _, rows = cli.table(folder / "regions.csv")
        self.assertEqual(as_text(rows), as_text(row for row in expected if row[0] <= first))


class BadInput(cli.Case):
    def check(self, region, *phrases, settings=()):
        """Asserts that a job with this region is refused with a message about a position in the file."""
        job = self.write("job.toml", WATER + region)
        for command in ("check", "run"):
            result = self.tessera(command, job, "--plugin-path", cli.PLUGINS, *settings, ranks=None)
            self.assert_refused(result, BAD_JOB, *phrases)
        self.assertFalse((self.folder / "runs").exists())

    def test_problems_are_reported_at_their_positions(self):
        line = WATER.count("\n") + 1
        name = '[[probes.region]]\nname = "bay"\n'
        self.check(name + 'max = "sped"\n', f"job.toml:{line + 2}:7", "has no field `sped`", "did you mean `speed`?")
        self.check(name + 'max = ["speed", "spedd*2"]\n', f"job.toml:{line + 2}:18", "unknown name `spedd`")
        self.check(name + 'where = "bed <"\nmax = "speed"\n', f"job.toml:{line + 2}:")
        self.check(name + 'max = "speed"\nbox = [[0, 24.5], [0, 1]]\n', f"job.toml:{line + 3}:8",
                   "the region lies outside the domain: x ranges from 0 to 24")
        self.check(name + 'max = "speed"\nbox = [[1, 2], [0.6, 1.4]]\n', f"job.toml:{line + 3}:16",
                   "the region contains no cell")
        self.check(name + 'max = "speed"\n' + name + 'min = "speed"\n', f"job.toml:{line + 4}:8",
                   "two regions are named `bay`")
        self.check(name, f"job.toml:{line}:1", "[[probes.region]] records nothing")
        self.check(name + 'maximum = "speed"\nmax = "depth"\n', f"job.toml:{line + 2}:1", "unknown key `maximum`")

    def test_a_fixed_condition_that_selects_no_cell_is_an_error(self):
        job = self.write("job.toml", WATER + '[[probes.region]]\nname = "bay"\nwhere = "bed > 5"\nmax = "speed"\n')
        for ranks in (1, 3):
            result = self.tessera("run", job, "--quiet", "--run-dir", f"on-{ranks}", "--plugin-path", cli.PLUGINS,
                                  ranks=ranks)
            self.assert_refused(result, BAD_JOB, "no cell of the region `bay` in [probes] satisfies its `where`: bed > 5")


if __name__ == "__main__":
    cli.main()
