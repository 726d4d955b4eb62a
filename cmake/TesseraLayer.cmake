# Each folder of framework/ is one library.
#
#   tessera_layer(FOLDER [SOURCES a.cpp …] [DEPENDS folder …] [PRIVATE target …])
#
# adds the library tessera_FOLDER, with slashes in the folder's name replaced by underscores. DEPENDS lists folders
# from rows with lower numbers in the table of layers in docs/architecture.md; PRIVATE lists external libraries that
# no header of the folder includes.
function(tessera_layer folder)
  cmake_parse_arguments(arg "" "" "SOURCES;DEPENDS;PRIVATE" ${ARGN})
  string(REPLACE "/" "_" name "tessera_${folder}")
  if(arg_SOURCES)
    add_library(${name} STATIC ${arg_SOURCES})
    target_link_libraries(${name} PRIVATE tessera_flags ${arg_PRIVATE})
    set(visibility PUBLIC)
  else()
    add_library(${name} INTERFACE)
    target_link_libraries(${name} INTERFACE ${arg_PRIVATE})
    set(visibility INTERFACE)
  endif()
  target_include_directories(${name} ${visibility} "${PROJECT_SOURCE_DIR}/framework")
  foreach(layer IN LISTS arg_DEPENDS)
    string(REPLACE "/" "_" layer "tessera_${layer}")
    target_link_libraries(${name} ${visibility} ${layer})
  endforeach()
endfunction()
