/* A required function is NULL. */
#include "plain.h"

const tessera_plugin* tessera_plugin_entry(void) {
  static tessera_plugin plugin;
  plain_functions.update = NULL;
  plugin = plain_plugin("no_update");
  return &plugin;
}
