#include "memory_warning.h"

#include "base/print.h"
#include "grid/kind/memory_check.h"

namespace tessera::app {

void warn_of_memory(const grid::LoadedJob& job, const loop::RankMemory& memory) {
  const auto shortage = grid::find_memory_shortage_here(job.spec, memory, job.data_sets);
  if (!shortage) return;
  base::print(stderr, "warning: {}, but {}\n  = {}\n", shortage->text, shortage->limit, shortage->advice);
}

}  // namespace tessera::app
