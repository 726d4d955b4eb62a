-- Module file for Lmod. Copy it to MODULEPATH/tessera/VERSION.lua and set the two values below.
local prefix = "/opt/tessera/0.1.0"
-- The module of the MPI library that Tessera was built with, to which `mpirun` must belong; empty if there is none.
local mpi = ""

help([[
Tessera runs large computations on grids, on one core or on a cluster, with MPI.

  tessera run JOB.toml
  mpirun -n 4 tessera run JOB.toml
  man tessera

Sample jobs are in ]] .. pathJoin(prefix, "share/tessera/jobs") .. [[
]])

whatis("Name: Tessera")
whatis("Version: " .. myModuleVersion())
whatis("Description: large computations on grids, on one core or on a cluster, with MPI")

conflict("tessera")
if mpi ~= "" then depends_on(mpi) end

-- The program finds its bundled solvers relative to its own location. TESSERA_PLUGIN_PATH is left to the user,
-- for other solvers. `man` finds the page through PATH; a MANPATH with only this prefix would hide all other
-- pages.
prepend_path("PATH", pathJoin(prefix, "bin"))
prepend_path("CMAKE_PREFIX_PATH", prefix)
setenv("TESSERA_ROOT", prefix)
