"""Fixed time steps that are too long, and diagnostics that grow without bound."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "support"))
import tessera_cli as cli  # noqa: E402

BAD_JOB = 78

# On this grid, the stable time step of the solver is 0.5^2 / (2 * 2 * 0.125) = 0.5 s.
JOB = """
[job]
name = "plate"
solver = "heat"

[domain]
cells = [16, 16]
upper = [8.0, 8.0]
chunk = 8
boundary = "periodic"

[parameters]
diffusivity = 0.125

[initial]
temperature = "300 + 50*exp(-(x-4)^2 - (y-4)^2)"

[time]
end = "100 s"
dt  = "0.6 s"

[diagnostics]
every = "2 steps"
"""
PLAIN = """
[job]
name = "plain"
solver = "{solver}"
[domain]
cells = [12, 10]
[initial]
level = 1
[time]
max_steps = 3
dt = 1.0
"""


class FixedStep(cli.Case):
    def test_a_step_that_is_too_long_is_rejected_before_the_run(self):
        job = self.write("job.toml", JOB)
        for command in ("check", "plan", "run"):
            with self.subTest(command):
                result = self.tessera(command, job)
                self.assert_refused(result, BAD_JOB, "job.toml:20:7", "the fixed time step of 0.6 s is longer than the "
                                    "stable time step of the solver, 0.5 s", "reduce `dt` in [time], or use `cfl` instead")
                self.assertEqual(list(self.folder.iterdir()), [job])
        result = self.tessera("check", job, "--json")
        problem = result.json()["problems"][0]
        self.assertEqual((result.code, problem["line"], problem["column"], problem["key"]), (BAD_JOB, 20, 7, "time.dt"))

    def test_a_step_as_long_as_the_stable_one_is_accepted(self):
        job = self.write("job.toml", JOB)
        self.assertEqual(self.tessera("check", job, "time.dt=0.5").code, 0)
        self.assertEqual(self.tessera("check", job, "time.dt=0.500001").code, BAD_JOB)

    def test_a_crash_of_the_solver_is_reported(self):
        job = self.write("job.toml", PLAIN.format(solver="crashes_dt"))
        for command in ("check", "plan", "run"):
            with self.subTest(command):
                result = self.tessera(command, job, "--plugin-path", cli.PLUGINS)
                self.assertNotEqual(result.code, 0)
                self.assertIn("received SIGSEGV (invalid memory access) in stable_dt() of solver `crashes_dt`", result.err)


class Rest(cli.Case):
    JOB = """
[job]
name = "basin"
solver = "shallow_water"
[domain]
cells = [12, 10]
upper = [12.0, 10.0]
chunk = 4
boundary = "wall"
[initial]
bed = {bed}
surface = 0
[time]
max_steps = 3
end = 1
"""
    WARNING = "nothing in the initial state limits the time step"

    def test_a_basin_without_water_is_reported_once(self):
        for bed, warnings in (("1", 1), ('"x < 11 ? 1 : -1"', 0), ("-1", 0)):
            job = self.write("basin.toml", self.JOB.format(bed=bed))
            for number, setting in enumerate(("time.cfl=0.5", "time.dt=0.01")):
                with self.subTest(bed=bed, setting=setting):
                    folder, _ = self.run_job(job, setting, name=f"run-{bed[:2].strip(chr(34))}-{number}", ranks=2)
                    self.assertEqual(self.last.err.count(self.WARNING), warnings)
                    self.assertEqual((folder / "run.log").read_text(encoding="utf-8").count(self.WARNING), warnings)


class Growth(cli.Case):
    """The solver `grows` multiplies its field by a factor in each step."""

    JOB = PLAIN.replace("max_steps = 3", "max_steps = 40").format(solver="grows") + """
[parameters]
factor = 10.0
[diagnostics]
every = "2 steps"
"""
    WARNING = "warning: the diagnostic `peak` grows without bound: from 1 at step 0 to "

    def warnings(self, result):
        return [line for line in result.err.splitlines() if "grows without bound" in line]

    def test_a_diagnostic_that_grows_exponentially_is_reported_once(self):
        job = self.write("job.toml", self.JOB)
        for ranks in (1, 2, 3):
            self.run_job(job, name=f"run-{ranks}", ranks=ranks)
            # 100 per record: 10^6 is exceeded after 3 records, but it takes 4 records to tell that growth is exponential.
            self.assertEqual(self.warnings(self.last), [self.WARNING + "1e+08 at step 8"])
            self.assertIn("grows without bound", (self.folder / f"run-{ranks}" / "run.log").read_text(encoding="utf-8"))

    def test_a_run_that_is_resumed_continues_to_watch(self):
        job = self.write("job.toml", self.JOB)
        run = self.folder / "run"
        for steps, expected in ((6, []), (40, [self.WARNING + "1e+08 at step 8"]), (60, [])):
            result = self.tessera("run", job, f"time.max_steps={steps}", "--run-dir", run, "--resume", "--plugin-path",
                                  cli.PLUGINS, ranks=2)
            self.assertEqual(result.code, 0, str(result))
            self.assertEqual(self.warnings(result), expected)

    def test_a_diagnostic_that_grows_slowly_is_not_reported(self):
        job = self.write("job.toml", self.JOB)
        self.run_job(job, "parameters.factor=1.02", "time.max_steps=2000")
        self.assertEqual(self.warnings(self.last), [])

    def test_bundled_jobs_are_not_reported(self):
        for name in ("heat/jobs/hot-spot-3d", "shallow_water/jobs/dam-break-wet", "shallow_water/jobs/lake-at-rest"):
            with self.subTest(name):
                job = cli.SOURCE / "apps" / f"{name}.toml"
                self.run_job(job, "time.max_steps=60", 'diagnostics.every="1 steps"', name=pathlib.Path(name).name)
                self.assertEqual(self.warnings(self.last), [])


if __name__ == "__main__":
    cli.main()
