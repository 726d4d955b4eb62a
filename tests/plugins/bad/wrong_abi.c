/* A plugin for a later version of the interface. Only the first two members of the descriptor are the same in
 * all versions. This descriptor has no other members, so that reading them would read past its end. */
#include <tessera/grid.h>

static const struct {
  uint32_t struct_size;
  uint32_t interface_version;
} header = {8, 999};

const tessera_plugin* tessera_plugin_entry(void) {
  const void* address = &header;
  return address;
}
