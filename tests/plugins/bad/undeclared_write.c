/* A stage writes field 7 of a solver that has one field. */
#include "plain.h"

static const int32_t writes[] = {7};
static const tessera_stage stages[] = {
    {.name = "keep", .reads = plain_reads, .read_count = 1, .writes = writes, .write_count = 1}};

const tessera_plugin* tessera_plugin_entry(void) {
  static tessera_plugin plugin;
  plain_schema.stages = stages;
  plugin = plain_plugin("undeclared_write");
  return &plugin;
}
