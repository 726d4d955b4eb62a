"""Starts a run, kills some of its processes, and waits until all have ended."""

import os
import pathlib
import signal
import subprocess
import time

HANG_SECONDS = 600
ORPHAN_SECONDS = 60  # ranks that lost their launcher must end within this time
FATAL = (signal.SIGKILL, signal.SIGKILL, signal.SIGKILL, signal.SIGSEGV, signal.SIGABRT)
REQUESTS = (signal.SIGTERM, signal.SIGUSR1, signal.SIGUSR2)  # for a checkpoint, or for a stop with one
POINTS = ("compute", "halo", "output", "migration", "checkpoint.begin", "checkpoint.write", "checkpoint.fsync",
          "checkpoint.close", "checkpoint.manifest", "checkpoint.manifest_fsync", "checkpoint.rename",
          "checkpoint.published", "checkpoint.verify", "checkpoint.prune", "restart.manifest", "restart.read", "restart.done")
ACTIONS = ("kill", "kill", "abort", "segv", "exit", "throw")


def processes(folder):
    """@return the IDs of the live processes that work on the run in `folder`, by role: rank, launcher, supervisor."""
    found = {"rank": [], "launcher": [], "supervisor": []}
    for entry in pathlib.Path("/proc").iterdir():
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0") if entry.name.isdigit() else []
            if str(folder).encode() not in words or (entry / "stat").read_text().rsplit(")", 1)[1].split()[0] == "Z":
                continue
        except (OSError, IndexError):
            continue
        program = os.path.basename(words[0])
        role = "launcher" if program != b"tessera" else "supervisor" if words[1] == b"launch" else "rank"
        found[role].append(int(entry.name))
    return {role: sorted(pids) for role, pids in found.items()}


def send(pid, number):
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass


class Attempt:
    """A process that computes a run, started by `tessera launch` or by `mpirun`, and its descendants."""

    def __init__(self, tessera, job, folder, rng, resume, overrides=(), fault=None):
        ranks = rng.choice((1, 2, 2, 3, 4))
        self.folder = folder
        arguments = [str(job), "--run-dir", str(folder), "--quiet", *overrides]
        if fault is not None:
            arguments += ["--inject", fault.format(rank=rng.randrange(ranks))]
        # A supervisor would restart the run, and hide whether the fault has occurred.
        if fault is None and rng.random() < 0.5:
            command = [str(tessera), "launch", "-n", str(ranks), *arguments]
        else:
            command = ["mpirun", "--oversubscribe", "-n", str(ranks), str(tessera), "run", *arguments,
                       *(["--resume"] if resume else [])]
        self.log = folder.with_suffix(".log")
        with open(self.log, "ab") as log:
            log.write((" ".join(command) + "\n").encode())
            log.flush()
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            start_new_session=True)

    def signal(self, rng):
        """Sends a signal to a random process, or kills all at once, as a power failure does.

        @return a description, and whether the signal is fatal; None if no process was left.
        """
        victims = processes(self.folder)
        roles = [role for role, pids in victims.items() if pids]
        if not roles or self.process.poll() is not None:
            return None
        if rng.random() < 0.25:
            for pid in sum(victims.values(), []):
                send(pid, signal.SIGKILL)
            return "all processes: SIGKILL", True
        role, number = rng.choice(roles), rng.choice(FATAL if rng.random() < 0.8 else REQUESTS)
        send(rng.choice(victims[role]), number)
        return f"{role}: {signal.Signals(number).name}", number in FATAL

    def wait(self):
        """Waits for all processes. @return the exit code of the first. @raise RuntimeError: if one of them hangs.

        mpirun of Open MPI 4.1 can deadlock in PMIx_server_finalize() after a rank was killed. It is killed then, also if
        it is all that is left of a supervised run.
        """
        begin = time.monotonic()
        without_ranks = None  # since when there has been no rank
        while self.process.poll() is None:
            found, now = processes(self.folder), time.monotonic()
            without_ranks = None if found["rank"] or found["supervisor"] else without_ranks or now
            if without_ranks is not None and now - without_ranks > ORPHAN_SECONDS:
                self.process.kill()
            if now - begin > HANG_SECONDS:
                os.killpg(self.process.pid, signal.SIGKILL)
                raise RuntimeError(f"the run hangs; see {self.log}")
            time.sleep(0.05)
        limit = time.monotonic() + ORPHAN_SECONDS
        while any((orphans := processes(self.folder)).values()):
            if time.monotonic() > limit:
                for pid in sum(orphans.values(), []):
                    send(pid, signal.SIGKILL)
                if not orphans["rank"] and not orphans["supervisor"]:
                    break  # an mpirun in a deadlock whose supervisor was killed
                raise RuntimeError(f"processes are left {ORPHAN_SECONDS} s after the launcher ended; see {self.log}")
            time.sleep(0.05)
        return self.process.returncode


def random_fault(rng):
    """@return an argument of --inject, with a placeholder for the rank."""
    return f"{rng.choice(ACTIONS)} rank={{rank}} at={rng.choice(POINTS)} hit={rng.choice((1, 1, 2, 5))} attempt=all"
