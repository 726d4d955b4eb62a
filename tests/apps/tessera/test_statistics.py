"""Statistics over a run: the same bits for any number of ranks, with migration, and after any restart."""

import array
import json
import math
import pathlib
import shutil
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "support"))
import hdf5  # noqa: E402
import tessera_cli as cli  # noqa: E402

BAD_JOB = 78

# The time step depends on the fields. There are statistics of state and derived fields, and of formulas.
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
end = "3 s"

[checkpoint]
every = "7 steps"

[output]
fields = ["depth"]
"""

STATISTICS = """
[[output.statistic]]
of        = "surface"
statistic = "max"
every     = "0.1 s"

[[output.statistic]]
of        = "speed"
statistic = "mean"

[[output.statistic]]
name      = "arrival"
of        = "abs(surface - 1)*gravity"
statistic = "first_above"
above     = 0.5

[[output.statistic]]
name      = "lowest"
of        = "momentum_x"
statistic = "min"
"""

NAMES = ("surface_max", "speed_mean", "arrival", "lowest")

# Nearly all work is in a spot on a single rank, so that chunks migrate as soon as the balance is checked.
SPOT = """
[job]
name   = "spot"
solver = "moving_spot"

[domain]
cells    = [48, 48]
chunk    = [6, 6]
upper    = [1.0, 1.0]
boundary = "periodic"

[parameters]
period = 0.1
work   = 30
factor = 60

[initial]
u = "sin(6.2831853*x)"

[time]
dt        = 1e-3
max_steps = 60

[output]
every = "never"

[[output.statistic]]
of        = "u"
statistic = "mean"

[[output.statistic]]
name      = "low"
of        = "min(u, x + t)"
statistic = "min"

[checkpoint]
every = "20 steps"
"""


def last_field_file(folder):
    return max((folder / "fields").glob("*.h5"))


def bits(folder, names):
    """@return the bytes of fields in the last field file."""
    with hdf5.File(last_field_file(folder)) as file:
        return {name: array.array("d", file.dataset(name)[2]).tobytes() for name in names}


class StatisticsCase(cli.Case):
    def assert_same(self, folder, reference):
        """Asserts that the last field files of two runs are equal in every bit, including steps and times."""
        result = self.tessera("diff", last_field_file(reference), last_field_file(folder))
        self.assertEqual(result.code, 0, str(result))

    def differing_fields(self, folder, reference):
        """@return the names of the fields that differ in the last field files of two runs."""
        result = self.tessera("diff", last_field_file(reference), last_field_file(folder), "--json")
        self.assertEqual(result.code, 1, str(result))
        return {field["field"] for field in result.json()["fields"] if not field["same"]}


class Ranks(StatisticsCase):
    def test_the_bits_do_not_depend_on_ranks_partitions_and_transport(self):
        job = self.write("job.toml", WATER + STATISTICS)
        reference, report = self.run_job(job, "--quiet", name="reference", ranks=1)
        for ranks, settings in ((2, ["performance.bricks=false"]), (3, ['domain.partition="sfc"']),
                                (4, ['performance.transport="messages"', "performance.steps_per_exchange=3"])):
            with self.subTest(ranks=ranks):
                folder, other = self.run_job(job, "--quiet", *settings, name=f"on-{ranks}", ranks=ranks)
                self.assertEqual(other["digest"], report["digest"])
                self.assertEqual(other["statistics"], report["statistics"])
                self.assert_same(folder, reference)
        self.assertEqual([s["name"] for s in report["statistics"]], list(NAMES))
        self.assertEqual([s["unit"] for s in report["statistics"]], ["m", "m/s", "s", "m^2/s"])
        self.assertEqual({(s["first_sample_s"], s["last_sample_s"]) for s in report["statistics"]}, {(0.0, 3.0)})
        # The comparison can fail: with other samples, means differ.
        other, _ = self.run_job(job, "--quiet", 'output.statistic.0.every="0.3 s"', name="other")
        differing = self.differing_fields(other, reference)
        self.assertIn("speed_mean", differing)
        self.assertNotIn("depth", differing)

    def test_a_run_without_statistics_has_the_same_state(self):
        job = self.write("job.toml", WATER + STATISTICS)
        with_statistics, report = self.run_job(job, "--quiet", name="with", ranks=2)
        without, other = self.run_job(job, "--quiet", "output.statistic=[]", name="without", ranks=2)
        self.assertEqual(other["digest"], report["digest"])
        self.assertEqual(other["loop"]["steps"], report["loop"]["steps"])
        self.assertEqual(other["statistics"], [])
        with hdf5.File(last_field_file(without)) as file:
            self.assertNotIn("lowest", file.names())
        with hdf5.File(last_field_file(with_statistics)) as file:
            self.assertLess({"depth", *NAMES}, set(file.names()))

    def test_migrated_chunks_take_their_statistics_along(self):
        job = self.write("job.toml", SPOT)
        reference, _ = self.run_job(job, "--quiet", "performance.balance=false", name="reference", ranks=1)
        # The balance is checked often enough that chunks migrate on any machine, however busy it is.
        folder, report = self.run_job(job, "--quiet", "performance.balance_every=3", name="moved", ranks=2)
        self.assertGreater(report["balance"]["migrations"], 0)
        self.assert_same(folder, reference)

    def test_each_cell_has_the_values_of_the_run(self):
        """The field files of all steps are an independent record of the samples."""
        job = self.write("job.toml", WATER.replace('fields = ["depth"]', 'fields = ["momentum_x", "speed"]\nevery = "1 step"')
                         + STATISTICS.replace("0.1 s", "1 step"))
        folder, _ = self.run_job(job, "--quiet", ranks=3)
        times, momenta, speeds = [], [], []
        for path in sorted((folder / "fields").glob("*.h5")):
            with hdf5.File(path) as file:
                times.append(file.attribute("/", "time_s")[0])
                momenta.append(file.dataset("momentum_x")[2])
                speeds.append(file.dataset("speed")[2])
                lowest, mean = file.dataset("lowest")[2], file.dataset("speed_mean")[2]
        self.assertGreater(len(times), 10)
        self.assertEqual(lowest, [min(values) for values in zip(*momenta)])
        weights = [later - earlier for earlier, later in zip(times, times[1:])]
        for value, samples in zip(mean, zip(*speeds[1:])):
            self.assertAlmostEqual(value, math.fsum(w * s for w, s in zip(weights, samples)) / times[-1], delta=1e-13)


class Restarts(StatisticsCase):
    def kill(self, job, step, *settings):
        result = self.tessera("run", job, "--run-dir", "killed", "--quiet", "--plugin-path", cli.PLUGINS, *settings,
                              "--inject", f"kill rank=1 step={step}", ranks=2)
        self.assertNotEqual(result.code, 0)
        return self.folder / "killed"

    def resume(self, job, name, *settings, ranks=2):
        shutil.copytree(self.folder / "killed", self.folder / name)
        folder, report = self.run_job(job, "--resume", *settings, name=name, ranks=ranks)
        self.assertGreater(report["loop"]["first_step"], 0)
        return folder, report

    def test_a_killed_run_continues_its_statistics_on_any_number_of_ranks(self):
        job = self.write("job.toml", WATER + STATISTICS)
        reference, report = self.run_job(job, "--quiet", name="reference", ranks=2)
        self.kill(job, 20)
        for ranks in (1, 2, 3, 4):
            with self.subTest(ranks=ranks):
                folder, other = self.resume(job, f"on-{ranks}", ranks=ranks)
                self.assertNotIn("starts at step", self.last.err)
                self.assertEqual(other["statistics"], report["statistics"])
                self.assert_same(folder, reference)

    def test_migrated_chunks_are_restored_with_their_statistics(self):
        job = self.write("job.toml", SPOT)
        reference, _ = self.run_job(job, "--quiet", "performance.balance=false", name="reference", ranks=1)
        self.kill(job, 50, "performance.balance_every=3")
        folder, _ = self.resume(job, "resumed", "performance.balance_every=4", ranks=3)
        self.assert_same(folder, reference)

    def test_statistics_may_be_added_removed_and_reordered(self):
        job = self.write("job.toml", WATER + STATISTICS)
        reference, _ = self.run_job(job, "--quiet", name="reference", ranks=2)
        self.kill(job, 20)
        parts = STATISTICS.replace('every     = "0.1 s"\n', "").split("[[output.statistic]]")[1:]
        changed = [parts[3] + 'every = "0.1 s"\n', parts[1],
                   parts[2].replace("0.5", "0.25"),  # another definition with the same name
                   '\nname = "deep"\nof = "depth"\nstatistic = "max"\n']
        other = self.write("other.toml", WATER + "".join("[[output.statistic]]" + part for part in changed))
        folder, report = self.resume(other, "changed", ranks=3)
        for name in ("arrival", "deep"):
            self.assertIn(f"the statistic `{name}` starts at step {report['loop']['first_step']}, t = ", self.last.err)
        self.assertEqual(self.last.err.count("starts at step"), 2, self.last.err)
        kept = ("lowest", "speed_mean")
        self.assertEqual(bits(folder, kept), bits(reference, kept))
        with hdf5.File(last_field_file(folder)) as file:
            self.assertNotIn("surface_max", file.names())
            arrival = [t for t in file.dataset("arrival")[2] if not math.isnan(t)]
            deep = file.dataset("deep")[2]
            depth = file.dataset("depth")[2]
        starts = {s["name"]: s["first_sample_s"] for s in report["statistics"]}
        self.assertEqual([starts["lowest"], starts["speed_mean"]], [0.0, 0.0])
        self.assertEqual(starts["arrival"], starts["deep"])
        self.assertGreater(starts["deep"], 0.0)
        self.assertEqual(min(arrival), starts["arrival"])
        self.assertTrue(all(highest >= now for highest, now in zip(deep, depth)))
        # A second restart continues all of them.
        result = self.tessera("run", other, "--run-dir", folder, "--resume", "time.end=3.5", ranks=2)
        self.assertEqual(result.code, 0, str(result))
        self.assertNotIn("starts at step", result.err)
        again = json.loads((folder / "run.json").read_text(encoding="utf-8"))
        self.assertEqual({s["name"]: s["first_sample_s"] for s in again["statistics"]}, starts)

    def test_statistics_can_be_added_to_a_run_that_had_none(self):
        job = self.write("job.toml", WATER)
        self.kill(job, 20)
        _, report = self.resume(self.write("other.toml", WATER + STATISTICS), "added", ranks=1)
        self.assertEqual(self.last.err.count("starts at step"), 4, self.last.err)
        self.assertEqual(report["statistics"][0]["last_sample_s"], 3.0)


class Files(StatisticsCase):
    def test_statistics_are_written_although_no_field_is(self):
        job = self.write("job.toml", WATER.replace('fields = ["depth"]', 'fields = []\nevery = "never"') + STATISTICS)
        folder, _ = self.run_job(job, "--quiet")
        files = list((folder / "fields").glob("*.h5"))
        self.assertEqual(len(files), 1)
        with hdf5.File(files[0]) as file:
            self.assertEqual({n for n in file.names() if n not in ("time", "x", "y", "VTKHDF")}, set(NAMES))
            self.assertEqual(file.attribute("arrival", "units"), "s")
            self.assertEqual(file.attribute("arrival", "long_name"),
                             "first_above of the formula abs(surface - 1)*gravity above 0.5")
        self.assertIn('Name="arrival"', (folder / "fields.xdmf").read_text(encoding="utf-8"))
        digest = self.tessera("digest", folder)
        self.assertEqual(digest.code, 0, str(digest))
        self.assertIn("arrival", digest.out)
        self.assertEqual(self.tessera("verify", folder).code, 0)

    def test_images_show_statistics(self):
        job = self.write("job.toml", WATER + STATISTICS + '[[output.images]]\nfield = "arrival"\nevery = "1 s"\n')
        folder, report = self.run_job(job, "--quiet", 'output.formats=["hdf5"]', ranks=2)
        names = sorted(p.name for p in (folder / "frames").iterdir())
        self.assertEqual(len(names), 4)
        self.assertEqual(names[-1], f"arrival_{report['loop']['steps']:08}.png")

    def test_a_plan_includes_the_memory_of_statistics(self):
        job = self.write("job.toml", WATER + STATISTICS)
        plans = [self.tessera("plan", job, "-n", "2", "--json", *settings).json()
                 for settings in ([], ["output.statistic=[]"])]
        with_statistics, without = (plan["per_rank"]["memory_bytes"]["maximum"] for plan in plans)
        # Four fields of half the domain, in memory and in the copy for a checkpoint.
        self.assertGreaterEqual(with_statistics - without, 2 * 4 * 8 * 24 * 16 // 2 - 4096)

    def test_a_statistic_without_output_is_refused(self):
        job = self.write("job.toml", WATER.replace("[output]", "[output]\nformats = []") + STATISTICS)
        result = self.tessera("run", job)
        self.assertEqual(result.code, BAD_JOB, str(result))
        self.assertIn("no output shows the statistic `surface_max`", result.err)
        self.assertIn("job.toml:", result.err)


if __name__ == "__main__":
    cli.main()
