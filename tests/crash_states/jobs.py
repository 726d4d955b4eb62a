"""The jobs of the runs whose crash states are tried."""

HEAT = """
[job]
name   = "crash"
solver = "heat"
[domain]
cells    = [24, 16]
chunk    = [8, 8]
upper    = [1.5, 1.0]
boundary = "periodic"
[parameters]
diffusivity = 0.1
[initial]
temperature = "300 + 50*exp(-((x-0.4)^2 + (y-0.5)^2)/0.02)"
[time]
max_steps = 20
[probes]
every = "1 step"
point = [{ name = "centre", at = [0.5, 0.5] }]
[output]
every  = "6 steps"
images = { field = "temperature", width = 240 }
[diagnostics]
every = "2 steps"
[checkpoint]
every = "4 steps"
keep  = 2
"""

WATER = """
[job]
name   = "crash"
solver = "shallow_water"
[domain]
cells    = [40, 24]
chunk    = [8, 8]
upper    = [40.0, 24.0]
boundary = { x = "wall", y = "periodic" }
[initial]
bed     = "0.2*sin(0.3*x)*sin(0.4*y)"
surface = "x < 15 ? 2 : 1"
[time]
end = "4 s"
[probes]
fields  = ["surface"]
every   = "1 step"
arrival = { field = "surface", above = 0.02 }
point   = [{ name = "harbour", at = [20.5, 6.0] }, { name = "pier", at = [30.5, 6.0] }]
[output]
every  = "1 s"
images = { field = "surface", every = "0.5 s", width = 240 }
[diagnostics]
every = "0.2 s"
[checkpoint]
every    = "7 steps"
keep     = 2
compress = true
"""
