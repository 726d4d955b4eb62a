# One folder of framework/ is one static library.
#
#   tessera_layer(NAME SOURCES a.cpp … [DEPENDS layer …] [PRIVATE target …])
#
# makes tessera_NAME (alias tessera::NAME). DEPENDS names folders of lower rows of the layer table in
# docs/architecture.md; PRIVATE names outside libraries that no header of the folder shows.
function(tessera_layer name)
  cmake_parse_arguments(arg "" "" "SOURCES;DEPENDS;PRIVATE" ${ARGN})
  add_library(tessera_${name} STATIC ${arg_SOURCES})
  add_library(tessera::${name} ALIAS tessera_${name})
  target_include_directories(tessera_${name} PUBLIC "${PROJECT_SOURCE_DIR}/framework")
  foreach(layer IN LISTS arg_DEPENDS)
    target_link_libraries(tessera_${name} PUBLIC tessera_${layer})
  endforeach()
  target_link_libraries(tessera_${name} PRIVATE tessera_flags ${arg_PRIVATE})
endfunction()
