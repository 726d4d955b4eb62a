// Non-temporal stores, which bypass the caches.
#pragma once

#include "grid/field/field_view.h"

namespace tessera::field {

/// Copies `cells` (local indices) from one view of a field to another with non-temporal stores, which neither
/// read the cache lines that they overwrite nor fill the caches. Meant for data that will not be read again
/// soon. Uses ordinary stores if the target machine has no non-temporal stores.
void stream(const ConstFieldView& from, const grid::Box& cells, const FieldView& to);

/// Orders the stores of stream() before all later stores. Must be called before other ranks read the data.
void finish_streams();

}  // namespace tessera::field
