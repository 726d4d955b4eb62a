#include "base/contract.h"
#include "base/escape.h"
#include "host/command.h"
#include "host/remote_shell.h"
#include "support/temporary_folder.h"
#include "support/variable.h"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <optional>

#include <sys/stat.h>

using namespace tessera::base;
using namespace tessera::host;
using tessera::test::EnvironmentVariable;
using tessera::test::TemporaryFolder;

namespace {

using Words = std::vector<std::string>;

}  // namespace

TEST_CASE("quoted words are read unchanged by a shell") {
  const Words words{"printf", "%s|", "a b", "", "it's", "$HOME `x` \"y\"", "*", "a\nb", "-n"};
  const CommandResult result = run_command({"sh", "-c", tessera::base::shell_line(words)}, 60.0);
  CHECK(result.ok());
  CHECK(result.out == "a b||it's|$HOME `x` \"y\"|*|a\nb|-n|");
}

TEST_CASE("ssh does not prompt and has a connection timeout") {
  const EnvironmentVariable agent{"OMPI_MCA_plm_rsh_agent", ""};
  const EnvironmentVariable arguments{"OMPI_MCA_plm_rsh_args", "-p 2222  -q"};
  CHECK(remote_command("me@a", {"echo", "a b"}, 7) == Words{"ssh", "-p", "2222", "-q", "-x", "-o",
                                                            "BatchMode=yes", "-o", "ConnectTimeout=7", "me@a",
                                                            "echo 'a b'"});
}

TEST_CASE("the remote shell is chosen as by mpirun") {
  const TemporaryFolder folder;
  const std::string shell = folder.write("shell", "#!/bin/sh\necho \"$@\"\n");
  ::chmod(shell.c_str(), 0755);
  const EnvironmentVariable arguments{"OMPI_MCA_plm_rsh_args", "-v"};
  {
    const EnvironmentVariable agent{"OMPI_MCA_plm_rsh_agent", "no-such-shell -q : " + shell + " -k"};
    CHECK(remote_command("a", {"true"}) == Words{shell, "-k", "-v", "a", "true"});
    CHECK(run_command(remote_command("a", {"x", "y z"}), 60.0).out == "-k -v a x 'y z'\n");
  }
  const EnvironmentVariable agent{"OMPI_MCA_plm_rsh_agent", "no-such-shell -q"};
  CHECK(remote_command("a", {"true"}) == Words{"no-such-shell", "-q", "-v", "a", "true"});
}

TEST_CASE("the variables of Open MPI 5 take precedence") {
  const EnvironmentVariable older{"OMPI_MCA_plm_rsh_agent", "no-such-shell -q"};
  const EnvironmentVariable older_arguments{"OMPI_MCA_plm_rsh_args", "-v"};
  const EnvironmentVariable agent{"PRTE_MCA_plm_ssh_agent", "another-shell -k"};
  CHECK(remote_command("a", {"true"}) == Words{"another-shell", "-k", "-v", "a", "true"});
  const EnvironmentVariable arguments{"PRTE_MCA_plm_ssh_args", "-w"};
  CHECK(remote_command("a", {"true"}) == Words{"another-shell", "-k", "-w", "a", "true"});
}

TEST_CASE("an empty host or command violates the contract") {
  CHECK_THROWS_AS(remote_command("", {"true"}), ContractViolation);
  CHECK_THROWS_AS(remote_command("a", {}), ContractViolation);
}
