// The batch script that runs a job until it is done.
#pragma once

#include "batch/batch_request.h"

#include <string>
#include <string_view>

namespace tessera::batch {

/// The text of the script: options of sbatch, what to run, and the loop that queues it again. It needs bash,
/// GNU date and timeout, the commands of Slurm, and tessera. Throws base::Error (usage) where a path or an
/// option cannot stand in such a script.
std::string batch_script(const BatchRequest& request);

/// `text` as one word of a shell.
std::string shell_word(std::string_view text);

}  // namespace tessera::batch
