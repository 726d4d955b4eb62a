# SPDX-License-Identifier: Apache-2.0

from spack_repo.builtin.build_systems.cmake import CMakePackage

from spack.package import *


class Tessera(CMakePackage):
    """Runs large computations on grids, on one core or on a cluster, with MPI."""

    license("Apache-2.0")

    # There is no archive to fetch: use `spack dev-build` or `spack develop`, which build from a clone.
    version("0.1.0")

    depends_on("c", type="build")
    depends_on("cxx", type="build")
    depends_on("cmake@3.22:", type="build")
    depends_on("pkgconfig", type="build")
    generator("ninja")

    depends_on("mpi@3:")
    depends_on("boost@1.74: +mpi+serialization")
    depends_on("hdf5 +mpi")
    depends_on("cairo +ft+fc+png")
    depends_on("hwloc")
    depends_on("tomlplusplus@3.3:")
    depends_on("nlohmann-json@3.11:")
    depends_on("cli11@2.1:")
    depends_on("fmt@9:")
    depends_on("spdlog@1.10:")
    depends_on("xxhash@0.8:")
    depends_on("zlib-api")
    depends_on("zstd")

    conflicts("%gcc@:10", msg="Tessera is C++20; gcc 12 and later are tested")
    conflicts("%clang@:13", msg="Tessera is C++20; clang 14 and later are tested")

    def cmake_args(self):
        return [
            # Spack's compiler wrapper selects the target's instruction set; -march=native would override it.
            self.define("TESSERA_NATIVE", False),
            self.define("TESSERA_TESTS", False),
        ]

    def setup_run_environment(self, env):
        env.set("TESSERA_ROOT", self.prefix)

    @run_after("install")
    @on_package_attributes(run_tests=True)
    def check_install(self):
        """Checks that the installed program starts and finds the solvers installed with it."""
        tessera = Executable(join_path(self.prefix.bin, "tessera"))
        if "heat" not in tessera("solvers", output=str):
            raise InstallError("the installed tessera cannot find its solvers")
