/* A plugin of another ABI version. Only the first two members are promised across versions, and this one
 * has no others: whoever reads on reads past its end. */
#include <tessera/solver.h>

static const struct {
  uint32_t abi_version;
  uint32_t struct_size;
} descriptor = {999, 8};

const tessera_solver_descriptor* tessera_solver_entry(void) {
  const void* address = &descriptor;
  return address;
}
