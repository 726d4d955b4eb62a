// Non-temporal stores, which bypass the caches.
#pragma once

#include "grid/field/field_view.h"

namespace tessera::field {

/// Copies `cells` (local indices) from one view to another of the same field with non-temporal stores, which
/// do not read the lines that they overwrite and do not fill the caches: for data that will not be read again
/// soon. Uses ordinary stores if the target machine has no such instructions.
void stream(const ConstFieldView& from, const grid::Box& cells, const FieldView& to);

/// Orders streamed stores before all later stores. To be called before other ranks may read the data.
void finish_streams();

}  // namespace tessera::field
