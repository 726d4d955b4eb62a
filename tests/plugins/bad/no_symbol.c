/* A shared library that is no plugin: it exports something else. */
#include <tessera/solver.h>

TESSERA_EXPORT int tessera_solver_entrance(void);

int tessera_solver_entrance(void) { return 1; }
