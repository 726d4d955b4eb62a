# `cpack -G DEB` in a build folder creates a Debian package of the files that the build installs.
#
# The package depends on the library packages that dpkg-shlibdeps finds on the build machine, so it is only suitable for
# the Debian release of that machine. Build it with -DTESSERA_NATIVE=OFF: a package that needs the vector instructions of
# the build machine is marked as such in its revision (1+native) and in its description.
set(TESSERA_PACKAGE_MAINTAINER "The contributors of Tessera <tessera@localhost>"
    CACHE STRING "Maintainer of the package, as 'Name <mail>'")

set(CPACK_GENERATOR DEB)
set(CPACK_VERBATIM_VARIABLES ON)
set(CPACK_PACKAGE_NAME tessera)
set(CPACK_PACKAGE_VENDOR Tessera)
set(CPACK_PACKAGE_CONTACT "${TESSERA_PACKAGE_MAINTAINER}")
set(CPACK_RESOURCE_FILE_LICENSE "${PROJECT_SOURCE_DIR}/LICENSE")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_STRIP_FILES ON)

# One package: the headers that solver authors need are a few kilobytes.
set(CPACK_MONOLITHIC_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
# mpirun starts the ranks; no library package depends on it.
set(CPACK_DEBIAN_PACKAGE_DEPENDS openmpi-bin)
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "cmake, g++, paraview")

# Debian shows the summary after the name.
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "large computations on grids, on one core or on a cluster, with MPI")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION "Tessera runs large computations on grids, on one core or on a cluster. Its
users write the mathematics for one region of cells as if the program were
serial; Tessera reads the job, divides the domain into chunks, distributes them
over the ranks and keeps their ghost cells up to date. The same job gives
bit-identical results on any number of ranks.
.
This package contains the program, the solvers for heat conduction and shallow
water with their jobs, and the headers and CMake package for building other
solvers.")
if(TESSERA_NATIVE)
  string(APPEND CPACK_DEBIAN_PACKAGE_RELEASE "+native")
  string(APPEND CPACK_DEBIAN_PACKAGE_DESCRIPTION "
.
It uses the vector instructions of the build machine and may not run on other
machines.")
endif()

# Debian policy prescribes the location of some files. This script moves them after installation, before packaging.
set(CPACK_PRE_BUILD_SCRIPTS "${PROJECT_SOURCE_DIR}/scripts/packaging/deb/stage.cmake")

include(CPack)
