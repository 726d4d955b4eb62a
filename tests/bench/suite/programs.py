"""Runs the programs of a build under mpirun and reads their output."""

import json
import os
import pathlib
import subprocess
import time


class ProgramError(Exception):
    """A program could not be run, or its output could not be read."""


class Programs:
    """The programs of a build. `ranks`: default number of ranks. `scratch`: folder for jobs and results. `needs_bench`:
    whether the build must contain the benchmark programs."""

    def __init__(self, build, ranks, scratch, needs_bench=True):
        build = pathlib.Path(build).resolve()
        self.tessera = build / "bin" / "tessera"
        self.folder = build / "tests" / "bench"
        self.plugins = [build / "tests" / "plugins", build / "tests" / "bench" / "plugins"]
        self.solvers = build / "lib" / "tessera" / "solvers"
        self.ranks = ranks
        self.scratch = scratch
        self.runs = 0
        self.environment = dict(os.environ)
        if os.geteuid() == 0:
            self.environment.update(OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1")
        benchmarks = (self.folder / "heat3d_mpi", self.folder / "mpi_init") if needs_bench else ()
        for needed in (self.tessera, *benchmarks):
            if not needed.exists():
                raise ProgramError(f"{needed} does not exist: "
                                   "build with -DTESSERA_BENCH=ON, or name a build with --build")

    def has(self, name):
        return (self.folder / name).exists()

    def run_mpi(self, *command, ranks=None):
        """Runs a command under mpirun. @return its output, and its run time in seconds, including start-up."""
        command = ["mpirun", "--oversubscribe", "-n", str(ranks or self.ranks), *map(str, command)]
        start_time = time.perf_counter()
        result = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False)
        seconds = time.perf_counter() - start_time
        if result.returncode != 0:
            raise ProgramError(f"{' '.join(command)}\nexit code {result.returncode}\n{result.stdout}{result.stderr}")
        return result.stdout, seconds

    def run_program(self, name, *arguments, ranks=None):
        """Runs a benchmark program. @return the numbers that it prints, by key."""
        output, _ = self.run_mpi(self.folder / name, *arguments, ranks=ranks)
        pairs = (line.split() for line in output.splitlines() if len(line.split()) == 2)
        return {key: float(value) for key, value in pairs}

    def run_job(self, job, overrides=(), ranks=None):
        """Runs a job, given as a path or as the contents of a job file. @return the run directory, the content of
        run.json, and the run time in seconds, including start-up."""
        self.runs += 1
        folder = self.scratch / f"run-{self.runs}"
        if not isinstance(job, pathlib.Path):
            text, job = job, self.scratch / f"job-{self.runs}.toml"
            job.write_text(text, encoding="utf-8")
        plugins = [word for path in self.plugins for word in ("--plugin-path", path) if path.exists()]
        _, seconds = self.run_mpi(self.tessera, "run", job, *overrides, *plugins, "--run-dir", folder,
                                  "--overwrite", "--quiet", ranks=ranks)
        report = json.loads((folder / "run.json").read_text(encoding="utf-8"))
        return folder, report, seconds


def rate(report):
    """@return millions of cell updates per second in the step loop."""
    return report["loop"]["cell_updates_per_second"] / 1e6


def phase_seconds(report, *names):
    """@return the seconds spent in the given phases, averaged over the ranks."""
    return sum(p["seconds_avg"] for p in report["phases"] if p["name"] in names)
