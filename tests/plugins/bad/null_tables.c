/* A table that is said to hold two fields but is not there. */
#include "plain.h"

const tessera_solver_descriptor* tessera_solver_entry(void) {
  static tessera_solver_descriptor descriptor;
  plain_schema.fields = NULL;
  plain_schema.field_count = 2;
  descriptor = plain_descriptor("null_tables");
  return &descriptor;
}
