"""Runs the program `tessera` as a user would, for the system tests.

Environment variables:
  TESSERA_BINARY        the program to test
  TESSERA_TEST_PLUGINS  the folder of the test plugins (tests/plugins in the build tree)
  TESSERA_MPIEXEC       the MPI launcher; default `mpirun`
"""

import csv
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
BINARY = os.environ.get("TESSERA_BINARY", "tessera")
PLUGINS = os.environ.get("TESSERA_TEST_PLUGINS", "")
MPIEXEC = os.environ.get("TESSERA_MPIEXEC", "mpirun")
SKIPPED = 77  # the exit code that ctest reports as "skipped"

# Time limit in seconds for a command. A command that takes longer has hung, even on a busy machine.
COMMAND_TIMEOUT = 300

# mpirun of Open MPI 4.1 can deadlock after a rank was killed. It is killed if it has had no ranks for this time in seconds.
STUCK_LAUNCHER_SECONDS = 60
LAUNCHERS = ("mpirun", "mpiexec", "orterun", "prterun")


def slowdown():
    """@return the factor by which programs run slower than on an idle machine: about 3 with 2 other processes per core.

    It is the larger of two estimates: the slowdown of a short calculation, and the one-minute load average per core.
    """
    begin, cpu_begin = time.monotonic(), time.process_time()
    while time.process_time() - cpu_begin < 0.03:
        pass
    measured = (time.monotonic() - begin) / (time.process_time() - cpu_begin)
    return max(1.0, measured, os.getloadavg()[0] / (os.cpu_count() or 1))


def scaled(seconds):
    """@return `seconds`, a time limit for an idle machine, scaled to the current load."""
    return seconds * slowdown()


def hang_timeout(seconds):
    """@return the option of `tessera launch` for a hang timeout of `seconds` on an idle machine, scaled to the load."""
    return "--hang-timeout", f"{scaled(seconds):.1f} s"


def wait_for(condition, process=None, what="the condition is not met", seconds=COMMAND_TIMEOUT, pause=0.01):
    """Waits until condition() is true. @return its value. @raise AssertionError: if `process` ends, or after `seconds`.

    `what`: the failure, for the start of the error message.
    """
    limit = time.monotonic() + seconds
    while not (value := condition()):
        if process is not None and process.poll() is not None and not (value := condition()):
            raise AssertionError(f"{what}: the process has ended\n{finish(process)}")
        if value:
            break
        if time.monotonic() > limit:
            raise AssertionError(f"{what}, for {seconds:.0f} s")
        time.sleep(pause)
    return value


def hot_spot_job(cells="[40, 36, 32]", chunk="[10, 9, 8]"):
    """@return a job for a hot spot in a periodic box, without the sections on time and output, which the caller adds."""
    return f"""
[job]
name   = "spot"
solver = "heat"

[domain]
cells    = {cells}
chunk    = {chunk}
upper    = [1.0, 1.0, 1.0]
boundary = "periodic"

[parameters]
diffusivity = 0.1

[initial]
temperature = "300 + 50*exp(-((x-0.5)^2 + (y-0.5)^2 + (z-0.5)^2)/0.01)"
"""


class Result:
    """The result of a command: exit code, stdout, stderr, duration in seconds, and, if known, each rank's exit code."""

    def __init__(self, code, out, err, seconds, codes=None):
        self.code = code
        self.out = out
        self.err = err
        self.seconds = seconds
        self.codes = codes

    def errors(self):
        """@return the error lines that the program printed."""
        return [line for line in self.err.splitlines() + self.out.splitlines() if line.startswith("error:")]

    def json(self):
        return json.loads(self.out)

    def __str__(self):
        return f"exit code {self.code}\n--- stdout\n{self.out}\n--- stderr\n{self.err}"


def environment(changes=None):
    env = dict(os.environ)
    env.update(
        OMPI_ALLOW_RUN_AS_ROOT="1",
        OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1",
        # If there are more ranks than cores, they must yield to each other rather than spin.
        OMPI_MCA_mpi_yield_when_idle="1",
        NO_COLOR="1",
        LC_ALL="C.UTF-8",
    )
    for name, value in (changes or {}).items():
        if value is None:
            env.pop(name, None)
        else:
            env[name] = value
    return env


def start(command, cwd=None, env=None):
    """Starts a command in its own process group."""
    return subprocess.Popen([str(part) for part in command], cwd=cwd, env=environment(env), stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace",
                            start_new_session=True)


def finish(process, timeout=COMMAND_TIMEOUT):
    """Waits for a started command. @return its result. @raise AssertionError: if it hangs; it is killed first."""
    begin = not_stuck = time.monotonic()
    note = ""
    while True:
        try:
            out, err = process.communicate(timeout=min(0.5, timeout))
            return Result(process.returncode, out, err + note, time.monotonic() - begin)
        except subprocess.TimeoutExpired:
            now = time.monotonic()
        if not is_launcher_without_ranks(process.pid):
            not_stuck = now
        elif now - not_stuck > STUCK_LAUNCHER_SECONDS:
            process.kill()
            note = f"\n(the test killed the launcher, which had had no ranks for {STUCK_LAUNCHER_SECONDS} s)\n"
        if now - begin > timeout:
            break
    os.killpg(process.pid, signal.SIGKILL)
    out, err = process.communicate()
    raise AssertionError(f"the command did not finish within {timeout} s\n--- stdout\n{out}\n--- stderr\n{err}")


def is_launcher_without_ranks(pid):
    """@return whether a process is an MPI launcher that has no live child process."""
    try:
        command = pathlib.Path(f"/proc/{pid}/comm").read_text(encoding="utf-8").strip()
    except OSError:
        return False
    return command in LAUNCHERS and not any(is_alive(child) for child in child_pids(pid))


def launcher(ranks):
    return [MPIEXEC, "--oversubscribe", "-n", str(ranks)]


def tessera(*arguments, ranks=None, each_rank=False, cwd=None, env=None, timeout=COMMAND_TIMEOUT):
    """Runs `tessera ARGUMENTS`, either directly or on `ranks` ranks under the MPI launcher.

    `each_rank`: also collects the exit code of every rank, which the launcher does not report.
    """
    command = [BINARY, *arguments]
    if ranks is None or (ranks == 1 and not each_rank):
        return finish(start(command, cwd, env), timeout)
    if not each_rank:
        return finish(start(launcher(ranks) + command, cwd, env), timeout)
    with tempfile.TemporaryDirectory(prefix="tessera-") as codes:
        script = f'"$@"; echo $? > {codes}/$OMPI_COMM_WORLD_RANK'
        result = finish(start(launcher(ranks) + ["sh", "-c", script, "rank"] + command, cwd, env), timeout)
        texts = [pathlib.Path(codes, str(rank)) for rank in range(ranks)]
        result.codes = [int(text.read_text()) if text.exists() else None for text in texts]
    return result


def open_mpi_version():
    """@return the major version of Open MPI if it provides the launcher, else 0."""
    first = subprocess.run([MPIEXEC, "--version"], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                           check=False).stdout.splitlines()[:1]
    found = re.search(r"\(Open MPI\) (\d+)", first[0]) if first else None
    return int(found.group(1)) if found else 0


def child_pids(pid):
    """@return the process IDs of the children of a process, oldest first; none if it has ended."""
    try:
        return [int(child) for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]
    except OSError:
        return []


def state_of(pid):
    """@return the letter of the state of a process, as in ps; "X" if there is no such process."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except OSError:
        return "X"


def is_alive(pid):
    """@return whether a process exists and has not ended. One that has ended may wait for its parent to notice."""
    return state_of(pid) not in "ZX"


def is_stopped(pid):
    """@return whether a process is stopped, for example by SIGSTOP."""
    return state_of(pid) == "T"


def wait_until_stopped(process, run_dir, rank):
    """Waits until a rank in the newest attempt of a supervised run is stopped, by the fault `stop`. @return its process ID.

    `process`: the supervisor. A stopped rank keeps the run from ending before a test has done something to it.
    """
    def stopped_pid():
        try:
            attempts = json.loads((run_dir / "supervision.json").read_text(encoding="utf-8"))["attempts"]
        except FileNotFoundError:
            return None
        pids = attempts[-1]["pids"] if attempts else []
        return pids[rank] if pids and is_stopped(pids[rank]) else None

    return wait_for(stopped_pid, process, f"rank {rank} has not been stopped")


def continue_with_signal(pid, number, process=None):
    """Continues a stopped process as soon as the signal `number` is pending for it, so that it reacts to this signal first.
    `process`: as in wait_for()."""
    def is_pending():
        status = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
        return int(re.search(r"^ShdPnd:\s*([0-9a-f]+)", status, re.MULTILINE)[1], 16) >> (number - 1) & 1

    wait_for(is_pending, process, f"signal {number} has not been sent to process {pid}")
    os.kill(pid, signal.SIGCONT)


def table(path):
    """Reads a CSV file. @return the column names and the rows of numbers."""
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    return rows[0], [[float(value) for value in row] for row in rows[1:]]


class Case(unittest.TestCase):
    """A test case. Each test has its own folder for jobs and results, `self.folder`."""

    maxDiff = None

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tessera-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def tessera(self, *arguments, **options):
        options.setdefault("cwd", self.folder)
        return tessera(*arguments, **options)

    def run_job(self, job, *arguments, name="run", **options):
        """Runs a job that must succeed. @return its run directory and the content of run.json."""
        folder = self.folder / name
        result = self.tessera("run", job, "--run-dir", folder, "--plugin-path", PLUGINS, *arguments, **options)
        self.assertEqual(result.code, 0, str(result))
        self.last = result
        return folder, json.loads((folder / "run.json").read_text(encoding="utf-8"))

    def assert_refused(self, result, code, *phrases):
        """Asserts that the command ended with this exit code and exactly one error, and printed the phrases."""
        self.assertEqual(result.code, code, str(result))
        self.assertEqual(len(result.errors()), 1, str(result))
        for phrase in phrases:
            self.assertIn(phrase, result.err)


def main():
    """Runs the tests of a script for ctest. Exit codes: 0 all tests passed; 1 a test failed, or there were no tests; 77 a
    test was skipped and none failed.

    Tests with requirements that a machine may not meet are registered with ctest separately, so that the other tests are
    not reported as skipped.
    """
    program = unittest.main(module="__main__", exit=False, verbosity=2)
    result = program.result
    if not result.wasSuccessful() or result.testsRun == 0:
        sys.exit(1)
    sys.exit(SKIPPED if result.skipped else 0)
