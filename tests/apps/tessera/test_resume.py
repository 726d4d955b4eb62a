"""Checkpoints and restarts of real runs: after any interruption or damage, the final results are bit-identical."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "support"))
import tessera_cli as cli  # noqa: E402

BAD_DATA, INTERNAL, CANNOT_CREATE, RESUMABLE = 65, 70, 73, 75

HEAT = cli.hot_spot_job("[20, 18, 16]", "[5, 6, 4]") + """
[time]
max_steps = 120

[output]
every  = "35 steps"
images = { field = "temperature", slice = "z=0.5" }

[diagnostics]
every = "8 steps"

[probes]
fields = ["temperature"]
every  = "9 steps"

[[probes.point]]
name = "middle"
at   = [0.5, 0.5, 0.5]

[checkpoint]
every = "20 steps"
"""

# The time step depends on the fields and is shortened to meet output times. The solver has two stages and work fields.
WATER = """
[job]
name   = "dam"
solver = "shallow_water"

[domain]
cells    = [48, 24]
chunk    = [8, 8]
upper    = [48.0, 24.0]
boundary = { x = "wall", y = "periodic" }

[initial]
bed     = "0.2*sin(0.3*x)*sin(0.4*y)"
surface = "x < 20 ? 2 : 1"

[time]
end = "4 s"

[output]
fields = ["depth", "surface"]
every  = "0.7 s"

[diagnostics]
every = "0.3 s"

[checkpoint]
every = "11 steps"
"""

MIX = """
[job]
name   = "mix"
solver = "mix"

[domain]
cells    = [20, 14]
chunk    = [5, 7]
upper    = [2.0, 1.4]
boundary = "periodic"

[initial]
a = "sin(3*x) + 0.1*x"
b = ["cos(x)", "sin(7*x)", "x/(1 + x*x)"]
weights = "0.5 + 0.5*sin(11*x)^2"

[time]
max_steps = 60

[checkpoint]
every = "7 steps"
"""


class ResumeCase(cli.Case):
    def setUp(self):
        super().setUp()
        self.job = self.write("job.toml", HEAT)

    def run_in(self, name, *arguments, ranks=2, **options):
        """Runs the job in the run directory `name` and waits for it. @return the result of the command."""
        return self.tessera("run", self.job, "--run-dir", name, "--plugin-path", cli.PLUGINS, "--quiet", *arguments,
                            ranks=ranks, **options)

    def run_undisturbed(self, job=None, ranks=2):
        """Runs the job without faults. @return the run directory and the state digest."""
        folder, report = self.run_job(job or self.job, "--quiet", name="undisturbed", ranks=ranks)
        return folder, report["digest"]["state"]

    def report(self, name):
        return json.loads((self.folder / name / "run.json").read_text(encoding="utf-8"))

    def checkpoints(self, name):
        """@return the paths of the published checkpoints, newest first."""
        folder = self.folder / name / "checkpoints"
        return sorted((p for p in folder.iterdir() if not p.name.startswith(".")), reverse=True) if folder.exists() else []

    def assert_same_results(self, name, reference, digest):
        """Asserts that the run is done, with this state digest, and with the tables and files of the reference run."""
        self.assertEqual(self.report(name)["digest"]["state"], digest)
        self.assertEqual(self.report(name)["status"], "done")
        other = self.folder / name
        for table in ("diagnostics.csv", "probes.csv", "fields.xdmf"):
            if (reference / table).exists():
                self.assertEqual((other / table).read_text(), (reference / table).read_text(), table)
        for folder in ("fields", "frames"):
            names = [sorted(p.name for p in (run / folder).glob("*")) if (run / folder).exists() else []
                     for run in (reference, other)]
            self.assertEqual(*names)


class AnyRanks(ResumeCase):
    def check(self, text, inject, counts=(1, 2, 3, 5)):
        """Kills a run of the job and resumes copies of it on different numbers of ranks."""
        self.job = self.write("job.toml", text)
        reference, digest = self.run_undisturbed()
        killed = self.run_in("killed", "--inject", inject)
        self.assertNotEqual(killed.code, 0)
        self.assertTrue(self.checkpoints("killed"), str(killed))
        for ranks in counts:
            with self.subTest(ranks=ranks):
                shutil.copytree(self.folder / "killed", self.folder / f"on-{ranks}")
                result = self.run_in(f"on-{ranks}", "--resume", ranks=ranks)
                self.assertEqual(result.code, 0, str(result))
                self.assertGreater(self.report(f"on-{ranks}")["loop"]["first_step"], 0)
                self.assert_same_results(f"on-{ranks}", reference, digest)

    def test_a_run_of_heat_resumes_on_any_number_of_ranks(self):
        self.check(HEAT, "kill rank=1 step=70")

    def test_a_run_of_shallow_water_resumes_on_any_number_of_ranks(self):
        self.check(WATER, "kill rank=0 step=40")

    def test_a_run_with_many_fields_resumes_on_any_number_of_ranks(self):
        self.check(MIX, "kill rank=1 step=30")

    def test_the_run_to_resume_is_found_by_its_job(self):
        self.job = self.write("job.toml", HEAT.replace("[output]", '[output]\ndirectory = "all"'))
        first = self.tessera("run", self.job, "--quiet", "--inject", "kill step=50", ranks=2)
        self.assertNotEqual(first.code, 0)
        other = self.write("other.toml", HEAT.replace("0.1", "0.2").replace("[output]", '[output]\ndirectory = "all"'))
        self.assertEqual(self.tessera("run", other, "--quiet", ranks=2).code, 0)
        result = self.tessera("run", self.job, "--quiet", "--resume", "--json", ranks=3)
        self.assertEqual(result.code, 0, str(result))
        self.assertIn(result.json()["loop"]["first_step"], (20, 40))  # the newest checkpoint may be incomplete
        self.assertEqual(len(list((self.folder / "all").iterdir())), 2)

    def test_a_run_resumes_from_a_given_checkpoint(self):
        reference, digest = self.run_undisturbed()
        oldest = self.checkpoints("undisturbed")[-1]
        copy = shutil.copytree(self.folder / "undisturbed", self.folder / "copy")
        result = self.run_in("copy", f"--resume={copy / 'checkpoints' / oldest.name}")
        self.assertEqual(result.code, 0, str(result))
        self.assertEqual(self.report("copy")["loop"]["first_step"], int(oldest.name.split("-")[0]))
        self.assert_same_results("copy", reference, digest)

    def test_end_output_and_checkpoint_settings_may_change_on_resume(self):
        self.run_in("run", "--inject", "kill step=70")
        result = self.run_in("run", "--resume", "time.max_steps=90", 'output.every="end"', "checkpoint.keep=2")
        self.assertEqual(result.code, 0, str(result))
        self.assertEqual(self.report("run")["loop"]["steps"], 90)


    def test_other_settings_of_a_resumed_run_do_not_change_its_state(self):
        _, digest = self.run_undisturbed()
        self.run_in("run", "--inject", "kill rank=1 step=70")
        result = self.run_in("run", "--resume", 'job.description="changed"', 'domain.partition="sfc"',
                             "performance.steps_per_exchange=2", 'performance.transport="messages"',
                             'diagnostics.every="5 steps"', 'health.every="3 steps"', 'probes.every="4 steps"',
                             'output.every="end"', "output.images=[]", "checkpoint.compress=true", "log.per_rank=true",
                             ranks=3)
        self.assertEqual(result.code, 0, str(result))
        self.assertGreater(self.report("run")["loop"]["first_step"], 0)
        self.assertEqual(self.report("run")["digest"]["state"], digest)


class OnTheNode(ResumeCase):
    """Runs with node-local checkpoints. They are a few steps apart, so there are many steps between the others."""

    TEXT = HEAT.replace("max_steps = 120", "max_steps = 360").replace("35 steps", "105 steps").replace(
        "8 steps", "24 steps").replace("9 steps", "27 steps").replace("20 steps", "60 steps")

    def setUp(self):
        super().setUp()
        self.node = self.folder / "node"
        self.node.mkdir()
        self.job = self.write("job.toml", self.TEXT + f'local = "{self.node}"\nlocal_every = "1 ms"\n')

    def newest_local_step(self):
        return max(int(p.parent.name.split("-")[0]) for p in self.node.glob("tessera-*/*-*/manifest"))

    def test_a_run_resumes_from_the_newest_local_checkpoint(self):
        reference, digest = self.run_undisturbed()
        self.run_in("run", "--inject", "kill rank=1 step=237")
        newest = self.newest_local_step()
        self.assertEqual(self.run_in("run", "--resume", ranks=3).code, 0)
        self.assertEqual(self.report("run")["loop"]["first_step"], newest)
        self.assert_same_results("run", reference, digest)
        self.assertEqual(list(self.node.iterdir()), [])

    def test_checkpoints_of_an_abandoned_attempt_are_ignored(self):
        """A node returns with checkpoints of an abandoned attempt that are newer than all other checkpoints."""
        reference, digest = self.run_undisturbed()
        self.run_in("run", "--inject", "kill rank=1 step=237")
        self.assertGreater(self.newest_local_step(), 195)
        away = self.node.rename(self.folder / "away")
        self.node.mkdir()
        self.run_in("run", "--resume", "--inject", "kill rank=1 step=195 attempt=2")
        shutil.rmtree(self.node)
        away.rename(self.node)
        result = self.run_in("run", "--resume", ranks=3)
        self.assertEqual(result.code, 0, str(result))
        self.assertIn(self.report("run")["loop"]["first_step"], (120, 180))
        self.assert_same_results("run", reference, digest)

    def test_a_checkpoint_is_used_although_rows_of_a_table_are_missing(self):
        """The state is intact. The shortened table is kept, and the later rows are in a new one."""
        _, digest = self.run_undisturbed()
        self.run_in("run", "--inject", "kill rank=1 step=243")  # the checkpoint of step 180 is complete
        shutil.rmtree(self.node)
        self.node.mkdir()
        table = self.folder / "run" / "diagnostics.csv"
        lines = table.read_text().splitlines(keepends=True)
        shortened = "".join(line for line in lines if not line[0].isdigit() or int(line.split(",")[0]) <= 144)
        table.write_text(shortened)
        result = self.tessera("run", self.job, "--run-dir", "run", "--resume", ranks=2)
        self.assertEqual(result.code, 0, str(result))
        self.assertIn("diagnostics.csv` has been changed by another program", result.err)
        first_step = self.report("run")["loop"]["first_step"]
        self.assertGreater(first_step, 144)
        self.assertEqual(self.report("run")["digest"]["state"], digest)
        self.assertEqual((self.folder / "run" / "old-tables" / f"diagnostics-to-step-{first_step}.csv").read_text(), shortened)
        _, rows = cli.table(table)
        self.assertTrue(all(row[0] > first_step for row in rows))


class Killed(ResumeCase):
    """A rank dies at some point, and the run resumes from the existing checkpoints."""

    POINTS = ("start", "compute", "halo", "output", "checkpoint.begin", "checkpoint.open", "checkpoint.write",
              "checkpoint.fsync", "checkpoint.close", "checkpoint.manifest", "checkpoint.manifest_fsync",
              "checkpoint.rename", "checkpoint.published")

    DEATHS = (("kill", 1), ("abort", 2), ("kill", 3), ("exit", 2))

    def test_a_run_resumes_after_a_death_at_any_point(self):
        """The points take turns with two of the four deaths each."""
        reference, digest = self.run_undisturbed()
        for number, point in enumerate(self.POINTS):
            for action, hit in self.DEATHS[number % 2::2]:
                with self.subTest(point=point, action=action, hit=hit):
                    name = f"{point}-{action}-{hit}"
                    first = self.run_in(name, "--inject", f"{action} at={point} hit={hit}")
                    if point == "start" and hit > 1:
                        self.assertEqual(first.code, 0)  # a run reaches this point only once
                        continue
                    if (self.folder / name / "run.json").exists():
                        self.assertNotEqual(self.report(name)["status"], "done", str(first))
                    if not (self.folder / name / "record.json").exists():
                        continue
                    again = self.run_in(name, "--resume", ranks=3)
                    self.assertEqual(again.code, 0, str(again))
                    self.assert_same_results(name, reference, digest)

    def test_a_run_resumes_after_repeated_deaths_during_a_restart(self):
        reference, digest = self.run_undisturbed()
        self.run_in("run", "--inject", "kill step=70")
        for point in ("restart.manifest", "restart.read", "restart.done"):
            result = self.run_in("run", "--resume", "--inject", f"kill rank=1 at={point} attempt=all")
            self.assertNotEqual(result.code, 0)
        self.assertEqual(self.run_in("run", "--resume").code, 0)
        self.assert_same_results("run", reference, digest)

    def test_a_run_resumes_after_a_failure_of_the_solver(self):
        reference, digest = self.run_undisturbed()
        result = self.run_in("run", "--inject", "throw rank=1 step=70")
        self.assertEqual(result.code, INTERNAL, str(result))
        self.assertEqual(self.report("run")["status"], "failed")
        self.assertEqual(self.run_in("run", "--resume").code, 0)
        self.assert_same_results("run", reference, digest)

    def test_a_nan_is_never_saved(self):
        reference, digest = self.run_undisturbed()
        result = self.run_in("run", "--inject", "nan rank=1 step=70", 'health.every="never"')
        self.assertEqual(result.code, INTERNAL, str(result))
        self.assertIn("is not finite", result.err)
        self.assertEqual(self.checkpoints("run")[0].name, "0000000060-1")
        self.assertEqual(self.run_in("run", "--resume").code, 0)
        self.assert_same_results("run", reference, digest)


class Damaged(ResumeCase):
    def setUp(self):
        super().setUp()
        self.reference, self.digest = self.run_undisturbed()
        self.run_in("damaged", "--inject", "kill step=90")
        self.names = [p.name for p in self.checkpoints("damaged")]
        self.assertGreaterEqual(len(self.names), 3)

    def newest_checkpoint(self):
        return self.folder / "damaged" / "checkpoints" / self.names[0]

    def flip_bit(self, path, offset):
        with open(path, "r+b") as file:
            file.seek(offset)
            byte = file.read(1)[0]
            file.seek(offset)
            file.write(bytes([byte ^ 4]))

    def check_skipped(self, phrase, step=None):
        """Checks that the newest checkpoint is reported as damaged, and that the run resumes from an earlier one."""
        verdict = self.tessera("checkpoint", "verify", self.newest_checkpoint(), "--json")
        self.assertEqual(verdict.code, BAD_DATA, str(verdict))
        self.assertFalse(verdict.json()[0]["valid"])
        result = self.tessera("run", self.job, "--run-dir", "damaged", "--resume", "--plugin-path", cli.PLUGINS, ranks=3)
        self.assertEqual(result.code, 0, str(result))
        warnings = [line for line in result.err.splitlines() if line.startswith("warning: the checkpoint")]
        self.assertEqual(len(warnings), 1, str(result))
        self.assertIn(phrase, warnings[0])
        self.assertEqual(self.report("damaged")["loop"]["first_step"], step or int(self.names[1].split("-")[0]))
        self.assert_same_results("damaged", self.reference, self.digest)

    def test_a_checkpoint_with_a_truncated_part_is_skipped(self):
        os.truncate(self.newest_checkpoint() / "part-0001", 5000)
        self.check_skipped("has 5000 bytes instead of")

    def test_a_checkpoint_with_a_missing_part_is_skipped(self):
        os.remove(self.newest_checkpoint() / "part-0000")
        self.check_skipped("cannot open")

    def test_a_checkpoint_with_a_flipped_bit_is_skipped(self):
        self.flip_bit(self.newest_checkpoint() / "part-0001", 1000)
        self.check_skipped("has a wrong checksum at byte")

    def test_a_checkpoint_with_a_flipped_bit_in_an_index_is_skipped(self):
        part = self.newest_checkpoint() / "part-0000"
        data = part.read_bytes().rstrip(b"\0")
        self.flip_bit(part, len(data) - 20)
        self.check_skipped("an index in")

    def test_a_checkpoint_with_a_truncated_manifest_is_skipped(self):
        os.truncate(self.newest_checkpoint() / "manifest", 300)
        self.check_skipped("the manifest")

    def test_a_checkpoint_without_a_manifest_is_skipped(self):
        os.remove(self.newest_checkpoint() / "manifest")
        result = self.tessera("run", self.job, "--run-dir", "damaged", "--resume", "--quiet", ranks=2)
        self.assertEqual(result.code, 0, str(result))
        self.assert_same_results("damaged", self.reference, self.digest)

    def test_a_checkpoint_with_a_link_in_place_of_a_part_is_skipped(self):
        part = self.newest_checkpoint() / "part-0000"
        part.rename(self.folder / "elsewhere")
        part.symlink_to(self.folder / "elsewhere")
        self.check_skipped("cannot open")

    def test_a_checkpoint_of_another_job_is_skipped(self):
        other = self.write("other.toml", HEAT.replace("diffusivity = 0.1", "diffusivity = 0.2"))
        self.run_job(other, "--quiet", name="other", ranks=2)
        for file in self.newest_checkpoint().iterdir():
            file.unlink()
        source = self.folder / "other" / "checkpoints"
        newest = sorted(source.iterdir())[-1]
        for file in newest.iterdir():
            shutil.copy(file, self.newest_checkpoint() / file.name)
        result = self.tessera("run", self.job, "--run-dir", "damaged", "--resume", ranks=2)
        self.assertEqual(result.code, 0, str(result))
        self.assertIn("it belongs to another job: `parameter diffusivity: ", result.err)
        self.assert_same_results("damaged", self.reference, self.digest)

    def test_a_run_is_not_resumed_with_another_job(self):
        for change, phrase in (("parameters.diffusivity=0.2", "parameter diffusivity: 0.2"),
                               ("domain.upper=[2.0,1.0,1.0]", "axis x: cells 20, lower 0, upper 2"),
                               ("domain.chunk=[10,6,4]", "`chunk in [domain]: 10 x 6 x 4 cells"),
                               ("time.cfl=0.5", "cfl 0.5")):
            with self.subTest(change=change):
                result = self.tessera("run", self.job, change, "--run-dir", "damaged", "--resume", ranks=2)
                self.assertEqual(result.code, BAD_DATA, str(result))
                self.assertIn(phrase, result.err)

    def test_a_rejected_job_does_not_change_the_results(self):
        """This holds even with --from-start: checkpoints, fields, images and tables are kept."""
        def read_results():
            folder = self.folder / "damaged"
            return {p: p.read_bytes() for part in ("checkpoints", "fields", "frames", "*.csv", "fields.xdmf")
                    for top in folder.glob(part) for p in [top, *top.rglob("*")] if p.is_file()}
        before = read_results()
        self.assertGreater(len(before), 6)
        step = int(self.names[0].split("-")[0])
        for change, phrase in (('probes.where="temperature > 1e9"', "where"),
                               (f"time.max_steps={step}", f"the end of the job is not after step {step}"),
                               (f"time.max_steps={step - 10}", f"the end of the job is not after step {step}")):
            with self.subTest(change=change):
                result = self.run_in("damaged", "--resume", "--from-start", change)
                self.assertEqual(result.code, 78, str(result))
                self.assertIn(phrase, result.err)
                self.assertEqual(read_results(), before)
        self.assertEqual(self.run_in("damaged", "--resume").code, 0)
        self.assert_same_results("damaged", self.reference, self.digest)

    def test_a_run_is_refused_if_all_checkpoints_are_damaged(self):
        for name in self.names:
            self.flip_bit(self.folder / "damaged" / "checkpoints" / name / "part-0000", 100)
        result = self.run_in("damaged", "--resume")
        self.assertEqual(result.code, BAD_DATA, str(result))
        self.assertEqual(len(result.errors()), 1)
        self.assertIn(f"none of {len(self.names)} checkpoints can be used", result.err)
        self.assertEqual(self.tessera("checkpoint", "verify", "damaged").code, BAD_DATA)
        result = self.run_in("damaged", "--resume", "--from-start")
        self.assertEqual(result.code, 0, str(result))
        self.assert_same_results("damaged", self.reference, self.digest)

    def test_an_unfinished_checkpoint_is_removed(self):
        self.newest_checkpoint().rename(self.newest_checkpoint().parent / f".tmp-{self.names[0]}")
        self.assertEqual(self.run_in("damaged", "--resume").code, 0)
        self.assertEqual(self.report("damaged")["loop"]["first_step"], int(self.names[1].split("-")[0]))
        self.assert_same_results("damaged", self.reference, self.digest)
        self.assertEqual([p for p in (self.folder / "damaged" / "checkpoints").iterdir() if p.name.startswith(".")], [])


class Signals(ResumeCase):
    """Signals, deadlines, and two runs in the same directory."""

    def setUp(self):
        super().setUp()
        self.job = self.write("job.toml", HEAT.replace("max_steps = 120", "max_steps = 12000").replace(
            'every = "20 steps"', 'every = "never"').replace('every = "8 steps"', 'every = "500 steps"').replace(
                'every  = "9 steps"', 'every  = "500 steps"').replace('every  = "35 steps"', 'every  = "4000 steps"'))

    ENDLESS = "time.max_steps=400000000"
    # A stopped rank keeps a run from ending before it receives a signal.
    STOP = ("--inject", "stop rank=1 step=600")

    def start_run(self, name, *arguments):
        """Starts a run on two ranks and waits for its first output."""
        command = [*cli.launcher(2), cli.BINARY, "run", self.job, "--run-dir", name, "--quiet", *arguments]
        process = cli.start(command, self.folder)
        self.addCleanup(lambda: process.poll() is None and os.killpg(process.pid, signal.SIGKILL))
        cli.wait_for((self.folder / name / "diagnostics.csv").exists, process)
        return process

    def wait_until_stopped(self, process):
        """Waits until a rank of the run that mpirun started is stopped. @return its process ID."""
        return cli.wait_for(lambda: next((pid for pid in cli.child_pids(process.pid) if cli.is_stopped(pid)), None), process,
                            "no rank has been stopped")

    def check_resumes(self, name):
        """Resumes the run and checks that it ends with the results of an undisturbed run."""
        reference, digest = self.run_undisturbed()
        self.assertEqual(self.run_in(name, "--resume", ranks=3).code, 0)
        self.assert_same_results(name, reference, digest)

    def test_sigusr1_stops_a_run_with_a_checkpoint(self):
        process = self.start_run("run", *self.STOP)
        rank = self.wait_until_stopped(process)
        process.send_signal(signal.SIGUSR1)
        cli.continue_with_signal(rank, signal.SIGUSR1, process)
        result = cli.finish(process)
        self.assertEqual(result.code, RESUMABLE, str(result))
        self.assertEqual(self.report("run")["status"], "stopped")
        self.assertEqual(len(self.checkpoints("run")), 1)
        self.check_resumes("run")

    def test_sigusr2_writes_a_checkpoint_and_the_run_continues(self):
        process = self.start_run("run", self.ENDLESS)
        process.send_signal(signal.SIGUSR2)
        cli.wait_for(lambda: self.checkpoints("run"), process, what="there is no checkpoint")
        process.send_signal(signal.SIGUSR1)
        self.assertEqual(cli.finish(process).code, RESUMABLE)

    def test_a_run_can_be_resumed_after_many_signals(self):
        process = self.start_run("run", 'checkpoint.every="40 steps"', *self.STOP)
        rank = self.wait_until_stopped(process)
        for number in range(60):
            if number == 2:
                cli.continue_with_signal(rank, signal.SIGUSR1, process)
            process.send_signal(signal.SIGUSR1 if number % 2 else signal.SIGUSR2)
            time.sleep(0.005)
        self.assertIn(cli.finish(process).code, (RESUMABLE, -signal.SIGUSR1, -signal.SIGUSR2))
        self.check_resumes("run")

    def test_sigterm_stops_a_single_process_with_a_checkpoint(self):
        process = cli.start([cli.BINARY, "run", self.job, "--run-dir", "run", "--quiet", "--inject", "stop step=600"],
                            self.folder)
        cli.wait_for(lambda: cli.is_stopped(process.pid), process)
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGCONT)
        self.assertEqual(cli.finish(process).code, RESUMABLE)
        self.check_resumes("run")

    def test_a_run_stops_with_a_checkpoint_before_its_deadline(self):
        deadline = round(cli.scaled(6.0), 1)
        result = self.run_in("run", self.ENDLESS, "--deadline", f"{deadline} s")
        self.assertEqual(result.code, RESUMABLE, str(result))
        self.assertLess(self.report("run")["total_seconds"], deadline)
        self.assertTrue(self.checkpoints("run"))

    def test_a_second_run_in_the_same_directory_is_refused(self):
        process = self.start_run("run", self.ENDLESS)
        second = self.run_in("run", self.ENDLESS, "--resume")
        self.assert_refused(second, CANNOT_CREATE, "another run is active in")
        process.send_signal(signal.SIGUSR1)
        self.assertEqual(cli.finish(process).code, RESUMABLE)
        self.assertEqual(len(self.checkpoints("run")), 1)

    def test_invalid_arguments_are_rejected(self):
        for arguments, phrase in ((["--inject", "burn"], "unknown fault `burn`"),
                                  (["--inject", "kill at=nowhere"], "unknown point `nowhere`"),
                                  (["--inject", "kill rank=x"], "expects a whole number"),
                                  (["--deadline", "soon"], "--deadline expects a duration")):
            result = self.tessera("run", self.job, *arguments)
            self.assert_refused(result, 64, phrase)
        self.assert_refused(self.tessera("checkpoint", "ls", "nowhere"), 66, "there are no checkpoints in `nowhere`")


class IoErrors(ResumeCase):
    """System calls fail while a checkpoint is written. tests/support/faulty_io.c injects these errors."""

    def run_with_fault(self, name, fault):
        """Runs the job with an I/O fault. @return the result of the command."""
        return self.tessera("run", self.job, "--run-dir", name, ranks=2, env={
            "LD_PRELOAD": os.environ["TESSERA_FAULTY_IO_LIBRARY"], "TESSERA_FAULTY_IO": fault})

    def test_an_io_error_costs_only_a_checkpoint(self):
        reference, digest = self.run_undisturbed()
        for number, (fault, phrase) in enumerate((("pwrite part-0001 2 EIO", "Input/output error"),
                                                  ("pwrite part-0000 1 ENOSPC", "No space left on device"),
                                                  ("fsync part-0001 3 EIO", "Input/output error"),
                                                  ("close part-0000 4 EIO", "Input/output error"),
                                                  ("pwrite /manifest 2 EIO", "Input/output error"),
                                                  ("fsync /manifest 1 EIO", "Input/output error"),
                                                  ("close /manifest 3 EIO", "Input/output error"),
                                                  ("fsync checkpoints/.tmp 9 EIO", "Input/output error"))):
            with self.subTest(fault=fault):
                result = self.run_with_fault(f"run-{number}", fault)
                self.assertEqual(result.code, 0, str(result))
                warnings = [line for line in result.err.splitlines() if line.startswith("warning: no checkpoint at step")]
                self.assertGreaterEqual(len(warnings), 1, str(result))
                self.assertLessEqual(len(warnings), 2, str(result))  # each rank counts its own calls
                self.assertIn(phrase, warnings[0])
                self.assert_same_results(f"run-{number}", reference, digest)
                self.assertEqual(self.tessera("checkpoint", "verify", f"run-{number}").code, 0)
                self.assertGreaterEqual(len(self.checkpoints(f"run-{number}")), 2)

    def test_interrupted_and_short_writes_are_completed(self):
        reference, digest = self.run_undisturbed()
        for number, fault in enumerate(("pwrite part- 0 EINTR", "pwrite part- 0 short", "pwrite /manifest 0 short")):
            with self.subTest(fault=fault):
                result = self.run_with_fault(f"run-{number}", fault)
                self.assertEqual(result.code, 0, str(result))
                self.assertNotIn("no checkpoint at step", result.err)
                self.assert_same_results(f"run-{number}", reference, digest)
                self.assertEqual(self.tessera("checkpoint", "verify", f"run-{number}").code, 0)

    def test_a_slow_disk_is_not_reported_as_a_hang(self):
        """The last checkpoint, for which the run waits before it ends, takes longer than the hang timeout."""
        hang_timeout = cli.scaled(2.0)
        result = self.tessera("launch", "-n", "2", self.job, "--run-dir", "run", "--plugin-path", cli.PLUGINS,
                              "--hang-timeout", f"{hang_timeout:.2f} s", 'checkpoint.every="100 steps"', env={
                                  "LD_PRELOAD": os.environ["TESSERA_FAULTY_IO_LIBRARY"],
                                  "TESSERA_FAULTY_IO": f"pwrite part- 0 slow={0.4 * hang_timeout:.2f}"})
        self.assertEqual(result.code, 0, str(result))
        supervision = json.loads((self.folder / "run" / "supervision.json").read_text(encoding="utf-8"))
        self.assertEqual(len(supervision["attempts"]), 1, str(result))
        self.assertGreater(supervision["attempts"][0]["seconds"], 2.5 * hang_timeout)

    def test_a_run_continues_if_no_checkpoint_can_be_written(self):
        reference, digest = self.run_undisturbed()
        self.tessera("run", self.job, "--run-dir", "run", "--inject", "kill at=start")
        self.assertFalse((self.folder / "run" / "checkpoints").exists())
        (self.folder / "run" / "checkpoints").write_text("in the way", encoding="utf-8")
        result = self.tessera("run", self.job, "--run-dir", "run", "--resume", ranks=2)
        self.assertEqual(result.code, 0, str(result))
        self.assertIn("warning: no checkpoint at step", result.err)
        self.assert_same_results("run", reference, digest)


@unittest.skipUnless(os.geteuid() == 0, "mounting a small file system requires root")
class DiskFull(ResumeCase):
    def test_a_run_continues_without_a_checkpoint_if_the_disk_is_full(self):
        reference, digest = self.run_undisturbed()
        (self.folder / "run").mkdir()
        store = self.folder / "run" / "checkpoints"
        # Space for one checkpoint and one part file of the next, then for all of the next except its manifest.
        size = sum(f.stat().st_size for f in self.checkpoints("undisturbed")[0].iterdir())
        for space in (size + 20480, 2 * size - 2048):
            with self.subTest(space=space):
                shutil.rmtree(self.folder / "run")
                self.tessera("run", self.job, "--run-dir", "run", "--inject", "kill at=start", "checkpoint.keep=2")
                store.mkdir()
                mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={space // 4096 * 4096}", "tmpfs", store],
                                         capture_output=True, check=False)
                if mounted.returncode != 0:
                    self.skipTest("a tmpfs cannot be mounted")
                try:
                    result = self.tessera("run", self.job, "--run-dir", "run", "--resume", "checkpoint.keep=2", ranks=2)
                    self.assertEqual(result.code, 0, str(result))
                    self.assertIn("warning: no checkpoint at step", result.err)
                    self.assertIn("No space left on device", result.err)
                    self.assertEqual(len(self.checkpoints("run")), 1)
                    self.assertEqual(self.tessera("checkpoint", "verify", "run").code, 0)
                    self.assert_same_results("run", reference, digest)
                finally:
                    cli.wait_for(lambda: subprocess.run(["umount", store], capture_output=True, check=False).returncode == 0,
                                 what=f"{store} cannot be unmounted")


if __name__ == "__main__":
    cli.main()
