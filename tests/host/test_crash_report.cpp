#include "host/child.h"
#include "host/crash_report.h"

#include <catch2/catch.hpp>

#include <csignal>
#include <string>

#include <sys/wait.h>
#include <unistd.h>

using namespace tessera::host;

namespace {

/// Runs `work` in a child process. Returns its output on stderr, and the signal that ended it (0 if none
/// did).
template <class F>
std::pair<std::string, int> outcome_of(F work) {
  int pipe_fds[2];
  REQUIRE(pipe(pipe_fds) == 0);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    // The handlers of Catch would write a report to the parent's output.
    for (const int signal : {SIGSEGV, SIGBUS, SIGILL, SIGFPE}) std::signal(signal, SIG_DFL);
    dup2(pipe_fds[1], STDERR_FILENO);
    work();
    _exit(0);
  }
  close(pipe_fds[1]);
  std::string text;
  char buffer[256];
  for (ssize_t n = 0; (n = read(pipe_fds[0], buffer, sizeof buffer)) > 0;)
    text.append(buffer, static_cast<std::size_t>(n));
  close(pipe_fds[0]);
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  return {text, WIFSIGNALED(status) ? WTERMSIG(status) : 0};
}

}  // namespace

TEST_CASE("a fatal signal in a plugin call is reported with its context and still ends the process") {
  for (const int signal : {SIGSEGV, SIGBUS, SIGILL, SIGFPE}) {
    const auto [text, ended_by] = outcome_of([signal] {
      const CrashReport report{3};
      CrashContext context;
      context.callee = "solver `heat`";
      context.call = "stage `diffuse`";
      context.step = 42;
      context.lower = {-1, 0, 7};
      context.upper = {32, 16, 8};
      CrashReport::set(&context);
      raise(signal);
      raise(signal);  // as a repeated faulting instruction would
    });
    CHECK(ended_by == signal);
    CHECK(text.find("error: rank 3 received SIG") == 0);
    CHECK(text.find(" in stage `diffuse` of solver `heat`, step 42, cells [-1,32)x[0,16)x[7,8)\n") !=
          std::string::npos);
    CHECK((text.find("built for another processor") != std::string::npos) == (signal == SIGILL));
    CHECK((text.find("division of integers") != std::string::npos) == (signal == SIGFPE));
    // Only C++ solvers can be built with TESSERA_CHECKED.
    const bool is_access = signal == SIGSEGV || signal == SIGBUS;
    for (const char* option : {"TESSERA_CHECKED=1", "-fsanitize=address", "-fcheck=bounds"})
      CHECK((text.find(option) != std::string::npos) == is_access);
  }
}

TEST_CASE("a report has as many indices as the domain has dimensions") {
  const auto [text, ended_by] = outcome_of([] {
    const CrashReport report{0};
    CrashContext context;
    context.callee = "solver `heat`";
    context.call = "stage `diffuse`";
    context.lower = {0, 4, 0};
    context.upper = {32, 16, 1};
    context.dimensions = 2;
    CrashReport::set(&context);
    raise(SIGBUS);
    raise(SIGBUS);
  });
  CHECK(ended_by == SIGBUS);
  CHECK(text.find(", cells [0,32)x[4,16)\n") != std::string::npos);
}

TEST_CASE("a report of a call for no cells, outside of ranks, names neither cells nor a rank") {
  const auto [text, ended_by] = outcome_of([] {
    const CrashReport report{CrashReport::no_rank};
    CrashContext context;
    context.callee = "the plugin a.so";
    context.call = "the initialisation";
    CrashReport::set(&context);
    raise(SIGILL);
    raise(SIGILL);
  });
  CHECK(text ==
        "error: received SIGILL (illegal instruction) in the initialisation of the plugin a.so\n"
        "  = it was built for another processor, or has a bug: build it on this machine\n");
  CHECK(ended_by == SIGILL);
}

TEST_CASE("a fatal signal outside a plugin call is not reported") {
  const auto [text, ended_by] = outcome_of([] {
    const CrashReport report{0};
    raise(SIGSEGV);
    raise(SIGSEGV);
  });
  CHECK(text.empty());
  CHECK(ended_by == SIGSEGV);
}

TEST_CASE("the destructor restores the previous signal handlers") {
  const auto [text, ended_by] = outcome_of([] {
    std::signal(SIGFPE, SIG_IGN);
    CrashContext context;
    context.call = context.callee = "x";
    {
      const CrashReport report{0};
      CrashReport::set(&context);
    }
    raise(SIGFPE);
  });
  CHECK(text.empty());
  CHECK(ended_by == 0);
}
