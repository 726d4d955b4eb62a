/* A table that is said to hold two fields but is not there. */
#include "plain.h"

const tessera_plugin* tessera_plugin_entry(void) {
  static tessera_plugin plugin;
  plain_schema.fields = NULL;
  plain_schema.field_count = 2;
  plugin = plain_plugin("null_tables");
  return &plugin;
}
