// ProcessRunner, with a shell script in place of tessera.
#include "conformance/process_runner.h"
#include "host/process.h"
#include "support/temporary_folder.h"

#include <catch2/catch.hpp>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

using namespace tessera;
using namespace tessera::conformance;

namespace {

/// A shell script in place of tessera, which writes its arguments to the file "arguments", creates the run
/// directory $dir and then executes `body`.
class FakeTessera {
 public:
  explicit FakeTessera(const std::string& body) {
    const std::string program = folder_.write("program",
                                              "#!/bin/sh\n"
                                              "echo \"$*\" > " +
                                                  folder_.file("arguments") +
                                                  "\n"
                                                  "while [ \"$1\" != --run-dir ]; do shift; done\n"
                                                  "dir=$2; mkdir -p \"$dir\"\n" +
                                                  body + "\n");
    std::filesystem::permissions(program, std::filesystem::perms::owner_all);
    setup_.program = program;
    setup_.job = "job.toml";
    setup_.overrides = {"job.solver=/s.so"};
    setup_.fields = {"u"};
    setup_.folder = folder_.file("runs");
  }

  Outcome run(int ranks = 1, const std::string& resume_from = {}) {
    Trial trial;
    trial.name = "run-1";
    trial.setting.ranks = ranks;
    trial.setting.chunk = {{5, 1, 1}};
    trial.resume_from = resume_from;
    return ProcessRunner{setup_}.run(trial);
  }
  std::string arguments() const { return test::bytes_of(folder_.file("arguments")); }
  ProcessRunner::Setup& setup() { return setup_; }

 private:
  test::TemporaryFolder folder_;
  ProcessRunner::Setup setup_;
};

const std::string report_script = R"json(cat > "$dir/run.json" <<END
{"status": "done", "digest": {"state": "00ab"}, "loop": {"steps": 12},
 "diagnostics": [{"name": "mass", "last": 1.5, "first": 1}, {"name": "peak", "last": "nan"}]}
END)json";

}  // namespace

TEST_CASE("the outcome of a run is read from its run.json") {
  FakeTessera fake{report_script};
  const Outcome outcome = fake.run();
  CHECK(outcome.code == 0);
  CHECK(outcome.error.empty());
  CHECK(outcome.digest == "00ab");
  CHECK(outcome.steps == 12);
  CHECK(outcome.directory == fake.setup().folder + "/run-1");
  CHECK(outcome.diagnostics == std::map<std::string, std::string>{{"mass", "1.5"}, {"peak", "\"nan\""}});
  const std::string arguments = fake.arguments();
  CHECK(arguments.find("run job.toml job.solver=/s.so domain.chunk=[5] ") == 0);
  CHECK(arguments.find(" --run-dir " + outcome.directory + " --quiet --color never\n") != std::string::npos);
}

TEST_CASE(
    "the commands that repeat trials are quoted for a shell, and independent of the folder of the test") {
  ProcessRunner::Setup setup;
  setup.program = "/opt/my tessera";
  setup.launcher = {"mpirun", "--oversubscribe"};
  setup.job = "/tmp/scratch/job.toml";
  setup.shown_job = "job.toml";
  setup.overrides = {"job.solver=/s.so"};
  setup.fields = {"u"};
  setup.folder = "/tmp/scratch";
  const ProcessRunner runner{setup};
  Trial first;
  first.name = "run-1";
  Trial resumed;
  resumed.name = "saved";
  resumed.setting.ranks = 3;
  resumed.resume_from = "/tmp/scratch/saved/checkpoints/0000000006-1";
  const auto commands = runner.commands_for({first, resumed});
  REQUIRE(commands.size() == 3);
  CHECK(commands[0].find("'/opt/my tessera' run job.toml 'job.solver=/s.so' 'domain.chunk=[1]' ") == 0);
  CHECK(commands[0].ends_with(" --run-dir run-1"));
  CHECK(commands[1].find("mpirun --oversubscribe -n 3 '/opt/my tessera' run job.toml ") == 0);
  CHECK(commands[1].ends_with(" --run-dir saved '--resume=saved/checkpoints/0000000006-1'"));
  CHECK(commands[2] == "'/opt/my tessera' diff run-1 saved");
  CHECK(runner.commands_for({first}) == std::vector{commands[0]});
}

TEST_CASE(
    "several ranks are started with the launcher, and a resumed run is passed the path of its checkpoint") {
  FakeTessera fake{report_script};
  fake.setup().launcher = {"sh", "-c", "test \"$1 $2\" = '-n 3' && shift 2 && exec \"$@\"", "launcher"};
  CHECK(fake.run(3, "runs/saved/checkpoints/6-1").code == 0);
  CHECK(fake.arguments().find(" --resume=runs/saved/checkpoints/6-1 --quiet --color never\n") !=
        std::string::npos);
}

TEST_CASE("the error of a failed run is read from its run.json or, failing that, from its output") {
  FakeTessera with_report{
      "printf '%s' '{\"error\": \"error: the solution diverged\\n  = reduce dt\"}' > \"$dir/run.json\"; exit "
      "70"};
  CHECK(with_report.run().code == 70);
  CHECK(with_report.run().error == "the solution diverged\n  = reduce dt");

  FakeTessera with_error{
      "printf 'warning: slow\\nerror: no such key\\n --> 1:2\\n\\n-----\\nmpirun: bad\\n' >&2; exit 78"};
  CHECK(with_error.run().code == 78);
  CHECK(with_error.run().error == "no such key\n --> 1:2");

  FakeTessera without_output{"exit 3"};
  CHECK(without_output.run().code == 3);
  CHECK(without_output.run().error == "it ended with exit code 3");

  // A line that merely contains "error:" is not the error message.
  FakeTessera with_other_output{
      "printf 'L2 error: 1e-3\\nnot enough slots\\n\\nuse --oversubscribe\\n' >&2; exit 1"};
  CHECK(with_other_output.run().error ==
        "it ended with exit code 1\n  L2 error: 1e-3\n  not enough slots\n  use --oversubscribe");
}

TEST_CASE("a run that takes too long or is stopped is killed with all its processes") {
  // Like a rank, the sleeping shell has a process group of its own and the run directory in its arguments.
  const std::string hang_script =
      "setsid sh -c 'echo $$ > \"$1/pid\"; while :; do sleep 0.1; done' rank \"$dir\" --run-dir \"$dir\" &\n"
      "while [ ! -s \"$dir/pid\" ]; do sleep 0.05; done; touch \"$dir/hangs\"; wait";
  for (const bool stopped : {false, true}) {
    FakeTessera fake{hang_script};
    const std::string directory = fake.setup().folder + "/run-1";
    fake.setup().seconds = stopped ? 300.0 : 1.0;
    fake.setup().should_stop = [&] { return stopped && std::filesystem::exists(directory + "/hangs"); };
    const Outcome outcome = fake.run();
    CHECK(outcome.code == (stopped ? 75 : 70));
    CHECK(outcome.error == (stopped ? "it was stopped" : "it exceeded the time limit of 1 s"));
    CHECK(host::processes_with_arguments({"--run-dir", directory}).empty());
  }
}

TEST_CASE("processes that a run leaves behind are killed") {
  // Like a process started by a rank, the shell has the run directory in its arguments and may hold the run
  // directory's lock.
  FakeTessera fake{
      "setsid sh -c 'echo $$ > \"$1/pid\"; while :; do sleep 0.1; done' rank \"$dir\" --run-dir \"$dir\" "
      "> /dev/null 2>&1 &\nwhile [ ! -s \"$dir/pid\" ]; do sleep 0.05; done\n" +
      report_script};
  const Outcome outcome = fake.run();
  CHECK(outcome.code == 0);
  CHECK(host::processes_with_arguments({"--run-dir", outcome.directory}).empty());
}

TEST_CASE("before_run is called before each run and is passed the trial") {
  FakeTessera fake{report_script};
  std::string name;
  fake.setup().before_run = [&](const Trial& trial) { name = trial.name; };
  CHECK(fake.run().code == 0);
  CHECK(name == "run-1");
}

TEST_CASE("a run that is killed, writes no report or cannot be started is reported as failed") {
  FakeTessera killed{"kill -9 $$"};
  CHECK(killed.run().code == 128 + 9);
  FakeTessera without_report{"exit 0"};
  CHECK(without_report.run().code == 70);
  CHECK(without_report.run().error == "it wrote no report");
  FakeTessera missing_program{report_script};
  missing_program.setup().program += "-of-another-name";
  CHECK(missing_program.run().code == 69);
}

TEST_CASE("checkpoint_of() finds the checkpoint that a run wrote, and discard() removes it") {
  FakeTessera fake{report_script + "\nmkdir -p \"$dir/checkpoints/0000000006-1\""};
  const Outcome outcome = fake.run();
  ProcessRunner runner{fake.setup()};
  CHECK(runner.checkpoint_of(outcome) == outcome.directory + "/checkpoints/0000000006-1");
  runner.discard(outcome);
  CHECK_FALSE(std::filesystem::exists(outcome.directory));
  CHECK(runner.checkpoint_of(outcome).empty());
}
