/* A solver without a name. */
#include "plain.h"

const tessera_plugin* tessera_plugin_entry(void) {
  static tessera_plugin plugin;
  plugin = plain_plugin(NULL);
  return &plugin;
}
