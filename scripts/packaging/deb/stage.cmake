# CPack runs this on the staged files of the Debian package, before it packs them (cmake/packaging.cmake).
# It changes the files installed by `cmake --install` as required by Debian policy.
if(NOT CPACK_GENERATOR STREQUAL "DEB")
  return()
endif()
set(usr "${CPACK_TEMPORARY_INSTALL_DIRECTORY}/usr")
if(NOT EXISTS "${usr}/bin/tessera")
  message(FATAL_ERROR "there is no staged usr/bin/tessera below ${CPACK_TEMPORARY_INSTALL_DIRECTORY}; "
                      "complete the build before running cpack")
endif()
set(doc "${usr}/share/doc/tessera")

# All libraries come from packages and are in the linker's default folders, so no RPATH is needed.
file(RPATH_REMOVE FILE "${usr}/bin/tessera")

# /usr/share/doc/tessera/copyright replaces the licence file.
configure_file("${CMAKE_CURRENT_LIST_DIR}/copyright" "${doc}/copyright" COPYONLY)
file(REMOVE "${doc}/LICENSE")

# The change log of the package, next to that of the project. Both are compressed, and so is the man page.
string(TIMESTAMP TESSERA_PACKAGE_DATE "%a, %d %b %Y %H:%M:%S +0000" UTC)  # respects SOURCE_DATE_EPOCH
configure_file("${CMAKE_CURRENT_LIST_DIR}/changelog.in" "${doc}/changelog.Debian" @ONLY)
file(RENAME "${doc}/CHANGELOG.md" "${doc}/changelog")
find_program(gzip NAMES gzip REQUIRED)
file(GLOB pages "${usr}/share/man/man1/*.1")
execute_process(COMMAND "${gzip}" -9 -n "${doc}/changelog" "${doc}/changelog.Debian" ${pages}
                COMMAND_ERROR_IS_FATAL ANY)

# Debian's zsh searches for completions of packages in this folder, not in site-functions.
file(MAKE_DIRECTORY "${usr}/share/zsh/vendor-completions")
file(RENAME "${usr}/share/zsh/site-functions/_tessera" "${usr}/share/zsh/vendor-completions/_tessera")
file(REMOVE_RECURSE "${usr}/share/zsh/site-functions")
