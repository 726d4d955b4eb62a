"""Checkpoints and restarts of real runs: whatever is interrupted or damaged, the final results are bit-identical."""

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

BAD_DATA, INTERNAL, CANNOT_CREATE, AGAIN = 65, 70, 73, 75

HEAT = cli.spot("[20, 18, 16]", "[5, 6, 4]") + """
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


class Resumed(cli.Case):
    def setUp(self):
        super().setUp()
        self.job = self.write("job.toml", HEAT)

    def start(self, name, *arguments, ranks=2, **options):
        return self.tessera("run", self.job, "--run-dir", name, "--plugin-path", cli.PLUGINS, "--quiet", *arguments,
                            ranks=ranks, **options)

    def undisturbed(self, job=None, ranks=2):
        """@return the run directory and the state digest of an undisturbed run."""
        folder, report = self.run_job(job or self.job, "--quiet", name="undisturbed", ranks=ranks)
        return folder, report["digest"]["state"]

    def report(self, name):
        return json.loads((self.folder / name / "run.json").read_text(encoding="utf-8"))

    def checkpoints(self, name):
        folder = self.folder / name / "checkpoints"
        return sorted((p for p in folder.iterdir() if not p.name.startswith(".")), reverse=True) if folder.exists() else []

    def assert_same(self, name, whole, digest):
        """Asserts that a run has the results of the undisturbed run: no gaps, no duplicates, no torn files."""
        self.assertEqual(self.report(name)["digest"]["state"], digest)
        self.assertEqual(self.report(name)["status"], "done")
        other = self.folder / name
        for table in ("diagnostics.csv", "probes.csv", "fields.xdmf"):
            if (whole / table).exists():
                self.assertEqual((other / table).read_text(), (whole / table).read_text(), table)
        for folder in ("fields", "frames"):
            names = [sorted(p.name for p in (run / folder).glob("*")) if (run / folder).exists() else []
                     for run in (whole, other)]
            self.assertEqual(*names)


class AnyRanks(Resumed):
    def check(self, text, inject, counts=(1, 2, 3, 5)):
        self.job = self.write("job.toml", text)
        whole, digest = self.undisturbed()
        killed = self.start("killed", "--inject", inject)
        self.assertNotEqual(killed.code, 0)
        self.assertTrue(self.checkpoints("killed"), str(killed))
        for ranks in counts:
            with self.subTest(ranks=ranks):
                shutil.copytree(self.folder / "killed", self.folder / f"on-{ranks}")
                result = self.start(f"on-{ranks}", "--resume", ranks=ranks)
                self.assertEqual(result.code, 0, str(result))
                self.assertGreater(self.report(f"on-{ranks}")["loop"]["first_step"], 0)
                self.assert_same(f"on-{ranks}", whole, digest)

    def test_heat(self):
        self.check(HEAT, "kill rank=1 step=70")

    def test_shallow_water(self):
        self.check(WATER, "kill rank=0 step=40")

    def test_many_fields(self):
        self.check(MIX, "kill rank=1 step=30")

    def test_finds_the_run_by_itself(self):
        self.job = self.write("job.toml", HEAT.replace("[output]", '[output]\ndirectory = "all"'))
        first = self.tessera("run", self.job, "--quiet", "--inject", "kill step=50", ranks=2)
        self.assertNotEqual(first.code, 0)
        other = self.write("other.toml", HEAT.replace("0.1", "0.2").replace("[output]", '[output]\ndirectory = "all"'))
        self.assertEqual(self.tessera("run", other, "--quiet", ranks=2).code, 0)
        result = self.tessera("run", self.job, "--quiet", "--resume", "--json", ranks=3)
        self.assertEqual(result.code, 0, str(result))
        self.assertIn(result.json()["loop"]["first_step"], (20, 40))  # the last checkpoint may have been incomplete
        self.assertEqual(len(list((self.folder / "all").iterdir())), 2)

    def test_a_given_checkpoint(self):
        whole, digest = self.undisturbed()
        oldest = self.checkpoints("undisturbed")[-1]
        copy = shutil.copytree(self.folder / "undisturbed", self.folder / "copy")
        result = self.start("copy", f"--resume={copy / 'checkpoints' / oldest.name}")
        self.assertEqual(result.code, 0, str(result))
        self.assertEqual(self.report("copy")["loop"]["first_step"], int(oldest.name.split("-")[0]))
        self.assert_same("copy", whole, digest)

    def test_what_may_change_may_change(self):
        self.start("run", "--inject", "kill step=70")
        result = self.start("run", "--resume", "time.max_steps=90", 'output.every="end"', "checkpoint.keep=2")
        self.assertEqual(result.code, 0, str(result))
        self.assertEqual(self.report("run")["loop"]["steps"], 90)


class OnTheNode(Resumed):
    """Runs with node-local checkpoints."""

    def setUp(self):
        super().setUp()
        self.node = self.folder / "node"
        self.node.mkdir()
        self.job = self.write("job.toml", HEAT + f'local = "{self.node}"\nlocal_every = "1 ms"\n')

    def newest_on_the_node(self):
        return max(int(p.parent.name.split("-")[0]) for p in self.node.glob("tessera-*/*-*/manifest"))

    def test_the_newest_one_is_gone_on_from(self):
        whole, digest = self.undisturbed()
        self.start("run", "--inject", "kill rank=1 step=79")
        newest = self.newest_on_the_node()
        self.assertEqual(self.start("run", "--resume", ranks=3).code, 0)
        self.assertEqual(self.report("run")["loop"]["first_step"], newest)
        self.assert_same("run", whole, digest)
        self.assertEqual(list(self.node.iterdir()), [])

    def test_those_of_a_past_that_is_gone_are_not(self):
        """A node that was absent returns with checkpoints of an abandoned attempt, newer than all other checkpoints."""
        whole, digest = self.undisturbed()
        self.start("run", "--inject", "kill rank=1 step=79")
        self.assertGreater(self.newest_on_the_node(), 65)
        away = self.node.rename(self.folder / "away")
        self.node.mkdir()
        self.start("run", "--resume", "--inject", "kill rank=1 step=65 attempt=2")
        shutil.rmtree(self.node)
        away.rename(self.node)
        result = self.start("run", "--resume", ranks=3)
        self.assertEqual(result.code, 0, str(result))
        self.assertIn(self.report("run")["loop"]["first_step"], (40, 60))
        self.assert_same("run", whole, digest)

    def test_a_table_that_lacks_rows(self):
        """A run does not resume from a checkpoint if rows before it are missing, because they would not be rewritten."""
        whole, digest = self.undisturbed()
        self.start("run", "--inject", "kill rank=1 step=79")
        shutil.rmtree(self.node)
        self.node.mkdir()
        table = self.folder / "run" / "diagnostics.csv"
        lines = table.read_text().splitlines(keepends=True)
        table.write_text("".join(line for line in lines if not line[0].isdigit() or int(line.split(",")[0]) <= 48))
        result = self.tessera("run", self.job, "--run-dir", "run", "--resume", ranks=2)
        self.assertEqual(result.code, 0, str(result))
        self.assertIn("diagnostics.csv` is shorter than it was at the checkpoint", result.err)
        self.assertLessEqual(self.report("run")["loop"]["first_step"], 48)
        self.assert_same("run", whole, digest)


class Killed(Resumed):
    """A rank dies at some point; the run resumes from the checkpoints that exist."""

    POINTS = ("start", "compute", "halo", "output", "checkpoint.begin", "checkpoint.open", "checkpoint.write",
              "checkpoint.fsync", "checkpoint.close", "checkpoint.manifest", "checkpoint.manifest_fsync",
              "checkpoint.rename", "checkpoint.published")

    def test_at_every_point(self):
        whole, digest = self.undisturbed()
        for point in self.POINTS:
            for action, hit in (("kill", 1), ("kill", 3), ("abort", 2), ("exit", 2)):
                with self.subTest(point=point, action=action, hit=hit):
                    name = f"{point}-{action}-{hit}"
                    first = self.start(name, "--inject", f"{action} at={point} hit={hit}")
                    if point == "start" and hit > 1:
                        self.assertEqual(first.code, 0)  # a run reaches this point only once
                        continue
                    if (self.folder / name / "run.json").exists():
                        self.assertNotEqual(self.report(name)["status"], "done", str(first))
                    if not (self.folder / name / "record.json").exists():
                        continue
                    again = self.start(name, "--resume", ranks=3)
                    self.assertEqual(again.code, 0, str(again))
                    self.assert_same(name, whole, digest)

    def test_during_restart_twice(self):
        whole, digest = self.undisturbed()
        self.start("run", "--inject", "kill step=70")
        for point in ("restart.manifest", "restart.read", "restart.done"):
            result = self.start("run", "--resume", "--inject", f"kill rank=1 at={point} attempt=all")
            self.assertNotEqual(result.code, 0)
        self.assertEqual(self.start("run", "--resume").code, 0)
        self.assert_same("run", whole, digest)

    def test_a_solver_that_fails(self):
        whole, digest = self.undisturbed()
        result = self.start("run", "--inject", "throw rank=1 step=70")
        self.assertEqual(result.code, INTERNAL, str(result))
        self.assertEqual(self.report("run")["status"], "failed")
        self.assertEqual(self.start("run", "--resume").code, 0)
        self.assert_same("run", whole, digest)

    def test_what_is_not_a_number_is_never_kept(self):
        whole, digest = self.undisturbed()
        result = self.start("run", "--inject", "nan rank=1 step=70", 'health.every="never"')
        self.assertEqual(result.code, INTERNAL, str(result))
        self.assertIn("is not finite", result.err)
        self.assertEqual(self.checkpoints("run")[0].name, "0000000060-1")
        self.assertEqual(self.start("run", "--resume").code, 0)
        self.assert_same("run", whole, digest)


class Damaged(Resumed):
    def setUp(self):
        super().setUp()
        self.whole, self.digest = self.undisturbed()
        self.start("damaged", "--inject", "kill step=90")
        self.names = [p.name for p in self.checkpoints("damaged")]
        self.assertGreaterEqual(len(self.names), 3)

    def newest(self):
        return self.folder / "damaged" / "checkpoints" / self.names[0]

    def flip(self, path, place):
        with open(path, "r+b") as file:
            file.seek(place)
            byte = file.read(1)[0]
            file.seek(place)
            file.write(bytes([byte ^ 4]))

    def check_falls_back(self, phrase, step=None):
        verdict = self.tessera("checkpoint", "verify", self.newest(), "--json")
        self.assertEqual(verdict.code, BAD_DATA, str(verdict))
        self.assertFalse(verdict.json()[0]["valid"])
        result = self.tessera("run", self.job, "--run-dir", "damaged", "--resume", "--plugin-path", cli.PLUGINS, ranks=3)
        self.assertEqual(result.code, 0, str(result))
        warnings = [line for line in result.err.splitlines() if line.startswith("warning: the checkpoint")]
        self.assertEqual(len(warnings), 1, str(result))
        self.assertIn(phrase, warnings[0])
        self.assertEqual(self.report("damaged")["loop"]["first_step"], step or int(self.names[1].split("-")[0]))
        self.assert_same("damaged", self.whole, self.digest)

    def test_a_part_that_is_cut_off(self):
        os.truncate(self.newest() / "part-0001", 5000)
        self.check_falls_back("has 5000 bytes instead of")

    def test_a_part_that_is_missing(self):
        os.remove(self.newest() / "part-0000")
        self.check_falls_back("cannot open")

    def test_a_flipped_bit(self):
        self.flip(self.newest() / "part-0001", 1000)
        self.check_falls_back("has a wrong checksum at byte")

    def test_a_flipped_bit_of_an_index(self):
        part = self.newest() / "part-0000"
        data = part.read_bytes().rstrip(b"\0")
        self.flip(part, len(data) - 20)
        self.check_falls_back("an index in")

    def test_a_torn_manifest(self):
        os.truncate(self.newest() / "manifest", 300)
        self.check_falls_back("the manifest")

    def test_no_manifest(self):
        os.remove(self.newest() / "manifest")
        result = self.tessera("run", self.job, "--run-dir", "damaged", "--resume", "--quiet", ranks=2)
        self.assertEqual(result.code, 0, str(result))
        self.assert_same("damaged", self.whole, self.digest)

    def test_a_link_in_place_of_a_part(self):
        part = self.newest() / "part-0000"
        part.rename(self.folder / "elsewhere")
        part.symlink_to(self.folder / "elsewhere")
        self.check_falls_back("cannot open")

    def test_a_manifest_of_another_job(self):
        other = self.write("other.toml", HEAT.replace("diffusivity = 0.1", "diffusivity = 0.2"))
        self.run_job(other, "--quiet", name="other", ranks=2)
        for file in self.newest().iterdir():
            file.unlink()
        source = self.folder / "other" / "checkpoints"
        newest = sorted(source.iterdir())[-1]
        for file in newest.iterdir():
            shutil.copy(file, self.newest() / file.name)
        result = self.tessera("run", self.job, "--run-dir", "damaged", "--resume", ranks=2)
        self.assertEqual(result.code, 0, str(result))
        self.assertIn("it belongs to another job: `parameter diffusivity: ", result.err)
        self.assert_same("damaged", self.whole, self.digest)

    def test_another_job_is_refused(self):
        for change, phrase in (("parameters.diffusivity=0.2", "parameter diffusivity: 0.2"),
                               ("domain.upper=[2.0,1.0,1.0]", "axis x: 20 cells from 0 to 2"),
                               ("domain.chunk=[10,6,4]", "`chunk in [domain]: 10 x 6 x 4 cells"),
                               ("time.cfl=0.5", "cfl 0.5")):
            with self.subTest(change=change):
                result = self.tessera("run", self.job, change, "--run-dir", "damaged", "--resume", ranks=2)
                self.assertEqual(result.code, BAD_DATA, str(result))
                self.assertIn(phrase, result.err)

    def test_a_failure_for_another_reason_costs_no_checkpoint(self):
        """This holds even with --from-start."""
        def results():
            folder = self.folder / "damaged"
            return {p: p.read_bytes() for part in ("checkpoints", "fields", "frames", "*.csv", "fields.xdmf")
                    for top in folder.glob(part) for p in [top, *top.rglob("*")] if p.is_file()}
        before = results()
        self.assertGreater(len(before), 6)
        step = int(self.names[0].split("-")[0])
        for change, phrase in (('probes.where="temperature > 1e9"', "where"),
                               (f"time.max_steps={step}", f"the end of the job is not after step {step}"),
                               (f"time.max_steps={step - 10}", f"the end of the job is not after step {step}")):
            with self.subTest(change=change):
                result = self.start("damaged", "--resume", "--from-start", change)
                self.assertEqual(result.code, 78, str(result))
                self.assertIn(phrase, result.err)
                self.assertEqual(results(), before)
        self.assertEqual(self.start("damaged", "--resume").code, 0)
        self.assert_same("damaged", self.whole, self.digest)

    def test_all_bad(self):
        for name in self.names:
            self.flip(self.folder / "damaged" / "checkpoints" / name / "part-0000", 100)
        result = self.start("damaged", "--resume")
        self.assertEqual(result.code, BAD_DATA, str(result))
        self.assertEqual(len(result.errors()), 1)
        self.assertIn(f"none of {len(self.names)} checkpoints can be used", result.err)
        self.assertEqual(self.tessera("checkpoint", "verify", "damaged").code, BAD_DATA)
        result = self.start("damaged", "--resume", "--from-start")
        self.assertEqual(result.code, 0, str(result))
        self.assert_same("damaged", self.whole, self.digest)

    def test_an_unfinished_one_is_no_checkpoint(self):
        self.newest().rename(self.newest().parent / f".tmp-{self.names[0]}")
        self.assertEqual(self.start("damaged", "--resume").code, 0)
        self.assertEqual(self.report("damaged")["loop"]["first_step"], int(self.names[1].split("-")[0]))
        self.assert_same("damaged", self.whole, self.digest)
        self.assertEqual([p for p in (self.folder / "damaged" / "checkpoints").iterdir() if p.name.startswith(".")], [])


class Signals(Resumed):
    """Signals, deadlines, and two runs at once."""

    def setUp(self):
        super().setUp()
        self.job = self.write("job.toml", HEAT.replace("max_steps = 120", "max_steps = 12000").replace(
            'every = "20 steps"', 'every = "never"').replace('every = "8 steps"', 'every = "500 steps"').replace(
                'every  = "9 steps"', 'every  = "500 steps"').replace('every  = "35 steps"', 'every  = "4000 steps"'))

    def begin(self, name, *arguments, ranks=2):
        command = [*cli.launcher(ranks), cli.BINARY, "run", self.job, "--run-dir", name, "--quiet", *arguments]
        process = cli.start(command, self.folder)
        self.addCleanup(lambda: process.poll() is None and os.killpg(process.pid, signal.SIGKILL))
        cli.wait_for((self.folder / name / "diagnostics.csv").exists, process)
        return process

    def finish_like_undisturbed(self, name):
        whole, digest = self.undisturbed()
        self.assertEqual(self.start(name, "--resume", ranks=3).code, 0)
        self.assert_same(name, whole, digest)

    def test_usr1_stops_with_a_checkpoint(self):
        process = self.begin("run")
        process.send_signal(signal.SIGUSR1)
        result = cli.finish(process)
        self.assertEqual(result.code, AGAIN, str(result))
        self.assertEqual(self.report("run")["status"], "stopped")
        self.assertEqual(len(self.checkpoints("run")), 1)
        self.finish_like_undisturbed("run")

    def test_usr2_makes_a_checkpoint_and_goes_on(self):
        process = self.begin("run")
        process.send_signal(signal.SIGUSR2)
        cli.wait_for(lambda: self.checkpoints("run"), process, what="there is no checkpoint")
        process.send_signal(signal.SIGUSR1)
        self.assertEqual(cli.finish(process).code, AGAIN)

    def test_a_storm_of_signals(self):
        process = self.begin("run", 'checkpoint.every="40 steps"')
        for _ in range(60):
            process.send_signal(signal.SIGUSR1 if _ % 2 else signal.SIGUSR2)
            time.sleep(0.005)
        self.assertIn(cli.finish(process).code, (AGAIN, -signal.SIGUSR1, -signal.SIGUSR2))
        self.finish_like_undisturbed("run")

    def test_term_of_a_single_process(self):
        process = cli.start([cli.BINARY, "run", self.job, "--run-dir", "run", "--quiet"], self.folder)
        cli.wait_for((self.folder / "run" / "diagnostics.csv").exists, process)
        process.send_signal(signal.SIGTERM)
        self.assertEqual(cli.finish(process).code, AGAIN)
        self.finish_like_undisturbed("run")

    def test_a_deadline(self):
        self.job = self.write("job.toml", self.job.read_text().replace("max_steps = 12000", "max_steps = 4000000"))
        deadline = round(cli.allow(6.0), 1)
        result = self.start("run", "--deadline", f"{deadline} s")
        self.assertEqual(result.code, AGAIN, str(result))
        self.assertLess(self.report("run")["total_seconds"], deadline)
        self.assertTrue(self.checkpoints("run"))

    def test_two_at_once(self):
        self.job = self.write("job.toml", self.job.read_text().replace("max_steps = 12000", "max_steps = 4000000"))
        process = self.begin("run")
        second = self.start("run", "--resume")
        self.assert_refused(second, CANNOT_CREATE, "another run is active in")
        process.send_signal(signal.SIGUSR1)
        self.assertEqual(cli.finish(process).code, AGAIN)
        self.assertEqual(len(self.checkpoints("run")), 1)

    def test_what_is_asked_for_wrongly(self):
        for arguments, phrase in ((["--inject", "burn"], "unknown fault `burn`"),
                                  (["--inject", "kill at=nowhere"], "unknown point `nowhere`"),
                                  (["--inject", "kill rank=x"], "expects a whole number"),
                                  (["--deadline", "soon"], "--deadline expects a duration")):
            result = self.tessera("run", self.job, *arguments)
            self.assert_refused(result, 64, phrase)
        self.assert_refused(self.tessera("checkpoint", "ls", "nowhere"), 66, "there are no checkpoints in `nowhere`")


class IoErrors(Resumed):
    """System calls fail while a checkpoint is written. tests/support/faulty_io.c injects these errors."""

    def faulty(self, name, fault):
        return self.tessera("run", self.job, "--run-dir", name, ranks=2, env={
            "LD_PRELOAD": os.environ["TESSERA_FAULTY_IO_LIBRARY"], "TESSERA_FAULTY_IO": fault})

    def test_errors_cost_a_checkpoint_and_nothing_else(self):
        whole, digest = self.undisturbed()
        for number, (fault, phrase) in enumerate((("pwrite part-0001 2 EIO", "Input/output error"),
                                                  ("pwrite part-0000 1 ENOSPC", "No space left on device"),
                                                  ("fsync part-0001 3 EIO", "Input/output error"),
                                                  ("close part-0000 4 EIO", "Input/output error"),
                                                  ("pwrite /manifest 2 EIO", "Input/output error"),
                                                  ("fsync /manifest 1 EIO", "Input/output error"),
                                                  ("close /manifest 3 EIO", "Input/output error"),
                                                  ("fsync checkpoints/.tmp 9 EIO", "Input/output error"))):
            with self.subTest(fault=fault):
                result = self.faulty(f"run-{number}", fault)
                self.assertEqual(result.code, 0, str(result))
                warnings = [line for line in result.err.splitlines() if line.startswith("warning: no checkpoint at step")]
                self.assertGreaterEqual(len(warnings), 1, str(result))
                self.assertLessEqual(len(warnings), 2, str(result))  # each rank counts its own calls
                self.assertIn(phrase, warnings[0])
                self.assert_same(f"run-{number}", whole, digest)
                self.assertEqual(self.tessera("checkpoint", "verify", f"run-{number}").code, 0)
                self.assertGreaterEqual(len(self.checkpoints(f"run-{number}")), 2)

    def test_interrupted_and_short_writes_are_gone_on_with(self):
        whole, digest = self.undisturbed()
        for number, fault in enumerate(("pwrite part- 0 EINTR", "pwrite part- 0 short", "pwrite /manifest 0 short")):
            with self.subTest(fault=fault):
                result = self.faulty(f"run-{number}", fault)
                self.assertEqual(result.code, 0, str(result))
                self.assertNotIn("no checkpoint at step", result.err)
                self.assert_same(f"run-{number}", whole, digest)
                self.assertEqual(self.tessera("checkpoint", "verify", f"run-{number}").code, 0)

    def test_a_slow_disk_is_no_hang(self):
        """The last checkpoint, for which the run waits before it ends, takes longer than the hang timeout."""
        silence = cli.allow(1.0)
        result = self.tessera("launch", "-n", "2", self.job, "--run-dir", "run", "--plugin-path", cli.PLUGINS, "--hang-timeout",
                              f"{silence:.2f} s", 'checkpoint.every="100 steps"', env={
                                  "LD_PRELOAD": os.environ["TESSERA_FAULTY_IO_LIBRARY"],
                                  "TESSERA_FAULTY_IO": f"pwrite part- 0 slow={0.4 * silence:.2f}"})
        self.assertEqual(result.code, 0, str(result))
        story = json.loads((self.folder / "run" / "supervision.json").read_text(encoding="utf-8"))
        self.assertEqual(len(story["attempts"]), 1, str(result))
        self.assertGreater(story["attempts"][0]["seconds"], 2.5 * silence)

    def test_a_folder_that_cannot_be_written_to(self):
        whole, digest = self.undisturbed()
        self.tessera("run", self.job, "--run-dir", "run", "--inject", "kill at=start")
        self.assertFalse((self.folder / "run" / "checkpoints").exists())
        (self.folder / "run" / "checkpoints").write_text("in the way", encoding="utf-8")
        result = self.tessera("run", self.job, "--run-dir", "run", "--resume", ranks=2)
        self.assertEqual(result.code, 0, str(result))
        self.assertIn("warning: no checkpoint at step", result.err)
        self.assert_same("run", whole, digest)


@unittest.skipUnless(os.geteuid() == 0, "mounting a small file system requires root")
class DiskFull(Resumed):
    def test_a_run_goes_on_without_a_checkpoint(self):
        whole, digest = self.undisturbed()
        (self.folder / "run").mkdir()
        store = self.folder / "run" / "checkpoints"
        # Space for one checkpoint and a part file of the next; then for all part files of the next but not its manifest.
        size = sum(f.stat().st_size for f in self.checkpoints("undisturbed")[0].iterdir())
        for room in (size + 20480, 2 * size - 2048):
            with self.subTest(room=room):
                shutil.rmtree(self.folder / "run")
                self.tessera("run", self.job, "--run-dir", "run", "--inject", "kill at=start", "checkpoint.keep=2")
                store.mkdir()
                mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={room // 4096 * 4096}", "tmpfs", store],
                                         capture_output=True, check=False)
                if mounted.returncode != 0:
                    self.skipTest("no tmpfs can be mounted here")
                try:
                    result = self.tessera("run", self.job, "--run-dir", "run", "--resume", "checkpoint.keep=2", ranks=2)
                    self.assertEqual(result.code, 0, str(result))
                    self.assertIn("warning: no checkpoint at step", result.err)
                    self.assertIn("No space left on device", result.err)
                    self.assertEqual(len(self.checkpoints("run")), 1)
                    self.assertEqual(self.tessera("checkpoint", "verify", "run").code, 0)
                    self.assert_same("run", whole, digest)
                finally:
                    subprocess.run(["umount", store], check=False)


if __name__ == "__main__":
    cli.main()
