/* A stage writes field 7 of a solver that has one field. */
#include "plain.h"

static const int32_t writes[] = {7};
static const tessera_stage stages[] = {
    {.name = "keep", .reads = plain_reads, .read_count = 1, .writes = writes, .write_count = 1}};

const tessera_solver_descriptor* tessera_solver_entry(void) {
  static tessera_solver_descriptor descriptor;
  plain_schema.stages = stages;
  descriptor = plain_descriptor("undeclared_write");
  return &descriptor;
}
