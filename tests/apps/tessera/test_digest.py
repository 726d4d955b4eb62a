"""A job gives bit-identical results on any number of ranks, for any chunk size and both partitioners."""

import itertools
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "support"))
import tessera_cli as cli  # noqa: E402

# Each job is run on one rank and on one of these pairs of rank counts; the jobs of a class take turns.
RANKS = itertools.cycle(((2, 7), (3, 4)))
PARTITIONS = ("rcb", "sfc")

HEAT = """
[job]
name = "heat"
solver = "heat"

[domain]
cells = {cells}
upper = {upper}
boundary = {boundary}

[parameters]
diffusivity = 0.3

[initial]
temperature = "300 + 50*{initial}"

[time]
max_steps = {steps}

[diagnostics]
every = "3 steps"

[probes]
fields = ["temperature"]
every = "2 steps"

[[probes.point]]
name = "inside"
at = {point}

[output]
fields = ["temperature"]
every = "5 steps"
"""

MIX = """
[job]
name = "mix"
solver = "mix"

[domain]
cells = {cells}
upper = {upper}
boundary = {boundary}

[initial]
a = "sin(3*x) + 0.1*x"
b = ["cos(x)", "sin(7*x)", "x/(1 + x*x)"]
weights = "0.5 + 0.5*sin(11*x)^2"

[time]
max_steps = 4

[diagnostics]
every = "1 steps"

[output]
fields = ["a", "b", "weights"]
every = "2 steps"
"""

WAVE = """
[job]
name = "wave"
solver = "wave_c"

[domain]
cells = {cells}
upper = {upper}
boundary = {boundary}

[initial]
displacement = "exp(-20*((x - 0.4)^2 + (y - 0.6)^2))"

[time]
end = 0.2

[diagnostics]
every = "2 steps"

[probes]
fields = ["displacement", "kinetic"]
every = "10 ms"

[[probes.point]]
name = "corner"
at = {point}

[output]
fields = ["displacement", "velocity", "kinetic"]
every = "50 ms"
"""

ADVECTION = """
[job]
name = "advection"
solver = "advection_f"

[domain]
cells = {cells}
upper = {upper}
boundary = {boundary}

[parameters]
velocity_x = 0.7
velocity_y = -0.4

[initial]
concentration = "exp(-30*(x - 0.4)^2) + 0.1*x"

[time]
end = 0.1

[output]
fields = ["concentration"]
every = "20 ms"
"""


def toml_list(values):
    return "[" + ", ".join(str(v) for v in values) + "]"


class DigestCase(cli.Case):
    """Compares runs of a job with a reference run, which uses one rank and the default chunk size."""

    def run_and_read(self, job, name, *overrides, ranks=1):
        folder, report = self.run_job(job, *overrides, "--quiet", name=name, ranks=ranks)
        loop = report["loop"]
        tables = {}
        for file in ("diagnostics.csv", "probes.csv"):
            if (folder / file).exists():
                tables[file] = (folder / file).read_text(encoding="utf-8")
        self.assertEqual(report["ranks"], ranks)
        return {
            "digest": report["digest"],
            "steps": [loop[key] for key in ("steps", "simulated_seconds", "min_dt", "max_dt")],
            "diagnostics": report["diagnostics"],
            "probes": report["probes"],
            "tables": tables,
        }

    def check_all(self, job, chunks, overrides=()):
        """Checks the rank counts, with the partitioners in turn, and each chunk size on one rank."""
        expected = self.run_and_read(job, "reference", *overrides)
        self.assertGreater(expected["steps"][0], 0)
        for number, chunk in enumerate(chunks):
            with self.subTest(ranks=1, chunk=chunk):
                found = self.run_and_read(job, f"chunk-{number}", *overrides, f"domain.chunk={toml_list(chunk)}")
                self.assertEqual(found, expected)
        for number, ranks in enumerate(next(RANKS)):
            partition, chunk = PARTITIONS[(number + len(chunks)) % len(PARTITIONS)], chunks[number % len(chunks)]
            name = f"{ranks}-{partition}-" + "x".join(str(c) for c in chunk)
            with self.subTest(ranks=ranks, partition=partition, chunk=chunk):
                found = self.run_and_read(job, name, *overrides, f"domain.chunk={toml_list(chunk)}",
                                          f"domain.partition={partition}", ranks=ranks)
                self.assertEqual(found, expected)
        same = self.tessera("diff", "reference", name)
        self.assertEqual(same.code, 0, str(same))
        self.assertIn("bit-identical", same.out)
        return expected


class Heat(DigestCase):
    def heat(self, cells, boundary, initial, steps=11):
        upper = [c / 20.0 for c in cells]
        return self.write("heat.toml", HEAT.format(cells=toml_list(cells), upper=toml_list(upper), boundary=boundary,
                                                   initial=initial, steps=steps,
                                                   point=toml_list(u / 3 for u in upper)))

    def test_1d_periodic_results_are_bit_identical(self):
        self.check_all(self.heat([101], '"periodic"', "sin(2*x)"), [[7], [1], [13], [50], [1000]])

    def test_1d_fixed_results_are_bit_identical(self):
        boundary = '{ west = { fixed = { temperature = "300 + 10*t" } }, east = { face = { temperature = 310 } } }'
        self.check_all(self.heat([64], boundary, "x"), [[5], [32], [64]])

    def test_2d_wall_results_are_bit_identical(self):
        self.check_all(self.heat([37, 23], '"wall"', "sin(4*x)*y"), [[5, 7], [37, 1], [1, 23], [11, 50]])

    def test_2d_mixed_results_are_bit_identical(self):
        boundary = '{ x = "periodic", south = "outflow", north = { fixed = { temperature = "300 + x" } } }'
        self.check_all(self.heat([31, 29], boundary, "cos(5*x + y)"), [[8, 8], [3, 29], [31, 2]])

    def test_3d_periodic_results_are_bit_identical(self):
        self.check_all(self.heat([17, 13, 11], '"periodic"', "sin(3*x)*cos(4*y)*z"),
                       [[5, 5, 5], [17, 3, 2], [7, 20, 4], [2, 2, 11]])

    def test_3d_mixed_results_are_bit_identical(self):
        boundary = '{ x = "wall", y = "periodic", bottom = { fixed = { temperature = 280 } }, top = "outflow" }'
        self.check_all(self.heat([12, 10, 14], boundary, "x*y - z"), [[4, 5, 3], [12, 10, 1]])

    def test_a_different_parameter_changes_the_state_digest(self):
        job = self.heat([16, 16], '"periodic"', "sin(x)")
        first = self.run_and_read(job, "first")
        second = self.run_and_read(job, "second", "parameters.diffusivity=0.31", "time.dt=1e-5")
        self.run_and_read(job, "third", "parameters.diffusivity=0.3", "time.dt=1e-5")
        self.assertNotEqual(first["digest"], second["digest"])
        different = self.tessera("diff", "second", "third")
        self.assertEqual(different.code, 1, str(different))
        self.assertRegex(different.out, r"temperature +\d+ of 256 values differ, by .* at most, first at cell \(")
        report = self.tessera("diff", "second", "third", "--json")
        self.assertEqual(report.code, 1)
        self.assertIs(report.json()["same"], False)
        near = self.tessera("diff", "second", "third", "--tolerance", "1000")
        self.assertEqual(near.code, 0, str(near))


class Mix(DigestCase):
    def mix(self, cells, boundary, name="mix.toml"):
        return self.write(name, MIX.format(cells=toml_list(cells), upper=toml_list(c / 5.0 for c in cells),
                                           boundary=boundary))

    def test_1d_results_are_bit_identical(self):
        self.check_all(self.mix([41], '"wall"'), [[7], [3], [100]])

    def test_2d_periodic_results_are_bit_identical(self):
        self.check_all(self.mix([19, 17], '"periodic"'), [[5, 7], [3, 17], [19, 3], [4, 4]])

    def test_2d_mixed_results_are_bit_identical(self):
        boundary = '{ x = "wall", south = "outflow", north = { fixed = { a = "x + t", b = [1, "y", 3] } } }'
        self.check_all(self.mix([14, 22], boundary), [[3, 3], [14, 5], [5, 22]])

    def test_3d_results_are_bit_identical(self):
        boundary = '{ x = "periodic", y = "wall", z = "outflow" }'
        self.check_all(self.mix([11, 9, 8], boundary), [[4, 5, 4], [11, 3, 3], [3, 9, 8]])


class WaveInC(DigestCase):
    def test_2d_results_are_bit_identical(self):
        job = self.write("wave.toml", WAVE.format(cells="[33, 25]", upper="[1.1, 0.9]", point="[0.9, 0.1]",
                                                  boundary='{ x = "periodic", y = "wall" }'))
        self.check_all(job, [[6, 5], [33, 2], [40, 40]])

    def test_3d_results_are_bit_identical(self):
        job = self.write("wave.toml", WAVE.format(cells="[12, 10, 9]", upper="[1.2, 1.0, 0.9]",
                                                  point="[0.9, 0.1, 0.4]", boundary='"wall"'))
        self.check_all(job, [[5, 3, 4], [12, 10, 2]])


@cli.unittest.skipUnless(os.path.exists(os.path.join(cli.PLUGINS, "advection_f.so")), "no Fortran plugin was built")
class AdvectionInFortran(DigestCase):
    def test_1d_results_are_bit_identical(self):
        job = self.write("advection.toml", ADVECTION.format(cells="[53]", upper="[1]", boundary='"periodic"')
                         .replace("velocity_y = -0.4\n", ""))
        self.check_all(job, [[7], [53]])

    def test_2d_results_are_bit_identical(self):
        job = self.write("advection.toml", ADVECTION.format(cells="[29, 23]", upper="[1, 1]", boundary='"periodic"'))
        self.check_all(job, [[5, 6], [29, 3]])

    def test_3d_results_are_bit_identical(self):
        job = self.write("advection.toml", ADVECTION.format(cells="[11, 8, 9]", upper="[1, 1, 1]",
                                                            boundary='{ x = "periodic", y = "outflow", z = "wall" }'))
        self.check_all(job, [[4, 3, 5], [11, 8, 2]])


class ShallowWater(DigestCase):
    """The bundled jobs of the shallow-water solver, on coarser grids and for a few steps."""

    def check_bundled(self, name, cells, chunks, steps, *overrides):
        job = cli.SOURCE / "apps/shallow_water/jobs" / name
        self.check_all(job, chunks, [f"domain.cells={toml_list(cells)}", f"time.max_steps={steps}", *overrides])

    def test_a_dam_break_on_a_dry_bed_is_bit_identical(self):
        self.check_bundled("dam-break-dry.toml", [101], [[13], [7]], 25)

    def test_a_dam_break_on_water_is_bit_identical(self):
        self.check_bundled("dam-break-wet.toml", [96], [[11]], 25)

    def test_wetting_and_drying_in_a_bowl_is_bit_identical(self):
        self.check_bundled("thacker-planar.toml", [43, 37], [[8, 9], [43, 5], [5, 37]], 12, "output.images=[]")

    def test_a_steady_flow_around_the_globe_is_bit_identical(self):
        self.check_bundled("williamson-2.toml", [36, 30], [[7, 11], [36, 4]], 8)

    def test_a_lake_at_rest_is_bit_identical(self):
        self.check_bundled("lake-at-rest.toml", [70, 60], [[16, 16], [70, 7]], 6)

    def test_a_tsunami_is_bit_identical(self):
        self.check_bundled("tsunami-2004.toml", [70, 60], [[17, 13], [70, 9]], 12, "output.images=[]")


if __name__ == "__main__":
    cli.main()
