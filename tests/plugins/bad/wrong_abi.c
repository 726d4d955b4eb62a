/* A plugin of a later version of the interface. Only the first two members are promised across versions, and
 * this one has no others: whoever reads on reads past its end. */
#include <tessera/grid.h>

static const struct {
  uint32_t struct_size;
  uint32_t interface_version;
} header = {8, 999};

const tessera_plugin* tessera_plugin_entry(void) {
  const void* address = &header;
  return address;
}
