/* A solver without a name. */
#include "plain.h"

const tessera_solver_descriptor* tessera_solver_entry(void) {
  static tessera_solver_descriptor descriptor;
  descriptor = plain_descriptor(NULL);
  return &descriptor;
}
