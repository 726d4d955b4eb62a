#include "diagnosis/host_checks.h"
#include "fakes.h"

#include <catch2/catch.hpp>

#include <filesystem>

using namespace tessera::diagnosis;
using tessera::host::HostEntry;
using tessera::test::EnvironmentVariable;
using tessera::test::TemporaryFolder;
using tessera::test::write_program;

namespace {

/// A fake remote host. By default, its remote shell runs the last argument on this host.
struct RemoteHost {
  explicit RemoteHost(const std::string& shell_script)
      : agent{"OMPI_MCA_plm_rsh_agent", write_program(folder, "shell", shell_script)},
        arguments{"OMPI_MCA_plm_rsh_args", "-v"} {
    std::filesystem::create_directory(folder.file("runs"));
  }
  explicit RemoteHost() : RemoteHost("shift 2; exec sh -c \"$1\"") {}

  Checks run_checks(int slots = 1) const {
    HostEntry host;
    host.name = "node-a.invalid";
    host.user = "me";
    host.slots = slots;
    host.slots_given = true;
    return host_checks(host, {tessera, "tessera 0.1.0", mpirun, folder.file("runs")});
  }

  TemporaryFolder folder;
  std::string tessera = write_program(folder, "tessera", "echo 'tessera 0.1.0'");
  std::string mpirun = write_program(folder, "mpirun", "echo 'mpirun (Open MPI) 4.1.4'");
  EnvironmentVariable agent;
  EnvironmentVariable arguments;
};

/// Returns the check called `name`; fails the test if there is none.
Check check_named(const Checks& checks, const std::string& name) {
  for (const Check& c : checks) {
    if (c.name == name) return c;
  }
  FAIL("no check " << name);
  return {};
}

}  // namespace

TEST_CASE("a host that is identical to this one passes all checks, which leave no files") {
  const RemoteHost host;
  const Checks checks = host.run_checks();
  for (const Check& c : checks) {
    CAPTURE(c.name, c.found);
    CHECK(c.state != State::bad);
    CHECK(c.group == "host node-a.invalid");
  }
  CHECK(check_named(checks, "name").found == "resolved only by the remote shell");
  CHECK(check_named(checks, "login").found.find("me@node-a.invalid") != std::string::npos);
  CHECK(check_named(checks, "tessera").found == "tessera 0.1.0");
  CHECK(check_named(checks, "mpirun").found == "Open MPI 4.1.4");
  CHECK(check_named(checks, "run directory").found == "the same folder");
  CHECK(check_named(checks, "clock").state == State::good);
  CHECK(std::filesystem::is_empty(host.folder.file("runs")));
}

TEST_CASE("a failed login is bad, with advice that depends on the reason") {
  struct LoginFailure {
    const char* message;
    const char* advice;
  };
  for (const LoginFailure& f :
       {LoginFailure{"me@node-a: Permission denied (publickey).", "ssh-copy-id me@node-a"},
        LoginFailure{"Host key verification failed.", "host's key"},
        LoginFailure{"ssh: connect to host node-a port 22: Connection refused", "ssh server"},
        LoginFailure{"ssh: connect to host node-a port 22: Connection timed out", "firewall"},
        LoginFailure{"unknown failure", "by hand"}}) {
    const RemoteHost host{std::string("echo 'Warning: banner' >&2; echo '") + f.message + "' >&2; exit 255"};
    const Checks checks = host.run_checks();
    const Check login = check_named(checks, "login");
    CHECK(login.state == State::bad);
    CHECK(login.found == f.message);
    CHECK(login.advice.find(f.advice) != std::string::npos);
    CHECK(checks.size() == 2);
  }
}

TEST_CASE("a missing remote shell is named") {
  const RemoteHost host;
  const EnvironmentVariable agent{"OMPI_MCA_plm_rsh_agent", "no-such-shell"};
  CHECK(check_named(host.run_checks(), "login").found == "`no-such-shell` is not in PATH");
}

TEST_CASE("a missing tessera, or another version of it, is bad") {
  const RemoteHost host;
  write_program(host.folder, "tessera", "echo 'tessera 0.0.9'");
  CHECK(check_named(host.run_checks(), "tessera").found == "tessera 0.0.9 there, tessera 0.1.0 here");
  CHECK(check_named(host.run_checks(), "tessera").state == State::bad);
  write_program(host.folder, "tessera", "exit 127");
  CHECK(check_named(host.run_checks(), "tessera").found == host.tessera + " does not start there");
  write_program(host.folder, "tessera", "echo 'error: this one lacks avx512f' >&2; exit 69");
  CHECK(check_named(host.run_checks(), "tessera").found ==
        host.tessera + " does not start there: error: this one lacks avx512f");
  std::filesystem::remove(host.tessera);
  CHECK(check_named(host.run_checks(), "tessera").found == host.tessera + " was not found on that host");
}

TEST_CASE("another version of mpirun is bad") {
  // The first call, on the remote host, prints a different version from the second call, on this host.
  const RemoteHost host;
  write_program(
      host.folder, "mpirun",
      "f=" + host.folder.file("called") +
          "\nif [ -e $f ]; then echo 'mpirun (Open MPI) 4.1.4'; else echo 'mpirun (Open MPI) 5.0.1'; "
          "fi\n: > $f");
  const Check mpirun = check_named(host.run_checks(), "mpirun");
  CHECK(mpirun.state == State::bad);
  CHECK(mpirun.found == "Open MPI 5.0.1 there, Open MPI 4.1.4 here");
}

TEST_CASE("a run directory that is another folder on the remote host is bad") {
  const RemoteHost host{
      "shift 2; exec sh -c \"$(printf '%s' \"$1\" | sed 's|/\\.tessera-doctor-|/elsewhere-|g')\""};
  const Check folder = check_named(host.run_checks(), "run directory");
  CHECK(folder.state == State::bad);
  CHECK(folder.found == host.folder.file("runs") + " is a different folder there, or does not exist");
}

TEST_CASE("a wrong clock causes a warning") {
  const TemporaryFolder programs;
  write_program(programs, "date", "echo 1000000000.5");
  const RemoteHost host{"shift 2; PATH=" + programs.path() + ":$PATH exec sh -c \"$1\""};
  CHECK(check_named(host.run_checks(), "clock").state == State::warning);
  CHECK(check_named(host.run_checks(), "clock").found.front() == '-');
}

TEST_CASE("more slots than cores cause a warning") {
  const RemoteHost host;
  CHECK(check_named(host.run_checks(1), "slots").state == State::good);
  CHECK(check_named(host.run_checks(1000000), "slots").state == State::warning);
}

TEST_CASE("this host is reached without a remote shell") {
  CHECK(address_of("localhost").local);
  CHECK_FALSE(address_of("localhost").text.empty());
  CHECK(address_of("no-such-host.invalid").text.empty());
  CHECK_FALSE(address_of("192.0.2.1").local);  // reserved for documentation
  const RemoteHost host{"exit 1"};
  HostEntry here;
  here.name = "localhost";
  const Checks checks =
      host_checks(here, {host.tessera, "tessera 0.1.0", host.mpirun, host.folder.file("runs")});
  CHECK(count(checks, State::bad) == 0);
  CHECK(check_named(checks, "login").found == "this host: ranks start without a remote shell");
}

TEST_CASE("the total number of slots is compared with the number of ranks") {
  HostEntry a;
  a.slots = 4;
  a.slots_given = true;
  HostEntry b = a;
  CHECK(slots_check({a, b}, 0).found == "8 slots on 2 hosts");
  CHECK(slots_check({a, b}, 8).state == State::good);
  CHECK(slots_check({a, b}, 9).state == State::bad);
  b.slots_given = false;
  CHECK(slots_check({a, b}, 9).state == State::good);
  CHECK(slots_check({a, b}, 9).found == "at least 8 slots on 2 hosts; 9 ranks");
}
