/* Uses all types of the C interface in the signature of a function, so that the debug information contains
 * them. */
#include <tessera/grid.h>

#define ENDS_WITH(type, member)                                                       \
  _Static_assert(offsetof(type, member) + sizeof(((type*)0)->member) == sizeof(type), \
                 #type " has padding at its end")
ENDS_WITH(tessera_plugin, functions);
ENDS_WITH(tessera_parameter, default_texts);
ENDS_WITH(tessera_values, times);
ENDS_WITH(tessera_field, default_value);
ENDS_WITH(tessera_stage, time_offset);
ENDS_WITH(tessera_diagnostic, times_volume);
ENDS_WITH(tessera_schema, diagnostics);
ENDS_WITH(tessera_geometry, radius);
ENDS_WITH(tessera_execution, reduce);
ENDS_WITH(tessera_patch, execution);
ENDS_WITH(tessera_grid_configuration, geometry);
ENDS_WITH(tessera_grid_functions, boundary);

typedef struct all_types {
  tessera_plugin* plugin;
  tessera_grid_functions* functions;
  tessera_schema* schema;
  tessera_patch* patch;
  tessera_grid_configuration* configuration;
  tessera_kind kind;
  tessera_scalar scalar;
  tessera_field_kind field_kind;
  tessera_parameter_type parameter_type;
  tessera_parameter_flags parameter_flags;
  tessera_schema_flags schema_flags;
  tessera_geometry_kind geometry_kind;
  tessera_memory_space memory_space;
  tessera_reduction reduction;
} all_types;

TESSERA_EXPORT const void* tessera_interface_types(const all_types* all);

const void* tessera_interface_types(const all_types* all) { return all; }
