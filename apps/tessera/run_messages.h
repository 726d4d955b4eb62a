// What a run tells who watches it.
#pragma once

#include "driver/attempt.h"
#include "run_outputs.h"
#include "run_report.h"

#include <cstddef>

namespace tessera::app {

/// Before the first step, on rank 0. `bytes_a_rank`: of its fields.
void print_banner(const RunReport& report, std::size_t nodes, double bytes_a_rank);

/// Warns, on the terminal and in the logs, of ranks that cannot share memory, share cores or have nothing to
/// do. `talks`: rank 0 may print. @note Collective.
void warn_of_ranks(const transport::Communicator& comm, const driver::Attempt& attempt, RunOutputs& outputs,
                   bool talks);

/// After the last step, on rank 0.
void print_end(const RunReport& report, const RunOutputs& outputs, bool colour);

}  // namespace tessera::app
