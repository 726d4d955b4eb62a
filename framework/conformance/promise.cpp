#include "conformance/promise.h"

#include <cstddef>

namespace tessera::conformance {

const char* name_of(Promise promise) {
  constexpr std::array names{"radius", "cells", "memory", "bits", "restart"};
  return names[static_cast<std::size_t>(promise)];
}

const char* text_of(Promise promise) {
  constexpr std::array texts{"reads only within declared radii", "writes exactly the cells of its region",
                             "uses no value left by an earlier step",
                             "bit-identical results however it is run",
                             "bit-identical results after a restart"};
  return texts[static_cast<std::size_t>(promise)];
}

Promise promise_broken_by(loop::Violation violation) {
  switch (violation) {
    case loop::Violation::reads_beyond:
      return Promise::radius;
    case loop::Violation::uses_old_value:
      return Promise::memory;
    case loop::Violation::writes_outside:
    case loop::Violation::changes_input:
    case loop::Violation::skips_cell:
      break;
  }
  return Promise::cells;
}

}  // namespace tessera::conformance
