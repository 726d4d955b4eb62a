#include "base/error.h"
#include "host/process.h"
#include "supervisor/fake_launcher.h"
#include "supervisor/supervisor.h"
#include "support/temporary_folder.h"

#include <catch2/catch.hpp>

#include <csignal>
#include <filesystem>

#include <unistd.h>

using namespace tessera::supervisor;
using namespace tessera::host;
using namespace tessera::rundir;
using tessera::test::bytes_of;
using tessera::test::TemporaryFolder;

namespace fs = std::filesystem;

namespace {

/// A run whose mpirun is a shell script; see write_launcher.
class FakeRun {
 public:
  explicit FakeRun(const std::string& script) {
    options.plan.launcher = tessera::test::write_launcher(folder, script);
    options.plan.program = "tessera";
    options.plan.run_arguments = {"job.toml"};
    options.plan.directory = folder.path();
  }

  int run() {
    Supervisor supervisor{options, earlier_history, [this](Supervisor::MessageKind, const std::string& text) {
                            messages += text + "\n";
                          }};
    const int code = supervisor.run();
    error_message = supervisor.error_message();
    return code;
  }
  Supervision history() const { return *Supervision::read(Supervision::path_in(folder.path())); }
  void add_checkpoint(const std::string& name) const {
    fs::create_directories(folder.file("checkpoints/" + name));
  }

  TemporaryFolder folder;
  Supervisor::Options options;
  Supervision earlier_history;
  std::string messages;
  std::string error_message;
};

}  // namespace

TEST_CASE("a run that completes in its first attempt is done") {
  FakeRun fake{"echo \"$@\" > $(dirname $0)/arguments; echo $TESSERA_BOARD > $(dirname $0)/board"};
  fake.options.plan.ranks = 3;
  CHECK(fake.run() == 0);
  CHECK(fake.error_message.empty());
  CHECK(fake.messages.find("done in ") != std::string::npos);
  const Supervision history = fake.history();
  CHECK(history.status == "done");
  CHECK(history.pid == getpid());
  CHECK(history.ranks == 3);
  REQUIRE(history.attempts.size() == 1);
  CHECK(history.attempts[0].outcome == "done");
  CHECK(history.lost_seconds == 0.0);
  CHECK(bytes_of(fake.folder.file("arguments")).find("-n 3 -x TESSERA_BOARD tessera run job.toml") !=
        std::string::npos);
  std::string board = bytes_of(fake.folder.file("board"));
  board.pop_back();
  board.resize(board.find_last_of(':'));
  CHECK_FALSE(board.empty());
  CHECK_FALSE(fs::exists(board));  // removed with the attempt
}

TEST_CASE("a fault is followed by another attempt") {
  FakeRun fake{"[ $count -gt 1 ]"};
  CHECK(fake.run() == 0);
  const Supervision history = fake.history();
  REQUIRE(history.attempts.size() == 2);
  CHECK(history.attempts[0].outcome == "fault");
  REQUIRE(history.attempts[0].fault);
  CHECK(history.attempts[0].fault->kind == FaultKind::launcher);
  CHECK(history.attempts[0].fault->exit_code == 1);
  CHECK(history.attempts[1].number == 2);
  CHECK(history.lost_seconds > 0.0);
  CHECK(fake.messages.find("attempt 2 with 1 rank from the start") != std::string::npos);
}

TEST_CASE("a checkpoint written after the last check of the ranks counts as progress") {
  FakeRun fake{"[ $count -gt 1 ] && exit 0; mkdir -p $(dirname $0)/checkpoints/0000000120-1; exit 1"};
  CHECK(fake.run() == 0);
  const Supervision history = fake.history();
  REQUIRE(history.attempts.size() == 2);
  CHECK(history.attempts[0].last_step == 120);
  CHECK(history.attempts[1].from_step == 120);
}

TEST_CASE("exit code 0 of the launcher is a fault if the run is not done") {
  FakeRun fake{"[ $count -gt 1 ] && exit 0; trap - EXIT; exit 0"};
  CHECK(fake.run() == 0);
  const Supervision history = fake.history();
  REQUIRE(history.attempts.size() == 2);
  CHECK(history.attempts[0].outcome == "fault");
  CHECK(history.attempts[0].fault->kind == FaultKind::launcher);
  CHECK(fake.messages.find("mpirun ended with exit code 0, but the run is not done") != std::string::npos);
}

TEST_CASE("attempt numbers continue from those of earlier launches and of checkpoints") {
  FakeRun fake{"exit 0"};
  AttemptRecord earlier_attempt;
  earlier_attempt.number = 4;
  fake.earlier_history.attempts.push_back(earlier_attempt);
  fake.earlier_history.useful_seconds = 100.0;
  CHECK(fake.run() == 0);
  CHECK(fake.history().attempts.at(1).number == 5);
  CHECK(fake.history().attempts.at(0).outcome == "fault");  // the earlier launch was killed
  CHECK(fake.history().useful_seconds >= 100.0);

  FakeRun other{"exit 0"};
  other.add_checkpoint("0000000180-7");
  CHECK(other.run() == 0);
  CHECK(other.history().attempts.at(0).number == 8);
  CHECK(other.history().attempts.at(0).from_step == 180);
}

TEST_CASE("a run is not retried after a permanent error") {
  for (const int code : {65, 73, 78}) {
    FakeRun fake{"exit " + std::to_string(code)};
    CHECK(fake.run() == code);
    CHECK(fake.history().status == "failed");
    CHECK(fake.history().attempts.size() == 1);
    CHECK(fake.error_message.empty());
  }
}

TEST_CASE("a run that its environment keeps from resuming is continued, and keeps all checkpoints") {
  for (const int code : {71, 73, 74}) {
    FakeRun fake{"[ $count -gt 4 ] && exit 0; exit " + std::to_string(code)};
    fake.add_checkpoint("0000000180-1");
    fake.add_checkpoint("0000000120-1");
    fake.options.max_restarts = 1;  // these attempts do not count
    CHECK(fake.run() == 0);
    const Supervision history = fake.history();
    REQUIRE(history.attempts.size() == 5);
    CHECK(history.attempts[3].outcome == "blocked");
    CHECK(history.attempts[3].from_step == 180);
    CHECK(fake.messages.find("ended with exit code " + std::to_string(code)) != std::string::npos);
    CHECK(fs::exists(fake.folder.file("checkpoints/0000000180-1")));
    CHECK(fs::exists(fake.folder.file("checkpoints/0000000120-1")));
    if (code == 73) CHECK(fake.messages.find("waiting 2 s before the next attempt") != std::string::npos);
  }
}

TEST_CASE("a run waits for its environment only as long as the user permits, and can then be resumed") {
  FakeRun fake{"exit 74"};
  fake.add_checkpoint("0000000180-1");
  fake.options.max_wait_seconds = 3.0;
  CHECK(fake.run() == 75);
  CHECK(fake.history().status == "stopped");
  CHECK(fake.history().attempts.size() == 3);  // with waits of 1 s and 2 s
  CHECK(fake.messages.find("the run still cannot continue after 3 s (exit code 74)") != std::string::npos);
}

TEST_CASE("a run that stops on request is recorded as stopped") {
  FakeRun fake{"exit 75"};
  CHECK(fake.run() == 75);
  CHECK(fake.history().status == "stopped");
  CHECK(fake.history().attempts.at(0).outcome == "stopped");
}

TEST_CASE("the supervisor gives up when all restarts are used up") {
  FakeRun fake{"kill -9 $$"};
  fake.options.max_restarts = 1;
  fake.folder.write("run.log", "one line\nanother line\n");
  CHECK(fake.run() == 70);
  CHECK(fake.history().status == "failed");
  CHECK(fake.history().attempts.size() == 2);
  CHECK(fake.history().attempts.at(0).fault->kind == FaultKind::launcher);
  CHECK(fake.history().attempts.at(0).fault->signal == SIGKILL);
  CHECK(fake.error_message.starts_with("error: gave up after 2 attempts: all 1 restarts are used up\n"));
  CHECK(fake.error_message.find("mpirun was killed (SIGKILL)") != std::string::npos);
  CHECK(fake.error_message.find("another line") != std::string::npos);
}

/// A shell command that publishes `step` on the progress board, as rank 0 would.
std::string publish_step(int step) {
  const std::string zeros = "\\0\\0\\0\\0\\0\\0\\0";
  return "printf '\\0" + zeros + "\\" + std::string(1, static_cast<char>('0' + step / 8)) +
         std::string(1, static_cast<char>('0' + step % 8)) + zeros + "\\2" + zeros + "\\1" + zeros +
         "' | dd of=\"${TESSERA_BOARD%:*}\" bs=64 seek=1 conv=notrunc status=none; ";
}

TEST_CASE("only one checkpoint is set aside if the run always fails") {
  FakeRun fake{publish_step(12) + "exit 70"};
  fake.add_checkpoint("0000000010-1");
  fake.add_checkpoint("0000000005-1");
  CHECK(fake.run() == 70);
  CHECK(fake.history().attempts.size() == 4);
  CHECK(fake.history().attempts.at(3).from_step == 5);
  CHECK(fs::exists(fake.folder.file("checkpoints/.bad-0000000010-1")));
  CHECK(fs::exists(fake.folder.file("checkpoints/0000000005-1")));
  CHECK(fake.error_message.find("resumes from step 5") != std::string::npos);
}

TEST_CASE("an illegal instruction is not retried, and costs no checkpoint") {
  FakeRun fake{publish_step(12) + "exit 132"};  // 128 + SIGILL
  fake.add_checkpoint("0000000010-1");
  CHECK(fake.run() == 70);
  CHECK(fake.history().status == "failed");
  REQUIRE(fake.history().attempts.size() == 1);
  CHECK(fake.history().attempts[0].fault->signal == SIGILL);
  CHECK(
      fake.error_message.starts_with("error: gave up after 1 attempt: an illegal instruction fails in every "
                                     "attempt: the solver was built for another "
                                     "processor, or has a bug\n"));
  CHECK(fs::exists(fake.folder.file("checkpoints/0000000010-1")));
}

TEST_CASE("failures of the launcher do not cause a checkpoint to be set aside") {
  FakeRun fake{"[ $count -lt 2 ] && { " + publish_step(12) + " exit 70; }; [ $count -gt 4 ]"};
  fake.add_checkpoint("0000000010-1");
  CHECK(fake.run() == 0);
  CHECK(fake.history().attempts.size() == 5);
  CHECK(fs::exists(fake.folder.file("checkpoints/0000000010-1")));
}

TEST_CASE("the supervisor gives up if no rank ever starts") {
  FakeRun fake{"exit 1"};
  CHECK(fake.run() == 70);
  CHECK(fake.history().attempts.size() == 4);
  CHECK(fake.error_message.find("no rank ever started") != std::string::npos);
}

TEST_CASE("an attempt is retried while an earlier attempt holds the lock of the run") {
  FakeRun fake{"case $count in 1) exit 70 ;; 2 | 3) exit 73 ;; esac"};
  CHECK(fake.run() == 0);
  CHECK(fake.history().attempts.size() == 4);
  FakeRun other{"[ $count = 1 ] && exit 70; exit 73"};
  other.options.max_restarts = 3;
  CHECK(other.run() == 70);
}

TEST_CASE("signals stop the run or request a checkpoint") {
  for (const char* name : {"TERM", "INT", "USR1"}) {
    FakeRun fake{std::string{"trap 'exit 75' USR1; kill -"} + name + " $PPID; while :; do sleep 0.05; done"};
    CHECK(fake.run() == 75);
    CHECK(fake.history().status == "stopped");
    CHECK(fake.history().fault_count() == 0);
  }
  // A run that the signal kills counts as stopped too.
  FakeRun fake{"kill -TERM $PPID; while :; do sleep 0.05; done"};
  CHECK(fake.run() == 75);
  FakeRun interrupted_again{"trap '' USR1; while kill -INT $PPID; do sleep 0.3; done"};
  CHECK(interrupted_again.run() == 130);
  FakeRun checkpoint_requested{"trap 'exit 0' USR2; kill -USR2 $PPID; while :; do sleep 0.05; done"};
  CHECK(checkpoint_requested.run() == 0);
}

TEST_CASE("at the deadline, a running attempt is stopped and no new one is started") {
  FakeRun fake{"exit 0"};
  fake.options.deadline = 0.5;
  CHECK(fake.run() == 75);
  CHECK(fake.history().attempts.empty());
  FakeRun running{"trap 'exit 75' USR1; while :; do sleep 0.05; done"};
  running.options.deadline = 5.0;  // no attempt begins in the last 2 s
  CHECK(running.run() == 75);
  CHECK(running.history().attempts.size() == 1);
}

TEST_CASE("a signal after the end of the run does not end the process") {
  FakeRun fake{"exit 0"};
  CHECK(fake.run() == 0);
  std::raise(SIGUSR2);
  std::raise(SIGUSR1);
  // The next supervisor in this process handles signals as before, and so does its mpirun.
  FakeRun next{"trap 'exit 75' USR1; kill -TERM $PPID; while :; do sleep 0.05; done"};
  CHECK(next.run() == 75);
}

TEST_CASE("no process of an attempt remains after its end") {
  // The process runs in its own session, so signals to the process group do not reach it.
  FakeRun fake{"setsid sleep 300 & echo $! > $(dirname $0)/pid; exit 75"};
  CHECK(fake.run() == 75);
  const auto pid = static_cast<pid_t>(std::stol(bytes_of(fake.folder.file("pid"))));
  CHECK_FALSE(Process::find(pid));
}

TEST_CASE("processes left by an earlier supervisor are killed first") {
  FakeRun fake{"exit 0"};
  Child::Setup setup;
  setup.command = {"sh",        "-c",        "while :; do sleep 0.05; done",
                   "tessera",   "--run-dir", fake.folder.path(),
                   "--attempt", "1"};
  Child orphan{setup};
  CHECK(fake.run() == 0);
  CHECK(orphan.wait(20.0)->signal == SIGKILL);
  CHECK(fake.messages.find("an earlier launch") != std::string::npos);
}

TEST_CASE("a missing mpirun is an error, and the run history records the failure") {
  FakeRun fake{""};
  fake.options.plan.launcher = "no-such-mpirun";
  CHECK_THROWS_AS(fake.run(), tessera::base::Error);
  CHECK(fake.history().status == "failed");
}
