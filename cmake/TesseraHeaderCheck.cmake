# Checks that every header of framework/ compiles on its own. A header with a source file of the same name is the first
# include of that file (scripts/check-layers checks this). For every other header, this script generates a source file
# that only includes the header, twice. These files are part of the build, so a header that is not self-contained breaks
# the build.
file(GLOB_RECURSE headers CONFIGURE_DEPENDS RELATIVE "${PROJECT_SOURCE_DIR}/framework"
  "${PROJECT_SOURCE_DIR}/framework/*.h" "${PROJECT_SOURCE_DIR}/framework/*.hpp")

set(sources)
foreach(header IN LISTS headers)
  string(REGEX REPLACE "\\.(h|hpp)$" ".cpp" own_source "${header}")
  if(EXISTS "${PROJECT_SOURCE_DIR}/framework/${own_source}")
    continue()
  endif()
  # Solver authors write <tessera/grid.h>; everything else is "folder/file.h".
  if(header MATCHES "^sdk/(.*)$")
    set(include "<${CMAKE_MATCH_1}>")
  else()
    set(include "\"${header}\"")
  endif()
  string(MAKE_C_IDENTIFIER "${header}" stem)
  set(languages cpp)
  if(header STREQUAL "sdk/tessera/grid.h")
    list(APPEND languages c)
  endif()
  foreach(language IN LISTS languages)
    set(source "${PROJECT_BINARY_DIR}/headers_alone/${stem}.${language}")
    file(CONFIGURE OUTPUT "${source}" CONTENT "#include ${include}\n#include ${include}\n")
    list(APPEND sources "${source}")
  endforeach()
endforeach()

add_library(tessera_headers_alone OBJECT ${sources})
target_include_directories(tessera_headers_alone PRIVATE "${PROJECT_SOURCE_DIR}/framework")
target_include_directories(tessera_headers_alone SYSTEM PRIVATE ${HDF5_INCLUDE_DIRS})
target_link_libraries(tessera_headers_alone PRIVATE
  tessera_flags tessera::sdk MPI::MPI_CXX Boost::mpi spdlog::spdlog fmt::fmt)
target_compile_options(tessera_headers_alone PRIVATE -O0)

add_test(NAME headers-alone
         COMMAND "${CMAKE_COMMAND}" --build "${PROJECT_BINARY_DIR}" --target tessera_headers_alone)
add_test(NAME layers COMMAND "${PROJECT_SOURCE_DIR}/scripts/check-layers")
