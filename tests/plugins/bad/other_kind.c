/* A plugin of an unknown kind. */
#include "plain.h"

const tessera_plugin* tessera_plugin_entry(void) {
  static tessera_plugin plugin;
  plugin = plain_plugin("other_kind");
  plugin.kind = 77;
  return &plugin;
}
