/* A field without a name. */
#include "plain.h"

static const tessera_field fields[] = {{.name = NULL, .unit = "", .help = "", .components = 1}};

const tessera_solver_descriptor* tessera_solver_entry(void) {
  static tessera_solver_descriptor descriptor;
  plain_schema.fields = fields;
  descriptor = plain_descriptor("null_field_name");
  return &descriptor;
}
