/* A plugin for version 1 of the interface, which had a different entry symbol. */
#include <tessera/plugin.h>

TESSERA_EXPORT const void* tessera_solver_entry(void);

const void* tessera_solver_entry(void) {
  static const uint32_t descriptor[] = {1, 104};
  return descriptor;
}
