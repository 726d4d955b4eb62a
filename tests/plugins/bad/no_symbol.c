/* A shared library that is not a plugin: it exports a different symbol. */
#include <tessera/grid.h>

TESSERA_EXPORT int tessera_plugin_entrance(void);

int tessera_plugin_entrance(void) { return 1; }
