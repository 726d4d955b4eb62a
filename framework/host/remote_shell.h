// Builds command lines that run programs on other hosts with mpirun's remote shell.
#pragma once

#include <string>
#include <vector>

namespace tessera::host {

/// The command line that runs `command` on `host` ("name" or "user@name"): mpirun's remote shell with its
/// arguments, the host, and the command quoted for the shell there. The remote shell is the first program
/// listed in PRTE_MCA_plm_ssh_agent or OMPI_MCA_plm_rsh_agent that is in PATH, the first program listed if
/// none is in PATH, or ssh if neither variable is set. Its arguments come from PRTE_MCA_plm_ssh_args or
/// OMPI_MCA_plm_rsh_args. ssh never prompts for a password, and gives up if it cannot connect within
/// `connect_timeout_seconds`; any other remote shell uses its own timeout. Neither `host` nor `command` may
/// be empty.
std::vector<std::string> remote_command(const std::string& host, const std::vector<std::string>& command,
                                        int connect_timeout_seconds = 5);

/// Returns the error message in `text`, the output of a remote shell, in a form that is safe to print: the
/// last line that is not blank, because ssh prints warnings before the error.
std::string error_message_in(const std::string& text);

}  // namespace tessera::host
