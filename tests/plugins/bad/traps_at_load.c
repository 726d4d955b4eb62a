/* Executes an illegal instruction when it is loaded. With NEEDS_FMA4, it also records that it was built for a processor
 * with FMA4, which processors have not had since 2017. */
#ifdef NEEDS_FMA4
#define __FMA4__ 1
#endif
#include "plain.h"

__attribute__((constructor)) static void trap(void) { __builtin_trap(); }

const tessera_plugin* tessera_plugin_entry(void) {
  static tessera_plugin plugin;
  plugin = plain_plugin("traps_at_load");
  return &plugin;
}
