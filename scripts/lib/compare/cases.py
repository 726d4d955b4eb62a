"""The jobs that compare-builds runs with both builds: shortened versions of the bundled jobs, and small jobs."""

import pathlib
from dataclasses import dataclass

ROOT = pathlib.Path(__file__).resolve().parents[3]

# Overrides that shorten the bundled jobs; jobs that are not listed run for 100 steps.
SHORT = {
    "cooling-plate": ["time.max_steps=1000"],
    "hot-spot-3d": ["domain.cells=[96,96,96]", "time.max_steps=20", "diagnostics.every=10 steps"],
    "dam-break-dry": [],
    "dam-break-wet": [],
    "tsunami-2004": ["time.max_steps=30", "probes.every=5 steps", "output.images.0.every=10 steps"],
}

CUBE = ["domain.cells=[40,36,32]", "domain.chunk=[10,9,8]", "time.end=1 s", "time.max_steps=24",
        "diagnostics.every=5 steps"]
FACES = ('domain.boundary={x="periodic", south="wall", north={fixed={temperature="320 + 10*sin(2000*t)*x"}}, '
         'bottom={face={temperature=310}}, top="outflow"}')
PLANES = ('output.images=[{field="temperature", slice="x=0.3", colormap="balance", width=250, every="8 steps"}, '
          '{field="temperature", slice="y=0.51", colormap="gray", range=[300, 330]}, '
          '{field="temperature", slice="z=1", colormap="plasma"}]')
CURVES = 'output.images=[{field="temperature", range=[290, 350], width=333, every="20 steps"}, {field="temperature"}]'
MAPS = ('output.images=[{field="bed", colormap="topo", width=500, every="5 h"}, '
        '{field="surface", colormap="ocean", mask={field="bed"}, probes=false}]')


@dataclass(frozen=True)
class Case:
    """A job, its overrides, and the parts of its run. Each entry of `parts` contains the number of ranks and further
    overrides of one part. All parts after the first use --resume."""

    name: str
    job: str
    changes: tuple = ()
    parts: tuple = ((2, ()),)


def each_rank_count(name, job, *changes):
    return [Case(f"{name}-{ranks}", job, changes, ((ranks, ()),)) for ranks in (1, 2, 3)]


def cases():
    """Yields all cases, the bundled jobs first."""
    heat, water, own = "apps/heat/jobs", "apps/shallow_water/jobs", "scripts/lib/compare/jobs"
    cube, often = f"{heat}/hot-spot-3d.toml", 'output.every=6 steps'
    yield from (Case(job.stem, str(job.relative_to(ROOT)), tuple(SHORT.get(job.stem, ["time.max_steps=100"])))
                for job in sorted(ROOT.glob("apps/*/jobs/*.toml")))
    yield from each_rank_count("slices", cube, *CUBE, PLANES)
    yield from each_rank_count("curves", f"{heat}/hot-spot-1d.toml", CURVES, "domain.chunk=50", "time.max_steps=60")
    yield from each_rank_count("boundaries", cube, *CUBE, FACES, often, "domain.partition=sfc")
    yield from each_rank_count("arrivals", f"{water}/tsunami-2004.toml", "domain.cells=[105,90]", "domain.chunk=30",
                               MAPS)
    yield from each_rank_count("messages", cube, *CUBE, often, "performance.transport=messages",
                               "performance.autotune=false", "performance.steps_per_exchange=4",
                               "performance.tile_rows=8", "performance.streaming=true")
    yield from each_rank_count("stages", f"{water}/thacker-planar.toml", "domain.cells=[64,64]", "domain.chunk=16",
                               "time.max_steps=60", "performance.steps_per_exchange=stage", "performance.bricks=false")
    yield from each_rank_count("components", f"{own}/components.toml")
    yield from each_rank_count("moving-spot", f"{own}/moving-spot.toml")
    longer = ("time.max_steps=55",)
    yield Case("restart-heat", cube, (*CUBE, PLANES, "checkpoint.every=10 steps"), ((2, ()), (3, longer)))
    yield Case("restart-water", f"{water}/thacker-radial.toml",
               ("domain.cells=[64,64]", "domain.chunk=16", "time.max_steps=40", "output.every=0.1 s",
                "checkpoint.every=15 steps", "checkpoint.compress=true"), ((3, ()), (1, longer)))
