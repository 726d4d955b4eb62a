"""Starts the programs of one build under mpirun and reads what they print."""

import json
import os
import pathlib
import subprocess
import time


class Failed(Exception):
    """A program could not be run, or gave what cannot be read."""


class Programs:
    """The programs of one build, each run on a fixed number of ranks."""

    def __init__(self, build, ranks, scratch):
        build = pathlib.Path(build).resolve()
        self.tessera = build / "bin" / "tessera"
        self.references = build / "tests" / "bench"
        self.plugins = [build / "tests" / "plugins", build / "tests" / "bench" / "plugins"]
        self.solvers = build / "lib" / "tessera" / "solvers"
        self.ranks = ranks
        self.scratch = scratch
        self.runs = 0
        self.environment = dict(os.environ)
        if os.geteuid() == 0:
            self.environment.update(OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1")
        for needed in (self.tessera, self.references / "heat3d_mpi", self.references / "mpi_init"):
            if not needed.exists():
                raise Failed(f"{needed} is not there: "
                             "build with -DTESSERA_BENCH=ON, or name the build by --build")

    def has(self, name):
        return (self.references / name).exists()

    def start(self, *command, ranks=None):
        """Runs a command on the ranks; its output and how long it took, start-up included."""
        command = ["mpirun", "--oversubscribe", "-n", str(ranks or self.ranks), *map(str, command)]
        begin = time.perf_counter()
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False)
        seconds = time.perf_counter() - begin
        if done.returncode != 0:
            raise Failed(f"{' '.join(command)}\nended with {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout, seconds

    def reference(self, name, *arguments, ranks=None):
        """What a program prints, as numbers by key."""
        output, _ = self.start(self.references / name, *arguments, ranks=ranks)
        pairs = (line.split() for line in output.splitlines() if len(line.split()) == 2)
        return {key: float(value) for key, value in pairs}

    def run(self, job, overrides=(), ranks=None):
        """A job: its run directory, its report and how long it took, start-up included. `job`: a path or
        the text of a job file."""
        self.runs += 1
        folder = self.scratch / f"run-{self.runs}"
        if not isinstance(job, pathlib.Path):
            text, job = job, self.scratch / f"job-{self.runs}.toml"
            job.write_text(text, encoding="utf-8")
        plugins = [word for path in self.plugins for word in ("--plugin-path", path) if path.exists()]
        _, seconds = self.start(self.tessera, "run", job, *overrides, *plugins, "--run-dir", folder,
                                "--overwrite", "--quiet", ranks=ranks)
        report = json.loads((folder / "run.json").read_text(encoding="utf-8"))
        return folder, report, seconds


def rate(report):
    """Millions of cell updates a second over the step loop."""
    return report["loop"]["cell_updates_per_second"] / 1e6


def phase_seconds(report, *names):
    """Mean over the ranks of the seconds in some phases."""
    return sum(p["seconds_avg"] for p in report["phases"] if p["name"] in names)
