/* A plugin of version 1 of the interface: it exports another symbol. */
#include <tessera/plugin.h>

TESSERA_EXPORT const void* tessera_solver_entry(void);

const void* tessera_solver_entry(void) {
  static const uint32_t descriptor[] = {1, 104};
  return descriptor;
}
