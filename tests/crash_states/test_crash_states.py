#!/usr/bin/env python3
"""Resumes runs from the states in which a crash of the host may leave their directory.

Each test records the file operations of a short run (recording.py), and rebuilds the states of the disk that are possible
after a crash at any point (crash_model.py): all prefixes of the operations, and random states that lack operations that
were not synced. From each state, the run is resumed. It must end with the digest, the tables, the field files and the
images of the undisturbed run. It must not repeat steps before the newest checkpoint that had been published and synced. If
there was none, it may start over. Once the command has ended, the run must be recorded as done. A crash before the run has a
record leaves no run; the same command then starts a new one.

Environment variables, besides those of tests/support/tessera_cli.py:
  TESSERA_CRASH_STATES  random states of each run; if set, all prefixes are tried too. Without it, a sample of both
  TESSERA_CRASH_SEED    the seed, default 1. The operations of two recordings differ slightly, and so do their states
  TESSERA_CRASH_KEEP    a folder for the states that failed
"""

import itertools
import json
import math
import os
import pathlib
import random
import re
import shutil
import sys
import textwrap
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import tessera_cli as cli  # noqa: E402
from crash_model import CrashModel  # noqa: E402
from file_system import store  # noqa: E402
from jobs import HEAT, WATER  # noqa: E402
import recording  # noqa: E402

STATES = os.environ.get("TESSERA_CRASH_STATES")
SEED = os.environ.get("TESSERA_CRASH_SEED", "1")
KEEP = os.environ.get("TESSERA_CRASH_KEEP")
SAMPLE = 4  # random states of each run, and as many prefixes, if TESSERA_CRASH_STATES is not set
MAX_FAILURES = 5
RESULT_FILES = ("diagnostics.csv", "probes.csv", "regions.csv", "transects.csv", "job.toml", "fields.xdmf")
# A singleton needs no daemon.
ENVIRONMENT = {"OMPI_MCA_ess_singleton_isolated": "1"}
RUN = "runs/run"  # the run directory; its parent does not exist before the run


def results(folder):
    """@return the results of a run that is recorded as done, by name."""
    report = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    assert report["status"] == "done", report["status"]
    found = {"state digest": report["digest"]["state"]}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        # A temporary file may be left at the top level; a later run removes it when it is an hour old.
        if name.startswith(("fields/", "frames/", "maps/", "old-tables")) or name in RESULT_FILES:
            found[name] = path.read_bytes() if path.is_file() else "folder"
    return found


def record_of(files):
    """@return the record of the run in a state of the disk, or {} if it is missing or damaged."""
    try:
        return json.loads(files[f"{RUN}/record.json"])
    except (KeyError, ValueError):
        return {}


class Recorded(cli.Case):
    """`self.disk` is the folder whose changes are recorded."""

    def setUp(self):
        if reason := recording.missing_requirement():
            self.skipTest(reason)
        super().setUp()
        self.folder = self.folder.resolve()
        self.disk = self.folder / "disk"
        self.disk.mkdir()


class Model(Recorded):
    """Small programs with known crash states."""

    def states_of(self, program, initial=None):
        """@return the states of the disk that are possible after a crash at any time, and those after the program's end."""
        store(initial or {}, self.disk)
        recorded = recording.record(self.disk, lambda prefix: cli.finish(cli.start(
            [*prefix, sys.executable, "-c", "import mmap, os\n" + textwrap.dedent(program)], self.disk)), self.folder / "trace")
        self.assertEqual(recorded.result.code, 0, str(recorded.result))
        recorded.check(self.disk)
        model = CrashModel(recorded.initial, recorded.operations)
        states = [*model.prefixes(), *itertools.islice(model.random_states(SEED), 1000)]
        at_end = [files for count, _, files in states if count == len(recorded.operations)]
        return [files for _, _, files in states], at_end

    def test_a_file_replaced_without_sync_may_be_damaged(self):
        states, at_end = self.states_of("""
            with open("a.tmp", "w") as file:
                file.write("new")
            os.rename("a.tmp", "a")
            """, {"a": b"old"})
        for expected in (b"old", b"new", b"", b"\0\0\0"):
            self.assertIn({"a": expected}, at_end)
        self.assertTrue(any(files["a"] not in (b"old", b"new", b"", b"\0\0\0") for files in at_end))  # data of other files
        self.assertTrue(all("a" in files for files in states))

    def test_a_file_replaced_with_sync_is_complete(self):
        states, at_end = self.states_of("""
            with open("a.tmp", "w") as file:
                file.write("new")
                file.flush()
                os.fsync(file.fileno())
            os.rename("a.tmp", "a")
            os.fsync(os.open(".", os.O_RDONLY))
            """, {"a": b"old"})
        self.assertEqual({files["a"] for files in states}, {b"old", b"new"})
        self.assertTrue(all(files == {"a": b"new"} for files in at_end))

    def test_the_sync_of_a_file_does_not_keep_its_name(self):
        _, at_end = self.states_of("""
            os.mkdir("folder")
            file = os.open("folder/a", os.O_WRONLY | os.O_CREAT)
            os.write(file, b"x")
            os.fsync(file)
            """)
        for expected in ({}, {"folder": None}, {"folder": None, "folder/a": b"x"}):
            self.assertIn(expected, at_end)
        self.assertEqual(len({str(files) for files in at_end}), 3)

    def test_blocks_names_and_sizes_are_lost_independently(self):
        _, at_end = self.states_of("""
            file = os.open("a", os.O_WRONLY)
            os.pwrite(file, b"b" * 8192, 0)
            os.ftruncate(file, 8191)
            os.unlink("c")
            os.rename("d", "e")
            """, {"a": b"a" * 8192, "c": b"", "d": b""})
        contents = {(files["a"][:1], files["a"][-1:], len(files["a"])) for files in at_end}
        self.assertEqual(contents, {(x, y, n) for x in (b"a", b"b") for y in (b"a", b"b") for n in (8191, 8192)})
        self.assertEqual({" ".join(sorted(files)) for files in at_end}, {"a c d", "a d", "a c e", "a e"})

    def test_what_cannot_be_followed_is_an_error(self):
        for program in ("mmap.mmap(os.open('a', os.O_RDWR), 4096)", "os.symlink('a', 'b')", "os.link('a', 'b')",
                        "os.open('a', os.O_WRONLY | os.O_SYNC)", "os.posix_fallocate(os.open('a', os.O_RDWR), 0, 9999)"):
            with self.subTest(program), self.assertRaises(recording.Unsupported):
                shutil.rmtree(self.disk)
                self.disk.mkdir()
                self.states_of(program, {"a": bytes(4096)})


class CrashStates(Recorded):
    """The disk contains the job file from the beginning."""

    share = 1.0  # factor for the number of states

    def setUp(self):
        super().setUp()
        self.run_directory = self.disk / RUN

    def command(self, *arguments, prefix=(), ranks=None):
        launcher = cli.launcher(ranks) if ranks else []
        process = cli.start([*prefix, *launcher, cli.BINARY, *arguments], self.disk, ENVIRONMENT)
        return cli.finish(process)

    def prepare(self, *arguments, code=0, **options):
        """Runs a command before the recording."""
        result = self.command(*arguments, **options)
        self.assertEqual(result.code, code, str(result))

    def check_run(self, command, resume, first_step=-1, **options):
        """Records `command`, and resumes from its crash states with `resume`.

        Both are arguments of `tessera`; `resume` may also be a function that returns them for the files of a state.
        `first_step`: the newest checkpoint before the command, or -1. `options`: those of command().
        """
        recorded = recording.record(self.disk, lambda prefix: self.command(*command, prefix=prefix, **options),
                                    self.folder / "trace")
        self.assertEqual(recorded.result.code, 0, str(recorded.result))
        recorded.check(self.disk)
        self.model = CrashModel(recorded.initial, recorded.operations)
        self.first_step = first_step
        self.resume_arguments = resume if callable(resume) else lambda _: resume
        self.options = options
        self.expected = results(self.run_directory)
        begin, tried, failures, duplicates = time.monotonic(), 0, 0, 0
        seen = set()
        for count, lost, files in self.states():
            newest = self.newest_checkpoint(count)
            key = hash((tuple(sorted(files.items())), newest, count == len(recorded.operations)))
            if key in seen:
                duplicates += 1
                continue
            seen.add(key)
            tried += 1
            with self.subTest(operations=count, lost=len(lost)):
                problem = self.problem_with(files, newest, count)
                if problem:
                    failures += 1
                    self.keep(files, failures)
                    self.fail(self.describe(problem, count, lost, newest))
            if failures >= MAX_FAILURES and not STATES:
                break
        print(f"{len(recorded.operations)} operations, {tried} states ({duplicates} more were equal to others), seed {SEED}, "
              f"{time.monotonic() - begin:.0f} s", flush=True)

    def states(self):
        """Yields the states to try."""
        prefixes = list(self.model.prefixes())
        count = math.ceil(self.share * int(STATES or SAMPLE))
        if not STATES:
            # The first state and the last are always tried.
            prefixes = [prefixes[0], *random.Random(SEED).sample(prefixes[1:-1], count), prefixes[-1]]
        yield from prefixes
        yield from itertools.islice(self.model.random_states(SEED), count)

    def newest_checkpoint(self, count):
        """@return the newest step whose checkpoint had been published and synced after `count` operations."""
        steps = [int(found[1]) for part in self.model.parts if part.durable <= count
                 and (found := re.fullmatch(r"rename .* to \S*/checkpoints/(\d+)-\d+", part.text))]
        return max([self.first_step, *steps])

    def problem_with(self, files, newest, count):
        """Resumes from a state. @return the problem, or None."""
        shutil.rmtree(self.disk)
        self.disk.mkdir()
        store(files, self.disk)
        if count == len(self.model.operations) and record_of(files).get("status") != "done":
            return "the command had ended, but the run is not recorded as done"
        result = self.command(*self.resume_arguments(files), **self.options)
        if result.code != 0:
            return f"cannot be resumed\n{result}"
        resumed = re.search(r"resumes from step (\d+)", result.err)
        is_complete = "is already done" in result.out + result.err
        if newest >= 0 and not is_complete and not (resumed and int(resumed[1]) >= newest):
            return f"steps were repeated\n{result}"
        try:
            actual = results(self.run_directory)
        except (OSError, ValueError, KeyError, AssertionError) as error:
            return f"run.json: {error!r}\n{result}"
        different = sorted(name for name in actual.keys() | self.expected.keys()
                           if actual.get(name) != self.expected.get(name))
        return f"different results: {different}\n{result}" if different else None

    def describe(self, problem, count, lost, newest):
        last = next((part.text for part in reversed(self.model.parts) if part.operation < count), "nothing")
        return (f"{problem}\n--- state: {count} operations, the last one: {last}; newest checkpoint: {newest}; lost:\n  "
                + "\n  ".join(part.text for part in lost))

    def keep(self, files, number):
        if KEEP:
            folder = pathlib.Path(KEEP, f"{self.id().rpartition('.')[2]}-{number}")
            folder.mkdir(parents=True)
            store(files, folder)


class OneRank(CrashStates):
    """Runs on one rank."""

    def check_new_run(self, text):
        job = self.write("disk/job.toml", text)
        arguments = ["run", job, "--run-dir", self.run_directory]
        self.check_run(arguments, [*arguments, "--resume"])

    def test_heat(self):
        self.check_new_run(HEAT)

    def test_shallow_water(self):
        self.check_new_run(WATER)

    def test_run_with_node_local_checkpoints(self):
        (self.disk / "node").mkdir()
        self.check_new_run(HEAT.replace('every = "4 steps"', 'every = "8 steps"')
                           + f'local = "{self.disk}/node"\nlocal_every = "1 ms"\n')

    def test_run_without_a_final_checkpoint(self):
        self.check_new_run(HEAT + "at_end = false\n")


class Later(CrashStates):
    """Commands that continue or replace a run."""

    def test_resumed_run(self):
        job = self.write("disk/job.toml", HEAT)
        arguments = ["run", job, "--run-dir", self.run_directory]
        self.prepare(*arguments, "--inject", "throw step=15", code=70)
        arguments.append("--resume")
        self.check_run(arguments, arguments, first_step=12)

    def test_extended_run(self):
        short = self.write("disk/short.toml", HEAT.replace("20", "10"))
        job = self.write("disk/job.toml", HEAT)
        self.prepare("run", short, "--run-dir", self.run_directory)
        arguments = ["run", job, "--run-dir", self.run_directory, "--resume"]
        self.check_run(arguments, arguments, first_step=10)

    def test_replaced_run(self):
        """The new run is resumed if the directory contains it. Otherwise, the old one can still be replaced."""
        water, job = self.write("disk/water.toml", WATER), self.write("disk/job.toml", HEAT)
        self.prepare("run", water, "--run-dir", self.run_directory)
        arguments = ["run", job, "--run-dir", self.run_directory]
        self.check_run([*arguments, "--overwrite"], lambda files: [
            *arguments, "--resume" if record_of(files).get("solver") == "heat" else "--overwrite"])


class SeveralRanks(CrashStates):
    """Runs on two ranks, with and without a supervisor."""

    share = 0.3

    def test_two_ranks(self):
        job = self.write("disk/job.toml", HEAT)
        arguments = ["run", job, "--run-dir", self.run_directory]
        self.check_run(arguments, [*arguments, "--resume"], ranks=2)

    def test_supervised_run(self):
        job = self.write("disk/job.toml", HEAT)
        arguments = ["launch", "-n", "2", job, "--run-dir", self.run_directory]
        self.check_run([*arguments, "--inject", "kill rank=1 step=14"], arguments)


if __name__ == "__main__":
    cli.main()
