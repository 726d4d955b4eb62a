# `cmake --install BUILD --prefix P` creates a relocatable prefix. bin/tessera finds the bundled solvers in
# ../lib/tessera/solvers, also in the build tree; this is why `lib` is used here instead of a multiarch folder.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(package_folder lib/cmake/tessera)
set(solver_folder lib/tessera/solvers)

if(TARGET tessera)
  # Libraries outside the system folders, as is common on clusters, are found in the same place as during the build.
  set_target_properties(tessera PROPERTIES INSTALL_RPATH_USE_LINK_PATH ON)
  install(TARGETS tessera RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()

# The SDK and its CMake package, for building solvers outside this tree.
install(DIRECTORY "${PROJECT_SOURCE_DIR}/framework/sdk/tessera" DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
        FILES_MATCHING PATTERN "*.h" PATTERN "*.hpp")
install(DIRECTORY "${PROJECT_SOURCE_DIR}/framework/sdk/fortran"
        DESTINATION ${CMAKE_INSTALL_DATADIR}/tessera FILES_MATCHING PATTERN "*.f90")
install(TARGETS tessera_sdk EXPORT tessera-targets)
install(EXPORT tessera-targets NAMESPACE tessera:: DESTINATION ${package_folder})
configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/tessera-config.cmake.in"
  "${PROJECT_BINARY_DIR}/installed/tessera-config.cmake" INSTALL_DESTINATION ${package_folder})
# The C interface has its own version; packages of the same minor version have the same headers.
write_basic_package_version_file("${PROJECT_BINARY_DIR}/tessera-config-version.cmake"
  COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
install(FILES
  "${PROJECT_BINARY_DIR}/installed/tessera-config.cmake"
  "${PROJECT_BINARY_DIR}/tessera-config-version.cmake"
  "${PROJECT_SOURCE_DIR}/cmake/TesseraAddSolver.cmake"
  DESTINATION ${package_folder})

# The same package in the build tree, for -Dtessera_DIR=BUILD. The build tree has the layout of a prefix, with links to
# the sources.
export(EXPORT tessera-targets NAMESPACE tessera:: FILE "${PROJECT_BINARY_DIR}/tessera-targets.cmake")
configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/tessera-config.cmake.in"
  "${PROJECT_BINARY_DIR}/tessera-config.cmake"
  INSTALL_PREFIX "${PROJECT_BINARY_DIR}" INSTALL_DESTINATION "${PROJECT_BINARY_DIR}")
file(CREATE_LINK "${PROJECT_SOURCE_DIR}/cmake/TesseraAddSolver.cmake"
     "${PROJECT_BINARY_DIR}/TesseraAddSolver.cmake" SYMBOLIC)
file(MAKE_DIRECTORY "${PROJECT_BINARY_DIR}/${CMAKE_INSTALL_DATADIR}/tessera")
file(CREATE_LINK "${PROJECT_SOURCE_DIR}/framework/sdk/fortran"
     "${PROJECT_BINARY_DIR}/${CMAKE_INSTALL_DATADIR}/tessera/fortran" SYMBOLIC)

# bin/tessera finds the templates of `tessera new` in ../share/tessera/templates, relative to its own directory.
install(DIRECTORY "${PROJECT_SOURCE_DIR}/apps/tessera/templates" DESTINATION share/tessera
        FILES_MATCHING PATTERN "*.in")
file(MAKE_DIRECTORY "${PROJECT_BINARY_DIR}/share/tessera")
file(CREATE_LINK "${PROJECT_SOURCE_DIR}/apps/tessera/templates"
     "${PROJECT_BINARY_DIR}/share/tessera/templates" SYMBOLIC)

# Bundled solvers: apps/CMakeLists.txt appends their targets to this global property.
get_property(bundled GLOBAL PROPERTY TESSERA_BUNDLED_SOLVERS)
if(bundled)
  install(TARGETS ${bundled} LIBRARY DESTINATION ${solver_folder})
endif()

# Job files and their data keep their relative locations, so that paths in jobs remain valid.
file(GLOB job_files CONFIGURE_DEPENDS RELATIVE "${PROJECT_SOURCE_DIR}/apps"
  "${PROJECT_SOURCE_DIR}/apps/*/README.md"
  "${PROJECT_SOURCE_DIR}/apps/*/jobs/*.toml"
  "${PROJECT_SOURCE_DIR}/apps/*/*.h5" "${PROJECT_SOURCE_DIR}/apps/*/data/*")
foreach(file IN LISTS job_files)
  get_filename_component(folder "${file}" DIRECTORY)
  install(FILES "${PROJECT_SOURCE_DIR}/apps/${file}"
          DESTINATION "${CMAKE_INSTALL_DATADIR}/tessera/jobs/${folder}")
endforeach()

install(FILES "${PROJECT_SOURCE_DIR}/docs/man/tessera.1" DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES "${PROJECT_SOURCE_DIR}/scripts/completion/tessera.bash" RENAME tessera
        DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES "${PROJECT_SOURCE_DIR}/scripts/completion/_tessera"
        DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
install(FILES "${PROJECT_SOURCE_DIR}/scripts/completion/tessera.fish"
        DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)

install(FILES "${PROJECT_SOURCE_DIR}/README.md" "${PROJECT_SOURCE_DIR}/LICENSE" "${PROJECT_SOURCE_DIR}/CHANGELOG.md"
        DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/tessera)
# Installed in docs/, so that the links in README.md work.
install(DIRECTORY "${PROJECT_SOURCE_DIR}/docs" DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/tessera
        FILES_MATCHING PATTERN "*.md" PATTERN "*.png" PATTERN man EXCLUDE)
