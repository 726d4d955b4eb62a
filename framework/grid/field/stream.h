// Writing to memory past the caches.
#pragma once

#include "grid/field/field_view.h"

namespace tessera::field {

/// Copies `cells` (local indices) from one view to another of the same field with stores that do not
/// read what they overwrite and leave the caches alone: for data that will not be read again soon. Falls
/// back to ordinary stores where the machine has none.
void stream(const ConstFieldView& from, const grid::Box& cells, const FieldView& to);

/// Orders streamed stores before the stores that follow. Once before others may read what was streamed.
void finish_streams();

}  // namespace tessera::field
