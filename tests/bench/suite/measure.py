"""Takes all samples in interleaved rounds, so that transient slowdowns of the machine affect all programs alike."""

import pathlib
import shutil
import sys

from . import jobs
from .programs import ProgramError, phase_seconds, rate

HEAT3D_STEPS = {64: 3200, 128: 640, 256: 320, 384: 120}  # number of steps by number of cells along an axis
HEAT2D_CELLS, HEAT2D_STEPS = 4096, 320
WAVE_CELLS, WAVE_STEPS = 192, 60
SHALLOW_CELLS, SHALLOW_STEPS = 2048, 20
HALO_CASES = [(chunk, radius, components) for chunk in (32, 64) for radius in (1, 2) for components in (1, 5)]
SPOT_CELLS, SPOT_CHUNK, SPOT_STEPS = 256, 8, 200


class Samples(dict):
    """Lists of samples by name. Programs that were not built have no samples."""

    def add(self, name, value):
        self.setdefault(name, []).append(value)


def check_temperatures(programs):
    """Checks that all heat programs compute the same temperatures. @return a list of error messages."""
    cells, steps = 30, 10  # not a power of two, for which sums might be exact by chance
    errors = []
    for axes, initial, names in ((3, jobs.HOT_SPOT, ("heat3d_mpi_exact", "heat3d_petsc_exact",
                                                     "heat3d_blocked_exact", "heat3d_streaming_exact")),
                                 (2, jobs.HOT_SPOT_2D, ("heat2d_mpi_exact", "heat2d_blocked_exact"))):
        job = jobs.heat([cells] * axes, steps, initial=initial, extra_sections='[diagnostics]\nevery = "end"\n')
        ours = {d["name"]: d["last"] for d in programs.run_job(job)[1]["diagnostics"]}
        for name in names:
            if not programs.has(name):
                continue
            theirs = programs.run_program(name, cells, steps)
            mean = theirs["sum"] / cells**axes
            if theirs["hottest"] != ours["hottest"] or abs(mean - ours["heat"]) > 1e-14 * abs(mean):
                errors.append(f"{name}: hottest {theirs['hottest']:.17g}, mean {mean:.17g}; "
                              f"tessera: {ours['hottest']:.17g}, {ours['heat']:.17g}")
    return errors


def heat3d_round(programs, samples, sizes, quick):
    largest = max(size for size in sizes if size <= 256)
    for cells in sizes:
        steps = 20 if quick else HEAT3D_STEPS.get(cells, max(20, 5_000_000_000 // cells**3))
        for name in ("mpi", "streaming", "blocked", "petsc"):
            if programs.has(f"heat3d_{name}"):
                reference_steps = max(10, steps // (4 if name in ("petsc", "mpi") else 2))
                samples.add(f"heat3d/{cells}/{name}",
                            programs.run_program(f"heat3d_{name}", cells, reference_steps)["mcells_per_second"])
        report = programs.run_job(jobs.heat([cells] * 3, steps))[1]
        samples.add(f"heat3d/{cells}/tessera", rate(report))
        samples.add(f"heat3d/{cells}/bytes_per_cell",
                    report["memory"]["fields_bytes_rank_0"] * programs.ranks / cells**3)
        if cells != largest:
            continue
        one_step = ["performance.steps_per_exchange=1"]
        samples.add(f"heat3d/{cells}/tessera k=1",
                    rate(programs.run_job(jobs.heat([cells] * 3, max(10, steps // 4)), one_step)[1]))
        small = min(32, cells // 2)
        report = programs.run_job(jobs.heat([cells] * 3, steps, chunk=[small] * 3))[1]
        samples.add(f"heat3d/{cells}/small chunks", rate(report))
        loop = cells**3 * steps / report["loop"]["cell_updates_per_second"]
        samples.add("overhead", 1.0 - phase_seconds(report, "update", "halo", "boundary") / loop)
        slab = [cells, cells, cells // programs.ranks]
        samples.add(f"heat3d/{cells}/one chunk per rank",
                    rate(programs.run_job(jobs.heat([cells] * 3, steps, chunk=slab))[1]))


def heat2d_round(programs, samples, quick):
    cells, steps = (256, 20) if quick else (HEAT2D_CELLS, HEAT2D_STEPS)
    for name in ("mpi", "blocked"):
        reference_steps = max(10, steps // (4 if name == "mpi" else 2))
        samples.add(f"heat2d/{cells}/{name}",
                    programs.run_program(f"heat2d_{name}", cells, reference_steps)["mcells_per_second"])
    samples.add(f"heat2d/{cells}/tessera", rate(programs.run_job(jobs.heat([cells] * 2, steps))[1]))


def wave_round(programs, samples, quick):
    cells, steps = (48, 10) if quick else (WAVE_CELLS, WAVE_STEPS)
    samples.add(f"wave/{cells}/mpi", programs.run_program("wave4_mpi", cells, steps)["mcells_per_second"])
    samples.add(f"wave/{cells}/tessera", rate(programs.run_job(jobs.wave(cells, steps))[1]))


def shallow_round(programs, samples, quick):
    cells, steps = (128, 5) if quick else (SHALLOW_CELLS, SHALLOW_STEPS)
    job = pathlib.Path(__file__).resolve().parents[1] / "jobs" / "shallow_water.toml"
    samples.add(f"shallow/{cells}/mpi",
                programs.run_program("shallow_water_mpi", cells, steps)["mcells_per_second"])
    overrides = [f"domain.cells=[{cells},{cells}]", f"domain.upper=[{cells}.0,{cells}.0]",
                 f"time.max_steps={steps}"]
    samples.add(f"shallow/{cells}/tessera", rate(programs.run_job(job, overrides)[1]))


def halo_round(programs, samples, quick):
    cells = 64 if quick else 256
    for chunk, radius, components in HALO_CASES[:1] if quick else HALO_CASES:
        case = (cells, min(chunk, cells // 2), radius, components, 5 if quick else 15)
        key = f"halo/{case[1]}/r{radius}/c{components}"
        packed = programs.run_program("halo_packed", *case)
        samples.add(f"{key}/packed", packed["microseconds"])
        samples.add(f"{key}/packed GB/s", packed["gb_per_second"])
        samples.add(f"{key}/tessera", programs.run_program("bench_halo", *case)["microseconds"])
        samples.add(f"{key}/split", programs.run_program("bench_halo", *case, "split")["microseconds"])


def balance_round(programs, samples, quick):
    cells, steps = (64, 20) if quick else (SPOT_CELLS, SPOT_STEPS)
    serial = programs.run_job(jobs.moving_spot(cells, SPOT_CHUNK, steps, False), ranks=1)[1]
    for balance in (True, False):
        report = programs.run_job(jobs.moving_spot(cells, SPOT_CHUNK, steps, balance))[1]
        samples.add(f"balance/{'on' if balance else 'off'}",
                    report["loop"]["seconds"] * programs.ranks / serial["loop"]["seconds"])


def checkpoint_round(programs, samples, quick):
    """Compares checkpoints with plain files, on the disk of the scratch folder and in memory, and measures how much they
    slow down a run."""
    cells = 64 if quick else 256
    for place, folder in (("disk", programs.scratch / "checkpoint"), ("memory", pathlib.Path("/dev/shm/tessera-bench"))):
        folder.mkdir(exist_ok=True)
        try:
            speeds = programs.run_program("bench_checkpoint", folder, cells)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        samples.add(f"checkpoint/{place}/write / plain", speeds["checkpoint_gbs"] / speeds["plain_write_gbs"])
        samples.add(f"checkpoint/{place}/write GB/s", speeds["checkpoint_gbs"])
        samples.add(f"checkpoint/{place}/restore / read", speeds["restore_gbs"] / speeds["plain_read_gbs"])
        samples.add(f"checkpoint/{place}/restore GB/s", speeds["restore_gbs"])
    steps = 40 if quick else 2400
    overrides = ["performance.autotune=false", "performance.steps_per_exchange=6"]
    seconds = {}
    for every in ("never", "10 s"):
        report = programs.run_job(jobs.heat([cells] * 3, steps), [f'checkpoint.every="{every}"', *overrides])[1]
        seconds[every] = report["loop"]["seconds"]
    samples.add("checkpoint/run with / without", seconds["10 s"] / seconds["never"])


def kernel_and_start_up_round(programs, samples):
    kernel = programs.run_program("bench_kernel", programs.solvers / "heat.so", ranks=1)
    for level in ("l1", "l2"):
        samples.add(f"kernel/{level}/ratio", kernel[f"{level}_ratio"])
        samples.add(f"kernel/{level}/gflops", kernel[f"{level}_plugin_gflops"])
    mpi_init_seconds = programs.run_mpi(programs.folder / "mpi_init")[1]
    samples.add("start_up", programs.run_job(jobs.heat([8] * 3, 1))[2] - mpi_init_seconds)


def measure(programs, sizes, rounds, quick):
    """@return the samples of all rounds."""
    samples = Samples()
    for index in range(rounds):
        print(f"round {index + 1} of {rounds}", file=sys.stderr)
        heat3d_round(programs, samples, sizes, quick)
        heat2d_round(programs, samples, quick)
        wave_round(programs, samples, quick)
        shallow_round(programs, samples, quick)
        halo_round(programs, samples, quick)
        balance_round(programs, samples, quick)
        checkpoint_round(programs, samples, quick)
        kernel_and_start_up_round(programs, samples)
    return samples


def limits(programs, quick):
    """@return the performance limits of the machine, by name."""
    if not programs.has("bench_limits"):
        raise ProgramError("the program `bench_limits` does not exist: build with -DTESSERA_BENCH=ON")
    return programs.run_program("bench_limits", *(["--quick"] if quick else []))
