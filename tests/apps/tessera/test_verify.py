"""`tessera verify`, and what all commands do with damaged files of a run.

Environment variables of the class Damage:
  TESSERA_DAMAGE       `all`: flips a bit in every byte of the record and the manifest, and 200 bits in each other file, and
                       replaces every file in every way, instead of testing a sample of all this
  TESSERA_DAMAGE_PART  `K/N`: the K-th of N parts of all this, which can run at the same time; default 1/1
  TESSERA_DAMAGE_SEED  the seed of the random numbers, default 1
"""

import json
import os
import pathlib
import random
import re
import shutil
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "support"))
import tessera_cli as cli  # noqa: E402

DIFFERENT, BAD_DATA, NO_INPUT, CANNOT_CREATE, IO_ERROR, STOPPED = 1, 65, 66, 73, 74, 75

JOB = """
[job]
name   = "small"
solver = "heat"

[domain]
cells = [8, 8]
chunk = [4, 4]

[parameters]
diffusivity = 0.1

[initial]
temperature = "300 + 50*x*y"

[time]
dt        = 0.01
max_steps = 4

[output]
every  = "1 steps"
images = { field = "temperature", every = "2 steps", width = 240 }

[diagnostics]
every = "1 steps"

[probes]
fields = ["temperature"]
every  = "1 steps"

[[probes.point]]
name = "centre"
at   = [0.5, 0.5]

[checkpoint]
every = "1 steps"
"""

FIELDS = "fields/fields_00000001.h5"
IMAGE = "frames/temperature_00000002.png"
# Files whose content nothing records.
NEVER_RECORDED = re.compile(r"run\.log|run\.lock|supervisor\.lock|logs|logs/.*")


def flip(path, position, bit):
    content = bytearray(path.read_bytes())
    content[position] ^= 1 << bit
    path.write_bytes(content)


def remove(path):
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


def replace_by_pipe(path):
    remove(path)
    os.mkfifo(path)


def replace_by_folder(path):
    remove(path)
    path.mkdir()


def replace_by_link(path):
    """Moves a file away and leaves a link to it."""
    target = pathlib.Path(*path.parts[:path.parts.index("copy")], "moved-" + path.name)
    if target.exists():
        remove(target)
    path.rename(target)
    path.symlink_to(target)


def truncate(path):
    path.write_bytes(path.read_bytes()[:-1])


def append(path):
    path.write_bytes(path.read_bytes() + b"\n")


REPLACEMENTS = {"removed": remove, "truncated": truncate, "appended to": append, "a pipe": replace_by_pipe,
                "a folder": replace_by_folder, "a link": replace_by_link}


def files_in(run):
    """@return the paths of all files of a run, relative to its directory."""
    return sorted(str(path.relative_to(run)) for path in run.rglob("*") if path.is_file())


class Case(cli.Case):
    def setUp(self):
        super().setUp()
        self.job = self.write("job.toml", JOB)

    def killed_run(self, name="killed"):
        """@return the directory of a run that was killed in step 3, after its checkpoints of steps 1 and 2."""
        folder = self.folder / name
        result = self.tessera("run", self.job, "--run-dir", folder, "--inject", "kill step=3")
        self.assertEqual(result.code, -9, str(result))
        return folder

    def copy_of(self, run):
        copy = self.folder / "copy"
        if copy.exists():
            shutil.rmtree(copy)
        shutil.copytree(run, copy, symlinks=True)
        return copy

    def verify(self, run, **options):
        """@return the exit code of `tessera verify`, and what it reports about each file, by name."""
        result = self.tessera("verify", run, "--json", **options)
        self.assertIn(result.code, (0, DIFFERENT), str(result))
        files = result.json()["files"]
        by_name = {file["file"]: file for file in files}
        self.assertEqual(len(by_name), len(files), "each file is reported once")
        return result.code, by_name

    def damaged_files(self, run):
        code, files = self.verify(run)
        damaged = [name for name, file in files.items() if file["state"] == "damaged"]
        self.assertEqual(code, DIFFERENT if damaged else 0)
        return damaged


class Verify(Case):
    def assert_intact(self, run, unrecorded):
        """Asserts that every file of a run is intact, except those in `unrecorded` and logs."""
        code, files = self.verify(run)
        self.assertEqual(code, 0, files)
        names = [name for name in files_in(run) if not name.startswith("logs/")]
        self.assertEqual([name for name in names if name not in files], [])
        not_intact = [name for name in names if files[name]["state"] != "intact" and not NEVER_RECORDED.fullmatch(name)]
        self.assertEqual(not_intact, sorted(unrecorded))

    def test_runs_that_are_intact(self):
        for ranks in (1, 2, 3):
            with self.subTest(ranks=ranks):
                run, _ = self.run_job(self.job, name=f"done-{ranks}", ranks=ranks)
                self.assert_intact(run, [])
        stopped = self.folder / "stopped"
        result = self.tessera("run", self.job, "--run-dir", stopped, "--deadline", "1 ms", "time.max_steps=100000")
        self.assertEqual(result.code, STOPPED, str(result))
        self.assert_intact(stopped, [])
        killed = self.killed_run()
        code, files = self.verify(killed)
        self.assertEqual(code, 0, files)
        resumed = self.tessera("run", "--resume", "--run-dir", killed)
        self.assertEqual(resumed.code, 0, str(resumed))
        self.assert_intact(killed, [])
        extended = self.tessera("run", "--resume", "--run-dir", killed, "time.max_steps=6")
        self.assertEqual(extended.code, 0, str(extended))
        self.assert_intact(killed, [])
        bare, _ = self.run_job(self.job, "checkpoint.at_end=false", "checkpoint.every=\"never\"", name="bare")
        self.assertFalse((bare / "checkpoints").exists())
        self.assert_intact(bare, [])

    def test_a_supervised_run_that_is_intact(self):
        run = self.folder / "launched"
        result = self.tessera("launch", "-n", "2", self.job, "--run-dir", run, "--inject", "kill rank=1 step=3")
        self.assertEqual(result.code, 0, str(result))
        self.assert_intact(run, [])
        for name, damage in REPLACEMENTS.items():
            copy = self.copy_of(run)
            damage(copy / "supervision.json")
            # A run does not need its history, and may never have had one.
            self.assertEqual(self.damaged_files(copy), [] if name == "removed" else ["supervision.json"], name)

    def test_files_after_the_newest_checkpoint_are_not_recorded_yet(self):
        run = self.killed_run()
        for checkpoint in (run / "checkpoints").iterdir():
            if checkpoint.name.startswith(".") or int(checkpoint.name.split("-")[0]) > 1:
                shutil.rmtree(checkpoint)
        _, files = self.verify(run)
        later = "fields/fields_00000002.h5"
        self.assertEqual(files[FIELDS]["state"], "intact")
        self.assertEqual(files[later]["state"], "not recorded yet")
        self.assertEqual(files["fields.xdmf"]["state"], "not recorded yet")
        self.assertEqual(self.damaged_files(run), [])
        # Its values are compared with the digests in the file itself.
        content = (run / later).read_bytes()
        at = content.rindex(b"\x73\x40")  # the high bytes of a temperature between 304 and 320
        flip(run / later, at, 0)
        self.assertEqual(self.damaged_files(run), [later])
        remove(run / later)
        self.assertEqual(self.damaged_files(run), ["fields.xdmf"])
        shutil.rmtree(run / "checkpoints")
        _, files = self.verify(run)
        self.assertEqual(files[FIELDS]["state"], "not recorded yet")

    def test_each_damaged_file_is_reported_and_no_other(self):
        done, _ = self.run_job(self.job, name="done")
        checkpoint = "checkpoints/0000000004-1"
        names = ["record.json", "job.toml", "run.json", "inventory", "progress.json", "diagnostics.csv", "probes.csv",
                 "fields.xdmf", FIELDS, IMAGE, checkpoint + "/manifest", checkpoint + "/part-0000"]
        for name in names:
            self.assertTrue((done / name).is_file(), name)
            size = (done / name).stat().st_size
            damages = dict(REPLACEMENTS, flipped=lambda path, at=size // 2: flip(path, at, 3))
            if name == "progress.json":  # nothing records that it exists
                del damages["removed"]
            for what, damage in damages.items():
                with self.subTest(f"{name} is {what}"):
                    copy = self.copy_of(done)
                    damage(copy / name)
                    self.assertEqual(self.damaged_files(copy), [name])

    def test_foreign_files_and_folders_are_reported(self):
        done, _ = self.run_job(self.job, name="done")
        for name in ("notes.txt", "fields/fields_00000009.h5", "fields/notes.txt", "frames/other_00000001.png",
                     "checkpoints/notes.txt", "checkpoints/0000000004-1/notes.txt"):
            with self.subTest(name):
                copy = self.copy_of(done)
                (copy / name).write_text("x")
                self.assertEqual(self.damaged_files(copy), [name])
        for name in ("fields", "frames", "checkpoints", "run.log"):
            with self.subTest(f"{name} is a link"):
                copy = self.copy_of(done)
                replace_by_link(copy / name)
                self.assertEqual(self.damaged_files(copy), [name])
        # A checkpoint under the name of another one.
        copy = self.copy_of(done)
        (copy / "checkpoints/0000000004-1").rename(copy / "checkpoints/0000000005-1")
        self.assertEqual(self.damaged_files(copy), ["checkpoints/0000000005-1/manifest"])

    def test_the_printed_report(self):
        done, _ = self.run_job(self.job, name="done")
        result = self.tessera("verify", done)
        self.assertEqual(result.code, 0, str(result))
        self.assertRegex(result.out, r"\nfield files +5 +0 +0 ")
        self.assertIn("no file is damaged", result.out)
        truncate(done / FIELDS)
        size = (done / FIELDS).stat().st_size
        result = self.tessera("verify", done)
        self.assertEqual(result.code, DIFFERENT, str(result))
        self.assertRegex(result.out, r"\nfield files +4 +0 +1 ")
        self.assertIn(f"✗ {FIELDS}: has {size} bytes instead of {size + 1}\n  = restore it", result.out)
        self.assertNotIn("\x1b", result.out)
        self.assertIn("\x1b[31m", self.tessera("verify", done, "--color", "always").out)

    def test_a_folder_that_is_no_run_is_refused(self):
        (self.folder / "empty").mkdir()
        for path in ("empty", "missing", "job.toml"):
            self.assert_refused(self.tessera("verify", self.folder / path), NO_INPUT, "is not the directory of a run")

    def test_a_damaged_record_stops_every_attempt_to_continue_the_run(self):
        killed = self.killed_run()
        flip(killed / "record.json", (killed / "record.json").read_text().index("0.01") + 3, 1)  # another time step
        record = (killed / "record.json").read_bytes()
        for command in (["run", "--resume", "--run-dir", killed], ["run", self.job, "--resume", "--run-dir", killed],
                        ["launch", "-n", "1", "--run-dir", killed], ["launch", "-n", "1", self.job, "--run-dir", killed]):
            self.assert_refused(self.tessera(*command), BAD_DATA, "record.json` is damaged", "restore the file")
            self.assertEqual((killed / "record.json").read_bytes(), record)
        self.assertEqual(self.damaged_files(killed), ["record.json"])


class Damage(Case):
    """Damages the files of a run in many ways. No command may hang, crash, or give a wrong result."""

    # A command that takes longer on an idle machine, in seconds, has hung.
    TIME_LIMIT = 60

    def setUp(self):
        super().setUp()
        self.everything = os.environ.get("TESSERA_DAMAGE") == "all"
        self.part, self.parts = map(int, os.environ.get("TESSERA_DAMAGE_PART", "1/1").split("/"))
        self.random = random.Random(int(os.environ.get("TESSERA_DAMAGE_SEED", "1")))
        self.counts = {"damages": 0, "commands": 0}

    def command(self, *arguments):
        """Runs a command, which must end in time, with a documented exit code."""
        if self.counts["commands"] % 50 == 0:
            self.timeout = cli.scaled(self.TIME_LIMIT)
        self.counts["commands"] += 1
        result = self.tessera(*arguments, timeout=self.timeout)
        self.assertIn(result.code, (0, DIFFERENT, BAD_DATA, NO_INPUT, CANNOT_CREATE, IO_ERROR), str(result))
        self.assertNotIn("report this as a bug", result.err)
        if result.code > 1:
            self.assertEqual(len(result.errors()), 1, str(result))
        return result

    def status(self, run):
        """@return what `tessera status` says about a run, without names and ages; None if it finds no run."""
        result = self.command("status", run, "--json")
        if result.code == NO_INPUT and not (run / "record.json").is_file():
            return None
        self.assertEqual(result.code, 0, str(result))
        (status,) = result.json()
        for name in ("path", "name", "progress_age_seconds"):
            del status[name]
        if status["checkpoint"]:
            del status["checkpoint"]["age_seconds"]
        return status

    def examine(self, run):
        """Stores what the commands say about a run that is intact."""
        self.run = run
        self.reference_status = self.status(run)
        self.reference_digests = {}
        for file in run.glob("fields/*.h5"):
            self.reference_digests[file.name] = self.command("digest", file, "--json").json()
        code, files = self.verify(run)
        self.assertEqual(code, 0)
        # Tables of a run that was killed have rows that are not recorded.
        self.recorded = {name for name, file in files.items()
                         if file["state"] == "intact" and not (run.name == "killed" and name.endswith(".csv"))}

    def check_status(self, run):
        status = self.status(run)
        if status is None or "problem" in status:
            return
        for name, value in status.items():
            if value is not None:
                self.assertEqual(value, self.reference_status[name], name)

    def check_digest(self, run):
        result = self.command("digest", run, "--json")
        if result.code == 0:
            digest = result.json()
            reference = self.reference_digests[pathlib.Path(digest["file"]).name]
            for name in ("fields", "step", "time_s"):
                self.assertEqual(digest[name], reference[name])

    def check_diff(self, run):
        result = self.command("diff", self.run, run)
        newest = max((self.run / "fields").iterdir())
        copy = run / "fields" / newest.name
        if result.code == 0:
            self.assertTrue(copy.is_file(), "the newest field file is missing, but there is no difference")
        if result.code == DIFFERENT:
            self.assertFalse(copy.is_file(), str(result))

    def check_resume(self, run, name, what):
        record = (run / "record.json").read_bytes() if (run / "record.json").is_file() else None
        result = self.command("run", "--resume", "--run-dir", run)
        if result.code != 0:
            if record is not None:
                self.assertEqual((run / "record.json").read_bytes(), record)
            return
        if what != "appended to":  # which does not change its content
            self.assertNotEqual(name, "record.json", "a damaged record was used")
        if "is already done" in result.out:
            return
        report = json.loads((run / "run.json").read_text(encoding="utf-8"))
        self.assertEqual(report["digest"]["state"], self.final_digest)
        for table in ("diagnostics.csv", "probes.csv"):
            rows = (run / table).read_text(encoding="utf-8").splitlines()
            if table == name:  # the former rows are in old-tables
                self.assertEqual(rows[1:], self.final_tables[table][-len(rows) + 1:])
            else:
                self.assertEqual(rows, self.final_tables[table])

    def check(self, name, what, damage):
        """Damages the file `name` of a copy of the run, and checks all commands."""
        with self.subTest(f"{self.run.name}/{name} {what}"):
            self.counts["damages"] += 1
            if self.counts["damages"] % 500 == 0:
                print("{damages} damages, {commands} commands".format(**self.counts), flush=True)
            run = self.copy_of(self.run)
            damage(run / name)
            result = self.command("verify", run, "--json")
            damaged = [f["file"] for f in result.json()["files"] if f["state"] == "damaged"] if result.out else [name]
            if name in self.recorded and not (what == "removed" and name == "progress.json"):
                self.assertEqual(damaged, [name])
            else:
                # The index names a field file that is missing, also one that is not recorded yet.
                self.assertIn(damaged, ([], [name], *([["fields.xdmf"]] if name.startswith("fields/") else [])))
            self.check_status(run)
            self.check_digest(run)
            self.check_diff(run)
            self.check_resume(run, name, what)

    def flips(self, name):
        """@return the positions and bits to flip in a file of the run."""
        size = (self.run / name).stat().st_size
        if not self.everything:
            positions = [self.random.randrange(size)]
        elif self.run.name == "killed" and (name == "record.json" or name.endswith("/manifest")):
            positions = range(size)
        else:
            positions = [self.random.randrange(size) for _ in range(200)]
        return [(position, self.random.randrange(8)) for position in positions]

    def damages(self, name):
        """@return descriptions and functions of the damages to try on a file: one of them, or all."""
        found = [(f"with bit {bit} of byte {position} flipped", lambda path, p=position, b=bit: flip(path, p, b))
                 for position, bit in self.flips(name)]
        found += REPLACEMENTS.items()
        return found[self.part - 1::self.parts] if self.everything else [self.random.choice(found)]

    def check_all(self, run):
        self.examine(run)
        names = [name for name in files_in(run) if (run / name).stat().st_size > 0]
        folders = ["", "fields/", "frames/", "checkpoints/"]
        if not self.everything:
            names, folders = self.random.sample(names, 12), [self.random.choice(folders)]
        for name in names:
            for what, damage in self.damages(name):
                self.check(name, what, damage)
        for folder in folders:
            self.recorded.add(folder + "foreign")
            self.check(folder + "foreign", "added", lambda path: path.write_text("x"))

    def test_no_command_hangs_or_crashes_or_gives_a_wrong_result(self):
        done, report = self.run_job(self.job, name="done")
        self.final_digest = report["digest"]["state"]
        self.final_tables = {table: (done / table).read_text(encoding="utf-8").splitlines()
                             for table in ("diagnostics.csv", "probes.csv")}
        self.check_all(self.killed_run())
        self.check_all(done)
        print("{damages} damages, {commands} commands".format(**self.counts))


if __name__ == "__main__":
    cli.main()
