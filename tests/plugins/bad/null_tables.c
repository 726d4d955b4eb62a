/* The array of fields is NULL, although field_count is 2. */
#include "plain.h"

const tessera_plugin* tessera_plugin_entry(void) {
  static tessera_plugin plugin;
  plain_schema.fields = NULL;
  plain_schema.field_count = 2;
  plugin = plain_plugin("null_tables");
  return &plugin;
}
