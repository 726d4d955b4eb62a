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
class Stage {
 public:
  explicit Stage(const std::string& script) {
    options.plan.launcher = tessera::test::write_launcher(folder, script);
    options.plan.program = "tessera";
    options.plan.run_arguments = {"job.toml"};
    options.plan.directory = folder.path();
  }

  int run() {
    Supervisor supervisor{options, earlier,
                          [this](Supervisor::Mark, const std::string& text) { told += text + "\n"; }};
    const int code = supervisor.run();
    diagnosis = supervisor.diagnosis();
    return code;
  }
  Supervision story() const { return *Supervision::read(Supervision::path_in(folder.path())); }
  void add_checkpoint(const std::string& name) const {
    fs::create_directories(folder.file("checkpoints/" + name));
  }

  TemporaryFolder folder;
  Supervisor::Options options;
  Supervision earlier;
  std::string told;
  std::string diagnosis;
};

}  // namespace

TEST_CASE("a run that is done at once") {
  Stage stage{"echo \"$@\" > $(dirname $0)/words; echo $TESSERA_BOARD > $(dirname $0)/board"};
  stage.options.plan.ranks = 3;
  CHECK(stage.run() == 0);
  CHECK(stage.diagnosis.empty());
  CHECK(stage.told.find("done in ") != std::string::npos);
  const Supervision story = stage.story();
  CHECK(story.status == "done");
  CHECK(story.pid == getpid());
  CHECK(story.ranks == 3);
  REQUIRE(story.attempts.size() == 1);
  CHECK(story.attempts[0].outcome == "done");
  CHECK(story.lost_seconds == 0.0);
  CHECK(bytes_of(stage.folder.file("words")).find("-n 3 -x TESSERA_BOARD tessera run job.toml") !=
        std::string::npos);
  std::string board = bytes_of(stage.folder.file("board"));
  board.pop_back();
  CHECK_FALSE(board.empty());
  CHECK_FALSE(fs::exists(board));  // it went with the attempt
}

TEST_CASE("a fault is followed by another attempt") {
  Stage stage{"[ $count -gt 1 ]"};
  CHECK(stage.run() == 0);
  const Supervision story = stage.story();
  REQUIRE(story.attempts.size() == 2);
  CHECK(story.attempts[0].outcome == "fault");
  REQUIRE(story.attempts[0].fault);
  CHECK(story.attempts[0].fault->kind == FaultKind::launcher);
  CHECK(story.attempts[0].fault->exit_code == 1);
  CHECK(story.attempts[1].number == 2);
  CHECK(story.lost_seconds > 0.0);
  CHECK(stage.told.find("attempt 2 with 1 rank from the start") != std::string::npos);
}

TEST_CASE("a checkpoint that came after the last look at the ranks counts as done") {
  Stage stage{"[ $count -gt 1 ] && exit 0; mkdir -p $(dirname $0)/checkpoints/0000000120-1; exit 1"};
  CHECK(stage.run() == 0);
  const Supervision story = stage.story();
  REQUIRE(story.attempts.size() == 2);
  CHECK(story.attempts[0].last_step == 120);
  CHECK(story.attempts[1].from_step == 120);
}

TEST_CASE("a launcher that says done of a run that is not is not believed") {
  Stage stage{"[ $count -gt 1 ] && exit 0; trap - EXIT; exit 0"};
  CHECK(stage.run() == 0);
  const Supervision story = stage.story();
  REQUIRE(story.attempts.size() == 2);
  CHECK(story.attempts[0].outcome == "fault");
  CHECK(story.attempts[0].fault->kind == FaultKind::launcher);
  CHECK(stage.told.find("mpirun ended with exit code 0, but the run is not done") != std::string::npos);
}

TEST_CASE("numbers go on after those of earlier launches and of checkpoints") {
  Stage stage{"exit 0"};
  AttemptRecord before;
  before.number = 4;
  stage.earlier.attempts.push_back(before);
  stage.earlier.useful_seconds = 100.0;
  CHECK(stage.run() == 0);
  CHECK(stage.story().attempts.at(1).number == 5);
  CHECK(stage.story().attempts.at(0).outcome == "fault");  // it was cut short
  CHECK(stage.story().useful_seconds >= 100.0);

  Stage other{"exit 0"};
  other.add_checkpoint("0000000180-7");
  CHECK(other.run() == 0);
  CHECK(other.story().attempts.at(0).number == 8);
  CHECK(other.story().attempts.at(0).from_step == 180);
}

TEST_CASE("what would fail again is not tried again") {
  for (const int code : {65, 73, 78}) {
    Stage stage{"exit " + std::to_string(code)};
    CHECK(stage.run() == code);
    CHECK(stage.story().status == "failed");
    CHECK(stage.story().attempts.size() == 1);
    CHECK(stage.diagnosis.empty());
  }
}

TEST_CASE("a run that stops can be gone on with") {
  Stage stage{"exit 75"};
  CHECK(stage.run() == 75);
  CHECK(stage.story().status == "stopped");
  CHECK(stage.story().attempts.at(0).outcome == "stopped");
}

TEST_CASE("restarts end") {
  Stage stage{"kill -9 $$"};
  stage.options.max_restarts = 1;
  stage.folder.write("run.log", "one line\nanother line\n");
  CHECK(stage.run() == 70);
  CHECK(stage.story().status == "failed");
  CHECK(stage.story().attempts.size() == 2);
  CHECK(stage.story().attempts.at(0).fault->kind == FaultKind::launcher);
  CHECK(stage.story().attempts.at(0).fault->signal == SIGKILL);
  CHECK(stage.diagnosis.starts_with("error: gave up after 2 attempts: all 1 restarts are used up\n"));
  CHECK(stage.diagnosis.find("mpirun was killed (SIGKILL)") != std::string::npos);
  CHECK(stage.diagnosis.find("another line") != std::string::npos);
}

/// What a rank that has done `step` steps says on the board, in words of printf(1).
std::string says(int step) {
  const std::string zeros = "\\0\\0\\0\\0\\0\\0\\0";
  return "printf '\\0" + zeros + "\\" + std::string(1, static_cast<char>('0' + step / 8)) +
         std::string(1, static_cast<char>('0' + step % 8)) + zeros + "\\2" + zeros + "\\1" + zeros +
         "' | dd of=\"$TESSERA_BOARD\" conv=notrunc status=none; ";
}

TEST_CASE("a checkpoint from which it always fails is set aside, once") {
  Stage stage{says(12) + "exit 70"};
  stage.add_checkpoint("0000000010-1");
  stage.add_checkpoint("0000000005-1");
  CHECK(stage.run() == 70);
  CHECK(stage.story().attempts.size() == 4);
  CHECK(stage.story().attempts.at(3).from_step == 5);
  CHECK(fs::exists(stage.folder.file("checkpoints/.bad-0000000010-1")));
  CHECK(fs::exists(stage.folder.file("checkpoints/0000000005-1")));
  CHECK(stage.diagnosis.find("resumes from step 5") != std::string::npos);
}

TEST_CASE("a launcher that fails is not for a checkpoint to blame") {
  Stage stage{"[ $count -lt 2 ] && { " + says(12) + " exit 70; }; [ $count -gt 4 ]"};
  stage.add_checkpoint("0000000010-1");
  CHECK(stage.run() == 0);
  CHECK(stage.story().attempts.size() == 5);
  CHECK(fs::exists(stage.folder.file("checkpoints/0000000010-1")));
}

TEST_CASE("a launcher that never starts a rank is given up") {
  Stage stage{"exit 1"};
  CHECK(stage.run() == 70);
  CHECK(stage.story().attempts.size() == 4);
  CHECK(stage.diagnosis.find("no rank ever started") != std::string::npos);
}

TEST_CASE("a lock that an attempt before still holds is waited for") {
  Stage stage{"case $count in 1) exit 70 ;; 2 | 3) exit 73 ;; esac"};
  CHECK(stage.run() == 0);
  CHECK(stage.story().attempts.size() == 4);
  Stage other{"[ $count = 1 ] && exit 70; exit 73"};
  other.options.max_restarts = 3;
  CHECK(other.run() == 70);
}

TEST_CASE("signals ask the run to stop") {
  for (const char* name : {"TERM", "INT", "USR1"}) {
    Stage stage{std::string{"trap 'exit 75' USR1; kill -"} + name + " $PPID; while :; do sleep 0.05; done"};
    CHECK(stage.run() == 75);
    CHECK(stage.story().status == "stopped");
    CHECK(stage.story().faults() == 0);
  }
  // One that dies of it is stopped as well.
  Stage stage{"kill -TERM $PPID; while :; do sleep 0.05; done"};
  CHECK(stage.run() == 75);
  Stage impatient{"trap '' USR1; while kill -INT $PPID; do sleep 0.3; done"};
  CHECK(impatient.run() == 130);
  Stage other{"trap 'exit 0' USR2; kill -USR2 $PPID; while :; do sleep 0.05; done"};
  CHECK(other.run() == 0);
}

TEST_CASE("after the deadline nothing is started, and what runs is asked to stop") {
  Stage stage{"exit 0"};
  stage.options.deadline = 0.5;
  CHECK(stage.run() == 75);
  CHECK(stage.story().attempts.empty());
  Stage running{"trap 'exit 75' USR1; while :; do sleep 0.05; done"};
  running.options.deadline = 4.0;
  CHECK(running.run() == 75);
  CHECK(running.story().attempts.size() == 1);
}

TEST_CASE("a signal that comes when the run is over does not end the process") {
  Stage stage{"exit 0"};
  CHECK(stage.run() == 0);
  std::raise(SIGUSR2);
  std::raise(SIGUSR1);
  // The next supervisor of this process takes signals as ever, and so does its mpirun.
  Stage next{"trap 'exit 75' USR1; kill -TERM $PPID; while :; do sleep 0.05; done"};
  CHECK(next.run() == 75);
}

TEST_CASE("nothing of an attempt is left when it is over") {
  // In a session of its own, out of reach of signals for the group.
  Stage stage{"setsid sleep 300 & echo $! > $(dirname $0)/pid; exit 75"};
  CHECK(stage.run() == 75);
  const auto pid = static_cast<pid_t>(std::stol(bytes_of(stage.folder.file("pid"))));
  CHECK_FALSE(Process::find(pid));
}

TEST_CASE("what an earlier supervisor has left is ended before") {
  Stage stage{"exit 0"};
  Child::Setup setup;
  setup.command = {"sh",        "-c",        "while :; do sleep 0.05; done",
                   "tessera",   "--run-dir", stage.folder.path(),
                   "--attempt", "1"};
  Child orphan{setup};
  CHECK(stage.run() == 0);
  CHECK(orphan.wait(20.0)->signal == SIGKILL);
  CHECK(stage.told.find("an earlier launch") != std::string::npos);
}

TEST_CASE("without mpirun there is an error for the user, and the story has it") {
  Stage stage{""};
  stage.options.plan.launcher = "no-such-mpirun";
  CHECK_THROWS_AS(stage.run(), tessera::base::Error);
  CHECK(stage.story().status == "failed");
}
