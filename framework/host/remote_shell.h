// Runs programs on other hosts with the remote shell of mpirun.
#pragma once

#include <string>
#include <vector>

namespace tessera::host {

/// Quotes a word for a POSIX shell.
std::string shell_quoted(const std::string& word);
/// Quotes a command as one line for a POSIX shell.
std::string shell_quoted(const std::vector<std::string>& command);

/// The command line that runs `command` on a host: mpirun's remote shell (the first of PRTE_MCA_plm_ssh_agent
/// or OMPI_MCA_plm_rsh_agent that is in PATH, else ssh) with PRTE_MCA_plm_ssh_args or OMPI_MCA_plm_rsh_args,
/// the host, and the command quoted for the shell there. ssh never asks for a password, and gives up
/// connecting after `connect_seconds`; any other remote shell uses its own timeout. `host`: "name" or
/// "user@name". Neither `host` nor `command` may be empty.
std::vector<std::string> remote_command(const std::string& host, const std::vector<std::string>& command,
                                        int connect_seconds = 5);

/// The error message in the output of a remote shell, safe to print: its last line with text, since ssh
/// prints warnings first.
std::string complaint_in(const std::string& text);

}  // namespace tessera::host
