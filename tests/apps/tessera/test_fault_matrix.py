"""Faults of the machine, launcher, disk and clock: the results are bit-identical to those of an undisturbed run.

Each test states how much work may be lost and checks this bound. It prints the loss: the number of repeated steps, and the
time from the fault to the first new step.

Unless a test states another bound, at most two checkpoint intervals are lost: the interval since the newest checkpoint, and
another one while the next checkpoint is being committed. A rank never gets further ahead, because it does not begin a
checkpoint until the previous one is on disk.

Environment variables, besides those of tests/support/tessera_cli.py:
  TESSERA_CLOCK_LIBRARY  the library built from tests/support/jumping_clock.c
"""

import contextlib
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

BAD_DATA, NO_MEMORY, CANNOT_CREATE, RESUMABLE, INTERRUPTED = 65, 71, 73, 75, 130

HEAT = cli.hot_spot_job() + """
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

# Nearly all work is in a spot on a single rank, so that chunks migrate as soon as the balance is checked, at step 30.
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


def read_results(folder):
    """@return the results that must not depend on faults: the status, the state digest and the tables."""
    report = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    return {"status": report["status"], "digest": report["digest"]["state"],
            **{name: (folder / name).read_text(encoding="utf-8") for name in TABLES}}


@functools.lru_cache(maxsize=None)
def undisturbed_results(text):
    """@return the results of an undisturbed run of a job, without checkpoints."""
    with tempfile.TemporaryDirectory(prefix="tessera-") as folder:
        job = pathlib.Path(folder, "job.toml")
        job.write_text(text, encoding="utf-8")
        result = cli.tessera("run", job, "--run-dir", "run", "--plugin-path", cli.PLUGINS, "--quiet",
                             "checkpoint.every=never", ranks=2, cwd=folder)
        if result.code != 0:
            raise AssertionError(f"the undisturbed run failed: {result}")
        return read_results(pathlib.Path(folder, "run"))


def with_steps(text, steps, every=None):
    """@return the job `text` with another number of steps and, if given, another checkpoint interval."""
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
        self.write_job(self.text)

    def write_job(self, text):
        self.text = text
        self.job = self.write("job.toml", text)

    def launch(self, *arguments, name="run", **options):
        return self.tessera("launch", "-n", 2, self.job, "--run-dir", name, "--plugin-path", cli.PLUGINS, *arguments,
                            **options)

    def resume(self, *arguments, name="run", ranks=3, **options):
        return self.tessera("run", self.job, "--run-dir", name, "--resume", "--plugin-path", cli.PLUGINS, *arguments,
                            ranks=ranks, **options)

    def start_launch(self, *arguments, name="run", env=None):
        """Starts a supervised run, without waiting for it."""
        process = cli.start([cli.BINARY, "launch", "-n", "2", self.job, "--run-dir", name, "--plugin-path", cli.PLUGINS,
                             *arguments], self.folder, env)
        self.addCleanup(self.kill, process)
        return process

    def kill(self, process):
        """Kills a supervised run that is still active."""
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            # The ranks are in other process groups, and would otherwise run until the next launch ends them.
            for pid in self.processes("run"):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    def processes(self, name="run"):
        """@return the processes with the run directory in their command line."""
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
                found.append(int(entry.name))
        return found

    def supervision(self, name="run", root=None):
        return json.loads(((root or self.folder) / name / "supervision.json").read_text(encoding="utf-8"))

    def report(self, name="run"):
        return json.loads((self.folder / name / "run.json").read_text(encoding="utf-8"))

    def checkpoints(self, name="run"):
        """@return the names of the published checkpoints, newest first."""
        folder = self.folder / name / "checkpoints"
        return sorted((p.name for p in folder.iterdir() if re.fullmatch(r"\d{10}-\d+", p.name)), reverse=True) \
            if folder.exists() else []

    def checkpoint_steps(self, name="run"):
        return [int(c.split("-")[0]) for c in self.checkpoints(name)]

    def logged_checkpoints(self, name="run"):
        """@return (time, step, cost) for each checkpoint in the log: when it was complete, and how long that took, in s."""
        log = self.folder / name / "run.log"
        found = re.findall(r"^\S+ (\d+):(\d+):(\S+) .*checkpoint at step (\d+) .* in ([\d.e-]+) s\b",
                           log.read_text(encoding="utf-8") if log.exists() else "", re.MULTILINE)
        return [(3600 * int(h) + 60 * int(m) + float(s), int(step), float(cost)) for h, m, s, step, cost in found]

    def unfinished_checkpoints(self, name="run"):
        folder = self.folder / name / "checkpoints"
        return [p.name for p in folder.iterdir() if p.name.startswith(".tmp-")] if folder.exists() else []

    def assert_same_results(self, name="run", root=None):
        self.assertEqual(read_results((root or self.folder) / name), undisturbed_results(self.text))

    def assert_no_process_left(self, name="run"):
        self.assertEqual(self.processes(name), [])

    def check_loss(self, fault, lost, limit, seconds):
        """Prints the number of lost steps and checks that it is at most `limit`. `seconds`: time to the first new step, or
        None."""
        took = "-" if seconds is None else f"{seconds:.2f} s"
        print(f"lost | {fault} | {lost} steps of at most {limit} | {took} to the first new step", flush=True)
        self.assertGreaterEqual(lost, 0, fault)
        self.assertLessEqual(lost, limit, fault)

    def check_losses(self, fault, name="run", root=None, limit=None):
        """Calls check_loss() for each fault of a supervised run."""
        attempts = self.supervision(name, root)["attempts"]
        for before, after in zip(attempts, attempts[1:]):
            silent = (before["fault"] or {}).get("silent_seconds", 0.0)
            recovery = before["recovery_seconds"]
            self.check_loss(fault, before["last_step"] - after["from_step"], limit or 2 * self.interval,
                            None if recovery is None else silent + recovery)

    def faults(self, name="run", root=None):
        return [a["fault"] for a in self.supervision(name, root)["attempts"] if a["fault"]]

    def check_recovery(self, inject, kind, *more):
        """Checks that an injected fault is identified as `kind`, and that the run completes automatically."""
        name = re.sub(r"\W+", "-", inject)
        result = self.launch("--inject", inject, *more, name=name)
        self.assertEqual(result.code, 0, str(result))
        self.assertEqual([f["kind"] for f in self.faults(name)], [kind], str(result))
        self.check_losses(inject, name)
        self.assertEqual(self.report(name)["loop"]["first_step"], self.supervision(name)["attempts"][-1]["from_step"])
        self.assert_same_results(name)
        self.assert_no_process_left(name)


class CheckpointPoints(Case):
    """A rank ends while a checkpoint is being written. At most two intervals are lost."""

    #: Point, rank and hit of each fault, all in the third checkpoint. Rank 0 also writes and syncs a manifest.
    POINTS = (("checkpoint.write", 0, 5), ("checkpoint.fsync", 1, 3), ("checkpoint.rename", 0, 3),
              ("checkpoint.published", 0, 3))

    def check(self, action, kind, *more):
        for point, rank, hit in self.POINTS:
            with self.subTest(action=action, point=point):
                self.check_recovery(f"{action} rank={rank} at={point} hit={hit}", kind, *more)

    def test_a_run_survives_an_abort(self):
        self.check("abort", "death")

    def test_a_run_survives_a_segmentation_fault(self):
        self.check("segv", "death")

    def test_a_run_survives_an_exit_with_code_0(self):
        self.check("exit", "death")

    def test_a_run_survives_a_kill_while_checkpoints_are_compressed(self):
        self.check_recovery("kill rank=1 at=checkpoint.write hit=3", "death", "checkpoint.compress=true")


class CheckpointHangs(CheckpointPoints):
    """A rank hangs while a checkpoint is being written. At most two intervals are lost."""

    # Inherited tests that are not repeated here.
    test_a_run_survives_an_abort = None
    test_a_run_survives_a_segmentation_fault = None
    test_a_run_survives_an_exit_with_code_0 = None
    test_a_run_survives_a_kill_while_checkpoints_are_compressed = None

    def test_a_run_survives_a_stopped_rank(self):
        self.check("stop", "hang", *cli.hang_timeout(1.5))

    def test_a_run_survives_an_endless_loop(self):
        self.check("hang", "hang", *cli.hang_timeout(1.5))


class Migration(Case):
    """A rank dies as chunks begin to migrate: either the sender or the receiver. At most two intervals are lost."""

    text = MOVING_SPOT
    interval = 20

    def test_a_run_survives_the_death_of_the_sender_or_receiver(self):
        for action in ("kill", "segv", "abort", "exit"):
            for rank in (0, 1):
                with self.subTest(action=action, rank=rank):
                    # The balance is checked often enough that chunks migrate on any machine, however busy it is.
                    self.check_recovery(f"{action} rank={rank} at=migration", "death", "performance.balance_every=3")

    def test_a_run_survives_kills_at_arbitrary_times(self):
        """Ranks are killed after fixed times rather than at a point, in a run that checks the balance every 2 steps."""
        self.write_job(with_steps(MOVING_SPOT, 300))  # so that the run does not end before the first kill
        process = self.start_launch("performance.balance_every=2", "--max-restarts", "50")
        killed = 0
        for attempt in range(3):
            pids = cli.wait_for(lambda: self.pids_of_attempt(attempt) or process.poll() is not None)
            if process.poll() is not None:
                break
            time.sleep(0.03 * (attempt + 1))
            try:
                os.kill(pids[attempt % 2], signal.SIGKILL)
                killed += 1
            except ProcessLookupError:
                break
        result = cli.finish(process)
        self.assertEqual(result.code, 0, str(result))
        self.assertGreaterEqual(killed, 1)
        self.check_losses("kill at an arbitrary time, with a balance check every 2 steps")
        self.assert_same_results()

    def pids_of_attempt(self, attempt):
        """@return the process IDs of the ranks of an attempt, counted from 0, or None if it has not started."""
        try:
            attempts = self.supervision()["attempts"]
        except (OSError, ValueError):
            return None
        return attempts[attempt]["pids"] if len(attempts) > attempt else None


class Clock(Case):
    """The wall clock jumps. No work is lost, and all timers continue: checkpoints, deadline, hang detection."""

    INTERVAL_SECONDS = 0.1

    def check(self, shift):
        library = os.environ["TESSERA_CLOCK_LIBRARY"]
        self.write_job(LONG)
        jump = self.folder / "jump"
        env = {"LD_PRELOAD": library, "TESSERA_CLOCK_JUMP": f"{jump} {shift}"}
        begin = time.monotonic()
        process = self.start_launch(f'checkpoint.every="{self.INTERVAL_SECONDS} s"', *cli.hang_timeout(20.0),
                                    "--deadline", "50 min", env=env)
        cli.wait_for(lambda: len(self.logged_checkpoints()) >= 2, process)
        jump.touch()
        before = len(self.logged_checkpoints())
        cli.wait_for(lambda: len(self.logged_checkpoints()) >= before + 3, process, "there are no checkpoints after the jump")
        result = cli.finish(process)
        elapsed = time.monotonic() - begin
        self.assertEqual(result.code, 0, str(result))
        self.assertEqual(len(self.supervision()["attempts"]), 1, str(result))
        self.assert_same_results()
        log = (self.folder / "run" / "run.log").read_text(encoding="utf-8").splitlines()
        stamps = [line[:19] for line in log]
        hours = [int(stamp[11:13]) for stamp in (stamps[0], stamps[-1])]
        self.assertIn((hours[1] - hours[0]) % 24, {3600: (1, 2), -3600: (23, 22)}[shift], "the clock did not jump")
        costs = [cost for _, _, cost in self.logged_checkpoints()]
        loop = self.report()["loop"]["seconds"]
        # An interval begins when a checkpoint begins. It is longer if the checkpoint takes longer, or on a busy machine.
        interval = sum(max(self.INTERVAL_SECONDS, cost) for cost in costs) / len(costs)
        self.assertGreaterEqual(len(costs), 0.4 * loop / cli.scaled(interval), str(result))
        self.assertLessEqual(len(costs), loop / self.INTERVAL_SECONDS + 1, str(result))
        supervision = self.supervision()
        self.assertLess(supervision["lost_seconds"], cli.scaled(1.0))
        self.assertLess(supervision["useful_seconds"], elapsed)
        self.check_loss(f"clock jumps by {shift:+} s", 0, 0, None)

    def test_a_jump_by_an_hour_forward_loses_no_work(self):
        self.check(3600)

    def test_a_jump_by_an_hour_back_loses_no_work(self):
        self.check(-3600)


class Launcher(Case):
    """The launcher fails, or ranks die during restarts. At most two intervals are lost per fault."""

    def test_a_run_survives_a_stopped_mpirun(self):
        process = self.start_launch("--inject", "stop rank=1 step=250", *cli.hang_timeout(5.0))
        rank = cli.wait_until_stopped(process, self.folder / "run", 1)  # so that mpirun is stopped during the run
        os.kill(cli.child_pids(process.pid)[0], signal.SIGSTOP)
        os.kill(rank, signal.SIGCONT)
        result = cli.finish(process)
        self.assertEqual(result.code, 0, str(result))
        # The ranks do not need mpirun until they end. Whether the supervisor then reports a fault is unspecified.
        self.assertLessEqual(len(self.faults()), 1, str(result))
        self.check_losses("mpirun is stopped", limit=2 * self.interval)
        self.assert_same_results()
        self.assert_no_process_left()

    def test_a_run_survives_a_kill_of_mpirun_during_a_checkpoint(self):
        process = self.start_launch("--inject", "hang at=checkpoint.fsync hit=5",
                                    "--hang-timeout", f"{cli.COMMAND_TIMEOUT} s")
        cli.wait_for(lambda: self.checkpoints() and 200 in self.checkpoint_steps() and self.unfinished_checkpoints())
        os.kill(cli.child_pids(process.pid)[0], signal.SIGKILL)
        result = cli.finish(process)
        self.assertEqual(result.code, 0, str(result))
        self.assertEqual([f["kind"] for f in self.faults()], ["launcher"], str(result))
        self.check_losses("mpirun is killed during a checkpoint")
        self.assertEqual(self.supervision()["attempts"][1]["from_step"], 200)
        self.assert_same_results()
        self.assertEqual(self.unfinished_checkpoints(), [])
        self.assert_no_process_left()

    def test_a_run_survives_two_deaths_between_restart_and_first_step(self):
        for deaths in (("kill rank=1 at=restart.done", "kill rank=0 at=restart.done"),
                       ("segv rank=0 at=restart.done", "exit rank=1 at=restart.done")):
            with self.subTest(deaths=deaths):
                name = re.sub(r"\W+", "-", deaths[0])
                result = self.launch("--inject", "kill rank=1 step=650", "--inject", f"{deaths[0]} attempt=2",
                                     "--inject", f"{deaths[1]} attempt=3", name=name)
                self.assertEqual(result.code, 0, str(result))
                self.assertEqual([f["kind"] for f in self.faults(name)], ["death"] * 3, str(result))
                self.check_losses(" then ".join(deaths), name)
                self.assert_same_results(name)


class Storms(Case):
    """The supervisor receives many signals while checkpoints are written frequently. A stop loses no work. If a
    second SIGINT ends the run immediately, at most two intervals are lost."""

    interval = 40

    def setUp(self):
        super().setUp()
        self.write_job(with_steps(HEAT, 2400, "40 steps"))

    def check_signals(self, name, signals):
        """Sends many signals to a run, resumes it, and checks its results."""
        # A stopped rank keeps the run from ending before it receives the request to stop.
        process = self.start_launch("--inject", "stop rank=1 step=100", name=name)
        rank = cli.wait_until_stopped(process, self.folder / name, 1)
        for number in range(120):
            if number == len(signals):
                cli.continue_with_signal(rank, signal.SIGUSR1, process)
            if process.poll() is not None:
                break
            process.send_signal(signals[number % len(signals)])
            time.sleep(0.002)
        stopped = time.monotonic()
        result = cli.finish(process)
        self.assert_no_process_left(name)
        before = self.supervision(name)
        # A signal may kill the supervisor after it has finished its work.
        self.assertIn(result.code, (RESUMABLE, INTERRUPTED, *(-s for s in signals)), str(result))
        self.assertEqual(before["status"], "stopped")
        last = before["attempts"][-1]["last_step"]
        kept = self.checkpoint_steps(name)[0]
        self.assertEqual(self.tessera("checkpoint", "verify", name).code, 0)
        relaunch = self.launch(name=name)
        self.assertEqual(relaunch.code, 0, str(relaunch))
        self.assertEqual(self.supervision(name)["attempts"][-1]["from_step"], kept)
        self.assertEqual(self.report(name)["loop"]["first_step"], kept)
        seconds = time.monotonic() - stopped - self.report(name)["loop"]["seconds"]
        self.check_loss(f"many signals ({'/'.join(s.name for s in signals)}), exit code {result.code}", max(0, last - kept),
                        2 * self.interval if signal.SIGINT in signals else 0, seconds)
        self.assert_same_results(name)

    def test_many_sigterm_signals_stop_the_run(self):
        self.check_signals("term", (signal.SIGTERM,))

    def test_many_stop_and_checkpoint_signals_stop_the_run(self):
        self.check_signals("mixed", (signal.SIGUSR2, signal.SIGUSR1, signal.SIGTERM))

    def test_many_mixed_signals_end_the_run(self):
        self.check_signals("all", (signal.SIGUSR2, signal.SIGUSR1, signal.SIGTERM, signal.SIGINT))

    def test_many_checkpoint_signals_do_not_stop_the_run(self):
        process = self.start_launch()
        cli.wait_for(self.checkpoints)
        for _ in range(120):
            if process.poll() is None:
                process.send_signal(signal.SIGUSR2)
            time.sleep(0.002)
        result = cli.finish(process)
        self.assertEqual(result.code, 0, str(result))
        self.assertEqual(len(self.supervision()["attempts"]), 1)
        self.check_loss("many signals (SIGUSR2)", 0, 0, None)
        self.assert_same_results()


class MemoryGroup(Case):
    """The OOM killer of the kernel kills a rank."""

    def setUp(self):
        super().setUp()
        self.write_job(with_steps(HEAT, 3000))

    def create_group(self):
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
        return self.skipTest("a memory control group cannot be created")

    def remove(self, group):
        for _ in range(200):
            try:
                group.rmdir()
                return
            except OSError:
                time.sleep(0.02)

    def test_a_run_survives_the_oom_killer(self):
        """Another process uses up the memory, and the kernel kills the rank. At most two intervals are lost."""
        group, limit = self.create_group()
        (group / limit).write_text(str(64 << 20))
        for swap in ("memory.memsw.limit_in_bytes", "memory.swap.max"):
            if (group / swap).exists():
                (group / swap).write_text("0" if swap.endswith("max") else str(64 << 20))
        # The rank is stopped, so that the run cannot end before the memory is exhausted.
        process = self.start_launch("--inject", "stop rank=1 step=250")
        victim = cli.wait_until_stopped(process, self.folder / "run", 1)
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
            cli.wait_for(lambda: not cli.is_alive(victim))
        finally:
            hog.kill()
            result = cli.finish(process)
        counts = (group / ("memory.oom_control" if limit.endswith("bytes") else "memory.events")).read_text()
        self.assertRegex(counts, r"oom_kill [1-9]", "the OOM killer did not kill a process")
        self.assertEqual(result.code, 0, str(result))
        (fault,) = self.faults()
        self.assertEqual((fault["kind"], fault["rank"], fault["signal"]), ("death", 1, signal.SIGKILL), str(result))
        self.check_losses("the OOM killer kills a rank")
        self.assert_same_results()
        self.assert_no_process_left()


class AddressSpace(Case):
    """A rank reaches the limit of its address space."""

    def setUp(self):
        super().setUp()
        self.write_job(with_steps(HEAT, 3000))

    def test_a_run_completes_after_a_rank_runs_out_of_address_space(self):
        """From before its first checkpoint, a rank cannot map more memory. If this ends the launch, it prints one error.
        The next launch completes the run, and at most two intervals are lost."""
        process = self.start_launch("--inject", "stop rank=1 step=90")
        rank = cli.wait_until_stopped(process, self.folder / "run", 1)
        size = int(re.search(r"VmSize:\s+(\d+)", pathlib.Path(f"/proc/{rank}/status").read_text())[1]) << 10
        resource.prlimit(rank, resource.RLIMIT_AS, (size, size))
        begin = time.monotonic()
        os.kill(rank, signal.SIGCONT)
        result = cli.finish(process)
        self.assertIn(result.code, (0, NO_MEMORY), str(result))
        if result.code != 0:
            self.assertEqual(len(result.errors()), 1, str(result))
        last = self.supervision()["attempts"][0]["last_step"]
        again = self.launch()
        self.assertEqual(again.code, 0, str(again))
        attempts = self.supervision()["attempts"]
        if len(attempts) > 1:
            seconds = time.monotonic() - begin - self.report()["loop"]["seconds"]
            self.check_loss(f"no address space, exit code {result.code}", max(0, last - attempts[1]["from_step"]),
                            2 * self.interval, seconds)
        else:
            self.check_loss("no address space, one checkpoint fewer", 0, 0, None)
        self.assert_same_results()
        self.assert_no_process_left()


@unittest.skipUnless(os.geteuid() == 0, "mounting requires root")
class ReadOnly(Case):
    """The run directory is read-only. It is mounted in a separate mount namespace."""

    # Rank 0 is stopped between two checkpoints. Otherwise, the run could end before its directory is read-only.
    STOP = ("--inject", "stop rank=0 at=checkpoint.published")

    def setUp(self):
        super().setUp()
        self.write_job(with_steps(HEAT, 3000))
        mount = 'mount -t tmpfs -o size=256m tmpfs "$0" && echo ready && exec sleep 600'
        if shutil.which("unshare") is None or shutil.which("nsenter") is None:
            self.skipTest("unshare or nsenter is missing (package util-linux)")
        command = ["unshare", "--mount", "--propagation", "private", "sh", "-c", mount, self.folder]
        self.holder = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                       stderr=subprocess.DEVNULL)
        self.addCleanup(self.holder.stdout.close)
        self.addCleanup(self.holder.wait)
        self.addCleanup(self.holder.kill)
        if self.holder.stdout.readline().strip() != b"ready":
            self.skipTest("a tmpfs cannot be mounted")
        self.root = pathlib.Path(f"/proc/{self.holder.pid}/root{self.folder}")
        (self.root / "job.toml").write_text(self.text, encoding="utf-8")

    def command_inside(self, *command):
        """@return the command that runs `command` in the mount namespace."""
        return ["nsenter", "--mount", f"--target={self.holder.pid}", "sh", "-c", 'cd "$0" && exec "$@"',
                str(self.folder), *map(str, command)]

    def run_inside(self, *command):
        subprocess.run(self.command_inside(*command), check=True, capture_output=True)

    def repeat_inside(self, *command):
        """Runs a command until it succeeds. The kernel refuses to unmount what is in use, and to make read-only what is open
        for writing."""
        cli.wait_for(lambda: subprocess.run(self.command_inside(*command), capture_output=True, check=False).returncode == 0,
                     what=f"{' '.join(map(str, command))} fails")

    def make_read_only(self, folder, options="remount,ro"):
        self.repeat_inside("mount", "-o", options, folder)

    def start_launch_inside(self, *arguments):
        process = cli.start(self.command_inside(cli.BINARY, "launch", "-n", "2", "job.toml", "--run-dir", "run", *arguments))
        self.addCleanup(self.kill, process)
        return process

    def checkpoint_steps_inside(self):
        """@return the steps of the published checkpoints, newest first."""
        return sorted((int(p.name.split("-")[0]) for p in (self.root / "run" / "checkpoints").glob("[0-9]*-*")),
                      reverse=True) if (self.root / "run" / "checkpoints").exists() else []

    def check_completes(self, fault, last, limit, begin):
        """Launches the run again and checks its results and the lost work. `last`: last step before; `begin`: time of the
        fault."""
        kept = self.checkpoint_steps_inside()
        again = cli.finish(self.start_launch_inside())
        self.assertEqual(again.code, 0, str(again))
        report = json.loads((self.root / "run" / "run.json").read_text(encoding="utf-8"))
        self.assertEqual(report["loop"]["first_step"], kept[0] if kept else 0)
        self.check_loss(fault, last - (kept[0] if kept else 0), limit, time.monotonic() - begin - report["loop"]["seconds"])
        self.assert_same_results("run", self.root)

    def test_a_directory_that_is_read_only_from_the_start_is_refused(self):
        """The run is refused with one error, and no work is lost."""
        self.make_read_only(self.folder)
        for command in ((cli.BINARY, "launch", "-n", "2", "job.toml", "--run-dir", "run"),
                        (*cli.launcher(2), cli.BINARY, "run", "job.toml", "--run-dir", "run")):
            result = cli.finish(cli.start(self.command_inside(*command)))
            self.assert_refused(result, CANNOT_CREATE, "Read-only file system")
        self.run_inside("mount", "-o", "remount,rw", self.folder)
        self.check_completes("read-only from the start", 0, 0, time.monotonic())

    def test_a_run_continues_if_its_checkpoints_become_read_only(self):
        """The run continues without checkpoints, and prints a warning. Existing checkpoints are kept. After the death of a
        rank, the run resumes from the newest one, which was written before the folder became read-only."""
        killed_at_start = (cli.BINARY, "run", "job.toml", "--run-dir", "run", "--inject", "kill at=start")
        cli.finish(cli.start(self.command_inside(*killed_at_start)))
        (self.root / "run" / "checkpoints").mkdir()
        self.run_inside("mount", "-t", "tmpfs", "tmpfs", self.folder / "run" / "checkpoints")
        death = 2900
        process = self.start_launch_inside(*self.STOP, "--inject", f"kill rank=1 step={death}")
        rank = cli.wait_until_stopped(process, self.root / "run", 0)
        self.make_read_only(self.folder / "run" / "checkpoints")
        kept = self.checkpoint_steps_inside()
        os.kill(rank, signal.SIGCONT)
        result = cli.finish(process)
        self.assertEqual(result.code, 0, str(result))
        self.assertIn("warning: no checkpoint at step", result.err)
        self.assertIn("Read-only file system", result.err)
        self.assertEqual(self.checkpoint_steps_inside(), kept)
        self.assertEqual([f["kind"] for f in self.faults("run", self.root)], ["death"], str(result))
        self.assertEqual(self.supervision("run", self.root)["attempts"][1]["from_step"], kept[0])
        self.check_losses("checkpoints/ becomes read-only, then a kill", "run", self.root, limit=death - kept[0])
        self.assert_same_results("run", self.root)

    def start_and_make_read_only(self, *arguments):
        """Launches the run, and makes its directory read-only after the first checkpoint. @return the process."""
        process = self.start_launch_inside(*self.STOP, *arguments)
        rank = cli.wait_until_stopped(process, self.root / "run", 0)
        self.run_inside("mount", "--bind", self.folder / "run", self.folder / "run")
        self.make_read_only(self.folder / "run", "remount,ro,bind")
        os.kill(rank, signal.SIGCONT)
        return process

    def test_existing_files_stay_intact_if_the_run_directory_becomes_read_only(self):
        """No new file can be created. The run is stopped after the time for which it may wait, and can be resumed with the
        same command. At most two intervals are lost, plus the steps between the remount and the next output."""
        process = self.start_and_make_read_only("--max-wait", "2 s")
        begin = time.monotonic()
        result = cli.finish(process)
        self.assertIn("Read-only file system", result.err)
        self.repeat_inside("umount", self.folder / "run")
        verification = cli.finish(cli.start(self.command_inside(cli.BINARY, "checkpoint", "verify", "run")))
        self.assertEqual(verification.code, 0, str(verification))
        self.assertEqual(result.code, RESUMABLE, str(result))
        self.assertIn("the run still cannot continue", result.err)
        # supervision.json could no longer be written, so the last step comes from the messages.
        last = max(int(step) for step in re.findall(r"(?:at step |fields_)(\d+)", result.err))
        self.check_completes(f"the run directory becomes read-only, exit code {result.code}", last,
                             2 * self.interval + 400, begin)

    def test_a_run_continues_by_itself_once_its_directory_is_writable_again(self):
        message = "all checkpoints are kept, and the run continues once it is solved"
        process = self.start_and_make_read_only()
        log = self.root / "run" / "logs" / "launch.log"  # open since before the remount, and therefore still written to
        cli.wait_for(lambda: message in log.read_text(encoding="utf-8"), process, "the problem has not been reported")
        kept = self.checkpoint_steps_inside()
        self.repeat_inside("umount", self.folder / "run")
        result = cli.finish(process)
        self.assertEqual(result.code, 0, str(result))
        self.assertIn(message, result.err)
        self.assertIn(f"resumes from step {kept[0]}", result.err)
        self.assert_same_results("run", self.root)


class Store(Case):
    """Unexpected files in the run directory. A run that died resumes: at most two intervals are lost, plus one per
    unusable checkpoint."""

    DEATH_STEP = 950

    @classmethod
    def setUpClass(cls):
        cls.dead_run_folder = pathlib.Path(tempfile.mkdtemp(prefix="tessera-"))
        cls.addClassCleanup(shutil.rmtree, cls.dead_run_folder, ignore_errors=True)
        job = cls.dead_run_folder / "job.toml"
        job.write_text(cls.text, encoding="utf-8")
        cli.tessera("run", job, "--run-dir", cls.dead_run_folder / "run", "--quiet",
                    "--inject", f"kill step={cls.DEATH_STEP}", ranks=2)

    def setUp(self):
        super().setUp()
        shutil.copytree(self.dead_run_folder / "run", self.folder / "run")
        self.names = self.checkpoints()
        self.assertGreaterEqual(len(self.names), 3)
        self.store = self.folder / "run" / "checkpoints"
        self.newest = self.store / self.names[0]

    def check(self, fault, unusable=0, phrase=None, valid=None, limit=None):
        """Resumes the run and checks the lost work. `unusable`: number of newest checkpoints that must be skipped, with
        `phrase` in the first warning; `valid`: expected result of `tessera checkpoint verify`; `limit`: bound on the lost
        steps, if it differs from that of the class."""
        if valid is not None:
            verification = self.tessera("checkpoint", "verify", "run")
            self.assertEqual(verification.code, 0 if valid else BAD_DATA, str(verification))
        result = self.resume()
        self.assertEqual(result.code, 0, str(result))
        warnings = [line for line in result.err.splitlines() if line.startswith("warning: the checkpoint")]
        self.assertEqual(len(warnings), unusable, str(result))
        if phrase is not None:
            self.assertIn(phrase, warnings[0])
        first = self.report()["loop"]["first_step"]
        self.assertEqual(first, int(self.names[unusable].split("-")[0]))
        self.check_loss(fault, self.DEATH_STEP - first, limit or (2 + unusable) * self.interval,
                        result.seconds - self.report()["loop"]["seconds"])
        self.assert_same_results()

    def test_an_extra_part_is_ignored(self):
        shutil.copy(self.newest / "part-0000", self.newest / "part-0002")
        self.check("an extra part", valid=False)  # `verify` is stricter than a restart, which ignores the extra part

    def test_junk_among_the_checkpoints_is_ignored(self):
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
        self.check("junk among the checkpoints")

    def test_newer_folders_that_are_not_checkpoints_are_skipped(self):
        (self.store / "0000009999-1").mkdir()
        (self.store / "0000009998-1").mkdir()
        (self.store / "0000009998-1" / "manifest").mkdir()
        self.names = ["0000009999-1", "0000009998-1", *self.names]
        self.check("two newer folders that are not checkpoints", 2, "manifest", valid=False, limit=2 * self.interval)

    def test_a_checkpoint_with_a_pipe_in_place_of_a_part_is_skipped(self):
        (self.newest / "part-0001").unlink()
        os.mkfifo(self.newest / "part-0001")
        self.check("a pipe in place of a part", 1, "is not a regular file", valid=False)

    def test_a_checkpoint_with_a_pipe_in_place_of_a_manifest_is_skipped(self):
        (self.newest / "manifest").unlink()
        os.mkfifo(self.newest / "manifest")
        self.check("a pipe in place of a manifest", 1, "is not a regular file", valid=False)

    def test_a_checkpoint_with_a_folder_in_place_of_a_part_is_skipped(self):
        (self.newest / "part-0001").unlink()
        (self.newest / "part-0001").mkdir()
        self.check("a folder in place of a part", 1, "is not a regular file", valid=False)

    def test_a_lock_file_of_a_dead_process_is_ignored(self):
        ended = subprocess.Popen(["true"])
        ended.wait()
        holder = f"process {ended.pid} on {socket.gethostname()}\n"
        (self.folder / "run" / "run.lock").write_text(holder, encoding="utf-8")
        self.check("a lock of a dead process")

    def test_a_lock_file_of_another_host_is_ignored(self):
        for lock in ("run.lock", "supervisor.lock"):
            (self.folder / "run" / lock).write_text("process 1 on another-host\n", encoding="utf-8")
        result = self.launch()
        self.assertEqual(result.code, 0, str(result))
        first = self.report()["loop"]["first_step"]
        self.check_loss("a lock of another host", self.DEATH_STEP - first, 2 * self.interval,
                        result.seconds - self.report()["loop"]["seconds"])
        self.assert_same_results()

    def rewrite_manifest(self, path, change):
        """Applies change() to a manifest and updates its checksum."""
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
    def change_solver_version(body):
        solver, one, two = (struct.pack("<Q", len(word)) + word for word in (b"heat", b"1.0.0", b"2.0.0"))
        return body.replace(solver + one, solver + two, 1)

    def test_a_checkpoint_of_another_solver_version_is_skipped(self):
        self.rewrite_manifest(self.newest / "manifest", self.change_solver_version)
        self.check("a manifest of another version of the solver", 1,
                   "it was written by version 2.0.0 of the solver, not 1.0.0")

    def test_a_run_is_refused_if_all_checkpoints_are_of_another_solver_version(self):
        for name in self.names:
            self.rewrite_manifest(self.store / name / "manifest", self.change_solver_version)
        result = self.resume()
        self.assert_refused(result, BAD_DATA, "it was written by version 2.0.0 of the solver, not 1.0.0")
        self.assertEqual(self.checkpoints(), self.names)


class Automatic(Case):
    """every = "auto": by Young's rule, the checkpoint interval is sqrt(2 C M), for the reported cost C of a checkpoint and
    the mean time between failures M."""

    MTBF = 0.25
    GUESSED_COST = 1.0  # assumed cost until a checkpoint has been written

    def test_the_number_of_checkpoints_follows_youngs_rule(self):
        self.write_job(LONG)
        result = self.launch('checkpoint.every="auto"', f'checkpoint.mtbf="{self.MTBF} s"')
        self.assertEqual(result.code, 0, str(result))
        costs = [cost for _, _, cost in self.logged_checkpoints()]
        self.assertGreaterEqual(len(costs), 3, str(result))
        remaining = self.report()["loop"]["seconds"] - math.sqrt(2 * self.GUESSED_COST * self.MTBF)
        # A checkpoint does not begin before the previous one is complete.
        expected = 1 + remaining / (sum(max(math.sqrt(2 * c * self.MTBF), c) for c in costs) / len(costs))
        print(f"auto | {len(costs)} checkpoints, {expected:.1f} by Young's rule", flush=True)
        self.assertGreater(len(costs), expected / 2)
        self.assertLess(len(costs), expected * 2)
        self.assert_same_results()

    def test_the_work_lost_after_a_death_is_bounded(self):
        """A death loses at most the work of three intervals, each of which is the rule's plus the longest checkpoint."""
        self.write_job(LONG)
        result = self.launch('checkpoint.every="auto"', f'checkpoint.mtbf="{self.MTBF} s"',
                             "--inject", "kill rank=1 step=3000")
        self.assertEqual(result.code, 0, str(result))
        before, after = self.supervision()["attempts"]
        checkpoints = self.logged_checkpoints()
        costs = [cost for _, _, cost in checkpoints]
        interval = max(math.sqrt(2 * c * self.MTBF) for c in costs) + max(costs)
        # The speed depends on what else the machine does, so the highest one counts. The last checkpoint may follow at once.
        begins = [(completed - cost, step) for completed, step, cost in checkpoints[:-1]]
        rate = max([before["last_step"] / before["seconds"],
                    *((b[1] - a[1]) / (b[0] - a[0]) for a, b in zip(begins, begins[1:]) if b[0] > a[0])])
        self.check_loss("kill, every = auto", before["last_step"] - after["from_step"], math.ceil(3 * interval * rate),
                        before["recovery_seconds"])
        self.assert_same_results()


if __name__ == "__main__":
    cli.main()
