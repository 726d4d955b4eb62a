/* The entry function returns nothing. */
#include <tessera/grid.h>

const tessera_plugin* tessera_plugin_entry(void) { return NULL; }
