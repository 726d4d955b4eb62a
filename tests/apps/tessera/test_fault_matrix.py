"""Faults of the machine, launcher, disk and clock: the results are bit-identical to those of an undisturbed run.

Each test states how much work may be lost and checks this bound. It prints what was lost: the number of steps that were
repeated, and the time from the fault to the first new step.

Unless a test states another bound, at most two checkpoint intervals are lost: the interval since the newest checkpoint, and
another one while the next checkpoint is being committed. A rank never gets further ahead than that, because it does not
begin a checkpoint until the previous one is on the disk.

Environment variables, besides those of tests/support/tessera_cli.py:
  TESSERA_CLOCK_LIBRARY  the library built from tests/support/jumping_clock.c
"""

import ctypes
import ctypes.util
import functools
import json
import math
import os
import pathlib
import re
import resource
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "support"))
import tessera_cli as cli  # noqa: E402

BAD_DATA, NO_MEMORY, CANNOT_CREATE, IO_ERROR, AGAIN, INTERRUPTED = 65, 71, 73, 74, 75, 130

HEAT = cli.spot() + """
[time]
max_steps = 1200

[output]
every = "400 steps"

[diagnostics]
every = "50 steps"

[probes]
fields = ["temperature"]
every  = "60 steps"

[[probes.point]]
name = "middle"
at   = [0.5, 0.5, 0.5]

[checkpoint]
every = "100 steps"
"""

# Nearly all work is in a spot on a single rank, so that chunks migrate as soon as the balance is checked, in step 30.
MOVING_SPOT = """
[job]
name   = "spot"
solver = "moving_spot"

[domain]
cells    = [48, 48]
chunk    = [6, 6]
upper    = [1.0, 1.0]
boundary = "periodic"

[parameters]
period = 0.1
work   = 30
factor = 60

[initial]
u = "sin(6.2831853*x)"

[time]
dt        = 1e-4
max_steps = 90

[output]
every = "never"

[diagnostics]
every = "10 steps"

[probes]
fields = ["u"]
every  = "15 steps"

[[probes.point]]
name = "middle"
at   = [0.5, 0.5]

[performance]
balance_every = 30

[checkpoint]
every = "20 steps"
"""

TABLES = ("diagnostics.csv", "probes.csv")


def results_of(folder):
    """@return the results that must not depend on faults: the status, the state digest and the tables."""
    report = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    return {"status": report["status"], "digest": report["digest"]["state"],
            **{name: (folder / name).read_text(encoding="utf-8") for name in TABLES}}


@functools.lru_cache(maxsize=None)
def undisturbed(text):
    """@return the results of an undisturbed run of a job, without checkpoints."""
    with tempfile.TemporaryDirectory(prefix="tessera-") as folder:
        job = pathlib.Path(folder, "job.toml")
        job.write_text(text, encoding="utf-8")
        result = cli.tessera("run", job, "--run-dir", "run", "--plugin-path", cli.PLUGINS, "--quiet",
                             "checkpoint.every=never", ranks=2, cwd=folder)
        if result.code != 0:
            raise AssertionError(f"the undisturbed run failed: {result}")
        return results_of(pathlib.Path(folder, "run"))


def children_of(pid):
    return [int(child) for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def with_steps(text, steps, every=None):
    text = re.sub(r"max_steps = \d+", f"max_steps = {steps}", text)
    return text if every is None else re.sub(r'every = "100 steps"', f'every = "{every}"', text)


# A job of several seconds with long steps, so that ranks on busy cores seldom wait for each other.
LONG = with_steps(HEAT, 4000).replace("[40, 36, 32]", "[120, 108, 96]").replace("[10, 9, 8]", "[30, 27, 24]")


class Case(cli.Case):
    """A job, and the commands and checks for its runs. `interval`: checkpoint interval in steps."""

    text = HEAT
    interval = 100

    def setUp(self):
        super().setUp()
        self.use(self.text)

    def use(self, text):
        self.text = text
        self.job = self.write("job.toml", text)

    def launch(self, *arguments, name="run", **options):
        return self.tessera("launch", "-n", 2, self.job, "--run-dir", name, "--plugin-path", cli.PLUGINS, *arguments,
                            **options)

    def resume(self, *arguments, name="run", ranks=3, **options):
        return self.tessera("run", self.job, "--run-dir", name, "--resume", "--plugin-path", cli.PLUGINS, *arguments,
                            ranks=ranks, **options)

    def begin(self, *arguments, name="run", env=None):
        """Starts a supervised run without waiting for it."""
        process = cli.start([cli.BINARY, "launch", "-n", "2", self.job, "--run-dir", name, "--plugin-path", cli.PLUGINS,
                             *arguments], self.folder, env)
        self.addCleanup(self.end, process)
        return process

    def end(self, process):
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            # The ranks are in other process groups. Without this, they would run until the next launch ends them.
            for pid in self.processes("run"):
                os.kill(pid, signal.SIGKILL)

    def processes(self, name="run"):
        """@return the processes with the run directory in their command line."""
        place = str(self.folder / name)
        found = []
        for entry in pathlib.Path("/proc").iterdir():
            if not entry.name.isdigit() or int(entry.name) == os.getpid():
                continue
            try:
                words = (entry / "cmdline").read_bytes().decode(errors="replace")
            except OSError:
                continue
            if place in words.replace("\0", " "):
                found.append(int(entry.name))
        return found

    def story(self, name="run", root=None):
        return json.loads(((root or self.folder) / name / "supervision.json").read_text(encoding="utf-8"))

    def report(self, name="run"):
        return json.loads((self.folder / name / "run.json").read_text(encoding="utf-8"))

    def checkpoints(self, name="run"):
        """@return the names of the published checkpoints, newest first."""
        folder = self.folder / name / "checkpoints"
        return sorted((p.name for p in folder.iterdir() if re.fullmatch(r"\d{10}-\d+", p.name)), reverse=True) \
            if folder.exists() else []

    def kept_steps(self, name="run"):
        return [int(c.split("-")[0]) for c in self.checkpoints(name)]

    def unfinished(self, name="run"):
        folder = self.folder / name / "checkpoints"
        return [p.name for p in folder.iterdir() if p.name.startswith(".tmp-")] if folder.exists() else []

    def assert_same(self, name="run", root=None):
        self.assertEqual(results_of((root or self.folder) / name), undisturbed(self.text))

    def assert_nothing_left(self, name="run"):
        self.assertEqual(self.processes(name), [])

    def note(self, fault, lost, most, seconds):
        """Prints the lost work and checks that it is at most `most` steps. `seconds`: to the first new step, or None."""
        took = "-" if seconds is None else f"{seconds:.2f} s"
        print(f"lost | {fault} | {lost} steps of at most {most} | {took} to the first new step", flush=True)
        self.assertGreaterEqual(lost, 0, fault)
        self.assertLessEqual(lost, most, fault)

    def note_story(self, fault, name="run", root=None, most=None):
        """Calls note() for each fault of a supervised run."""
        attempts = self.story(name, root)["attempts"]
        for before, after in zip(attempts, attempts[1:]):
            silent = (before["fault"] or {}).get("silent_seconds", 0.0)
            recovery = before["recovery_seconds"]
            self.note(fault, before["last_step"] - after["from_step"], most or 2 * self.interval,
                      None if recovery is None else silent + recovery)

    def faults(self, name="run", root=None):
        return [a["fault"] for a in self.story(name, root)["attempts"] if a["fault"]]

    def check_heals(self, inject, kind, *more):
        """Checks that an injected fault is recognised as `kind`, and that the run completes by itself."""
        name = re.sub(r"\W+", "-", inject)
        result = self.launch("--inject", inject, *more, name=name)
        self.assertEqual(result.code, 0, str(result))
        self.assertEqual([f["kind"] for f in self.faults(name)], [kind], str(result))
        self.note_story(inject, name)
        self.assertEqual(self.report(name)["loop"]["first_step"], self.story(name)["attempts"][-1]["from_step"])
        self.assert_same(name)
        self.assert_nothing_left(name)


class CheckpointPoints(Case):
    """A rank ends while a checkpoint is being written. At most two intervals are lost."""

    #: Point, rank and hit, each in the third checkpoint. Rank 0 also writes and syncs a manifest.
    POINTS = (("checkpoint.write", 0, 5), ("checkpoint.fsync", 1, 3), ("checkpoint.rename", 0, 3),
              ("checkpoint.published", 0, 3))

    def check(self, action, kind, *more):
        for point, rank, hit in self.POINTS:
            with self.subTest(action=action, point=point):
                self.check_heals(f"{action} rank={rank} at={point} hit={hit}", kind, *more)

    def test_abort(self):
        self.check("abort", "death")

    def test_segv(self):
        self.check("segv", "death")

    def test_exit_with_0(self):
        self.check("exit", "death")

    def test_compressed(self):
        self.check_heals("kill rank=1 at=checkpoint.write hit=3", "death", "checkpoint.compress=true")


class CheckpointHangs(CheckpointPoints):
    """A rank hangs while a checkpoint is being written. At most two intervals are lost."""

    test_abort = test_segv = test_exit_with_0 = test_compressed = None

    def test_stopped(self):
        self.check("stop", "hang", *cli.hang_timeout(1.5))

    def test_endless_loop(self):
        self.check("hang", "hang", *cli.hang_timeout(1.5))


class Migration(Case):
    """A rank dies when chunks begin to migrate: the rank that sends them, or the one that receives them. At most two
    intervals are lost."""

    text = MOVING_SPOT
    interval = 20

    def test_deaths(self):
        for action in ("kill", "segv", "abort", "exit"):
            for rank in (0, 1):
                with self.subTest(action=action, rank=rank):
                    # The balance is checked often enough that chunks migrate on any machine, however busy it is.
                    self.check_heals(f"{action} rank={rank} at=migration", "death", "performance.balance_every=3")

    def test_killed_at_any_moment(self):
        """Kills ranks after fixed times rather than at a point, in a run that checks the balance every 2 steps."""
        process = self.begin("performance.balance_every=2", "--max-restarts", "50")
        killed = 0
        for turn in range(3):
            pids = cli.wait_for(lambda: self.ranks_at_work(turn) or process.poll() is not None)
            if process.poll() is not None:
                break
            time.sleep(0.03 * (turn + 1))
            try:
                os.kill(pids[turn % 2], signal.SIGKILL)
                killed += 1
            except ProcessLookupError:
                break
        result = cli.finish(process)
        self.assertEqual(result.code, 0, str(result))
        self.assertGreaterEqual(killed, 1)
        self.note_story("kill at any moment, with a balance check every 2 steps")
        self.assert_same()

    def ranks_at_work(self, turn):
        """@return the process ids of the ranks of attempt `turn`, counted from 0; None if it has not started yet."""
        try:
            attempts = self.story()["attempts"]
        except (OSError, ValueError):
            return None
        return attempts[turn]["pids"] if len(attempts) > turn else None


class Clock(Case):
    """The wall clock jumps. No work is lost, and everything timed continues: checkpoints, deadline, hang detection."""

    EVERY = 0.1

    def check(self, shift):
        library = os.environ["TESSERA_CLOCK_LIBRARY"]
        self.use(LONG)
        jump = self.folder / "jump"
        env = {"LD_PRELOAD": library, "TESSERA_CLOCK_JUMP": f"{jump} {shift}"}
        begin = time.monotonic()
        process = self.begin(f'checkpoint.every="{self.EVERY} s"', *cli.hang_timeout(20.0), "--deadline", "50 min", env=env)
        cli.wait_for(lambda: self.checkpoints_made() >= 3, process)
        jump.touch()
        before = self.checkpoints_made()
        cli.wait_for(lambda: self.checkpoints_made() >= before + 5, process, "there are no checkpoints after the jump")
        result = cli.finish(process)
        elapsed = time.monotonic() - begin
        self.assertEqual(result.code, 0, str(result))
        self.assertEqual(len(self.story()["attempts"]), 1, str(result))
        self.assert_same()
        log = (self.folder / "run" / "run.log").read_text(encoding="utf-8").splitlines()
        stamps = [line[:19] for line in log]
        hours = [int(stamp[11:13]) for stamp in (stamps[0], stamps[-1])]
        self.assertIn((hours[1] - hours[0]) % 24, {3600: (1, 2), -3600: (23, 22)}[shift], "the clock did not jump")
        count = sum("checkpoint at step" in line for line in log)
        loop = self.report()["loop"]["seconds"]
        # An interval begins when a checkpoint begins, and checkpoints are delayed on a busy machine.
        self.assertGreaterEqual(count, 0.4 * loop / cli.allow(self.EVERY), str(result))
        self.assertLessEqual(count, loop / self.EVERY + 1, str(result))
        story = self.story()
        self.assertLess(story["lost_seconds"], cli.allow(1.0))
        self.assertLess(story["useful_seconds"], elapsed)
        self.note(f"clock jumps by {shift:+} s", 0, 0, None)

    def checkpoints_made(self):
        log = self.folder / "run" / "run.log"
        return log.read_text(encoding="utf-8").count("checkpoint at step") if log.exists() else 0

    def test_an_hour_forward(self):
        self.check(3600)

    def test_an_hour_back(self):
        self.check(-3600)


class Launcher(Case):
    """The launcher fails, or ranks die during restarts. At most two intervals are lost per fault."""

    def test_mpirun_is_stopped(self):
        process = self.begin(*cli.hang_timeout(2.0))
        cli.wait_for(self.checkpoints)
        os.kill(children_of(process.pid)[0], signal.SIGSTOP)
        result = cli.finish(process)
        self.assertEqual(result.code, 0, str(result))
        # The ranks do not need mpirun until they end. Whether the supervisor then reports a fault is unspecified.
        self.assertLessEqual(len(self.faults()), 1, str(result))
        self.note_story("mpirun is stopped", most=2 * self.interval)
        self.assert_same()
        self.assert_nothing_left()

    def test_mpirun_is_killed_during_a_checkpoint(self):
        process = self.begin("--inject", "hang at=checkpoint.fsync hit=5", "--hang-timeout", f"{cli.COMMAND_TIMEOUT} s")
        cli.wait_for(lambda: self.checkpoints() and 200 in self.kept_steps() and self.unfinished())
        os.kill(children_of(process.pid)[0], signal.SIGKILL)
        result = cli.finish(process)
        self.assertEqual(result.code, 0, str(result))
        self.assertEqual([f["kind"] for f in self.faults()], ["launcher"], str(result))
        self.note_story("mpirun is killed during a checkpoint")
        self.assertEqual(self.story()["attempts"][1]["from_step"], 200)
        self.assert_same()
        self.assertEqual(self.unfinished(), [])
        self.assert_nothing_left()

    def test_ranks_die_between_restart_and_first_step_twice_in_a_row(self):
        for deaths in (("kill rank=1 at=restart.done", "kill rank=0 at=restart.done"),
                       ("segv rank=0 at=restart.done", "exit rank=1 at=restart.done")):
            with self.subTest(deaths=deaths):
                name = re.sub(r"\W+", "-", deaths[0])
                result = self.launch("--inject", "kill rank=1 step=650", "--inject", f"{deaths[0]} attempt=2",
                                     "--inject", f"{deaths[1]} attempt=3", name=name)
                self.assertEqual(result.code, 0, str(result))
                self.assertEqual([f["kind"] for f in self.faults(name)], ["death"] * 3, str(result))
                self.note_story(" then ".join(deaths), name)
                self.assert_same(name)


class Storms(Case):
    """The supervisor receives many signals while checkpoints are written frequently. A stop loses no work; a run that a
    second SIGINT ends immediately loses at most two intervals."""

    interval = 40

    def setUp(self):
        super().setUp()
        self.use(with_steps(HEAT, 2400, "40 steps"))

    def storm(self, name, signals):
        process = self.begin(name=name)
        cli.wait_for(lambda: self.checkpoints(name))
        for number in range(120):
            if process.poll() is not None:
                break
            process.send_signal(signals[number % len(signals)])
            time.sleep(0.002)
        stopped = time.monotonic()
        result = cli.finish(process)
        self.assert_nothing_left(name)
        before = self.story(name)
        # A signal that arrives after the supervisor has finished may kill it.
        self.assertIn(result.code, (AGAIN, INTERRUPTED, *(-s for s in signals)), str(result))
        self.assertEqual(before["status"], "stopped")
        last = before["attempts"][-1]["last_step"]
        kept = self.kept_steps(name)[0]
        self.assertEqual(self.tessera("checkpoint", "verify", name).code, 0)
        again = self.launch(name=name)
        self.assertEqual(again.code, 0, str(again))
        self.assertEqual(self.story(name)["attempts"][-1]["from_step"], kept)
        self.assertEqual(self.report(name)["loop"]["first_step"], kept)
        seconds = time.monotonic() - stopped - self.report(name)["loop"]["seconds"]
        self.note(f"storm of {'/'.join(s.name for s in signals)}, exit code {result.code}", max(0, last - kept),
                  2 * self.interval if signal.SIGINT in signals else 0, seconds)
        self.assert_same(name)

    def test_terminate(self):
        self.storm("term", (signal.SIGTERM,))

    def test_stop_and_checkpoint(self):
        self.storm("mixed", (signal.SIGUSR2, signal.SIGUSR1, signal.SIGTERM))

    def test_all_of_them(self):
        self.storm("all", (signal.SIGUSR2, signal.SIGUSR1, signal.SIGTERM, signal.SIGINT))

    def test_checkpoints_alone(self):
        process = self.begin()
        cli.wait_for(self.checkpoints)
        for _ in range(120):
            if process.poll() is None:
                process.send_signal(signal.SIGUSR2)
            time.sleep(0.002)
        result = cli.finish(process)
        self.assertEqual(result.code, 0, str(result))
        self.assertEqual(len(self.story()["attempts"]), 1)
        self.note("storm of SIGUSR2", 0, 0, None)
        self.assert_same()


class MemoryGroup(Case):
    """The kernel kills a rank because memory is exhausted."""

    def setUp(self):
        super().setUp()
        self.use(with_steps(HEAT, 3000))

    def group(self):
        """@return a new memory control group below that of this process, and the name of its limit file. Skips the test if
        none can be created."""
        own = dict(line.split(":", 2)[1:] for line in pathlib.Path("/proc/self/cgroup").read_text().splitlines())
        mounts = [line.split() for line in pathlib.Path("/proc/mounts").read_text().splitlines()]
        for _, place, kind, options, *_ in mounts:
            if kind == "cgroup" and "memory" in options.split(","):
                path = next((p for names, p in own.items() if "memory" in names.split(",")), None)
                limit = "memory.limit_in_bytes"
            elif kind == "cgroup2":
                path, limit = own.get(""), "memory.max"
            else:
                continue
            if path is None:
                continue
            group = pathlib.Path(place + path, f"tessera-test-{os.getpid()}")
            try:
                group.mkdir()
            except OSError:
                continue
            if (group / limit).exists():
                self.addCleanup(self.remove, group)
                return group, limit
            group.rmdir()
        return self.skipTest("no memory control group can be made here")

    def remove(self, group):
        for _ in range(200):
            try:
                group.rmdir()
                return
            except OSError:
                time.sleep(0.02)

    def test_the_kernel_kills_a_rank_for_memory(self):
        """Another process uses up the memory, and the kernel kills the rank. At most two intervals are lost."""
        group, limit = self.group()
        (group / limit).write_text(str(64 << 20))
        for swap in ("memory.memsw.limit_in_bytes", "memory.swap.max"):
            if (group / swap).exists():
                (group / swap).write_text("0" if swap.endswith("max") else str(64 << 20))
        process = self.begin()
        cli.wait_for(self.checkpoints)
        pids = cli.wait_for(lambda: self.story()["attempts"][0]["pids"])
        victim = pids[1]
        os.kill(victim, signal.SIGSTOP)  # so that the run cannot end before the kernel runs out of memory
        hog = subprocess.Popen([sys.executable, "-c",
                                "import sys; sys.stdin.readline(); b = bytearray(512 << 20)\n"
                                "for n in range(0, len(b), 4096): b[n] = 1"], stdin=subprocess.PIPE)
        self.addCleanup(hog.stdin.close)
        self.addCleanup(hog.wait)
        self.addCleanup(hog.kill)
        pathlib.Path(f"/proc/{victim}/oom_score_adj").write_text("1000")
        for pid in (hog.pid, victim):
            (group / "cgroup.procs").write_text(str(pid))
        hog.stdin.write(b"\n")
        hog.stdin.flush()
        result = None
        try:
            cli.wait_for(lambda: not self.is_alive(victim))
        finally:
            hog.kill()
            result = cli.finish(process)
        counts = (group / ("memory.oom_control" if limit.endswith("bytes") else "memory.events")).read_text()
        self.assertRegex(counts, r"oom_kill [1-9]", "the kernel did not kill for memory")
        self.assertEqual(result.code, 0, str(result))
        (fault,) = self.faults()
        self.assertEqual((fault["kind"], fault["rank"], fault["signal"]), ("death", 1, signal.SIGKILL), str(result))
        self.note_story("the kernel kills a rank for memory")
        self.assert_same()
        self.assert_nothing_left()

    @staticmethod
    def is_alive(pid):
        try:
            return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
        except OSError:
            return False


class AddressSpace(Case):
    """A rank reaches its limit of address space."""

    def setUp(self):
        super().setUp()
        self.use(with_steps(HEAT, 3000))

    def test_no_address_space_is_left(self):
        """A rank cannot map more memory from before its first checkpoint on. If this ends the launch, it prints one error.
        The next launch completes the run, with at most two intervals lost."""
        process = self.begin("--inject", "stop rank=1 step=90")
        pids = cli.wait_for(lambda: self.pids_of_first_attempt())
        cli.wait_for(lambda: cli.is_stopped(pids[1]), process)
        size = int(re.search(r"VmSize:\s+(\d+)", pathlib.Path(f"/proc/{pids[1]}/status").read_text())[1]) << 10
        resource.prlimit(pids[1], resource.RLIMIT_AS, (size, size))
        begin = time.monotonic()
        os.kill(pids[1], signal.SIGCONT)
        result = cli.finish(process)
        self.assertIn(result.code, (0, NO_MEMORY), str(result))
        if result.code != 0:
            self.assertEqual(len(result.errors()), 1, str(result))
        last = self.story()["attempts"][0]["last_step"]
        again = self.launch()
        self.assertEqual(again.code, 0, str(again))
        attempts = self.story()["attempts"]
        if len(attempts) > 1:
            seconds = time.monotonic() - begin - self.report()["loop"]["seconds"]
            self.note(f"no address space, exit code {result.code}", max(0, last - attempts[1]["from_step"]),
                      2 * self.interval, seconds)
        else:
            self.note("no address space, one checkpoint fewer", 0, 0, None)
        self.assert_same()
        self.assert_nothing_left()

    def pids_of_first_attempt(self):
        try:
            return self.story()["attempts"][0]["pids"]
        except (OSError, ValueError, IndexError):
            return None


@unittest.skipUnless(os.geteuid() == 0, "mounting requires root")
class ReadOnly(Case):
    """The run directory is read-only. It is mounted in a separate mount namespace."""

    def setUp(self):
        super().setUp()
        self.use(with_steps(HEAT, 3000))
        mount = 'mount -t tmpfs -o size=256m tmpfs "$0" && echo ready && exec sleep 600'
        if shutil.which("unshare") is None or shutil.which("nsenter") is None:
            self.skipTest("there is no unshare and nsenter (package util-linux)")
        command = ["unshare", "--mount", "--propagation", "private", "sh", "-c", mount, self.folder]
        self.holder = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                       stderr=subprocess.DEVNULL)
        self.addCleanup(self.holder.stdout.close)
        self.addCleanup(self.holder.wait)
        self.addCleanup(self.holder.kill)
        if self.holder.stdout.readline().strip() != b"ready":
            self.skipTest("no tmpfs can be mounted here")
        self.root = pathlib.Path(f"/proc/{self.holder.pid}/root{self.folder}")
        (self.root / "job.toml").write_text(self.text, encoding="utf-8")

    def inside(self, *command):
        return ["nsenter", "--mount", f"--target={self.holder.pid}", "sh", "-c", 'cd "$0" && exec "$@"',
                str(self.folder), *map(str, command)]

    def do(self, *command):
        subprocess.run(self.inside(*command), check=True, capture_output=True)

    def begin_inside(self, *arguments):
        process = cli.start(self.inside(cli.BINARY, "launch", "-n", "2", "job.toml", "--run-dir", "run", *arguments))
        self.addCleanup(self.end, process)
        return process

    def kept(self):
        return sorted((int(p.name.split("-")[0]) for p in (self.root / "run" / "checkpoints").glob("[0-9]*-*")),
                      reverse=True) if (self.root / "run" / "checkpoints").exists() else []

    def finish_as_undisturbed(self, what, last, most, begin):
        kept = self.kept()
        again = cli.finish(self.begin_inside())
        self.assertEqual(again.code, 0, str(again))
        report = json.loads((self.root / "run" / "run.json").read_text(encoding="utf-8"))
        self.assertEqual(report["loop"]["first_step"], kept[0] if kept else 0)
        self.note(what, last - (kept[0] if kept else 0), most, time.monotonic() - begin - report["loop"]["seconds"])
        self.assert_same("run", self.root)

    def test_from_the_start(self):
        """The run is refused with one error, and no work is lost."""
        self.do("mount", "-o", "remount,ro", self.folder)
        for command in ((cli.BINARY, "launch", "-n", "2", "job.toml", "--run-dir", "run"),
                        (*cli.launcher(2), cli.BINARY, "run", "job.toml", "--run-dir", "run")):
            result = cli.finish(cli.start(self.inside(*command)))
            self.assert_refused(result, CANNOT_CREATE, "Read-only file system")
        self.do("mount", "-o", "remount,rw", self.folder)
        self.finish_as_undisturbed("read-only from the start", 0, 0, time.monotonic())

    def test_checkpoints_in_the_midst(self):
        """The run continues without checkpoints, and prints a warning. Existing checkpoints are kept. After the death of a
        rank, the run resumes from the newest, which was written before the folder became read-only."""
        cli.finish(cli.start(self.inside(cli.BINARY, "run", "job.toml", "--run-dir", "run", "--inject", "kill at=start")))
        (self.root / "run" / "checkpoints").mkdir()
        self.do("mount", "-t", "tmpfs", "tmpfs", self.folder / "run" / "checkpoints")
        death = 2900
        process = self.begin_inside("--inject", f"kill rank=1 step={death}")
        cli.wait_for(self.kept)
        # The kernel refuses to remount while a file there is open for writing.
        command = self.inside("mount", "-o", "remount,ro", self.folder / "run" / "checkpoints")
        cli.wait_for(lambda: subprocess.run(command, capture_output=True, check=False).returncode == 0)
        kept = self.kept()
        result = cli.finish(process)
        self.assertEqual(result.code, 0, str(result))
        self.assertIn("warning: no checkpoint at step", result.err)
        self.assertIn("Read-only file system", result.err)
        self.assertEqual(self.kept(), kept)
        self.assertEqual([f["kind"] for f in self.faults("run", self.root)], ["death"], str(result))
        self.assertEqual(self.story("run", self.root)["attempts"][1]["from_step"], kept[0])
        self.note_story("checkpoints/ becomes read-only, then a kill", "run", self.root, most=death - kept[0])
        self.assert_same("run", self.root)

    def test_all_of_it_in_the_midst(self):
        """New files cannot be created: the run ends with an error, or continues without them. Existing files are intact, and
        once the directory is writable again, the same command completes the run. At most two intervals are lost, and the
        steps between the remount and the next output."""
        process = self.begin_inside("--max-restarts", "3")
        cli.wait_for(self.kept)
        self.do("mount", "--bind", self.folder / "run", self.folder / "run")
        self.do("mount", "-o", "remount,ro,bind", self.folder / "run")
        begin = time.monotonic()
        result = cli.finish(process)
        self.assertIn("Read-only file system", result.err)
        self.do("umount", self.folder / "run")
        verdict = cli.finish(cli.start(self.inside(cli.BINARY, "checkpoint", "verify", "run")))
        self.assertEqual(verdict.code, 0, str(verdict))
        if result.code == 0:
            self.note("the run directory becomes read-only", 0, 0, None)
            self.assert_same("run", self.root)
            return
        self.assertIn(result.code, (CANNOT_CREATE, IO_ERROR), str(result))
        # supervision.json could no longer be written, so the last step comes from the messages.
        last = max(int(step) for step in re.findall(r"(?:at step |fields_)(\d+)", result.err))
        self.finish_as_undisturbed(f"the run directory becomes read-only, exit code {result.code}", last,
                                   2 * self.interval + 400, begin)


class Store(Case):
    """Unexpected files in the run directory. A run that died resumes: at most two intervals are lost, and one more per
    unusable checkpoint."""

    DIED_AT = 950

    @classmethod
    def setUpClass(cls):
        cls.died = pathlib.Path(tempfile.mkdtemp(prefix="tessera-"))
        cls.addClassCleanup(shutil.rmtree, cls.died, ignore_errors=True)
        job = cls.died / "job.toml"
        job.write_text(cls.text, encoding="utf-8")
        cli.tessera("run", job, "--run-dir", cls.died / "run", "--quiet", "--inject", f"kill step={cls.DIED_AT}",
                    ranks=2)

    def setUp(self):
        super().setUp()
        shutil.copytree(self.died / "run", self.folder / "run")
        self.names = self.checkpoints()
        self.assertGreaterEqual(len(self.names), 3)
        self.store = self.folder / "run" / "checkpoints"
        self.newest = self.store / self.names[0]

    def check(self, what, unusable=0, phrase=None, good=None, most=None):
        """Resumes the run and checks the lost work. `unusable`: number of newest checkpoints that must be skipped, with
        `phrase` in the first warning; `good`: the verdict of `tessera checkpoint verify`; `most`: limit on the lost steps
        if it is not that of the class."""
        if good is not None:
            verdict = self.tessera("checkpoint", "verify", "run")
            self.assertEqual(verdict.code, 0 if good else BAD_DATA, str(verdict))
        result = self.resume()
        self.assertEqual(result.code, 0, str(result))
        warnings = [line for line in result.err.splitlines() if line.startswith("warning: the checkpoint")]
        self.assertEqual(len(warnings), unusable, str(result))
        if phrase is not None:
            self.assertIn(phrase, warnings[0])
        first = self.report()["loop"]["first_step"]
        self.assertEqual(first, int(self.names[unusable].split("-")[0]))
        self.note(what, self.DIED_AT - first, most or (2 + unusable) * self.interval,
                  result.seconds - self.report()["loop"]["seconds"])
        self.assert_same()

    def test_an_extra_part(self):
        shutil.copy(self.newest / "part-0000", self.newest / "part-0002")
        self.check("an extra part", good=False)  # `verify` is stricter than a restart, which ignores the extra part

    def test_junk_beside_the_checkpoints(self):
        (self.store / "0000009999-1").write_text("a file", encoding="utf-8")
        (self.store / "0000009998-1").symlink_to(self.newest)
        (self.store / "0000009997-1").symlink_to("nowhere")
        os.mkfifo(self.store / "0000009996-1")
        for name in ("99999999999999999999-1", "0000009000-99999999999", "-5-1", "12-", "12-1x", "notes", ".tmp-",
                     ".tmp-junk", ".bad-0000000001-1"):
            (self.store / name).mkdir()
            (self.store / name / "part-0000").write_text("junk", encoding="utf-8")
        os.mkdir(os.fsencode(self.store) + b"/\xff\xfe-1")
        (self.store / ".hidden").write_text("junk", encoding="utf-8")
        listed = self.tessera("checkpoint", "ls", "run")
        self.assertEqual(listed.code, 0, str(listed))
        self.check("junk beside the checkpoints")

    def test_newer_folders_that_are_no_checkpoints(self):
        (self.store / "0000009999-1").mkdir()
        (self.store / "0000009998-1").mkdir()
        (self.store / "0000009998-1" / "manifest").mkdir()
        self.names = ["0000009999-1", "0000009998-1", *self.names]
        self.check("two newer folders that are no checkpoints", 2, "manifest", good=False, most=2 * self.interval)

    def test_a_pipe_in_place_of_a_part(self):
        (self.newest / "part-0001").unlink()
        os.mkfifo(self.newest / "part-0001")
        self.check("a pipe in place of a part", 1, "is not a regular file", good=False)

    def test_a_pipe_in_place_of_a_manifest(self):
        (self.newest / "manifest").unlink()
        os.mkfifo(self.newest / "manifest")
        self.check("a pipe in place of a manifest", 1, "is not a regular file", good=False)

    def test_a_folder_in_place_of_a_part(self):
        (self.newest / "part-0001").unlink()
        (self.newest / "part-0001").mkdir()
        self.check("a folder in place of a part", 1, "is not a regular file", good=False)

    def test_a_lock_of_a_dead_process(self):
        ended = subprocess.Popen(["true"])
        ended.wait()
        holder = f"process {ended.pid} on {socket.gethostname()}\n"
        (self.folder / "run" / "run.lock").write_text(holder, encoding="utf-8")
        self.check("a lock of a dead process")

    def test_a_lock_of_another_host(self):
        for lock in ("run.lock", "supervisor.lock"):
            (self.folder / "run" / lock).write_text("process 1 on another-host\n", encoding="utf-8")
        result = self.launch()
        self.assertEqual(result.code, 0, str(result))
        first = self.report()["loop"]["first_step"]
        self.note("a lock of another host", self.DIED_AT - first, 2 * self.interval,
                  result.seconds - self.report()["loop"]["seconds"])
        self.assert_same()

    def seal(self, path, change):
        """Changes a manifest and updates its checksum."""
        library = ctypes.util.find_library("xxhash")
        if library is None:
            self.skipTest("libxxhash cannot be loaded")
        xxh3 = ctypes.CDLL(library).XXH3_64bits
        xxh3.restype, xxh3.argtypes = ctypes.c_uint64, (ctypes.c_char_p, ctypes.c_size_t)
        body = path.read_bytes()[:-8]
        self.assertEqual(struct.pack("<Q", xxh3(body, len(body))), path.read_bytes()[-8:])
        changed = change(body)
        self.assertNotEqual(changed, body)
        path.write_bytes(changed + struct.pack("<Q", xxh3(changed, len(changed))))

    @staticmethod
    def of_another_version(body):
        solver, one, two = (struct.pack("<Q", len(word)) + word for word in (b"heat", b"1.0.0", b"2.0.0"))
        return body.replace(solver + one, solver + two, 1)

    def test_a_manifest_of_another_version_of_the_solver(self):
        self.seal(self.newest / "manifest", self.of_another_version)
        self.check("a manifest of another version of the solver", 1,
                   "it was written by version 2.0.0 of the solver, not 1.0.0")

    def test_all_manifests_of_another_version_of_the_solver(self):
        for name in self.names:
            self.seal(self.store / name / "manifest", self.of_another_version)
        result = self.resume()
        self.assert_refused(result, BAD_DATA, "it was written by version 2.0.0 of the solver, not 1.0.0")
        self.assertEqual(self.checkpoints(), self.names)


class Automatic(Case):
    """every = "auto": the checkpoint interval is sqrt(2 C M) by Young's rule, for the reported cost C of a checkpoint."""

    MTBF = 0.25
    GUESSED_COST = 1.0  # assumed cost until a checkpoint has been written

    def test_number_of_checkpoints(self):
        self.use(LONG)
        result = self.launch('checkpoint.every="auto"', f'checkpoint.mtbf="{self.MTBF} s"')
        self.assertEqual(result.code, 0, str(result))
        log = (self.folder / "run" / "run.log").read_text(encoding="utf-8")
        costs = [float(c) for c in re.findall(r"checkpoint at step \d+ .* in ([\d.e-]+) s\b", log)]
        self.assertGreaterEqual(len(costs), 3, str(result))
        left = self.report()["loop"]["seconds"] - math.sqrt(2 * self.GUESSED_COST * self.MTBF)
        young = 1 + left / (sum(math.sqrt(2 * c * self.MTBF) for c in costs) / len(costs))
        print(f"auto | {len(costs)} checkpoints, {young:.1f} by Young's rule", flush=True)
        self.assertGreater(len(costs), young / 2)
        self.assertLess(len(costs), young * 2)
        self.assert_same()

    def test_a_death_loses_what_the_rule_allows(self):
        """A death loses at most the work of three times the interval by the rule plus the longest checkpoint."""
        self.use(LONG)
        result = self.launch('checkpoint.every="auto"', f'checkpoint.mtbf="{self.MTBF} s"',
                             "--inject", "kill rank=1 step=3000")
        self.assertEqual(result.code, 0, str(result))
        before, after = self.story()["attempts"]
        log = (self.folder / "run" / "run.log").read_text(encoding="utf-8")
        costs = [float(c) for c in re.findall(r"checkpoint at step \d+ .* in ([\d.e-]+) s\b", log)]
        interval = max(math.sqrt(2 * c * self.MTBF) for c in costs) + max(costs)
        rate = before["last_step"] / before["seconds"]
        self.note("kill, every = auto", before["last_step"] - after["from_step"], math.ceil(3 * interval * rate),
                  before["recovery_seconds"])
        self.assert_same()


if __name__ == "__main__":
    cli.main()
