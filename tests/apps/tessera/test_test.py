"""`tessera test`: good solvers pass, and each bad solver breaks the expected promise at the expected place."""

import os
import pathlib
import shutil
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

    def run_command(self, *arguments, **options):
        """Runs `tessera test`."""
        env = {"TESSERA_MPIEXEC": cli.MPIEXEC, "TMPDIR": str(self.scratch)}
        result = self.tessera("test", *arguments, "--plugin-path", cli.PLUGINS, env=env, **options)
        self.assertEqual(list(self.scratch.glob(".tessera*")), [], "the temporary folder was not removed")
        return result


class Good(TestCase):
    def check_passes(self, *arguments):
        result = self.run_command(*arguments, "--json")
        self.assertEqual(result.code, 0, str(result))
        report = result.json()
        self.assertIs(report["ok"], True)
        self.assertIsNone(report["error"])
        self.assertEqual([(p["name"], p["kept"]) for p in report["promises"]], [(name, True) for name in PROMISES])
        for promise in report["promises"]:
            self.assertRegex(promise["tried"], r"\d")
        return report

    def test_heat_keeps_all_promises(self):
        result = self.run_command("heat")
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

    def test_shallow_water_keeps_all_promises_in_a_given_job(self):
        job = self.write("jobs/dam.toml", WATER)
        report = self.check_passes("shallow_water", "--job", job, "--ranks", "1,3")
        self.assertEqual(report["job"], str(job))
        self.assertEqual(sorted(self.folder.glob("*")), [job.parent, self.scratch])
        self.assertEqual(list(job.parent.iterdir()), [job])

    def test_a_solver_in_c_keeps_all_promises(self):
        self.check_passes(pathlib.Path(cli.PLUGINS) / "wave_c.so", "--ranks", "1,2")

    @cli.unittest.skipUnless(os.path.exists(os.path.join(cli.PLUGINS, "advection_f.so")), "no Fortran plugin was built")
    def test_a_solver_in_fortran_keeps_all_promises(self):
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
        self.check_passes("advection_f", "--ranks", "1,3", "--job", job)
        # With the default velocities, nothing limits the time step of a sample job.
        self.assert_refused(self.run_command("advection_f", "--ranks", "1"), BAD_JOB, "nothing limits the time step",
                            "use --job to specify a job that works")

    def test_a_solver_with_wide_stencils_and_floats_keeps_all_promises(self):
        self.check_passes("mix", "--ranks", "2")

    def test_restart_is_not_tested_for_a_solver_with_state_between_steps(self):
        result = self.run_command("ordered_steps", "--ranks", "1,2", "--json")
        self.assertEqual(result.code, 0, str(result))
        self.assertEqual([p["kept"] for p in result.json()["promises"]], [True, True, True, True, None])
        self.assertEqual(result.json()["promises"][4]["found"], "the solver declares one_step_at_a_time()")


class Bad(TestCase):
    def check_broken(self, solver, promise, *phrases, ranks="1,3"):
        result = self.run_command(solver, "--ranks", ranks, "--json")
        self.assertEqual(result.code, BROKEN, str(result))
        report = result.json()
        self.assertIs(report["ok"], False)
        self.assertEqual(report["exit_code"], BROKEN)
        kept = {p["name"]: p["kept"] for p in report["promises"]}
        self.assertIs(kept[promise], False, str(result))
        self.assertEqual([name for name in PROMISES if kept[name] is False], [promise])
        for phrase in phrases:
            self.assertIn(phrase, report["error"])
        for entry in report["promises"]:
            if entry["name"] != promise:
                self.assertEqual((entry["setting"], entry["commands"], entry["hint"]), (None, [], None))
        return report

    def repeat(self, report, promise):
        """Executes the commands that the report gives for a broken promise. Returns the result of the last."""
        folder = self.folder / "repeated"
        folder.mkdir()
        (folder / "job.toml").write_text(report["sample_job"])
        entry = next(p for p in report["promises"] if p["name"] == promise)
        self.assertRegex(entry["setting"], r"^\d ranks?, chunks of ")
        self.assertIn(" ".join(entry["hint"].split()), " ".join(report["error"].split()))
        *earlier, last = entry["commands"]
        for command in earlier:
            result = cli.finish(cli.start(["sh", "-c", command], folder))
            self.assertEqual(result.code, 0, str(result))
        return cli.finish(cli.start(["sh", "-c", last], folder))

    def test_the_commands_in_the_json_report_repeat_a_violation(self):
        report = self.check_broken("skips_cell", "cells")
        result = self.repeat(report, "cells")
        self.assertEqual(result.code, INTERNAL, str(result))
        self.assertIn("does not write field `level` at cell (5, 4, 3)", result.err)

    def test_the_commands_in_the_json_report_repeat_a_difference(self):
        for solver, promise in (("depends_on_region", "bits"), ("remembers_start", "restart")):
            with self.subTest(solver=solver):
                report = self.check_broken(solver, promise)
                result = self.repeat(report, promise)
                self.assertEqual(result.code, BROKEN, str(result))
                self.assertIn("level", result.out)
                shutil.rmtree(self.folder / "repeated")

    def test_a_read_beyond_the_radius_is_reported(self):
        self.check_broken("reads_beyond", "radius",
                          "stage `smooth` reads field `u` beyond its declared radius 1 to compute field `u` at cell "
                          "(11, 0, 0)")

    def test_a_write_outside_the_region_is_reported(self):
        self.check_broken("writes_outside", "cells",
                          "stage `smooth` writes field `u` at cell (12, 0, 0), outside its region [0,12)x[0,10)x[0,8)")

    def test_a_skipped_cell_is_reported(self):
        self.check_broken("skips_cell", "cells", "stage `keep` does not write field `level` at cell (5, 4, 3)",
                          "write every cell of the region")

    def test_state_in_a_work_field_is_reported(self):
        self.check_broken("keeps_old_value", "memory", "stage `collect` computes field `sum` at cell (0, 0, 0) from a value "
                          "that an earlier step left in memory")

    def test_results_that_depend_on_the_region_are_reported(self):
        self.check_broken("depends_on_region", "bits", "the results depend on how the job is run",
                          "field `level`: ", "first at cell (9, 0, 0)", "one run:   1 rank, chunks of 7 x 6 x 5 cells, ",
                          "the other: 1 rank, chunks of 9 x 7 x 6 cells stored separately, ")

    def test_results_that_depend_on_a_member_variable_are_reported(self):
        self.check_broken("counts_calls", "bits", "field `level`: ", "first at cell (0, 0, 0)",
                          "members that a call modifies")

    def test_results_that_change_after_a_restart_are_reported(self):
        self.check_broken("remembers_start", "restart", "a restart changes the results: field `level`: 7680 of 7680 values",
                          "resumed from a checkpoint")

    def test_a_read_beyond_the_radius_that_ignores_nan_is_reported(self):
        self.check_broken("limits_beyond", "radius", "stage `limit` reads field `level` beyond its declared radius 1")

    def test_a_change_of_an_input_field_is_reported(self):
        self.check_broken("changes_input", "cells", "stage `keep` changes field `level` at cell (",
                          ", which it may only read")

    def test_an_unwritten_ghost_cell_is_reported(self):
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
        result = self.run_command("leaves_ghosts", "--job", job, "--ranks", "1,2", "--json")
        self.assertEqual(result.code, BROKEN, str(result))
        self.assertIn("boundary() does not write field `level` at cell (-1, 11)", result.json()["error"])

    def test_results_that_depend_on_the_clock_are_reported(self):
        self.check_broken("uses_clock", "bits", "two runs with the same settings differ", "both: 1 rank, ", "the clock")

    def test_the_table_marks_the_broken_promise(self):
        result = self.run_command("skips_cell", "--color", "always")
        self.assert_broken_in_colour(result)
        signs = [line.split("m", 1)[1][0] for line in result.out.splitlines()[1:]]
        self.assertEqual(signs, ["–", "✗", "–", "–", "–"])
        self.assertRegex(result.out.splitlines()[2], r"guarded: 2 runs on 1 and 4 ranks, .*  broken$")

    def assert_broken_in_colour(self, result):
        self.assertEqual(result.code, BROKEN, str(result))
        self.assertIn("\x1b[31m✗\x1b[0m", result.out)
        self.assertIn("does not write field `level` at cell (5, 4, 3)", result.err)


class Failures(TestCase):
    """Failures other than a broken promise have their own exit codes."""

    def test_an_unknown_solver_is_reported(self):
        self.assert_refused(self.run_command("no_such_solver"), UNAVAILABLE, "there is no solver called `no_such_solver`")

    def test_a_rejected_sample_job_is_reported(self):
        self.assert_refused(self.run_command("throws_configure"), BAD_JOB,
                            "rejects the job: the domain is too small for this solver",
                            "use --job to specify a job that works")

    def test_a_failed_test_run_is_reported(self):
        result = self.run_command("returns_error")
        self.assert_refused(result, INTERNAL, "a test run failed (1 rank, ", "the valve is stuck",
                            "use --job to specify a job that works")
        self.assertNotIn("✗", result.out)

    def test_a_bad_job_is_rejected(self):
        job = self.write("job.toml", WATER.replace("surface = \"x < 20 ? 2 : 1\"", "surfaces = 1"))
        result = self.run_command("shallow_water", "--job", job)
        self.assert_refused(result, BAD_JOB, "surfaces")
        self.assertNotIn("--job", result.err)

    def test_a_crash_of_the_solver_is_reported(self):
        result = self.run_command("crashes", "--ranks", "1")
        self.assertEqual(result.code, 139, str(result))
        self.assertIn("received SIGSEGV (invalid memory access) in stage `keep` of solver `crashes`, step 3", result.err)
        self.assertIn("with TESSERA_CHECKED=1; in C, with -g -fsanitize=address", result.err)
        self.assertNotIn("--job", result.err)
        self.assertNotIn("[0]", result.err, "a backtrace was printed")

    def test_a_solver_that_exits_is_reported(self):
        for place in ("load", "create", "configure"):
            with self.subTest(place=place):
                result = self.tessera("test", "exits", "--ranks", "1", "--plugin-path", cli.PLUGINS,
                                      env={"TMPDIR": str(self.scratch), "TESSERA_TEST_EXIT": place})
                self.assertEqual(result.code, INTERNAL, str(result))
                self.assertEqual(len(result.errors()), 1, str(result))
                self.assertIn("ended the process in ", result.errors()[0])
                self.assertEqual(list(self.scratch.iterdir()), [])

    def test_invalid_arguments_are_rejected(self):
        self.assert_refused(self.run_command("job.toml"), USAGE, "`job.toml` is a job, not a solver", "--job JOB.toml")
        self.assert_refused(self.run_command("heat", "--ranks", "0"), USAGE)
        self.assert_refused(self.run_command("heat", "--ranks", "two"), USAGE)
        self.assert_refused(self.run_command(), USAGE, "`tessera test` needs the argument `solver`: ")
        self.assert_refused(self.run_command("heat", "--job", "none.toml"), 66, "no such job file: `none.toml`")

    def test_the_command_is_rejected_under_mpirun(self):
        result = self.tessera("test", "heat", ranks=2)
        self.assertEqual(result.code, USAGE, str(result))
        self.assertEqual(len(result.errors()), 1, str(result))
        self.assertIn("starts mpirun itself", result.err)


class Interrupted(TestCase):
    """However the command ends, it leaves no process and no folder."""

    def test_a_run_that_hangs_exceeds_the_time_limit(self):
        begin = time.monotonic()
        result = self.run_command("hangs", "--ranks", "2", "--timeout", "2 s")
        self.assert_refused(result, INTERNAL, "a test run failed (2 ranks, ", "it exceeded the time limit of 2 s")
        self.assertLess(time.monotonic() - begin, cli.COMMAND_TIMEOUT)
        self.assert_nothing_left()
        self.assert_refused(self.run_command("heat", "--timeout", "soon"), USAGE, "--timeout expects a duration, not `soon`")

    def test_a_signal_interrupts_the_command(self):
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

    def test_a_closed_pipe_is_an_error(self):
        """The process that reads standard output has exited."""
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

    def test_a_missing_temporary_folder_is_an_error(self):
        result = self.tessera("test", "heat", "--ranks", "1", env={"TMPDIR": "/none"})
        self.assert_refused(result, 73, "there is no folder for temporary files", "set TMPDIR to an existing folder")

    def assert_nothing_left(self):
        self.assertEqual(list(self.scratch.iterdir()), [])
        # A process that has been killed takes a moment to end.
        cli.wait_for(lambda: not self.processes(), what="processes are left", seconds=cli.scaled(20))

    def processes(self):
        """@return the process IDs of the processes with the temporary folder in their command line."""
        found = []
        for entry in pathlib.Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and str(self.scratch).encode() in (entry / "cmdline").read_bytes():
                    found.append(entry.name)
            except OSError:
                pass
        return found


class Guard(cli.Case):
    """The job key `performance.guard`, which is available in all builds."""

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

    def test_the_guard_does_not_change_the_results_of_a_good_solver(self):
        job = self.job("heat", "temperature")
        digests = {self.run_job(job, f"performance.guard={guard}", name=f"{guard}-{ranks}", ranks=ranks)[1]["digest"]["state"]
                   for guard in ("true", "false") for ranks in (1, 3)}
        self.assertEqual(len(digests), 1)

    def test_the_guard_reports_a_read_beyond_the_radius_in_a_narrow_domain(self):
        """Such a read reaches ghost layers that only other sweeps of a time tile need, or none at all."""
        job = self.job("reads_beyond", "u")
        for ranks, cells in ((1, "[6, 5]"), (1, "[2, 5]"), (2, "[6, 5]")):
            for steps in ('"stage"', "1", "2"):
                with self.subTest(ranks=ranks, cells=cells, steps=steps):
                    result = self.tessera("run", job, f"domain.cells={cells}", "domain.chunk=2",
                                          f"performance={{guard=true, steps_per_exchange={steps}}}",
                                          "--plugin-path", cli.PLUGINS, ranks=ranks)
                    self.assertEqual(result.code, INTERNAL, str(result))
                    self.assertIn("stage `smooth` reads field `u` beyond its declared radius 1", result.errors()[0])

    def test_the_guard_reports_a_bad_solver(self):
        job = self.job("reads_beyond", "u")
        for ranks in (1, 3):
            result = self.tessera("run", job, "performance.guard=true", "--plugin-path", cli.PLUGINS, ranks=ranks)
            self.assertEqual(result.code, INTERNAL, str(result))
            self.assertIn("stage `smooth` reads field `u` beyond its declared radius 1", result.errors()[0])


if __name__ == "__main__":
    cli.main()
