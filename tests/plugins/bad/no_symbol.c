/* A shared library that is no plugin: it exports something else. */
#include <tessera/grid.h>

TESSERA_EXPORT int tessera_plugin_entrance(void);

int tessera_plugin_entrance(void) { return 1; }
