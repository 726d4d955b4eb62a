/* The entry function returns no descriptor. */
#include <tessera/solver.h>

const tessera_solver_descriptor* tessera_solver_entry(void) { return NULL; }
