# tessera_add_solver(NAME SOURCES file … [LIBRARIES target …])
#
# Builds a solver plugin from C, C++ or Fortran sources: a shared library NAME.so that `tessera run`
# finds by that name. Works inside Tessera's own build and, after find_package(tessera), outside it.
#
# The compiler flags ensure bit-identical results. They disable the contraction of a*b+c, which a compiler
# may apply in a vectorised loop but not in its remainder, and enable only those parts of -ffast-math that
# do not change any value.
function(tessera_add_solver name)
  cmake_parse_arguments(arg "" "" "SOURCES;LIBRARIES" ${ARGN})
  if(NOT arg_SOURCES)
    message(FATAL_ERROR "tessera_add_solver(${name}): SOURCES is missing")
  endif()
  add_library(${name} MODULE ${arg_SOURCES})
  set_target_properties(${name} PROPERTIES
    PREFIX "" OUTPUT_NAME "${name}"
    CXX_VISIBILITY_PRESET hidden C_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
  get_property(languages GLOBAL PROPERTY ENABLED_LANGUAGES)
  if("CXX" IN_LIST languages)
    target_compile_features(${name} PRIVATE cxx_std_20)
  endif()
  target_link_libraries(${name} PRIVATE tessera::sdk ${arg_LIBRARIES})
  target_compile_options(${name} PRIVATE -ffp-contract=off
    $<$<COMPILE_LANGUAGE:C,CXX>:-fno-math-errno -fno-trapping-math>
    $<$<AND:$<NOT:$<CONFIG:Debug>>,$<COMPILE_LANGUAGE:C,CXX,Fortran>>:-O3>
    # C++ initialises members in the order of the class: a stage listed before its fields gets invalid handles.
    $<$<COMPILE_LANG_AND_ID:CXX,GNU,Clang,AppleClang>:-Wreorder -Wuninitialized>
    # for_each requests vectorisation; clang warns if a loop body cannot be vectorised, which is not an error.
    $<$<COMPILE_LANG_AND_ID:CXX,Clang>:-Wno-pass-failed>)
  # In debug builds, every access to a field is checked against the solver's declarations.
  target_compile_definitions(${name} PRIVATE $<$<CONFIG:Debug>:TESSERA_CHECKED=1>)
  if(NOT DEFINED TESSERA_NATIVE OR TESSERA_NATIVE)
    target_compile_options(${name} PRIVATE -march=native)
  endif()
  if(TARGET tessera_flags)
    target_link_libraries(${name} PRIVATE tessera_flags)
    set_target_properties(${name} PROPERTIES
      LIBRARY_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/lib/tessera/solvers")
  endif()
endfunction()
