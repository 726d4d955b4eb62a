/* The entry function returns NULL. */
#include <tessera/grid.h>

const tessera_plugin* tessera_plugin_entry(void) { return NULL; }
