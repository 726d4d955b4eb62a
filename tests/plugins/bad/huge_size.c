/* The function table has an implausible struct_size. */
#include "plain.h"

const tessera_plugin* tessera_plugin_entry(void) {
  static tessera_plugin plugin;
  plain_functions.struct_size = 1u << 20;
  plugin = plain_plugin("huge_size");
  return &plugin;
}
