#include "base/error.h"
#include "batch/batch_script.h"
#include "host/command.h"
#include "rundir/batch_record.h"
#include "support/temporary_folder.h"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <filesystem>
#include <string>

using namespace tessera::batch;
using namespace tessera::host;
using namespace tessera::rundir;
using tessera::host::CommandResult;
using tessera::host::run_command;
using tessera::test::bytes_of;
using tessera::test::TemporaryFolder;

namespace {

BatchRequest small_request() {
  BatchRequest request;
  request.name = "cooling plate";
  request.program = "/opt/tessera/bin/tessera";
  request.script = "/runs/one/submit.sh";
  request.logs = "/runs/one/logs";
  request.runs = {{"/runs/one", {"/jobs/plate.toml", "time.end=1 h"}}};
  request.nodes = 4;
  request.tasks_per_node = 64;
  request.limit = 7200;
  request.lead = 120;
  return request;
}

bool has_line(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

/// Runs batch scripts with fake Slurm commands and a fake tessera.
class FakeCluster {
 public:
  FakeCluster() : path_{std::getenv("PATH")} {
    std::filesystem::create_directories(run() + "/checkpoints");
    BatchRecord record;
    record.job_id = "5";
    record.write(run());
    program("squeue", "date --date '1 hour' +%FT%T");
    scontrol("RUNNING", "None", "exit 0");
    program("sbatch", "echo 77");
    program("tessera", "mkdir " + run() + "/checkpoints/$RANDOM$RANDOM-1; exit 75");
    setenv("PATH", (folder_.path() + ":" + path_).c_str(), 1);
    setenv("SLURM_JOB_ID", "5", 1);
    setenv("SLURM_NTASKS", "256", 1);
  }
  ~FakeCluster() {
    setenv("PATH", path_.c_str(), 1);
    for (const char* name :
         {"SLURM_JOB_ID", "SLURM_NTASKS", "SLURM_ARRAY_JOB_ID", "SLURM_ARRAY_TASK_ID", "SLURM_RESTART_COUNT"})
      unsetenv(name);
  }
  FakeCluster(const FakeCluster&) = delete;
  FakeCluster& operator=(const FakeCluster&) = delete;

  std::string run() const { return folder_.path() + "/run"; }
  void program(const std::string& name, const std::string& script) const {
    folder_.write(name,
                  "#!/bin/bash\necho \"" + name + " $*\" >> " + folder_.file("calls") + "\n" + script + "\n");
    std::filesystem::permissions(folder_.file(name), std::filesystem::perms::owner_all);
  }
  void scontrol(const std::string& state, const std::string& preempted, const std::string& requeue) const {
    program("scontrol", "if [[ $1 == requeue ]]; then " + requeue + "; fi\necho 'JobId=5 JobState=" + state +
                            " Reason=None PreemptTime=" + preempted + " Requeue=1'");
  }
  BatchRequest request() const {
    BatchRequest request = small_request();
    request.program = folder_.file("tessera");
    request.runs.front().directory = run();
    return request;
  }
  CommandResult run_script(const BatchRequest& request) const {
    std::filesystem::remove(folder_.file("calls"));
    const std::string script = folder_.write("script", batch_script(request));
    return run_command({"/bin/bash", script}, 60.0);
  }
  CommandResult run_script() const { return run_script(request()); }
  std::string calls() const { return bytes_of(folder_.file("calls")); }
  bool called(const std::string& line) const { return calls().find(line + "\n") != std::string::npos; }

 private:
  TemporaryFolder folder_;
  std::string path_;
};

}  // namespace

TEST_CASE("what the script asks Slurm for") {
  const std::string text = batch_script(small_request());
  CHECK(text.starts_with("#!/bin/bash\n"));
  for (const char* line :
       {"#SBATCH --job-name=cooling_plate", "#SBATCH --nodes=4", "#SBATCH --ntasks-per-node=64",
        "#SBATCH --time=02:00:00", "#SBATCH --output=/runs/one/logs/slurm-%j.out --open-mode=append",
        "#SBATCH --requeue", "#SBATCH --signal=B:USR1@120", "run=/runs/one",
        "job=(/jobs/plate.toml 'time.end=1 h')", "launcher=()"}) {
    CAPTURE(line);
    CHECK(has_line(text, line));
  }
  CHECK(text.find("--partition") == std::string::npos);
  CHECK(text.find("--array=") == std::string::npos);
}

TEST_CASE("what a request adds") {
  BatchRequest request = small_request();
  request.partition = "long";
  request.launcher = "srun";
  request.chain = true;
  request.max_requeues = 7;
  request.sbatch_arguments = {"--account=ocean",     "--mail-user", "me@example.org",
                              "--comment=two words", "-C",          "fast"};
  const std::string text = batch_script(request);
  for (const char* line :
       {"#SBATCH --partition=long", "launcher=(--launcher srun)", "max_requeues=7", "#SBATCH --account=ocean",
        "#SBATCH --mail-user me@example.org", "#SBATCH --comment=\"two words\"", "#SBATCH -C fast"}) {
    CAPTURE(line);
    CHECK(has_line(text, line));
  }
  CHECK(text.find("\nchain=yes ") != std::string::npos);
  // sbatch reads options only above the first command.
  CHECK(text.rfind("#SBATCH") < text.find("\ntessera="));
}

TEST_CASE("an array has a run for each task") {
  BatchRequest request = small_request();
  request.runs = {{"/runs/a", {"a.toml"}}, {"/runs/b", {"b.toml", "x.y='1'"}}, {"/runs/c", {"c.toml"}}};
  const std::string text = batch_script(request);
  CHECK(has_line(text, "#SBATCH --array=0-2"));
  CHECK(has_line(text, "#SBATCH --output=/runs/one/logs/slurm-%A_%a.out --open-mode=append"));
  CHECK(has_line(text, R"(  1) run=/runs/b job=(b.toml 'x.y='\''1'\''') ;;)"));
}

TEST_CASE("words of a shell") {
  CHECK(shell_quote("plain-1.2/x=y") == "plain-1.2/x=y");
  CHECK(shell_quote("") == "''");
  CHECK(shell_quote("a b") == "'a b'");
  for (const std::string text :
       {"it's", "$HOME `date` \"x\"", "a\\b", "new\nline", "*?[]{}~#!&|;<>()", "'", "äöü"}) {
    const CommandResult result = run_command({"/bin/bash", "-c", "printf %s " + shell_quote(text)}, 10.0);
    CHECK(result.out == text);
  }
}

TEST_CASE("names and paths that a script cannot hold") {
  BatchRequest request = small_request();
  request.logs = "/runs/with space/100%/logs";
  request.name = "\"; rm -rf / #\n%j";
  std::string text = batch_script(request);
  CHECK(has_line(text, "#SBATCH --output=\"/runs/with space/100%%/logs/slurm-%j.out\" --open-mode=append"));
  CHECK(has_line(text, "#SBATCH --job-name=___rm_-rf_/____j"));
  for (const char* logs : {"/runs/a\"b", "/runs/a\\b", "/runs/a\nb"}) {
    request.logs = logs;
    CHECK_THROWS_AS(batch_script(request), tessera::base::Error);
  }
  request = small_request();
  request.sbatch_arguments = {"--comment=a\nscancel 1"};
  CHECK_THROWS_AS(batch_script(request), tessera::base::Error);
}

TEST_CASE("a run that is done ends the job") {
  const FakeCluster cluster;
  cluster.program("tessera", "exit 0");
  CHECK(cluster.run_script().exit_code == 0);
  CHECK(cluster.calls().find("tessera launch -n 256 --run-dir " + cluster.run() + " --deadline 35") !=
        std::string::npos);
  CHECK(cluster.calls().find(" s /jobs/plate.toml time.end=1 h\n") != std::string::npos);
  CHECK(cluster.calls().find("requeue") == std::string::npos);
  CHECK_FALSE(std::filesystem::exists(cluster.run() + "/requeues"));
}

TEST_CASE("a run that fails ends the job with its code") {
  const FakeCluster cluster;
  for (const int code : {65, 70, 78}) {
    cluster.program("tessera", "exit " + std::to_string(code));
    CHECK(cluster.run_script().exit_code == code);
    CHECK(cluster.calls().find("requeue") == std::string::npos);
  }
}

TEST_CASE("a run that can go on is queued again") {
  const FakeCluster cluster;
  CHECK(cluster.run_script().exit_code == 75);
  CHECK(cluster.called("scontrol requeue 5"));
  CHECK(cluster.calls().find("sbatch") == std::string::npos);
  CHECK(bytes_of(cluster.run() + "/requeues") == "1\n");
  CHECK(cluster.run_script().exit_code == 75);
  CHECK(bytes_of(cluster.run() + "/requeues") == "2\n");
}

TEST_CASE("where requeueing is refused another job goes on") {
  const FakeCluster cluster;
  cluster.scontrol("RUNNING", "None", "echo 'Requested operation is presently disabled' >&2; exit 1");
  CHECK(cluster.run_script().exit_code == 75);
  CHECK(cluster.called("sbatch --parsable --dependency afterany:5 /runs/one/submit.sh"));
  CHECK(BatchRecord::read(cluster.run())->job_id == "77");
}

TEST_CASE("a job that Slurm has queued again already gets no second one") {
  const FakeCluster cluster;
  cluster.scontrol("RUNNING", "2026-01-31T12:00:00", "echo 'Job is pending execution for job 5' >&2; exit 1");
  CHECK(cluster.run_script().exit_code == 75);
  CHECK(cluster.calls().find("sbatch") == std::string::npos);
}

TEST_CASE("a job whose number the controller could not tell is not queued twice") {
  const FakeCluster cluster;
  cluster.program("sbatch", "echo 'Unable to contact slurm controller' >&2; exit 1");
  cluster.program(
      "squeue",
      "if [[ $* == *--me* ]]; then echo '78|afterany:5(unfulfilled)|/runs/one/submit.sh'; else date --date "
      "'1 hour' +%FT%T; fi");
  BatchRequest request = cluster.request();
  request.chain = true;
  CHECK(cluster.run_script(request).exit_code == 75);
  CHECK(BatchRecord::read(cluster.run())->job_id == "78");
  const std::string calls = cluster.calls();
  CHECK(calls.find("sbatch") == calls.rfind("sbatch"));
}

TEST_CASE("a cancelled job is not revived while the controller is silent") {
  const FakeCluster cluster;
  cluster.program("scontrol", "exit 1");
  cluster.program("tessera",
                  "trap 'exit 75' USR1\nkill -TERM $PPID\nfor ((i = 0; i < 300; ++i)); do sleep 0.1; done");
  CHECK(cluster.run_script().exit_code == 75);
  CHECK_FALSE(cluster.called("scontrol requeue 5"));
}

TEST_CASE("a chain is of jobs of their own") {
  const FakeCluster cluster;
  BatchRequest request = cluster.request();
  request.chain = true;
  SECTION("one run") {
    CHECK(cluster.run_script(request).exit_code == 75);
    CHECK(cluster.called("sbatch --parsable --dependency afterany:5 /runs/one/submit.sh"));
  }
  SECTION("a task of an array") {
    request.runs.push_back(request.runs.front());
    setenv("SLURM_ARRAY_JOB_ID", "4", 1);
    setenv("SLURM_ARRAY_TASK_ID", "1", 1);
    CHECK(cluster.run_script(request).exit_code == 75);
    CHECK(cluster.called("sbatch --parsable --dependency afterany:4_1 --array 1 /runs/one/submit.sh"));
    CHECK(BatchRecord::read(cluster.run())->job_id == "77_1");
  }
  CHECK(cluster.calls().find("scontrol requeue") == std::string::npos);
}

TEST_CASE("the tasks of an array are requeued one by one") {
  const FakeCluster cluster;
  BatchRequest request = cluster.request();
  request.runs.push_back(request.runs.front());
  setenv("SLURM_ARRAY_JOB_ID", "5", 1);  // as in the last task
  setenv("SLURM_ARRAY_TASK_ID", "1", 1);
  CHECK(cluster.run_script(request).exit_code == 75);
  CHECK(cluster.called("scontrol requeue 5_1"));
  setenv("SLURM_ARRAY_TASK_ID", "2", 1);
  CHECK(cluster.run_script(request).exit_code == 64);
}

TEST_CASE("a cancelled or requeued job is left to Slurm") {
  const FakeCluster cluster;
  cluster.scontrol("COMPLETING", "None", "exit 0");
  CHECK(cluster.run_script().exit_code == 75);
  CHECK(cluster.calls().find("scontrol requeue") == std::string::npos);
  CHECK(cluster.calls().find("sbatch") == std::string::npos);
}

TEST_CASE("a job at its limit is queued again even if Slurm ends it") {
  const FakeCluster cluster;
  cluster.scontrol("COMPLETING", "None", "exit 0");
  cluster.program("squeue", "date --date '-1 second' +%FT%T");
  CHECK(cluster.run_script().exit_code == 75);
  CHECK(cluster.called("scontrol requeue 5"));
}

TEST_CASE("requeues are counted and come to an end") {
  const FakeCluster cluster;
  BatchRequest request = cluster.request();
  request.max_requeues = 2;
  for (int n = 0; n < 2; ++n) {
    CHECK(cluster.run_script(request).exit_code == 75);
    CHECK(cluster.called("scontrol requeue 5"));
  }
  CHECK(cluster.run_script(request).exit_code == 75);
  CHECK_FALSE(cluster.called("scontrol requeue 5"));
}

TEST_CASE("a run that never gets to a checkpoint is given up") {
  const FakeCluster cluster;
  cluster.program("tessera", "exit 75");
  CHECK(cluster.run_script().exit_code == 75);
  CHECK(cluster.run_script().exit_code == 75);
  const CommandResult last = cluster.run_script();
  CHECK(last.exit_code == 70);
  CHECK(last.out.find("no new checkpoint in 3 parts of the run") != std::string::npos);
  CHECK_FALSE(cluster.called("scontrol requeue 5"));
}

TEST_CASE("a run directory that is in use") {
  const FakeCluster cluster;
  cluster.program("tessera", "exit 73");
  CHECK(cluster.run_script().exit_code == 73);
  CHECK_FALSE(cluster.called("scontrol requeue 5"));
  // After the loss of a node, ranks of the previous part may still be running there.
  setenv("SLURM_RESTART_COUNT", "1", 1);
  CHECK(cluster.run_script().exit_code == 75);
  CHECK(cluster.called("scontrol requeue 5"));
}

TEST_CASE("a run that is preempted before its first checkpoint is not given up") {
  const FakeCluster cluster;
  cluster.program("tessera", "exit 75");
  cluster.scontrol("RUNNING", "2026-01-31T12:00:00", "exit 0");
  for (int n = 0; n < 4; ++n) CHECK(cluster.run_script().exit_code == 75);
  CHECK(cluster.called("scontrol requeue 5"));
}

TEST_CASE("signals are handed on, and the run's own code counts") {
  const FakeCluster cluster;
  // Shortly after its start, the run signals its batch script, as Slurm would.
  for (const std::string signal : {"USR1", "TERM"}) {
    cluster.program("tessera", "trap 'mkdir -p " + cluster.run() +
                                   "/checkpoints/$RANDOM-1; exit 75' USR1\n"
                                   "kill -" +
                                   signal +
                                   " $PPID\nfor ((i = 0; i < 300; ++i)); do sleep 0.1; done\nexit 1");
    CHECK(cluster.run_script().exit_code == 75);
    CHECK(cluster.called("scontrol requeue 5"));
  }
}

TEST_CASE("without a word of the controller the limit counts") {
  const FakeCluster cluster;
  cluster.program("squeue", "exit 1");
  cluster.program("tessera", "exit 0");
  CHECK(cluster.run_script().exit_code == 0);
  CHECK(cluster.calls().find(" --deadline 718") != std::string::npos);
}
