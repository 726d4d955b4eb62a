/* A field without a name. */
#include "plain.h"

static const tessera_field fields[] = {{.name = NULL, .unit = "", .help = "", .components = 1}};

const tessera_plugin* tessera_plugin_entry(void) {
  static tessera_plugin plugin;
  plain_schema.fields = fields;
  plugin = plain_plugin("null_field_name");
  return &plugin;
}
