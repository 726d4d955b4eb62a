"""`tessera test`: good solvers pass, and each bad solver breaks the expected promise at the expected place."""

import os
import pathlib
import signal
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "support"))
import tessera_cli as cli  # noqa: E402

PROMISES = ["radius", "cells", "memory", "bits", "restart"]
BROKEN, USAGE, UNAVAILABLE, INTERNAL, BAD_JOB = 1, 64, 69, 70, 78

WATER = """
[job]
name   = "dam"
solver = "shallow_water"

[domain]
cells    = [48, 24]
upper    = [48.0, 24.0]
boundary = { x = "wall", y = "periodic" }

[initial]
bed     = "0.2*sin(0.3*x)*sin(0.4*y)"
surface = "x < 20 ? 2 : 1"

[time]
end = "1 h"

[output]
fields = ["surface"]
every  = "0.7 s"
images = { field = "surface" }

[checkpoint]
every = "auto"
mtbf  = "1 h"

[performance]
steps_per_exchange = 1
"""


class TestCase(cli.Case):
    def setUp(self):
        super().setUp()
        self.scratch = self.folder / "scratch"
        self.scratch.mkdir()

    def test(self, *arguments, **options):
        env = {"TESSERA_MPIEXEC": cli.MPIEXEC, "TMPDIR": str(self.scratch)}
        result = self.tessera("test", *arguments, "--plugin-path", cli.PLUGINS, env=env, **options)
        self.assertEqual(list(self.scratch.glob(".tessera*")), [], "the folder of the runs was not removed")
        return result


class Good(TestCase):
    def passes(self, *arguments):
        result = self.test(*arguments, "--json")
        self.assertEqual(result.code, 0, str(result))
        report = result.json()
        self.assertIs(report["ok"], True)
        self.assertIsNone(report["error"])
        self.assertEqual([(p["name"], p["kept"]) for p in report["promises"]], [(name, True) for name in PROMISES])
        for promise in report["promises"]:
            self.assertRegex(promise["tried"], r"\d")
        return report

    def test_heat(self):
        result = self.test("heat")
        self.assertEqual(result.code, 0, str(result))
        lines = result.out.splitlines()
        self.assertRegex(lines[0], r"^heat \d.*, 12 steps of a sample job$")
        self.assertEqual(len(lines), 1 + len(PROMISES))
        for line in lines[1:]:
            self.assertRegex(line, r"^✓ .* kept$")
        self.assertIn("6 runs on 1, 2, 3 and 4 ranks, 2 chunk sizes, 3 time tiles, 2 transports", lines[4])
        self.assertIn("saved at step 6 on 4 ranks, resumed on 3", lines[5])
        self.assertNotIn("\x1b", result.out)
        self.assertEqual(result.err, "")

    def test_shallow_water_with_a_job(self):
        job = self.write("jobs/dam.toml", WATER)
        report = self.passes("shallow_water", "--job", job, "--ranks", "1,3")
        self.assertEqual(report["job"], str(job))
        self.assertEqual(sorted(self.folder.glob("*")), [job.parent, self.scratch])
        self.assertEqual(list(job.parent.iterdir()), [job])

    def test_c(self):
        self.passes(pathlib.Path(cli.PLUGINS) / "wave_c.so", "--ranks", "1,2")

    @cli.unittest.skipUnless(os.path.exists(os.path.join(cli.PLUGINS, "advection_f.so")), "no Fortran plugin was built")
    def test_fortran(self):
        job = self.write("job.toml", """
[job]
name = "drift"
solver = "advection_f"
[domain]
cells = [20, 14]
boundary = "periodic"
[parameters]
velocity_x = 1.0
velocity_y = -0.5
[initial]
concentration = "sin(2*pi*x)*cos(2*pi*y)"
[time]
max_steps = 40
""")
        self.passes("advection_f", "--ranks", "1,3", "--job", job)
        # With the default velocities, nothing limits the time step of a sample job.
        self.assert_refused(self.test("advection_f", "--ranks", "1"), INTERNAL, "nothing limits the time step",
                            "specify a job that works with --job")

    def test_wide_stencils_and_floats(self):
        self.passes("mix", "--ranks", "2")

    def test_state_between_steps(self):
        result = self.test("remembers", "--ranks", "1,2", "--json")
        self.assertEqual(result.code, 0, str(result))
        self.assertEqual([p["kept"] for p in result.json()["promises"]], [True, True, True, True, None])
        self.assertEqual(result.json()["promises"][4]["found"], "the solver declares one_step_at_a_time()")


class Bad(TestCase):
    def breaks(self, solver, promise, *phrases, ranks="1,3"):
        result = self.test(solver, "--ranks", ranks, "--json")
        self.assertEqual(result.code, BROKEN, str(result))
        report = result.json()
        self.assertIs(report["ok"], False)
        self.assertEqual(report["exit_code"], BROKEN)
        kept = {p["name"]: p["kept"] for p in report["promises"]}
        self.assertIs(kept[promise], False, str(result))
        self.assertEqual([name for name in PROMISES if kept[name] is False], [promise])
        for phrase in phrases:
            self.assertIn(phrase, report["error"])

    def test_reads_beyond_its_radius(self):
        self.breaks("reads_beyond", "radius",
                    "stage `smooth` reads field `u` beyond its declared radius 1 to compute field `u` at cell (11, 0, 0)")

    def test_writes_outside_its_region(self):
        self.breaks("writes_outside", "cells",
                    "stage `smooth` writes field `u` at cell (12, 0, 0), outside its region [0,12)x[0,10)x[0,8)")

    def test_skips_a_cell(self):
        self.breaks("skips_cell", "cells", "stage `keep` does not write field `level` at cell (5, 4, 3)",
                    "write every cell of the region")

    def test_keeps_state_in_a_work_field(self):
        self.breaks("keeps_old_value", "memory", "stage `collect` computes field `sum` at cell (0, 0, 0) from a value "
                    "that an earlier step left in memory")

    def test_depends_on_the_region(self):
        self.breaks("depends_on_region", "bits", "the results depend on how the job is run",
                    "field `level`: ", "first at cell (9, 0, 0)", "one run:   1 rank, chunks of 7 x 6 x 5 cells, ",
                    "the other: 1 rank, chunks of 9 x 7 x 6 cells stored separately, ")

    def test_depends_on_a_member(self):
        self.breaks("counts_calls", "bits", "field `level`: ", "first at cell (0, 0, 0)", "members that a call changes")

    def test_depends_on_the_first_step(self):
        self.breaks("remembers_start", "restart", "a restart changes the results: field `level`: 7680 of 7680 values",
                    "resumed from a checkpoint")

    def test_passes_on_what_a_comparison_swallows(self):
        self.breaks("limits_beyond", "radius", "stage `limit` reads field `level` beyond its declared radius 1")

    def test_changes_its_input(self):
        self.breaks("changes_input", "cells", "stage `keep` changes field `level` at cell (", ", which it may only read")

    def test_skips_its_ghost_cells(self):
        job = self.write("job.toml", """
[job]
name = "open"
solver = "leaves_ghosts"
[domain]
cells = [16, 12]
boundary = { x = "custom", y = "periodic" }
[initial]
level = "x"
[time]
max_steps = 4
""")
        result = self.test("leaves_ghosts", "--job", job, "--ranks", "1,2", "--json")
        self.assertEqual(result.code, BROKEN, str(result))
        self.assertIn("boundary() does not write field `level` at cell (-1, 11, 0)", result.json()["error"])

    def test_uses_the_clock(self):
        self.breaks("uses_clock", "bits", "two runs with the same settings differ", "both: 1 rank, ", "the clock")

    def test_table(self):
        result = self.test("skips_cell", "--color", "always")
        self.assert_refused_in_colour(result)
        signs = [line.split("m", 1)[1][0] for line in result.out.splitlines()[1:]]
        self.assertEqual(signs, ["–", "✗", "–", "–", "–"])
        self.assertRegex(result.out.splitlines()[2], r"guarded: 2 runs on 1 and 4 ranks, .*  broken$")

    def assert_refused_in_colour(self, result):
        self.assertEqual(result.code, BROKEN, str(result))
        self.assertIn("\x1b[31m✗\x1b[0m", result.out)
        self.assertIn("does not write field `level` at cell (5, 4, 3)", result.err)


class Failures(TestCase):
    """Failures other than a broken promise have their own exit codes."""

    def test_no_such_solver(self):
        self.assert_refused(self.test("no_such_solver"), UNAVAILABLE, "there is no solver called `no_such_solver`")

    def test_a_solver_that_refuses_the_sample_job(self):
        self.assert_refused(self.test("throws_configure"), BAD_JOB, "rejects the job: the domain is too small for a whale",
                            "specify a job that works with --job")

    def test_a_solver_that_fails(self):
        result = self.test("returns_error")
        self.assert_refused(result, INTERNAL, "a run of the test failed (1 rank, ", "the valve is stuck",
                            "specify a job that works with --job")
        self.assertNotIn("✗", result.out)

    def test_a_bad_job(self):
        job = self.write("job.toml", WATER.replace("surface = \"x < 20 ? 2 : 1\"", "surfaces = 1"))
        result = self.test("shallow_water", "--job", job)
        self.assert_refused(result, BAD_JOB, "surfaces")
        self.assertNotIn("--job", result.err)

    def test_a_solver_that_crashes(self):
        result = self.test("crashes", "--ranks", "1")
        self.assertEqual(result.code, 139, str(result))
        self.assertIn("received SIGSEGV (invalid memory access) in stage `keep` of solver `crashes`, step 3", result.err)
        self.assertIn("build it with TESSERA_CHECKED=1", result.err)
        self.assertNotIn("--job", result.err)
        self.assertNotIn("[0]", result.err, "the backtrace is left out")

    def test_a_solver_that_ends_the_process(self):
        for place in ("load", "create", "configure"):
            with self.subTest(place=place):
                result = self.tessera("test", "exits", "--ranks", "1", "--plugin-path", cli.PLUGINS,
                                      env={"TMPDIR": str(self.scratch), "TESSERA_TEST_EXIT": place})
                self.assertEqual(result.code, INTERNAL, str(result))
                self.assertEqual(len(result.errors()), 1, str(result))
                self.assertIn("ended the process in ", result.errors()[0])
                self.assertEqual(list(self.scratch.iterdir()), [])

    def test_command_line(self):
        self.assert_refused(self.test("job.toml"), USAGE, "`job.toml` is a job, not a solver", "--job JOB.toml")
        self.assert_refused(self.test("heat", "--ranks", "0"), USAGE)
        self.assert_refused(self.test("heat", "--ranks", "two"), USAGE)
        self.assert_refused(self.test(), USAGE, "solver is required")
        self.assert_refused(self.test("heat", "--job", "none.toml"), 66, "no such job file: `none.toml`")

    def test_under_mpirun(self):
        result = self.tessera("test", "heat", ranks=2)
        self.assertEqual(result.code, USAGE, str(result))
        self.assertEqual(len(result.errors()), 1, str(result))
        self.assertIn("starts mpirun itself", result.err)


class Interrupted(TestCase):
    """However a test ends, no process and no folder is left."""

    def test_time_limit(self):
        begin = time.monotonic()
        result = self.test("hangs", "--ranks", "2", "--timeout", "2 s")
        self.assert_refused(result, INTERNAL, "a run of the test failed (2 ranks, ", "it takes more than 2 s")
        self.assertLess(time.monotonic() - begin, cli.COMMAND_TIMEOUT)
        self.assert_nothing_left()
        self.assert_refused(self.test("heat", "--timeout", "soon"), USAGE, "--timeout expects a duration, not `soon`")

    def test_signals(self):
        for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
            with self.subTest(signal=number):
                process = cli.start([cli.BINARY, "test", "hangs", "--ranks", "2", "--plugin-path", cli.PLUGINS],
                                    self.folder, {"TESSERA_MPIEXEC": cli.MPIEXEC, "TMPDIR": str(self.scratch)})
                cli.wait_for(lambda: list(self.scratch.glob(".tessera-test-*/guarded-1/run.log")))
                process.send_signal(number)
                result = cli.finish(process)
                self.assertEqual(result.code, code, str(result))
                self.assertEqual(result.errors(), ["error: the test was interrupted"], str(result))
                self.assert_nothing_left()

    def test_closed_pipe(self):
        """The reader of the table is gone."""
        read, write = os.pipe()
        os.close(read)
        process = subprocess.Popen([cli.BINARY, "test", "heat", "--ranks", "1", "--plugin-path", cli.PLUGINS],
                                   stdout=write, stderr=subprocess.PIPE, cwd=self.folder,
                                   env={**os.environ, "TMPDIR": str(self.scratch)})
        os.close(write)
        _, err = process.communicate(timeout=cli.COMMAND_TIMEOUT)
        self.assertEqual(process.returncode, 74)
        self.assertIn(b"cannot write to standard output", err)
        self.assert_nothing_left()

    def test_no_temporary_folder(self):
        result = self.tessera("test", "heat", "--ranks", "1", env={"TMPDIR": "/none"})
        self.assert_refused(result, 73, "there is no folder for temporary files", "set TMPDIR to an existing folder")

    def assert_nothing_left(self):
        self.assertEqual(list(self.scratch.iterdir()), [])
        left = []
        for entry in pathlib.Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and str(self.scratch).encode() in (entry / "cmdline").read_bytes():
                    left.append(entry.name)
            except OSError:
                pass
        self.assertEqual(left, [])


class Guard(cli.Case):
    """`performance.guard` in a job, in any build."""

    def job(self, solver, field):
        return self.write(f"{solver}.toml", f"""
[job]
name = "guarded"
solver = "{solver}"
[domain]
cells = [16, 12]
chunk = [5, 5]
boundary = "periodic"
[initial]
{field} = "sin(2*pi*x)"
[time]
dt = 0.001
max_steps = 4
""")

    def test_a_good_solver_has_the_same_bits(self):
        job = self.job("heat", "temperature")
        digests = {self.run_job(job, f"performance.guard={guard}", name=f"{guard}-{ranks}", ranks=ranks)[1]["digest"]["state"]
                   for guard in ("true", "false") for ranks in (1, 3)}
        self.assertEqual(len(digests), 1)

    def test_a_bad_solver_is_found(self):
        job = self.job("reads_beyond", "u")
        for ranks in (1, 3):
            result = self.tessera("run", job, "performance.guard=true", "--plugin-path", cli.PLUGINS, ranks=ranks)
            self.assertEqual(result.code, INTERNAL, str(result))
            self.assertIn("stage `smooth` reads field `u` beyond its declared radius 1", result.errors()[0])


if __name__ == "__main__":
    cli.main()
