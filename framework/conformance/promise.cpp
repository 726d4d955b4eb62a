#include "conformance/promise.h"

#include <cstddef>

namespace tessera::conformance {

const char* name_of(Promise promise) {
  constexpr std::array names{"radius", "cells", "memory", "bits", "restart"};
  return names[static_cast<std::size_t>(promise)];
}

const char* text_of(Promise promise) {
  constexpr std::array texts{"reads only within declared radii", "writes all cells of a region, no others",
                             "uses no value of an earlier step", "same bits however it is run",
                             "same bits after a restart"};
  return texts[static_cast<std::size_t>(promise)];
}

Promise promise_broken_by(loop::Breach breach) {
  switch (breach) {
    case loop::Breach::reads_beyond:
      return Promise::radius;
    case loop::Breach::uses_old_value:
      return Promise::memory;
    case loop::Breach::writes_outside:
    case loop::Breach::changes_input:
    case loop::Breach::skips_cell:
      break;
  }
  return Promise::cells;
}

}  // namespace tessera::conformance
