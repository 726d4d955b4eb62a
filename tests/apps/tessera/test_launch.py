"""A supervised run recovers automatically from any single fault, and its results are bit-identical to those of an
undisturbed run."""

import json
import os
import pathlib
import shutil
import signal
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "support"))
import tessera_cli as cli  # noqa: E402

JOB = cli.hot_spot_job() + """
[time]
max_steps = {steps}

[output]
every = "400 steps"

[diagnostics]
every = "50 steps"

[checkpoint]
every = "{every}"
"""


class Case(cli.Case):
    def setUp(self):
        super().setUp()
        self.job = self.write("job.toml", JOB.format(steps=1200, every="100 steps"))

    def run_undisturbed(self):
        """Runs the job without faults. @return the run directory and the state digest."""
        folder, report = self.run_job(self.job, "--quiet", name="undisturbed", ranks=2)
        return folder, report["digest"]["state"]

    def launch(self, *arguments, ranks=2, name="run", timeout=cli.COMMAND_TIMEOUT):
        return self.tessera("launch", "-n", ranks, self.job, "--run-dir", name, "--plugin-path", cli.PLUGINS, *arguments,
                            timeout=timeout)

    def start_launch(self, *arguments, name="run"):
        process = cli.start([cli.BINARY, "launch", "-n", "2", self.job, "--run-dir", name, *arguments], self.folder)
        self.addCleanup(lambda: process.poll() is None and os.killpg(process.pid, signal.SIGKILL))
        return process

    def supervision(self, name="run"):
        return json.loads((self.folder / name / "supervision.json").read_text(encoding="utf-8"))

    def checkpoints(self, name="run"):
        folder = self.folder / name / "checkpoints"
        return sorted(p.name for p in folder.iterdir() if p.name[0].isdigit()) if folder.exists() else []

    def assert_same_results(self, reference, digest, name="run"):
        """Asserts that the run is done, with this state digest and the tables of the reference run."""
        report = json.loads((self.folder / name / "run.json").read_text(encoding="utf-8"))
        self.assertEqual(report["status"], "done")
        self.assertEqual(report["digest"]["state"], digest)
        for table in ("diagnostics.csv", "fields.xdmf"):
            self.assertEqual((self.folder / name / table).read_text(), (reference / table).read_text())

    def processes(self, name="run"):
        """@return the command lines of the processes that have the run directory in them."""
        run_dir = str(self.folder / name)
        found = []
        for entry in pathlib.Path("/proc").iterdir():
            if not entry.name.isdigit() or int(entry.name) == os.getpid():
                continue
            try:
                command = (entry / "cmdline").read_bytes().decode(errors="replace")
            except OSError:
                continue
            if run_dir in command.replace("\0", " "):
                found.append(command.replace("\0", " "))
        return found

    def assert_no_process_left(self, name="run"):
        self.assertEqual(self.processes(name), [])


class Heals(Case):
    def check(self, inject, kind, phrase, *more):
        reference, digest = self.run_undisturbed()
        result = self.launch("--inject", inject, *more)
        self.assertEqual(result.code, 0, str(result))
        supervision = self.supervision()
        self.assertEqual(supervision["status"], "done")
        faults = [a["fault"] for a in supervision["attempts"] if a["fault"]]
        self.assertEqual([f["kind"] for f in faults], [kind], str(result))
        self.assertIn(phrase, result.err)
        self.assert_same_results(reference, digest)
        self.assert_no_process_left()
        return result, supervision

    def test_a_run_survives_a_killed_rank(self):
        result, supervision = self.check("kill rank=1 step=650", "death", "rank 1 on ")
        self.assertIn("SIGKILL", result.err)
        self.assertGreaterEqual(supervision["attempts"][1]["from_step"], 500)
        self.assertEqual(supervision["attempts"][0]["fault"]["rank"], 1)
        self.assertLess(supervision["attempts"][0]["recovery_seconds"], cli.scaled(20.0))  # without a delay before the restart

    def test_a_run_survives_a_rank_that_crashes(self):
        self.check("segv rank=0 step=650", "death", "rank 0 on ")

    def test_a_run_survives_an_abort_during_a_halo_exchange(self):
        self.check("abort rank=1 at=halo hit=40", "death", "rank 1 on ")

    def test_a_run_survives_a_rank_that_exits_with_code_0(self):
        self.check("exit rank=1 step=650", "death", "rank 1 on ")

    def test_a_run_survives_an_exception_in_the_solver(self):
        self.check("throw rank=1 step=650", "exit", "70")

    def test_a_run_survives_a_stopped_rank(self):
        result, _ = self.check("stop rank=1 step=650", "hang", "rank 1 on ", *cli.hang_timeout(2.0))
        self.assertLess(result.seconds, cli.scaled(30))

    def test_a_run_survives_an_endless_loop(self):
        self.check("hang rank=0 step=650", "hang", "rank 0 on ", *cli.hang_timeout(2.0))

    def test_a_run_survives_a_kill_during_a_checkpoint(self):
        for point in ("checkpoint.write", "checkpoint.manifest", "checkpoint.rename"):
            with self.subTest(point=point):
                self.folder = self.folder / "next"
                self.folder.mkdir()
                self.check(f"kill at={point} hit=3", "death", "rank 0 on ")

    def test_a_run_survives_failed_restarts(self):
        reference, digest = self.run_undisturbed()
        result = self.launch("--inject", "kill rank=1 step=650", "--inject", "kill at=restart.read attempt=2",
                             "--inject", "kill rank=1 at=restart.done attempt=3")
        self.assertEqual(result.code, 0, str(result))
        self.assertEqual(len(self.supervision()["attempts"]), 4)
        self.assert_same_results(reference, digest)


class Killed(Case):
    def setUp(self):
        super().setUp()
        self.job = self.write("job.toml", JOB.format(steps=6000, every="300 steps"))

    def launch_and_stop(self, step, attempt="1"):
        """Launches the run and waits until rank 1 stops at this step. @return the supervisor, and the rank's process ID."""
        process = self.start_launch("--inject", f"stop rank=1 step={step} attempt={attempt}",
                                    "--hang-timeout", f"{cli.COMMAND_TIMEOUT} s")
        return process, cli.wait_until_stopped(process, self.folder / "run", 1)

    def test_a_run_survives_a_killed_mpirun(self):
        reference, digest = self.run_undisturbed()
        process, _ = self.launch_and_stop(3000)
        os.kill(cli.child_pids(process.pid)[0], signal.SIGKILL)
        result = cli.finish(process)
        self.assertEqual(result.code, 0, str(result))
        self.assertEqual(len(self.supervision()["attempts"]), 2)
        self.assert_same_results(reference, digest)
        self.assert_no_process_left()

    def test_a_run_resumes_after_its_supervisor_was_killed(self):
        reference, digest = self.run_undisturbed()
        process, rank = self.launch_and_stop(3000)
        process.kill()
        os.kill(rank, signal.SIGCONT)
        cli.finish(process)
        result = self.launch()
        self.assertEqual(result.code, 0, str(result))
        self.assert_same_results(reference, digest)
        # If the ranks completed the run without their supervisor, the second launch does not wait for them to end.
        cli.wait_for(lambda: not self.processes(), what="processes are left")

    def test_a_stopped_run_resumes(self):
        reference, digest = self.run_undisturbed()
        for step, number in ((1000, signal.SIGTERM), (2500, signal.SIGINT), (4000, signal.SIGUSR1)):
            process, rank = self.launch_and_stop(step, "all")
            process.send_signal(number)
            cli.continue_with_signal(rank, signal.SIGUSR1, process)
            result = cli.finish(process)
            self.assertEqual(result.code, 75, str(result))
            self.assertEqual(self.supervision()["status"], "stopped")
            self.assert_no_process_left()
        self.assertEqual(self.launch().code, 0)
        self.assert_same_results(reference, digest)

    def test_a_second_supervisor_is_refused(self):
        process, rank = self.launch_and_stop(3000)
        self.assert_refused(self.launch(), 73, "another supervisor is active in")
        os.kill(rank, signal.SIGCONT)
        self.assertEqual(cli.finish(process).code, 0)


class GivesUp(Case):
    def test_a_run_that_always_fails_at_the_same_step_is_abandoned(self):
        result = self.launch("--inject", "segv rank=1 step=650 attempt=all")
        self.assertEqual(result.code, 70, str(result))
        self.assertEqual(len(result.errors()), 1, str(result))
        self.assertIn("step 650", result.err)
        supervision = self.supervision()
        self.assertEqual(supervision["status"], "failed")
        self.assertGreaterEqual(len(supervision["attempts"]), 4)
        self.assertLessEqual(len(supervision["attempts"]), 8)
        self.assertTrue(self.checkpoints())
        self.assert_no_process_left()

    def test_a_run_is_abandoned_after_the_maximum_number_of_restarts(self):
        result = self.launch("--max-restarts", "1", "--inject", "kill step=250 attempt=all")
        self.assertEqual(result.code, 70, str(result))
        self.assertEqual(len(self.supervision()["attempts"]), 2)

    def test_a_bad_job_is_not_started(self):
        self.job = self.write("job.toml", self.job.read_text().replace("cells ", "cels "))
        result = self.launch()
        self.assertEqual(result.code, 78, str(result))
        self.assertIn("did you mean `cells`?", result.err)
        self.assertFalse((self.folder / "run").exists())

    def test_a_missing_launcher_is_reported(self):
        result = self.tessera("launch", "-n", "2", self.job, "--run-dir", "run", env={"TESSERA_MPIEXEC": "no-such-mpirun"})
        self.assertEqual(result.code, 69, str(result))
        self.assertIn("no-such-mpirun", result.err)
        self.assertFalse((self.folder / "run").exists())

    def test_a_launcher_of_a_different_mpi_is_reported(self):
        other = self.write("mpiexec", "#!/bin/sh\necho 'HYDRA build details:'\necho '    Version: 4.0.2'\n")
        other.chmod(0o755)
        result = self.tessera("launch", "-n", "2", self.job, "--run-dir", "run", env={"TESSERA_MPIEXEC": str(other)})
        self.assertEqual(result.code, 69, str(result))
        self.assertIn("MPICH 4.0.2", result.err)
        self.assertFalse((self.folder / "run").exists())

    def test_a_folder_that_is_not_a_run_directory_is_refused(self):
        """A job file alone does not make a folder a run directory."""
        (self.folder / "own").mkdir()
        own = self.write("own/job.toml", self.job.read_text())
        result = self.launch(name="own")
        self.assertEqual(result.code, 73, str(result))
        self.assertEqual(list((self.folder / "own").iterdir()), [own])

    def test_a_run_is_not_resumed_with_another_job(self):
        self.launch()
        before = {name: (self.folder / "run" / name).read_bytes() for name in ("job.toml", "run.json", "supervision.json")}
        for command in (["launch", "-n", "2"], ["run", "--resume"]):
            result = self.tessera(*command, self.job, "--run-dir", "run", "parameters.diffusivity=0.3")
            self.assertEqual(result.code, 65, str(result))
            self.assertIn("another job: `parameter diffusivity: ", result.err)
        for name, content in before.items():  # the files are unchanged
            self.assertEqual((self.folder / "run" / name).read_bytes(), content, name)

    def test_a_run_directory_of_an_earlier_version_is_refused(self):
        """The directory is not changed."""
        run = self.folder / "run"
        run.mkdir()
        before = {"job.toml": self.job.read_bytes(), "run.id": b"0123456789abcdef 1\n", "run.json": b'{"status": "done"}'}
        for name, content in before.items():
            (run / name).write_bytes(content)
        for command in (["launch", "-n", "1"], ["run", "--resume"]):
            result = self.tessera(*command, self.job, "--run-dir", "run")
            self.assertEqual(result.code, 65, str(result))
            self.assertIn("is a run directory of an earlier version of Tessera", result.err)
        self.assertEqual({p.name: p.read_bytes() for p in run.iterdir()}, before)
        self.assertIn("earlier version", self.tessera("status", "run").out)

    def test_a_completed_run_is_not_repeated(self):
        """This holds even if the run could no longer be resumed."""
        self.launch()
        shutil.rmtree(self.folder / "run" / "checkpoints")
        again = self.launch()
        self.assertEqual(again.code, 0, str(again))
        self.assertIn("is already done", again.err)

    def test_a_completed_run_can_be_extended(self):
        """A new launch adopts the job on its command line. Its attempts read the job from the record."""
        _, longer = self.run_job(self.job, "--quiet", "time.max_steps=1500", name="longer", ranks=2)
        digest = longer["digest"]["state"]
        self.assertEqual(self.launch().code, 0)
        again = self.launch("time.max_steps=1500", "--inject", "kill rank=1 step=1250 attempt=2")
        self.assertEqual(again.code, 0, str(again))
        self.assertEqual(len(self.supervision()["attempts"]), 3)
        report = json.loads((self.folder / "run" / "run.json").read_text(encoding="utf-8"))
        self.assertEqual((report["loop"]["steps"], report["digest"]["state"]), (1500, digest))
        self.assertIn("is already done", self.launch("time.max_steps=1500").err)

    def test_a_job_with_relative_paths_can_be_launched_from_another_directory(self):
        plugin = self.folder / "own.so"
        shutil.copy(pathlib.Path(cli.BINARY).parents[1] / "lib/tessera/solvers/heat.so", plugin)
        job = self.write("own.toml", JOB.format(steps=300, every="100 steps").replace('"heat"', '"./own.so"'))
        first = self.tessera("launch", "-n", "2", job.name, "--run-dir", "run")
        self.assertEqual(first.code, 0, str(first))
        elsewhere = self.folder / "elsewhere"
        elsewhere.mkdir()
        again = cli.tessera("launch", "-n", "2", job, "--run-dir", "../run", "time.max_steps=400", "--inject",
                            "kill rank=1 step=350 attempt=2", cwd=elsewhere)
        self.assertEqual(again.code, 0, str(again))
        report = json.loads((self.folder / "run" / "run.json").read_text(encoding="utf-8"))
        self.assertEqual((report["status"], report["loop"]["steps"]), ("done", 400))

    def test_results_of_another_job_are_not_replaced(self):
        """This also holds for a run without checkpoints, whose manifests would identify the job."""
        never = 'checkpoint.every="never"'
        self.assertEqual(self.launch(never).code, 0)
        before = (self.folder / "run" / "run.json").read_bytes()
        for command in (["launch", "-n", "2"], ["run", "--resume"]):
            result = self.tessera(*command, self.job, "--run-dir", "run", never, "parameters.diffusivity=0.3")
            self.assertEqual(result.code, 73, str(result))
            self.assertIn("contains a run of another job", result.err)
        self.assertEqual((self.folder / "run" / "run.json").read_bytes(), before)


class Status(Case):
    def test_the_status_of_a_run_and_of_a_folder_of_runs_is_shown(self):
        self.launch("--inject", "kill rank=1 step=650", name="runs/one")
        self.run_job(self.job, "--quiet", name="runs/two", ranks=2)
        result = self.tessera("status", "runs")
        self.assertEqual(result.code, 0, str(result))
        self.assertIn("one", result.out)
        self.assertIn("done", result.out)
        self.assertIn("two", result.out)
        one = self.tessera("status", "runs/one", "--json").json()
        text = json.dumps(one)
        self.assertIn('"done"', text)
        self.assertIn("1200", text)
        self.assertNotEqual(self.tessera("status", "nowhere").code, 0)


if __name__ == "__main__":
    cli.main()
