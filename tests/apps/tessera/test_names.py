#!/usr/bin/env python3
"""Names with control characters, bytes that are not UTF-8, and formulas; files and folders of other users."""

import csv
import json
import os
import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "support"))
import tessera_cli as cli

OTHER_USER = 65534
# A line break that forges a message, a colour, a C1 control, a bidirectional override, an isolate, and bytes that are
# not UTF-8.
HOSTILE = b"a\nerror: forged\x1b[31m\xc2\x9b2J\xe2\x80\xae\xe2\x81\xa6\xff\xfe"
CONTROLS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")

JOB = """
[job]
name   = "{name}"
solver = "heat"
[domain]
cells = [16, 16]
upper = [1.0, 1.0]
[parameters]
diffusivity = 0.001
[initial]
temperature = "300 + x"
[time]
dt = 0.01
max_steps = 4
[checkpoint]
every = "2 steps"
[output]
fields = ["temperature"]
every = "2 steps"
"""


class Output:
    """What a command printed, in bytes."""

    def __init__(self, done):
        self.code, self.out, self.err = done.returncode, done.stdout, done.stderr

    def __str__(self):
        return f"exit code {self.code}\n--- stdout\n{self.out!r}\n--- stderr\n{self.err!r}"


class NamesCase(cli.Case):
    def run_bytes(self, *arguments, env=None, **options):
        command = [cli.BINARY, *arguments]
        return Output(subprocess.run(command, cwd=self.folder, env=cli.environment(env), stdin=subprocess.DEVNULL,
                                     capture_output=True, timeout=cli.COMMAND_TIMEOUT, check=False, **options))

    def assert_clean(self, output):
        """Asserts that an output is UTF-8, and that no name changes the terminal or begins a line."""
        for stream in (output.out, output.err):
            text = stream.decode("utf-8")  # raises UnicodeDecodeError
            self.assertIsNone(CONTROLS.search(text), str(output))
            for line in text.splitlines():
                self.assertFalse(line.startswith("error: forged"), str(output))

    def small_job(self, name="small", more=""):
        return self.write("job.toml", JOB.format(name=name) + more)


class Names(NamesCase):
    def setUp(self):
        super().setUp()
        self.hostile = os.fsencode(self.folder) + b"/" + HOSTILE
        os.mkdir(self.hostile)

    def test_a_hostile_run_directory_is_escaped_in_every_output(self):
        job = self.small_job()
        run = self.hostile + b"/run-" + HOSTILE
        for command in (("run", job, "--run-dir", run), ("run", "--resume", "--run-dir", run), ("status", run),
                        ("status", self.hostile), ("status", run, "--json"), ("digest", run), ("digest", run, "--json"),
                        ("diff", run, run), ("diff", run, run, "--json"), ("checkpoint", "ls", run),
                        ("checkpoint", "verify", run, "--json"), ("launch", "-n", "1", "--run-dir", run),
                        ("launch", "-n", "1", "--run-dir", run, "--json"),
                        ("run", job, "--run-dir", run, "--overwrite", "--json")):
            with self.subTest(command=command[0:2]):
                output = self.run_bytes(*command)
                self.assertEqual(output.code, 0, str(output))
                self.assert_clean(output)
                if "--json" in command:
                    json.loads(output.out)
        for name in (b"run.json", b"record.json", b"progress.json"):
            with open(run + b"/" + name, encoding="utf-8") as file:
                text = file.read()
            self.assertIsNone(CONTROLS.search(text))
            json.loads(text)
        with open(run + b"/run.log", encoding="utf-8") as file:
            for line in file:
                self.assertRegex(line, r"^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} (rank \d+|launch) |  )")
                self.assertIsNone(CONTROLS.search(line))

    def test_errors_that_quote_hostile_arguments_are_escaped(self):
        missing = HOSTILE + b"-missing"
        for command in (("run", missing), ("check", missing), ("check", missing, "--json"), ("plan", missing),
                        ("status", missing), ("digest", missing), ("diff", missing, missing), ("checkpoint", "ls", missing),
                        ("describe", missing), ("describe", b"./" + missing + b".so"), ("test", missing), (missing,),
                        (b"--" + missing,), ("run", b"--" + missing), ("run", "job.toml", "--color", missing),
                        ("launch", "job.toml", "--hostfile", missing), ("submit", missing, "-t", "1:00"),
                        ("launch", "job.toml", "--max-wait", missing), ("new", "solver", missing),
                        ("describe", "none", "--plugin-path", self.hostile), ("checkpoint", missing)):
            with self.subTest(command=command):
                self.small_job()
                output = self.run_bytes(*command)
                self.assertNotEqual(output.code, 0, str(output))
                self.assert_clean(output)

    def test_hostile_bytes_in_a_job_file_are_escaped(self):
        for text in (HOSTILE, b'[job]\nname = "' + HOSTILE + b'"', b'[job]\n"' + HOSTILE.replace(b"\n", b"\\n") + b'" = 1',
                     b'[job]\nsolver = "x\\u001b[31m\\u202e"', b'[initial]\n"\\u009b" = "\\u2066"'):
            path = self.hostile + b"/job-" + HOSTILE
            with open(path, "wb") as file:
                file.write(text)
            for command in (("check", path), ("check", path, "--json"), ("run", path)):
                with self.subTest(text=text, command=command[0]):
                    output = self.run_bytes(*command)
                    self.assertIn(output.code, (65, 78), str(output))
                    self.assert_clean(output)
                    if "--json" in command:
                        json.loads(output.out)

    def test_names_in_a_job_must_not_contain_control_characters(self):
        probe = '[probes]\nfields = ["temperature"]\nevery = "1 steps"\n[[probes.point]]\nname = "{}"\nat = [0.5, 0.5]\n'
        for escape, code in (("\\n", "000A"), ("\\u001B[31m", "001B"), ("\\u0085", "0085"), ("\\u202E", "202E"),
                             ("\\t", "0009"), ("\\u2066", "2066")):
            for job in (self.small_job(name="a" + escape), self.write("probe.toml", JOB.format(name="a") + probe.format(escape))):
                result = self.tessera("check", job)
                self.assertEqual(result.code, 78, str(result))
                self.assertIn(f"`name` must not contain control characters such as U+{code}", result.err)

    def test_names_that_look_like_formulas_are_text_in_tables(self):
        names = ["=1+2", "+a", "-b", "@c", 'q"uo,te', "plain"]
        points = "".join(f"[[probes.point]]\nname = '{name}'\nat = [{0.1 * n + 0.1:.1f}, 0.5]\n" for n, name in enumerate(names))
        job = self.small_job(name="=cmd", more=f'[probes]\nfields = ["temperature"]\nevery = "1 steps"\n{points}')
        run, report = self.run_job(job)
        self.assertEqual([p["name"] for p in report["probes"]], names)
        self.assertEqual(report["job"]["name"], "=cmd")
        with open(run / "probes.csv", newline="", encoding="utf-8") as file:
            rows = list(csv.reader(file))
        cells = {cell for row in rows for cell in row}
        for cell in cells:
            self.assertFalse(cell.startswith(("=", "+", "@", "\t")), cell)
        found = {cell for cell in cells if not re.fullmatch(r"-?[0-9.e+-]+", cell)}
        for name in ("'=1+2", "'+a", "'-b", "'@c", 'q"uo,te', "plain"):
            self.assertTrue(any(cell.startswith(name) for cell in found), f"{name}: {found}")
        # The table is recognised after a restart.
        again = self.tessera("run", job, "time.max_steps=6", "--resume", "--run-dir", run)
        self.assertEqual(again.code, 0, str(again))
        self.assertFalse((run / "old-tables").exists(), str(again))

    def test_files_that_others_wrote_are_escaped(self):
        run, _ = self.run_job(self.small_job())
        text = HOSTILE.decode("utf-8", "replace")
        (run / "batch.json").write_text(json.dumps({"job_id": text, "cluster": text, "script": text, "partition": text}))
        (run / "progress.json").write_text(json.dumps({"unit": text, "written": text, "attempt": text}))
        (run / "supervision.json").write_text(json.dumps({"status": text, "attempts": [{"hosts": [text]}]}))
        for command in (("status", run), ("status", run, "--json"), ("status", self.folder)):
            output = self.run_bytes(*command)
            self.assertEqual(output.code, 0, str(output))
            self.assert_clean(output)


class Links(NamesCase):
    def setUp(self):
        super().setUp()
        self.job = self.small_job()
        self.victim, _ = self.run_job(self.job, name="victim")
        self.run, _ = self.run_job(self.job, name="run")
        self.before = self.content(self.victim)

    @staticmethod
    def content(folder):
        return {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file() and not p.is_symlink()}

    def link(self, name):
        """Replaces a folder of the run with a link to that of another run."""
        folder = self.run / name
        if folder.exists():
            folder.rename(self.folder / f"{name}-aside")
        folder.symlink_to(self.victim / name)

    def test_checkpoints_are_not_pruned_through_a_link(self):
        self.link("checkpoints")
        result = self.tessera("checkpoint", "prune", "run", "--keep", "1")
        self.assert_refused(result, 73, "checkpoints` is a symbolic link; nothing was changed")
        self.assertEqual(self.content(self.victim), self.before)

    def test_a_run_does_not_continue_in_folders_that_are_links(self):
        for name in ("checkpoints", "fields", "frames", "logs", "maps", "old-tables"):
            with self.subTest(name=name):
                self.link(name)
                for command in (("run", "--resume"), ("launch", "-n", "1")):
                    result = self.tessera(command[0], self.job, "time.max_steps=8", *command[1:], "--run-dir", "run")
                    self.assert_refused(result, 73, f"run/{name}` is a symbolic link")
                self.assertEqual(self.content(self.victim), self.before)
                (self.run / name).unlink()
                if (self.folder / f"{name}-aside").exists():
                    (self.folder / f"{name}-aside").rename(self.run / name)

    def test_overwrite_removes_links_but_not_what_they_lead_to(self):
        for name in ("checkpoints", "fields"):
            self.link(name)
        (self.run / "fields.xdmf").unlink()
        (self.run / "fields.xdmf").symlink_to(self.victim / "fields.xdmf")
        result = self.tessera("run", self.job, "--run-dir", "run", "--overwrite")
        self.assertEqual(result.code, 0, str(result))
        self.assertEqual(self.content(self.victim), self.before)
        self.assertFalse((self.run / "checkpoints").is_symlink())

    def test_a_temporary_file_cannot_be_redirected(self):
        for name in ("record.json", "progress.json", "run.json", "job.toml"):
            (self.run / f"{name}.tmp").symlink_to(self.victim / name)
        result = self.tessera("run", self.job, "time.max_steps=6", "--resume", "--run-dir", "run")
        self.assertEqual(result.code, 0, str(result))
        self.assertEqual(self.content(self.victim), self.before)

    def test_a_folder_with_temporary_files_of_others_is_not_an_unfinished_run(self):
        other = self.folder / "other"
        other.mkdir()
        (other / "notes.tmp").write_text("precious")
        result = self.tessera("run", self.job, "--run-dir", "other")
        self.assert_refused(result, 73, "exists and contains results")
        result = self.tessera("run", self.job, "--run-dir", "other", "--overwrite")
        self.assert_refused(result, 73, "`notes.tmp`, which is not a file of a run; nothing was removed")
        self.assertEqual((other / "notes.tmp").read_text(), "precious")


class Board(NamesCase):
    def test_a_board_that_no_supervisor_has_set_is_ignored_and_not_written_to(self):
        job = self.small_job()
        victim = self.write("victim", "x" * 4096)
        os.mkfifo(self.folder / "fifo")
        for n, value in enumerate((victim, f"{victim}:{'0' * 32}", "/dev/zero:0", f"{self.folder / 'fifo'}:0", "/:0",
                                   HOSTILE.replace(b"\xff\xfe", b"") + b":0")):
            output = self.run_bytes("run", job, "--run-dir", f"run-{n}", env={"TESSERA_BOARD": os.fsdecode(value)})
            self.assertEqual(output.code, 0, str(output))
            self.assert_clean(output)
            expected = b"warning: TESSERA_BOARD is ignored: " if n < 5 else b""  # the last file does not exist
            self.assertIn(expected, output.err, str(output))
        self.assertEqual(victim.read_text(), "x" * 4096)


class Submit(NamesCase):
    """`tessera submit` with a fake sbatch."""

    def setUp(self):
        super().setUp()
        self.job = self.small_job()
        self.bin = self.folder / "bin"
        self.bin.mkdir()
        self.program("squeue", "exit 0")
        self.run, _ = self.run_job(self.job)
        (self.run / "requeues").write_text("3\n")

    def program(self, name, text):
        path = self.bin / name
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)

    def submit(self, *arguments):
        return self.tessera("submit", self.job, *arguments, "-t", "10", "--run-dir", self.run,
                            env={"PATH": f"{self.bin}:{os.environ['PATH']}"})

    def files(self):
        # A lock file names the process that used it last.
        return {p.name: p.read_bytes() for p in self.run.iterdir() if p.is_file() and p.suffix != ".lock"}

    def test_a_refused_job_leaves_the_run_as_it_was(self):
        self.program("sbatch", "echo 'sbatch: error: Invalid account' >&2; exit 1")
        before = self.files()
        for _ in range(2):
            result = self.submit("time.max_steps=8")
            self.assert_refused(result, 73, "sbatch rejected the job", "Invalid account")
            self.assertEqual(self.files(), before)
        self.assertEqual(self.tessera("status", self.run, "--json").json()[0]["status"], "done")
        again = self.tessera("run", self.job, "--resume", "--run-dir", self.run)
        self.assertEqual(again.code, 0, str(again))
        self.assertIn("is already done", again.out)

    def test_a_refused_new_run_leaves_nothing(self):
        self.program("sbatch", "exit 1")
        result = self.tessera("submit", self.job, "-t", "10", "--run-dir", "new",
                              env={"PATH": f"{self.bin}:{os.environ['PATH']}"})
        self.assertEqual(result.code, 73, str(result))
        self.assertFalse((self.folder / "new").exists())

    def test_an_accepted_job_extends_the_run(self):
        # The record must contain the new job before sbatch accepts it, because it may start at once.
        self.program("sbatch", f"cp {self.run}/record.json {self.folder}/seen && echo 77")
        result = self.submit("time.max_steps=8")
        self.assertEqual(result.code, 0, str(result))
        record = json.loads((self.run / "record.json").read_text())
        self.assertEqual(json.loads((self.folder / "seen").read_text()), record)
        self.assertRegex(record["job_text"], r"max_steps *= *8")
        self.assertEqual(json.loads((self.run / "batch.json").read_text())["job_id"], "77")
        self.assertFalse((self.run / "requeues").exists())

    def test_a_job_that_may_be_queued_extends_the_run(self):
        self.program("sbatch", "echo accepted")
        self.assertEqual(self.submit("time.max_steps=8").code, 69)
        self.assertRegex(json.loads((self.run / "record.json").read_text())["job_text"], r"max_steps *= *8")


class OtherUsers(NamesCase):
    """Files and folders that another user may not read. Requires root, and a program that everyone may run."""

    def setUp(self):
        super().setUp()
        if os.geteuid() != 0:
            self.skipTest("changing the user requires root")
        self.folder.chmod(0o777)
        if self.as_other("--version").code != 0:
            self.skipTest("another user cannot start the program")
        self.job = self.small_job()
        self.run, _ = self.run_job(self.job)

    def as_other(self, *arguments):
        return self.run_bytes(*arguments, user=OTHER_USER, group=OTHER_USER, extra_groups=[],
                              env={"HOME": str(self.folder)})

    def assert_denied(self, output, path, mode, codes=(66,)):
        self.assertIn(output.code, codes, str(output))
        text = (output.err + output.out).decode("utf-8")
        self.assertIn(f"permission denied: `{path}` belongs to root (mode {mode})", text)

    def test_a_run_directory_without_permission_is_reported_as_such(self):
        self.run.chmod(0o700)
        for command in (("status", self.run), ("digest", self.run), ("diff", self.run, self.run),
                        ("checkpoint", "ls", self.run), ("checkpoint", "prune", self.run),
                        ("run", self.job, "--run-dir", self.run), ("run", "--resume", "--run-dir", self.run),
                        ("launch", "-n", "1", "--run-dir", self.run), ("run", self.job, "--overwrite", "--run-dir", self.run)):
            with self.subTest(command=command[0:2]):
                self.assert_denied(self.as_other(*command), self.run, "0700")
        output = self.as_other("status", self.folder)  # no other run
        self.assert_denied(output, self.run, "0700")

    def test_folders_of_a_run_without_permission_are_reported(self):
        for name, command in (("fields", ("digest", self.run)), ("checkpoints", ("checkpoint", "ls", self.run))):
            (self.run / name).chmod(0o700)
            self.assert_denied(self.as_other(*command), self.run / name, "0700")

    def test_a_job_or_data_or_plugin_without_permission_is_reported(self):
        locked = self.folder / "locked"
        locked.mkdir(mode=0o700)
        (locked / "job.toml").write_text(self.job.read_text())
        (locked / "data.h5").write_text("x")
        (locked / "heat.so").write_text("x")
        self.assert_denied(self.as_other("check", locked / "job.toml"), locked, "0700")
        data = self.write("data.toml", self.job.read_text().replace('"300 + x"', '{ file = "locked/data.h5", dataset = "t" }'))
        self.assert_denied(self.as_other("check", data), locked, "0700", (78,))
        self.assert_denied(self.as_other("describe", locked / "heat.so"), locked, "0700")
        self.assert_denied(self.as_other("describe", "none", "--plugin-path", locked), locked, "0700", (69,))
        self.assert_denied(self.as_other("solvers", "--plugin-path", locked), locked, "0700", (0,))

    def test_a_run_that_can_be_read_is_shown_although_its_locks_are_private(self):
        self.assertEqual((self.run / "run.lock").stat().st_mode & 0o777, 0o600)
        output = self.as_other("status", self.run)
        self.assertEqual(output.code, 0, str(output))
        self.assertIn(b"done", output.out)
        self.assertIn(b"its locks belong to another user", output.out)

    def test_a_run_of_another_user_is_not_taken_for_inactive(self):
        self.run.chmod(0o777)
        (self.run / "checkpoints").chmod(0o777)
        before = sorted((self.run / "checkpoints").iterdir())
        output = self.as_other("checkpoint", "prune", self.run, "--keep", "1")
        self.assertEqual(output.code, 73, str(output))
        self.assertIn(b"run.lock` belongs to root", output.err)
        self.assertEqual(sorted((self.run / "checkpoints").iterdir()), before)

    def test_checkpoints_of_another_user_that_cannot_be_removed_are_reported(self):
        """The members of a group share a run directory, and may rename each other's checkpoints in it."""
        (self.run / "run.lock").unlink()
        for folder in (self.run, self.run / "checkpoints"):
            folder.chmod(0o777)
        before = sorted((self.run / "checkpoints").iterdir())
        self.assertGreaterEqual(len(before), 2)
        for checkpoint in before:
            checkpoint.chmod(0o755)
        output = self.as_other("checkpoint", "prune", self.run, "--keep", "1")
        self.assertEqual(output.code, 73, str(output))
        for checkpoint in before:
            self.assertIn(os.fsencode(checkpoint.name), output.out)
            problem = f"\n  {checkpoint.name}: Permission denied, it belongs to root\n".encode()
            self.assertEqual(problem in output.err, checkpoint != before[-1], str(output))
        self.assertEqual(sorted((self.run / "checkpoints").iterdir()), before)


if __name__ == "__main__":
    cli.main()
