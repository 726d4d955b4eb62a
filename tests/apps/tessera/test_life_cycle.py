"""Which run a command resumes, what may change between two attempts, and what a run needs of its machine."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "support"))
import tessera_cli as cli  # noqa: E402

USAGE, BAD_DATA, NO_INPUT, CANNOT_CREATE, IO_ERROR, BAD_JOB = 64, 65, 66, 73, 74, 78

# The temperature is 100 + 1000 x and hardly changes, so a value shows where it was recorded.
JOB = """
[job]
name   = "ramp"
solver = "heat"

[domain]
cells    = [40, 12]
chunk    = [10, 6]
upper    = [1.0, 1.0]
boundary = "wall"

[parameters]
diffusivity = 1e-9

[initial]
temperature = "100 + 1000*x"

[time]
dt        = 0.1
max_steps = 60

[output]
every = "20 steps"

[diagnostics]
every = "10 steps"

[checkpoint]
every = "20 steps"

[probes]
fields = ["temperature"]
every  = "10 steps"

[[probes.point]]
name = "at 0.1"
at   = [0.1, 0.5]

[[probes.point]]
name = "at 0.9"
at   = [0.9, 0.5]
"""

THIRD_PROBE = """
[[probes.point]]
name = "at 0.4"
at   = [0.4, 0.5]
"""


def content(folder):
    """@return the content of all files in a folder, except locks."""
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.suffix != ".lock"}


def state_digest(folder):
    return json.loads((folder / "run.json").read_text(encoding="utf-8"))["digest"]["state"]


class Runs(cli.Case):
    def job(self, *changes, name="job.toml"):
        text = JOB
        for old, new in changes:
            self.assertIn(old, text)
            text = text.replace(old, new)
        return self.write(name, text)

    def kill_at(self, step, *arguments, **options):
        result = self.tessera("run", *arguments, "--inject", f"kill step={step}", **options)
        self.assertNotEqual(result.code, 0, str(result))

    def test_resume_never_takes_the_run_of_another_job(self):
        first = self.job(name="first.toml")
        second = self.job(('name   = "ramp"', 'name   = "other"'), name="second.toml")
        self.assertEqual(self.tessera("run", first).code, 0)
        self.kill_at(50, first)
        runs = set((self.folder / "runs").iterdir())
        self.assertEqual(len(runs), 2)
        before = {run: content(run) for run in runs}
        other = self.tessera("run", second, "--resume")
        self.assertEqual(other.code, 0, str(other))
        self.assertIn("starts a new run: there is no unfinished run of this job in `runs`", other.err)
        new = set((self.folder / "runs").iterdir()) - runs
        self.assertEqual(len(new), 1)
        for run in runs:
            self.assertEqual(content(run), before[run])
        # The first job resumes its unfinished run, not the one that is done.
        result = self.tessera("run", first, "--resume")
        self.assertEqual(result.code, 0, str(result))
        self.assertIn("resumes from step", result.err)
        self.assertNotIn("starts a new run", result.err)
        self.assertEqual(len(list((self.folder / "runs").iterdir())), 3)
        self.assertEqual(len({state_digest(run) for run in (self.folder / "runs").iterdir()}), 1)

    def test_a_run_that_is_done_is_extended_and_keeps_its_files(self):
        job = self.job()
        expected, _ = self.run_job(job, "time.max_steps=100", name="expected")
        run, _ = self.run_job(job, ranks=2)
        before = content(run / "fields")
        result = self.tessera("run", job, "--run-dir", run, "--resume")
        self.assertEqual(result.code, 0, str(result))
        self.assertIn("is already done", result.out)
        self.assert_refused(self.tessera("run", job, "--run-dir", run, "--resume", "time.max_steps=50"), BAD_JOB,
                            "the end of the job is not after step 60")
        self.assertEqual(content(run / "fields"), before)
        result = self.tessera("run", job, "--run-dir", run, "--resume", "time.max_steps=100", ranks=3)
        self.assertEqual(result.code, 0, str(result))
        self.assertIn("resumes from step 60", result.err)
        self.assertEqual(before.items() - content(run / "fields").items(), set())
        self.assertEqual(state_digest(run), state_digest(expected))
        for table in ("diagnostics.csv", "probes.csv"):
            self.assertEqual((run / table).read_bytes(), (expected / table).read_bytes())

    def test_a_run_without_its_final_state_is_not_computed_again(self):
        job = self.job()
        run, _ = self.run_job(job, "checkpoint.every=never")
        before = content(run)
        self.assert_refused(
            self.tessera("run", job, "--run-dir", run, "--resume", "time.max_steps=100", "checkpoint.every=never"),
            CANNOT_CREATE, "contains the results of a completed run, and no checkpoint to resume from", "--overwrite")
        self.assertEqual(content(run), before)

    def test_the_job_of_the_run_is_used_if_no_job_is_given(self):
        job = self.job()
        expected, _ = self.run_job(job, name="expected")
        for command in (["run", "--resume"], ["launch", "-n", "2"]):
            run = self.folder / f"{command[0]}-run"
            self.kill_at(50, job, "--run-dir", run)
            moved = self.folder / f"{command[0]}-moved"
            shutil.move(run, moved)
            job.rename(self.folder / "gone.toml")
            result = self.tessera(*command, "--run-dir", moved)
            (self.folder / "gone.toml").rename(job)
            self.assertEqual(result.code, 0, str(result))
            self.assertEqual(state_digest(moved), state_digest(expected))
        result = self.tessera("run", "--resume", "--run-dir", moved, "time.max_steps=80", cwd="/")
        self.assertEqual(result.code, 0, str(result))
        self.assertIn("resumes from step 60", result.err)
        for arguments in (["run"], ["run", "--resume"], ["run", "time.max_steps=5"], ["launch"]):
            self.assert_refused(self.tessera(*arguments), USAGE, "no job file was given")

    def test_a_change_of_the_solver_must_be_accepted(self):
        solvers = self.folder / "solvers"
        solvers.mkdir()
        source = next(pathlib.Path(cli.BINARY).resolve().parents[1].glob("lib/tessera/solvers/heat.so"))
        solver = solvers / "heat.so"
        shutil.copy(source, solver)
        job = self.job()
        run = self.folder / "run"
        self.kill_at(50, job, "--run-dir", run, "--plugin-path", solvers)
        with open(solver, "ab") as file:  # another file, but the same code
            file.write(b"\0")
        arguments = ["run", job, "--run-dir", run, "--plugin-path", solvers, "--resume"]
        before = content(run)
        self.assert_refused(self.tessera(*arguments), BAD_DATA, "another build of solver `heat`",
                            "--accept-changed solver")
        self.assert_refused(self.tessera(*arguments, "--accept-changed", "tessera"), BAD_DATA, "another build")
        self.assert_refused(self.tessera(*arguments, "--accept-changed", "all"), USAGE,
                            "--accept-changed does not accept `all`", "solver, tessera, data")
        self.assertEqual(content(run), before)
        self.assertEqual(self.tessera(*arguments, "--accept-changed", "solver").code, 0)

    def test_input_data_are_compared_by_their_values(self):
        def write_data(first, name="data.asc"):
            rows = [" ".join(str(100 + row * 10 + column + (first if row == column == 0 else 0)) for column in range(6))
                    for row in range(6)]
            return self.write(name, "ncols 6\nnrows 6\nxllcorner -0.1\nyllcorner -0.1\ncellsize 0.2\n" + "\n".join(rows))

        data = write_data(0)
        job = self.job(('temperature = "100 + 1000*x"', 'temperature = { file = "data.asc" }'))
        expected, _ = self.run_job(job, name="expected")
        for name, change, code in (("unchanged", lambda: None, 0), ("touched", lambda: write_data(0), 0),
                                   ("removed", data.unlink, 0), ("changed", lambda: write_data(5), BAD_DATA)):
            with self.subTest(name):
                write_data(0)
                run = self.folder / name
                self.kill_at(50, job, "--run-dir", run)
                before = content(run)
                time.sleep(0.02)  # so that the file gets another time
                change()
                result = self.tessera("run", job, "--run-dir", run, "--resume", ranks=2)
                self.assertEqual(result.code, code, str(result))
                if code == 0:
                    self.assertEqual(state_digest(run), state_digest(expected))
                    continue
                self.assertIn("the input data have changed", result.err)
                self.assertEqual(content(run), before)
                self.assertEqual(self.tessera("run", job, "--run-dir", run, "--resume", "--accept-changed", "data").code, 0)
        # A copy with another name is the same data.
        write_data(0, "copy.asc")
        write_data(0)
        run = self.folder / "renamed"
        self.kill_at(50, job, "--run-dir", run)
        copied = self.job(('temperature = "100 + 1000*x"', 'temperature = { file = "copy.asc" }'), name="copied.toml")
        self.assertEqual(self.tessera("run", copied, "--run-dir", run, "--resume").code, 0)
    def test_probes_may_change_at_a_restart(self):
        reversed_probes = JOB[: JOB.index("[[probes.point]]")] + JOB[JOB.rindex("[[probes.point]]"):] + "".join(
            JOB[JOB.index("[[probes.point]]"): JOB.rindex("[[probes.point]]")])
        for name, text in (("reversed", reversed_probes), ("added", JOB + THIRD_PROBE),
                           ("removed", JOB[: JOB.rindex("[[probes.point]]")])):
            with self.subTest(name):
                run = self.folder / name
                self.kill_at(50, self.job(), "--run-dir", run)
                changed = self.write(f"{name}.toml", text)
                result = self.tessera("run", changed, "--run-dir", run, "--resume", ranks=2)
                self.assertEqual(result.code, 0, str(result))
                self.assertIn("the columns of", result.err)
                rows = 0
                for path in [run / "probes.csv", *(run / "old-tables").iterdir()]:
                    columns, values = cli.table(path)
                    for row in values:
                        self.assertEqual(len(row), len(columns))
                        for column, value in zip(columns[2:], row[2:]):
                            self.assertLess(abs(value - 100 - 1000 * float(column.split()[1])), 30, f"{path}: {column}")
                    rows += len(values)
                self.assertEqual(rows, 7)  # every 10 steps, from 0 to 60

    def test_a_fixed_time_step_that_is_too_long_is_rejected(self):
        job = self.job(("diffusivity = 1e-9", "diffusivity = 1.0"))
        result = self.tessera("run", job, "--run-dir", self.folder / "run")
        self.assert_refused(result, BAD_JOB, "is longer than the stable time step of the solver")
        self.assertFalse((self.folder / "run" / "diagnostics.csv").exists())


class Machine(cli.Case):
    def test_a_run_directory_that_not_all_ranks_see_is_rejected(self):
        job = self.write("job.toml", JOB)
        for name in ("x", "y"):
            (self.folder / name).mkdir()
        command = [cli.BINARY, "run", job, "--run-dir", "run"]
        result = cli.finish(cli.start([cli.MPIEXEC, "--oversubscribe", "--wdir", self.folder / "x", "-n", "1", *command, ":",
                                       "--wdir", self.folder / "y", "-n", "1", *command]))
        self.assertEqual(result.code, CANNOT_CREATE, str(result))
        self.assertIn(f"is not visible here, in the working directory `{self.folder}/y`", result.err)
        self.assertIn("on rank 1 of 2", result.err)

    def test_the_path_of_a_run_may_be_long(self):
        folder = self.folder
        while len(str(folder)) < 300:
            folder = folder / "a-folder-of-a-project"
        result = self.tessera("run", self.write("job.toml", JOB), "--run-dir", folder, ranks=2)
        self.assertEqual(result.code, 0, str(result))
        self.assertTrue((folder / "fields" / "fields_00000060.h5").exists())

    def test_field_files_do_not_need_dev_shm(self):
        read_only = ["unshare", "--mount", "sh", "-c", 'mount -t tmpfs -o ro,size=1m tmpfs /dev/shm && exec "$@"', "x"]
        if subprocess.run(read_only + ["true"], capture_output=True, check=False).returncode != 0:
            self.skipTest("a read-only /dev/shm cannot be mounted here")
        job = self.write("job.toml", JOB)
        run, report = self.run_job(job, name="usual")
        command = [*read_only, *cli.launcher(2), cli.BINARY, "run", job, "--run-dir", self.folder / "run"]
        result = cli.finish(cli.start(command, env={"OMPI_MCA_btl": "self,tcp"}))
        self.assertEqual(result.code, 0, str(result))
        self.assertEqual(state_digest(self.folder / "run"), report["digest"]["state"])
        self.assertEqual(self.tessera("diff", run, self.folder / "run").code, 0)


class OddFiles(cli.Case):
    """Pipes, directories and links in place of the files of a run."""

    NAMES = ("record.json", "run.json", "progress.json", "job.toml", "run.log", "run.lock", "diagnostics.csv", "probes.csv",
             "fields.xdmf", "fields", "fields/fields_00000020.h5", "checkpoints")

    def replace(self, path, kind):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
        if kind == "pipe":
            os.mkfifo(path)
        elif kind == "directory":
            path.mkdir()
        else:
            path.symlink_to(self.folder / "nowhere")

    def test_no_command_hangs_or_crashes_or_gives_a_wrong_result(self):
        job = self.write("job.toml", JOB)
        expected, _ = self.run_job(job, name="expected")
        self.assertNotEqual(self.tessera("run", job, "--run-dir", self.folder / "killed", "--inject", "kill step=50").code, 0)
        for name in self.NAMES:
            for kind in ("pipe", "directory", "link"):
                run = self.folder / "run"
                shutil.copytree(self.folder / "killed", run)
                self.replace(run / name, kind)
                for command in (["status", run], ["digest", run], ["diff", expected, run], ["checkpoint", "ls", run],
                                ["run", job, "--run-dir", run, "--resume"]):
                    with self.subTest(f"{command[0]} with a {kind} as {name}"):
                        result = self.tessera(*command, timeout=cli.scaled(60))
                        self.assertIn(result.code, (0, 1, BAD_DATA, NO_INPUT, CANNOT_CREATE, IO_ERROR), str(result))
                        self.assertNotIn("report this as a bug", result.err)
                        if command[0] == "run" and result.code == 0:
                            self.assertEqual(state_digest(run), state_digest(expected))
                shutil.rmtree(run)


if __name__ == "__main__":
    cli.main()
