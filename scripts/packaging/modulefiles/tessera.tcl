#%Module1.0
# Module file for Environment Modules; Lmod reads it too. Copy it to MODULEPATH/tessera/VERSION and set the two
# values below.
set prefix /opt/tessera/0.1.0
# The module of the MPI library that Tessera was built with, to which `mpirun` must belong; empty if there is none.
set mpi ""

proc ModulesHelp {} {
    global prefix
    puts stderr "Tessera runs large computations on grids, on one core or on a cluster, with MPI."
    puts stderr ""
    puts stderr "  tessera run JOB.toml"
    puts stderr "  mpirun -n 4 tessera run JOB.toml"
    puts stderr "  man tessera"
    puts stderr ""
    puts stderr "Sample jobs are in $prefix/share/tessera/jobs"
}

module-whatis "Tessera: large computations on grids, on one core or on a cluster, with MPI"

conflict tessera
if {$mpi ne ""} { prereq $mpi }

# The program finds its bundled solvers relative to its own location. TESSERA_PLUGIN_PATH is left to the user, for
# other solvers. `man` finds the page through PATH; a MANPATH with only this prefix would hide all other pages.
prepend-path PATH $prefix/bin
prepend-path CMAKE_PREFIX_PATH $prefix
setenv TESSERA_ROOT $prefix
