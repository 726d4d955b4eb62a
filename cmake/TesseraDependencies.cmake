# Libraries that the build needs. All are in Debian 12; scripts/install-deps installs them.
find_package(MPI REQUIRED COMPONENTS C CXX)
find_package(Boost 1.74 REQUIRED COMPONENTS mpi serialization)
# Boost.MPI is built for a specific MPI library. With a different one, code compiles but fails to link.
include(CheckCXXSourceCompiles)
set(CMAKE_REQUIRED_LIBRARIES Boost::mpi MPI::MPI_CXX)
check_cxx_source_compiles("
  #include <boost/mpi/communicator.hpp>
  int main() { return boost::mpi::communicator(MPI_COMM_WORLD, boost::mpi::comm_attach).size(); }"
  TESSERA_BOOST_MPI_LINKS)
unset(CMAKE_REQUIRED_LIBRARIES)
if(NOT TESSERA_BOOST_MPI_LINKS)
  message(FATAL_ERROR "Boost.MPI does not link with the MPI library found (${MPI_CXX_LIBRARIES}): it was built for "
                      "a different one. See docs/install.md for how to build it; then set BOOST_ROOT or CMAKE_PREFIX_PATH")
endif()
find_package(spdlog REQUIRED)
find_package(fmt REQUIRED)
find_package(CLI11 REQUIRED)
find_package(nlohmann_json REQUIRED)
set(HDF5_PREFER_PARALLEL TRUE)
find_package(HDF5 REQUIRED COMPONENTS C)
if(NOT HDF5_IS_PARALLEL)
  message(FATAL_ERROR "this HDF5 has no MPI support: install libhdf5-openmpi-dev, for example with scripts/install-deps")
endif()
# FindHDF5's own targets lack the flags of its compiler wrapper, including the include folder.
add_library(tessera_hdf5_library INTERFACE)
target_include_directories(tessera_hdf5_library SYSTEM INTERFACE ${HDF5_C_INCLUDE_DIRS})
target_link_libraries(tessera_hdf5_library INTERFACE ${HDF5_C_LIBRARIES} MPI::MPI_C)
find_package(PkgConfig REQUIRED)
pkg_check_modules(hwloc REQUIRED IMPORTED_TARGET hwloc)
pkg_check_modules(cairo REQUIRED IMPORTED_TARGET cairo)
pkg_check_modules(xxhash REQUIRED IMPORTED_TARGET libxxhash)
pkg_check_modules(zlib REQUIRED IMPORTED_TARGET zlib)
pkg_check_modules(zstd REQUIRED IMPORTED_TARGET libzstd)
# toml++ has a pkg-config file if it was built with Meson, and a CMake package if it was built with CMake.
pkg_check_modules(tomlplusplus QUIET IMPORTED_TARGET tomlplusplus)
if(NOT TARGET PkgConfig::tomlplusplus)
  unset(tomlplusplus_FOUND CACHE)
  find_package(tomlplusplus REQUIRED)
  add_library(PkgConfig::tomlplusplus ALIAS tomlplusplus::tomlplusplus)
endif()
