// The batch script that runs a job until it is done.
#pragma once

#include "batch/batch_request.h"

#include <string>
#include <string_view>

namespace tessera::batch {

/// Returns the text of the script: options of sbatch, the runs, and the code that requeues it. The script
/// needs bash, GNU date and timeout, the commands of Slurm, and tessera. Throws base::Error (usage) if a path
/// or an option cannot be part of a batch script.
std::string batch_script(const BatchRequest& request);

/// Quotes `text` as one word for the shell.
std::string shell_word(std::string_view text);

}  // namespace tessera::batch
