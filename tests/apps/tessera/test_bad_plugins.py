"""A faulty plugin ends the run on all ranks, with a single clear message and a documented exit code."""

import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "support"))
import tessera_cli as cli  # noqa: E402

JOB = """
[job]
name = "faulty"
solver = "{solver}"

[domain]
cells = [12, 6]
upper = [12.0, 6.0]
chunk = [4, 3]
boundary = "periodic"

[initial]
level = "x"

[time]
end = 5
"""

UNAVAILABLE = 69
INTERNAL = 70
BAD_JOB = 78


class BadPlugins(cli.Case):
    def check(self, solver, code, phrase, *overrides, ranks=(1, 3)):
        job = self.write("job.toml", JOB.format(solver=solver))
        errors = []
        for number in ranks:
            with self.subTest(ranks=number):
                run = self.folder / f"run-{number}"
                result = self.tessera("run", job, *overrides, "--run-dir", run, "--plugin-path", cli.PLUGINS,
                                      ranks=number, each_rank=True)
                self.assertEqual(result.codes, [code] * number, str(result))
                self.assertEqual(len(result.errors()), 1, str(result))
                self.assertIn(phrase, result.errors()[0])
                self.assertNotIn("done", result.out)
                if code == INTERNAL:
                    report = json.loads((run / "run.json").read_text(encoding="utf-8"))
                    self.assertEqual(report["status"], "failed")
                    self.assertIn(phrase, report["error"])
                    self.assertIn(phrase, (run / "run.log").read_text(encoding="utf-8"))
                else:
                    self.assertFalse(run.exists(), "a run directory was created for an unusable plugin")
                errors.append(result.errors()[0])
        self.assertEqual(len(set(errors)), 1, "the message depends on the number of ranks")

    # Plugins that cannot be loaded.
    def test_a_file_that_is_not_a_library_is_reported(self):
        self.check("not_a_library", UNAVAILABLE, "cannot load the plugin")

    def test_a_missing_entry_point_is_reported(self):
        self.check("no_symbol", UNAVAILABLE, "does not export tessera_plugin_entry")

    def test_a_wrong_abi_version_is_reported(self):
        self.check("wrong_abi", UNAVAILABLE, "was built for version 999 of the plugin interface")

    def test_a_null_descriptor_is_reported(self):
        self.check("null_descriptor", UNAVAILABLE, "tessera_plugin_entry() returned NULL")

    def test_a_missing_update_function_is_reported(self):
        self.check("no_update", UNAVAILABLE, "lacks a function that every solver needs")

    def test_a_null_name_is_reported(self):
        self.check("null_name", UNAVAILABLE, "no valid name, version or summary")

    def test_an_unknown_solver_is_reported(self):
        self.check("no_such_solver", UNAVAILABLE, "there is no solver called `no_such_solver` (searched: ")

    def test_a_missing_plugin_file_is_reported(self):
        self.check("./none.so", UNAVAILABLE, "there is no solver plugin ")

    # Plugins with invalid declarations.
    def test_a_null_table_is_reported(self):
        self.check("null_tables", UNAVAILABLE, "its array of fields is NULL")

    def test_a_null_field_name_is_reported(self):
        self.check("null_field_name", UNAVAILABLE, "invalid field name ``")

    def test_a_duplicate_field_is_reported(self):
        self.check("duplicate_field", UNAVAILABLE, "two fields are called `level`")

    def test_a_radius_that_is_too_large_is_reported(self):
        self.check("wide_radius", UNAVAILABLE, "reads `level` within a radius of 17 cells (0 to 16 are allowed)")

    def test_a_write_to_an_undeclared_field_is_reported(self):
        self.check("undeclared_write", UNAVAILABLE,
                   "stage `keep` writes field number 7, which is not declared (1 declared, numbered from 0)")

    def test_an_invalid_component_is_reported(self):
        self.check("bad_component", UNAVAILABLE, "diagnostic `third` uses component 3, which `level` does not have")

    # Plugins that fail when they are called.
    def test_an_exception_in_the_constructor_is_reported(self):
        self.check("throws_constructor", UNAVAILABLE, "there is no licence for this solver")

    def test_a_job_that_the_solver_rejects_is_reported(self):
        self.check("throws_configure", BAD_JOB, "rejects the job: the domain is too small for this solver")

    def test_a_returned_error_is_reported(self):
        self.check("returns_error", INTERNAL, "the solver `returns_error` failed in stage `keep`: the valve is stuck")

    def test_an_exception_in_update_is_reported(self):
        self.check("throws_update", INTERNAL, "the solver `throws_update` failed in stage `keep`: the pump is broken")

    def test_an_exception_in_a_later_step_is_reported(self):
        self.check("throws_update", INTERNAL, "the pump is broken", "parameters.when=3.0")

    def test_an_exception_in_the_last_step_is_reported(self):
        self.check("throws_update", INTERNAL, "the pump is broken", "parameters.when=4.0")

    def test_a_crash_is_reported_with_its_location(self):
        """The last message names the stage, the step and the cells for each combination of performance options."""
        job = self.write("job.toml", JOB.format(solver="crashes"))
        for exchange in ('steps_per_exchange="stage"', "steps_per_exchange=2", "steps_per_exchange=1"):
            for streaming in ("false", "true"):
                with self.subTest(exchange=exchange, streaming=streaming):
                    result = self.tessera("run", job, f"performance.{exchange}", f"performance.streaming={streaming}",
                                          "--run-dir", self.folder / f"{exchange}-{streaming}", "--plugin-path", cli.PLUGINS)
                    self.assertNotEqual(result.code, 0)
                    self.assertRegex(result.err, r"error: rank 0 received SIGSEGV \(invalid memory access\) in stage "
                                     r"`keep` of solver `crashes`, step 3, cells \[0,12\)x\[-?\d,\d\)\n")

    def test_an_illegal_instruction_is_reported_and_not_retried(self):
        job = self.write("job.toml", JOB.format(solver="traps"))
        result = self.tessera("launch", "-n", "1", job, "--run-dir", self.folder / "run", "--plugin-path", cli.PLUGINS)
        self.assertEqual(result.code, INTERNAL, str(result))
        self.assertIn("received SIGILL (illegal instruction) in stage `keep` of solver `traps`, step 3", result.err)
        self.assertIn("= it was built for another processor, or has a bug", result.err)
        self.assertIn("gave up after 1 attempt: an illegal instruction fails in every attempt", result.err)

    def test_an_illegal_instruction_when_a_plugin_is_loaded_is_reported(self):
        result = self.tessera("describe", "traps_at_load", "--plugin-path", cli.PLUGINS)
        self.assertEqual(result.code, -cli.signal.SIGILL, str(result))
        self.assertIn("error: received SIGILL (illegal instruction) in the initialisation of the plugin "
                      f"{cli.PLUGINS}/traps_at_load.so\n", result.err)
        listed = {s["name"]: s for s in self.tessera("solvers", "--json", "--plugin-path", cli.PLUGINS).json()}
        self.assertIn("killed by signal 4", listed["traps_at_load"]["error"])
        self.assertIn("this one lacks fma4", listed["needs_fma4"]["error"])
        self.assertIn("version", listed["heat"])

    def test_an_exit_is_reported(self):
        """A call of exit() in a solver is a failure, even with code 0."""
        job = self.write("job.toml", JOB.format(solver="exits"))
        for command, place in (("describe", "load"), ("describe", "create"), ("check", "configure"), ("run", "update")):
            for ranks in (1, 2) if command == "run" else (None,):
                with self.subTest(command=command, place=place, ranks=ranks):
                    target = ["exits"] if command == "describe" else [job]
                    result = self.tessera(command, *target, "--plugin-path", cli.PLUGINS, ranks=ranks,
                                          env={"TESSERA_TEST_EXIT": place})
                    self.assertEqual(result.code, INTERNAL, str(result))
                    self.assertRegex(result.err, r"error: (solver `exits`|the plugin .*exits\.so) ended the process in ")

    def test_an_exception_on_one_rank_is_reported(self):
        for place in (0.5, 5.5, 11.5):
            with self.subTest(place=place):
                self.folder = self.folder / "next"
                self.check("throws_update", INTERNAL, "the pump is broken", "parameters.when=2.0",
                           f"parameters.where_x={place}", ranks=(1, 2, 3))

    def test_an_undeclared_read_in_boundary_is_reported(self):
        self.check("boundary_reads", INTERNAL, "boundary() may not read `other`", 'domain.boundary="custom"')

    def test_an_invalid_time_step_is_reported(self):
        for kind, text in (("negative", "-1"), ("zero", "0"), ("nan", "nan")):
            with self.subTest(kind=kind):
                self.folder = self.folder / "next"
                self.check("negative_dt", INTERNAL, f"the solver's stable time step is {text} at step 0, t = 0 s",
                           f'parameters.kind="{kind}"')

    def test_an_unlimited_time_step_is_reported(self):
        job = self.write("job.toml", JOB.format(solver="negative_dt").replace("end = 5", "max_steps = 3"))
        for ranks in (1, 3):
            result = self.tessera("run", job, 'parameters.kind="infinite"', "--run-dir", f"run-{ranks}",
                                  "--plugin-path", cli.PLUGINS, ranks=ranks)
            self.assert_refused(result, BAD_JOB, "nothing limits the time step", "set `dt` or `end` in [time]")


class Undeclared(cli.Case):
    """A solver built with checks (TESSERA_CHECKED), as in debug builds, accesses cells that it has not declared."""

    def check(self, plugin, phrase):
        solver = pathlib.Path(cli.PLUGINS) / f"{plugin}_checked.so"
        job = self.write("job.toml", JOB.format(solver=solver).replace("level =", "u =").replace(
            "end = 5", "dt = 1.0\nend = 5"))
        for ranks in (1, 3):
            result = self.tessera("run", job, "--run-dir", f"run-{ranks}", ranks=ranks, each_rank=True)
            self.assertEqual(result.codes, [INTERNAL] * ranks, str(result))
            self.assertEqual(len(result.errors()), 1, str(result))
            self.assertIn(phrase, result.errors()[0])

    def test_a_read_beyond_the_radius_is_reported(self):
        self.check("reads_beyond", "stage `smooth` reads field `u` at local cell (")

    def test_a_write_outside_the_region_is_reported(self):
        self.check("writes_outside", "stage `smooth` writes field `u` at local cell (")


class BadValues(cli.Case):
    """A NaN or infinity ends the run, with a message that names the cell and does not depend on the number of ranks."""

    JOB = JOB.format(solver="makes_nan").replace("end = 5", "max_steps = 20") + '[health]\nevery = "1 steps"\n'

    def check(self, phrase, *overrides, job=JOB):
        path = self.write("job.toml", job)
        errors = []
        for ranks in (1, 2, 4):
            result = self.tessera("run", path, *overrides, "--run-dir", f"run-{ranks}", "--plugin-path", cli.PLUGINS,
                                  ranks=ranks, each_rank=True)
            self.assertEqual(result.codes, [INTERNAL] * ranks, str(result))
            self.assertEqual(len(result.errors()), 1, str(result))
            errors.append(result.errors()[0])
        self.assertEqual(errors, [f"error: {phrase}"] * 3)

    def test_a_nan_is_reported(self):
        self.check("the field `level` is not finite at cell (9, 4), in chunk (2, 1), found after "
                   "step 4, t = 4 s", "parameters.i=9", "parameters.j=4", "parameters.when=3.0")

    def test_an_infinity_is_reported(self):
        self.check("the field `level` is not finite at cell (3, 2), in chunk (0, 0), found after "
                   "step 1, t = 1 s", "parameters.i=3", "parameters.j=2", "parameters.infinite=true")

    def test_a_nan_is_found_at_the_next_health_check(self):
        self.check("the field `level` is not finite at cell (4, 3), in chunk (1, 1), found after "
                   "step 10, t = 10 s", "parameters.i=4", "parameters.j=3", "parameters.when=6.0",
                   'health.every="5 steps"')

    def test_a_nan_is_found_at_the_end_without_health_checks(self):
        self.check("the field `level` is not finite at cell (4, 3), in chunk (1, 1), found after "
                   "step 20, t = 20 s", "parameters.i=4", "parameters.j=3", "parameters.when=6.0",
                   'health.every="never"')

    def test_a_bad_initial_value_is_reported(self):
        job = self.JOB.replace('level = "x"', 'level = "1/(x - 5.5)"')
        self.check("the field `level` is not finite at cell (5, 0), in chunk (1, 0), found after "
                   "step 0, t = 0 s", job=job)


if __name__ == "__main__":
    cli.main()
