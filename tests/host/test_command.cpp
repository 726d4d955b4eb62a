#include "base/stopwatch.h"
#include "host/command.h"
#include "support/temporary_folder.h"

#include <catch2/catch.hpp>

#include <csignal>
#include <filesystem>
#include <string>

#include <unistd.h>

using tessera::host::CommandResult;
using tessera::host::find_program;
using tessera::host::run_command;

TEST_CASE("standard output, standard error and the exit code are returned separately", "[base]") {
  const CommandResult r = run_command({"sh", "-c", "echo out; echo err >&2; exit 3"}, 100.0);
  CHECK(r.out == "out\n");
  CHECK(r.err == "err\n");
  CHECK(r.exit_code == 3);
  CHECK_FALSE(r.ok());
  CHECK(run_command({"true"}, 100.0).ok());
}

TEST_CASE("a command is run without a shell", "[base]") {
  CHECK(run_command({"printf", "%s|%s", "a b", "$(echo c)"}, 100.0).out == "a b|$(echo c)");
}

TEST_CASE("a missing command is distinguished from one that fails", "[base]") {
  const CommandResult r = run_command({"tessera-no-such-program"}, 100.0);
  CHECK_FALSE(r.found);
  CHECK_FALSE(r.ok());
}

TEST_CASE("the signal that ended a command is returned", "[base]") {
  const CommandResult r = run_command({"sh", "-c", "kill -SEGV $$"}, 100.0);
  CHECK(r.signal == SIGSEGV);
}

TEST_CASE("a command that takes too long is killed with its child processes", "[base]") {
  const tessera::base::Stopwatch watch;
  const CommandResult r = run_command({"sh", "-c", "echo begun; sleep 300 & sleep 300"}, 2.0);
  CHECK(r.timed_out);
  CHECK(r.out == "begun\n");
  CHECK(watch.seconds() < 100.0);
}

TEST_CASE("a stopped command receives SIGTERM, and SIGKILL if it does not end") {
  for (const bool ignores_term : {false, true}) {
    const tessera::test::TemporaryFolder folder;
    const std::string begun_file = folder.file("begun");
    const std::string script = (ignores_term ? "trap '' TERM; " : "trap 'echo bye; exit 5' TERM; ") +
                               std::string{"touch "} + begun_file + "; while :; do sleep 0.05; done";
    const CommandResult r =
        run_command({"sh", "-c", script}, 300.0, [&] { return std::filesystem::exists(begun_file); });
    CHECK(r.stopped);
    CHECK_FALSE(r.timed_out);
    CHECK_FALSE(r.ok());
    CHECK(r.signal == (ignores_term ? 9 : 0));
    CHECK(r.exit_code == (ignores_term ? 0 : 5));
    CHECK(r.out == (ignores_term ? "" : "bye\n"));
  }
}

TEST_CASE("the exit code is returned even if this process ignores SIGCHLD") {
  auto* const previous_handler = std::signal(SIGCHLD, SIG_IGN);
  const CommandResult r = run_command({"sh", "-c", "exit 5"}, 100.0);
  static_cast<void>(std::signal(SIGCHLD, previous_handler));
  CHECK(r.exit_code == 5);
}

TEST_CASE("a process without standard input and output can run commands") {
  const int saved_stdin = ::dup(STDIN_FILENO);
  const int saved_stdout = ::dup(STDOUT_FILENO);
  ::close(STDIN_FILENO);
  ::close(STDOUT_FILENO);
  const CommandResult r = run_command({"sh", "-c", "echo out; echo err >&2"}, 100.0);
  ::dup2(saved_stdin, STDIN_FILENO);
  ::dup2(saved_stdout, STDOUT_FILENO);
  ::close(saved_stdin);
  ::close(saved_stdout);
  CHECK(r.ok());
  CHECK(r.out == "out\n");
  CHECK(r.err == "err\n");
}

TEST_CASE("a command does not inherit ignored signals") {
  auto* const previous_handler = std::signal(SIGPIPE, SIG_IGN);
  const CommandResult r = run_command({"sh", "-c", "kill -PIPE $$"}, 100.0);
  static_cast<void>(std::signal(SIGPIPE, previous_handler));
  CHECK(r.signal == SIGPIPE);
}

TEST_CASE("waiting ends with the command, even if another process keeps its output open", "[base]") {
  const tessera::base::Stopwatch watch;
  const CommandResult r = run_command({"sh", "-c", "sleep 300 & echo over"}, 200.0);
  CHECK(r.ok());
  CHECK(r.out == "over\n");
  CHECK(watch.seconds() < 100.0);
}

TEST_CASE("excess output is discarded and does not block the command", "[base]") {
  const CommandResult r = run_command({"head", "-c", "3000000", "/dev/zero"}, 100.0);
  CHECK(r.ok());
  CHECK(r.out.size() == std::size_t{1} << 20);
}

TEST_CASE("programs are found in PATH", "[base]") {
  CHECK(find_program("sh").ends_with("/sh"));
  CHECK(find_program("/bin/sh") == "/bin/sh");
  CHECK(find_program("tessera-no-such-program").empty());
  CHECK(find_program("/etc").empty());
}
