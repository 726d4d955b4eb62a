"""The jobs whose performance is measured."""


def heat(cells, steps, *, initial="300", chunk=None, extra_sections=""):
    """@return a job for heat conduction on a periodic square or cube. `cells`, `chunk`: lists of cells along each axis."""
    axes = len(cells)
    chunk_line = f"chunk    = {list(chunk)}\n" if chunk else ""
    return f"""[job]
name   = "bench"
solver = "heat"

[domain]
cells    = {list(cells)}
upper    = {[1.0] * axes}
boundary = "periodic"
{chunk_line}
[parameters]
diffusivity = 0.1

[initial]
temperature = {initial}

[time]
max_steps = {steps}
cfl = 0.9

[output]
every = "never"
{extra_sections}"""


# Squares are written as products, as in reference/heat3d.h, because a power may round differently.
HOT_SPOT = '"300 + 50*exp(-((x-0.5)*(x-0.5) + (y-0.5)*(y-0.5) + (z-0.5)*(z-0.5))/0.01)"'
HOT_SPOT_2D = '"300 + 50*exp(-((x-0.5)*(x-0.5) + (y-0.5)*(y-0.5))/0.01)"'


def wave(cells, steps):
    """@return a job for the wave equation, with a stencil of radius 4 and `cells` cells along each axis."""
    bump = '"exp(-((x-0.5)*(x-0.5) + (y-0.5)*(y-0.5) + (z-0.5)*(z-0.5))/0.01)"'
    return f"""[job]
name   = "bench"
solver = "wave4"

[domain]
cells    = {[cells] * 3}
upper    = [1.0, 1.0, 1.0]
boundary = "periodic"

[initial]
u      = {bump}
before = {bump}

[time]
max_steps = {steps}

[output]
every = "never"
"""


def moving_spot(cells, chunk, steps, balance):
    """@return a job with a spot of costly cells that moves in a circle through the domain."""
    return f"""[job]
name   = "bench"
solver = "moving_spot"

[domain]
cells    = {[cells] * 2}
chunk    = {[chunk] * 2}
upper    = [1.0, 1.0]
boundary = "periodic"

[initial]
u = "x*y"

[time]
dt        = {0.2 / steps}
max_steps = {steps}

[output]
every = "never"

[performance]
balance = {str(balance).lower()}
"""
