// Explains why a launcher failed to start ranks.
#pragma once

#include <string>

namespace tessera::diagnosis {

/// Summarises the error output of a launcher in one line: the line that starts with "error:" if a rank of
/// this program printed one, otherwise the first sentence of the most informative message with its details,
/// such as "A requested component was not found, or was unable to be opened (Host: vm; Framework: pml;
/// Component: ucx)". Ignores the report of bindings. Returns an empty string if there is no message.
std::string launcher_message(const std::string& output);

/// Lists the settings of this user that change how MPI starts: environment variables such as OMPI_MCA_pml and
/// OPAL_PREFIX, and the user's parameter file, if it exists. Separated by commas; empty if there are none.
std::string mpi_settings();

}  // namespace tessera::diagnosis
