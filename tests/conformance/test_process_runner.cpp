// Starts trials as processes, with a shell script in place of tessera.
#include "conformance/process_runner.h"
#include "host/process.h"
#include "support/temporary_folder.h"

#include <catch2/catch.hpp>

#include <filesystem>
#include <map>
#include <string>

using namespace tessera;
using namespace tessera::conformance;

namespace {

/// A folder with a shell script that writes its arguments to the file "arguments", creates the run directory
/// $dir, and then executes `body`.
class Scene {
 public:
  explicit Scene(const std::string& body) {
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

const std::string report = R"json(cat > "$dir/run.json" <<END
{"status": "done", "digest": {"state": "00ab"}, "loop": {"steps": 12},
 "diagnostics": [{"name": "mass", "last": 1.5, "first": 1}, {"name": "peak", "last": "nan"}]}
END)json";

}  // namespace

TEST_CASE("the outcome of a run comes from its run.json") {
  Scene scene{report};
  const Outcome outcome = scene.run();
  CHECK(outcome.code == 0);
  CHECK(outcome.error.empty());
  CHECK(outcome.digest == "00ab");
  CHECK(outcome.steps == 12);
  CHECK(outcome.directory == scene.setup().folder + "/run-1");
  CHECK(outcome.diagnostics == std::map<std::string, std::string>{{"mass", "1.5"}, {"peak", "\"nan\""}});
  const std::string arguments = scene.arguments();
  CHECK(arguments.find("run job.toml job.solver=/s.so domain.chunk=[5] ") == 0);
  CHECK(arguments.find(" --run-dir " + outcome.directory + " --quiet --color never\n") != std::string::npos);
}

TEST_CASE("several ranks are started by the launcher, and a resumed run names its checkpoint") {
  Scene scene{report};
  scene.setup().launcher = {"sh", "-c", "test \"$1 $2\" = '-n 3' && shift 2 && exec \"$@\"", "launcher"};
  CHECK(scene.run(3, "runs/saved/checkpoints/6-1").code == 0);
  CHECK(scene.arguments().find(" --resume=runs/saved/checkpoints/6-1\n") != std::string::npos);
}

TEST_CASE("the error of a failed run comes from its run.json, or else from what it printed") {
  Scene recorded{
      "printf '%s' '{\"error\": \"error: the pump is broken\\n  = mend it\"}' > \"$dir/run.json\"; exit 70"};
  CHECK(recorded.run().code == 70);
  CHECK(recorded.run().error == "the pump is broken\n  = mend it");

  Scene printed{
      "printf 'warning: slow\\nerror: no such key\\n --> 1:2\\n\\n-----\\nmpirun: bad\\n' >&2; exit 78"};
  CHECK(printed.run().code == 78);
  CHECK(printed.run().error == "no such key\n --> 1:2");

  Scene silent{"exit 3"};
  CHECK(silent.run().code == 3);
  CHECK(silent.run().error == "it ended with exit code 3");

  // Not every line with these words is the error.
  Scene chatty{"printf 'L2 error: 1e-3\\nnot enough slots\\n\\nuse --oversubscribe\\n' >&2; exit 1"};
  CHECK(chatty.run().error ==
        "it ended with exit code 1\n  L2 error: 1e-3\n  not enough slots\n  use --oversubscribe");
}

TEST_CASE("a run that takes too long or is stopped is ended, with all its processes") {
  // Like a rank, the sleeping shell has a process group of its own and the run directory in its arguments.
  const std::string hangs =
      "setsid sh -c 'echo $$ > \"$1/pid\"; while :; do sleep 0.1; done' rank \"$dir\" --run-dir \"$dir\" &\n"
      "while [ ! -s \"$dir/pid\" ]; do sleep 0.05; done; touch \"$dir/hangs\"; wait";
  for (const bool stopped : {false, true}) {
    Scene scene{hangs};
    const std::string directory = scene.setup().folder + "/run-1";
    scene.setup().seconds = stopped ? 300.0 : 1.0;
    scene.setup().stop = [&] { return stopped && std::filesystem::exists(directory + "/hangs"); };
    const Outcome outcome = scene.run();
    CHECK(outcome.code == (stopped ? 75 : 70));
    CHECK(outcome.error == (stopped ? "it was stopped" : "it takes more than 1 s"));
    CHECK(host::processes_with_arguments({"--run-dir", directory}).empty());
  }
}

TEST_CASE("processes that a run leaves behind are ended") {
  // Like a process that a rank has started, it has the run directory in its arguments and may hold its lock.
  Scene scene{
      "setsid sh -c 'echo $$ > \"$1/pid\"; while :; do sleep 0.1; done' rank \"$dir\" --run-dir \"$dir\" "
      "> /dev/null 2>&1 &\nwhile [ ! -s \"$dir/pid\" ]; do sleep 0.05; done\n" +
      report};
  const Outcome outcome = scene.run();
  CHECK(outcome.code == 0);
  CHECK(host::processes_with_arguments({"--run-dir", outcome.directory}).empty());
}

TEST_CASE("each run is announced") {
  Scene scene{report};
  std::string name;
  scene.setup().begin = [&](const Trial& trial) { name = trial.name; };
  CHECK(scene.run().code == 0);
  CHECK(name == "run-1");
}

TEST_CASE("a run that dies, ends without a report or cannot be started has failed") {
  Scene killed{"kill -9 $$"};
  CHECK(killed.run().code == 128 + 9);
  Scene unfinished{"exit 0"};
  CHECK(unfinished.run().code == 70);
  CHECK(unfinished.run().error == "it wrote no report");
  Scene absent{report};
  absent.setup().program += "-of-another-name";
  CHECK(absent.run().code == 69);
}

TEST_CASE("a run can be discarded, and has no checkpoint unless it wrote one") {
  Scene scene{report + "\nmkdir -p \"$dir/checkpoints/0000000006-1\""};
  const Outcome outcome = scene.run();
  ProcessRunner runner{scene.setup()};
  CHECK(runner.checkpoint_of(outcome) == outcome.directory + "/checkpoints/0000000006-1");
  runner.discard(outcome);
  CHECK_FALSE(std::filesystem::exists(outcome.directory));
  CHECK(runner.checkpoint_of(outcome).empty());
}
