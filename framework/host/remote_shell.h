// A program on another host, started as mpirun starts its own there.
#pragma once

#include <string>
#include <vector>

namespace tessera::host {

/// A word as a POSIX shell reads it back unchanged.
std::string shell_quoted(const std::string& word);
/// A command as one line for a POSIX shell.
std::string shell_quoted(const std::vector<std::string>& command);

/// The command line that runs `command` on a host: mpirun's remote shell (the first of PRTE_MCA_plm_ssh_agent
/// or OMPI_MCA_plm_rsh_agent that is in PATH, else ssh) with PRTE_MCA_plm_ssh_args or OMPI_MCA_plm_rsh_args,
/// the host, and the command quoted for the shell there. ssh never asks for a password, and gives up
/// connecting after `connect_seconds`; any other remote shell is as patient as it is. `host`: "name" or
/// "user@name". Empty host or command: not allowed.
std::vector<std::string> remote_command(const std::string& host, const std::vector<std::string>& command,
                                        int connect_seconds = 5);

/// What a remote shell complained of, fit to print: the last line that it wrote. ssh prints warnings before.
std::string complaint_in(const std::string& text);

}  // namespace tessera::host
