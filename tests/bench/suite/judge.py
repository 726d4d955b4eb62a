"""Medians and ratios of the samples, and the project's performance targets."""

import statistics
from dataclasses import dataclass


@dataclass(frozen=True)
class Target:
    label: str
    sample: str    # name of the samples whose median is judged
    baseline: str  # name of the samples by whose median it is divided first; "" for none
    limit: float
    is_minimum: bool = True  # whether the limit is a minimum; else it is a maximum


TARGETS = (
    Target("heat 256³ / naive MPI", "heat3d/256/tessera", "heat3d/256/mpi", 1.9),
    Target("heat 256³ / temporally blocked MPI", "heat3d/256/tessera", "heat3d/256/blocked", 0.9),
    Target("heat 384³ / naive MPI", "heat3d/384/tessera", "heat3d/384/mpi", 1.9),
    Target("heat 4096² / naive MPI", "heat2d/4096/tessera", "heat2d/4096/mpi", 2.3),
    Target("heat 128³ / naive MPI", "heat3d/128/tessera", "heat3d/128/mpi", 1.5),
    Target("heat 64³ / naive MPI", "heat3d/64/tessera", "heat3d/64/mpi", 1.0),
    Target("heat 256³, one step per exchange / naive MPI", "heat3d/256/tessera k=1", "heat3d/256/mpi", 1.25),
    Target("heat 256³ in 32³ chunks / one chunk per rank", "heat3d/256/small chunks",
           "heat3d/256/one chunk per rank", 0.9),
    Target("halo of 32³ chunks, times: packed / Tessera", "halo/32/r1/c1/packed", "halo/32/r1/c1/tessera", 10.0),
    Target("halo of 32³ chunks, times: packed / split bricks", "halo/32/r1/c1/packed", "halo/32/r1/c1/split", 1.1),
    Target("shallow water 2048² / hand-written MPI", "shallow/2048/tessera", "shallow/2048/mpi", 1.0),
    Target("moving spot with balancing: time / ideal time", "balance/on", "", 1.10, is_minimum=False),
    Target("checkpoint to disk / plain write and fsync", "checkpoint/disk/write / plain", "", 1.0),
    Target("checkpoint to memory / plain write", "checkpoint/memory/write / plain", "", 0.8),
    Target("restore to other ranks / plain read", "checkpoint/disk/restore / read", "", 0.7),
    Target("run time with a checkpoint every 10 s / without", "checkpoint/run with / without", "", 1.03, is_minimum=False),
    Target("kernel in L1 / raw loop", "kernel/l1/ratio", "", 0.97),
    Target("kernel in L2 / raw loop", "kernel/l2/ratio", "", 0.97),
    Target("driver overhead at 32³ chunks", "overhead", "", 0.03, is_minimum=False),
    Target("start-up time in addition to MPI_Init, s", "start_up", "", 0.3, is_minimum=False),
)


def medians_of(samples):
    return {name: statistics.median(values) for name, values in samples.items()}


def verdicts_of(medians):
    """@return a list with one dictionary per target that could be measured."""
    out = []
    for t in TARGETS:
        if t.sample not in medians or (t.baseline and t.baseline not in medians):
            continue
        value = medians[t.sample] / (medians[t.baseline] if t.baseline else 1.0)
        met = value >= t.limit if t.is_minimum else value <= t.limit
        out.append({"what": t.label, "value": value, "target": t.limit,
                    "sense": "at least" if t.is_minimum else "at most", "met": met})
    return out


def table(medians, limits, ranks, rounds):
    """@return a table of the machine limits and all medians."""
    lines = ["machine limits, all ranks running"]
    lines += [f"  {name:<20} {value:>12.4g}" for name, value in limits.items()]
    groups = {}
    for name in medians:
        groups.setdefault(name.split("/")[0], []).append(name)
    for group, names in groups.items():
        lines.append(f"\n{group}, medians of {rounds} rounds on {ranks} ranks"
                     + (", Mcell/s" if group in ("heat3d", "heat2d", "wave", "shallow") else "")
                     + (", microseconds" if group == "halo" else ""))
        lines += [f"  {name:<36} {medians[name]:>12.4g}" for name in names]
    return "\n".join(lines)


def verdict_lines(verdicts):
    return [f"  {v['what']:<54} {v['value']:8.3f}  {v['sense']} {v['target']:<6g} {'pass' if v['met'] else 'FAIL'}"
            for v in verdicts]
