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

BatchRequest sample_request() {
  BatchRequest request;
  request.name = "cooling plate";
  request.program = "/opt/tessera/bin/tessera";
  request.script = "/runs/one/submit.sh";
  request.logs = "/runs/one/logs";
  request.runs = {{"/runs/one", {"--plugin-path", "/my solvers"}}};
  request.nodes = 4;
  request.tasks_per_node = 64;
  request.limit = 7200;
  request.lead = 120;
  return request;
}

bool has_line(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

/// A run directory, fake Slurm commands and a fake tessera, with which batch scripts can be run.
class FakeCluster {
 public:
  FakeCluster() : path_{std::getenv("PATH")} {
    std::filesystem::create_directories(run_directory() + "/checkpoints");
    BatchRecord record;
    record.job_id = "5";
    record.write(run_directory());
    write_program("squeue", "date --date '1 hour' +%FT%T");
    write_scontrol("RUNNING", "None", "exit 0");
    write_program("sbatch", "echo 77");
    write_program("tessera", "mkdir " + run_directory() + "/checkpoints/$RANDOM$RANDOM-1; exit 75");
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

  std::string run_directory() const { return folder_.path() + "/run"; }
  void write_program(const std::string& name, const std::string& script) const {
    folder_.write(name,
                  "#!/bin/bash\necho \"" + name + " $*\" >> " + folder_.file("calls") + "\n" + script + "\n");
    std::filesystem::permissions(folder_.file(name), std::filesystem::perms::owner_all);
  }
  /// Writes a fake scontrol. `requeue` is the script of `scontrol requeue`.
  void write_scontrol(const std::string& state, const std::string& preempt_time,
                      const std::string& requeue) const {
    write_program("scontrol", "if [[ $1 == requeue ]]; then " + requeue + "; fi\necho 'JobId=5 JobState=" +
                                  state + " Reason=None PreemptTime=" + preempt_time + " Requeue=1'");
  }
  BatchRequest request() const {
    BatchRequest request = sample_request();
    request.program = folder_.file("tessera");
    request.runs.front().directory = run_directory();
    return request;
  }
  CommandResult run_script(const BatchRequest& request) const {
    std::filesystem::remove(folder_.file("calls"));
    const std::string script = folder_.write("script", batch_script(request));
    return run_command({"/bin/bash", script}, 60.0);
  }
  CommandResult run_script() const { return run_script(request()); }
  std::string calls() const { return bytes_of(folder_.file("calls")); }
  bool was_called(const std::string& line) const { return calls().find(line + "\n") != std::string::npos; }

 private:
  TemporaryFolder folder_;
  std::string path_;
};

}  // namespace

TEST_CASE("the script contains the sbatch options of the request") {
  const std::string text = batch_script(sample_request());
  CHECK(text.starts_with("#!/bin/bash\n"));
  for (const char* line :
       {"#SBATCH --job-name=cooling_plate", "#SBATCH --nodes=4", "#SBATCH --ntasks-per-node=64",
        "#SBATCH --time=02:00:00", "#SBATCH --output=/runs/one/logs/slurm-%j.out --open-mode=append",
        "#SBATCH --requeue", "#SBATCH --signal=B:USR1@120", "run=/runs/one",
        "options=(--plugin-path '/my solvers')", "launcher=()"}) {
    CAPTURE(line);
    CHECK(has_line(text, line));
  }
  CHECK(text.find("--partition") == std::string::npos);
  CHECK(text.find("--array=") == std::string::npos);
}

TEST_CASE("optional settings of the request appear in the script") {
  BatchRequest request = sample_request();
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

TEST_CASE("a job array has one run per task") {
  BatchRequest request = sample_request();
  request.runs = {{"/runs/a", {}}, {"/runs/b", {"--plugin-path", "it's"}}, {"/runs/c", {}}};
  const std::string text = batch_script(request);
  CHECK(has_line(text, "#SBATCH --array=0-2"));
  CHECK(has_line(text, "#SBATCH --output=/runs/one/logs/slurm-%A_%a.out --open-mode=append"));
  CHECK(has_line(text, R"(  1) run=/runs/b options=(--plugin-path 'it'\''s') ;;)"));
}

TEST_CASE("special characters in names and paths are escaped, replaced or rejected") {
  BatchRequest request = sample_request();
  request.logs = "/runs/with space/100%/logs";
  request.name = "\"; rm -rf / #\n%j";
  std::string text = batch_script(request);
  CHECK(has_line(text, "#SBATCH --output=\"/runs/with space/100%%/logs/slurm-%j.out\" --open-mode=append"));
  CHECK(has_line(text, "#SBATCH --job-name=___rm_-rf_/____j"));
  for (const char* logs :
       {"/runs/a\"b", "/runs/a\\b", "/runs/a\nb", "/runs/\xff", "/runs/\u202e", "/runs/\u0085"}) {
    request.logs = logs;
    CHECK_THROWS_AS(batch_script(request), tessera::base::Error);
  }
  request = sample_request();
  request.sbatch_arguments = {"--comment\nscancel 1 #=a"};
  CHECK_THROWS_AS(batch_script(request), tessera::base::Error);
  request.sbatch_arguments = {"--comment=a\nscancel 1"};
  CHECK_THROWS_AS(batch_script(request), tessera::base::Error);
}

TEST_CASE("a completed run ends the job") {
  const FakeCluster cluster;
  cluster.write_program("tessera", "exit 0");
  CHECK(cluster.run_script().exit_code == 0);
  CHECK(cluster.calls().find("tessera launch -n 256 --run-dir " + cluster.run_directory() +
                             " --deadline 35") != std::string::npos);
  CHECK(cluster.calls().find(" s --plugin-path /my solvers\n") != std::string::npos);
  CHECK(cluster.calls().find("requeue") == std::string::npos);
  CHECK_FALSE(std::filesystem::exists(cluster.run_directory() + "/requeues"));
}

TEST_CASE("a failed run ends the job with its exit code") {
  const FakeCluster cluster;
  for (const int code : {65, 70, 78}) {
    cluster.write_program("tessera", "exit " + std::to_string(code));
    CHECK(cluster.run_script().exit_code == code);
    CHECK(cluster.calls().find("requeue") == std::string::npos);
  }
}

TEST_CASE("a program that cannot be started does not count as a completed run") {
  const FakeCluster cluster;
  BatchRequest request = cluster.request();
  request.program = "/no/such/tessera";
  const CommandResult missing = cluster.run_script(request);
  CHECK(missing.exit_code == 127);
  CHECK(missing.out.find("/no/such/tessera cannot be started on this node (exit code 127)") !=
        std::string::npos);
  CHECK(missing.out.find("the run is done") == std::string::npos);
  request.program = "/etc/passwd";  // exists, but is not executable
  CHECK(cluster.run_script(request).exit_code == 126);
  CHECK_FALSE(cluster.was_called("scontrol requeue 5"));
}

TEST_CASE("a job that is cancelled while its requeueing is retried is not requeued") {
  const FakeCluster cluster;
  const std::string run = cluster.run_directory();
  cluster.write_program("tessera",
                        "echo $PPID > " + run + "/script; mkdir " + run + "/checkpoints/1-1; exit 75");
  // The controller does not respond to the first request, during which the job is cancelled.
  cluster.write_program("scontrol",
                        "if [[ $1 == requeue ]]; then touch " + run + "/cancelled; kill -TERM $(cat " + run +
                            "/script); echo 'Unable to contact slurm controller' >&2; exit 1; fi\n"
                            "[[ ! -e " +
                            run +
                            "/cancelled ]] || state=CANCELLED\n"
                            "echo JobId=5 JobState=${state:-RUNNING} PreemptTime=None");
  const CommandResult result = cluster.run_script();
  CHECK(result.exit_code == 75);
  CHECK(result.out.find("stopped: the job was cancelled or requeued (CANCELLED)") != std::string::npos);
  CHECK(cluster.calls().find("requeue") == cluster.calls().rfind("requeue"));
  CHECK(cluster.calls().find("sbatch") == std::string::npos);
}

TEST_CASE("the script waits for a controller that does not respond at first") {
  const FakeCluster cluster;
  cluster.write_scontrol("RUNNING", "None",
                         "[[ -e " + cluster.run_directory() + "/asked ]] && exit 0; touch " +
                             cluster.run_directory() +
                             "/asked; echo 'Unable to contact slurm controller' >&2; exit 1");
  CHECK(cluster.run_script().exit_code == 75);
  CHECK(cluster.calls().find("requeue") != cluster.calls().rfind("requeue"));
  CHECK(cluster.calls().find("sbatch") == std::string::npos);
}

TEST_CASE("a job whose run is not done is requeued") {
  const FakeCluster cluster;
  CHECK(cluster.run_script().exit_code == 75);
  CHECK(cluster.was_called("scontrol requeue 5"));
  CHECK(cluster.calls().find("sbatch") == std::string::npos);
  CHECK(bytes_of(cluster.run_directory() + "/requeues") == "1\n");
  CHECK(cluster.run_script().exit_code == 75);
  CHECK(bytes_of(cluster.run_directory() + "/requeues") == "2\n");
}

TEST_CASE("if requeueing is disabled, a new job continues the run") {
  const FakeCluster cluster;
  cluster.write_scontrol("RUNNING", "None", "echo 'Requested operation is presently disabled' >&2; exit 1");
  CHECK(cluster.run_script().exit_code == 75);
  CHECK(cluster.was_called("sbatch --parsable --dependency afterany:5 /runs/one/submit.sh"));
  CHECK(BatchRecord::read(cluster.run_directory())->job_id == "77");
}

TEST_CASE("no new job is submitted if Slurm has already requeued the job") {
  const FakeCluster cluster;
  cluster.write_scontrol("RUNNING", "2026-01-31T12:00:00",
                         "echo 'Job is pending execution for job 5' >&2; exit 1");
  CHECK(cluster.run_script().exit_code == 75);
  CHECK(cluster.calls().find("sbatch") == std::string::npos);
}

TEST_CASE("a job whose submission got no reply is not submitted twice") {
  const FakeCluster cluster;
  cluster.write_program("sbatch", "echo 'Unable to contact slurm controller' >&2; exit 1");
  cluster.write_program(
      "squeue",
      "if [[ $* == *--me* ]]; then echo '78|afterany:5(unfulfilled)|/runs/one/submit.sh'; else date --date "
      "'1 hour' +%FT%T; fi");
  BatchRequest request = cluster.request();
  request.chain = true;
  CHECK(cluster.run_script(request).exit_code == 75);
  CHECK(BatchRecord::read(cluster.run_directory())->job_id == "78");
  const std::string calls = cluster.calls();
  CHECK(calls.find("sbatch") == calls.rfind("sbatch"));
}

TEST_CASE("a cancelled job is not requeued if the controller does not respond") {
  const FakeCluster cluster;
  cluster.write_program("scontrol", "exit 1");
  cluster.write_program(
      "tessera", "trap 'exit 75' USR1\nkill -TERM $PPID\nfor ((i = 0; i < 300; ++i)); do sleep 0.1; done");
  CHECK(cluster.run_script().exit_code == 75);
  CHECK_FALSE(cluster.was_called("scontrol requeue 5"));
}

TEST_CASE("a chain continues the run in a new job") {
  const FakeCluster cluster;
  BatchRequest request = cluster.request();
  request.chain = true;
  SECTION("a single run") {
    CHECK(cluster.run_script(request).exit_code == 75);
    CHECK(cluster.was_called("sbatch --parsable --dependency afterany:5 /runs/one/submit.sh"));
  }
  SECTION("an array task") {
    request.runs.push_back(request.runs.front());
    setenv("SLURM_ARRAY_JOB_ID", "4", 1);
    setenv("SLURM_ARRAY_TASK_ID", "1", 1);
    CHECK(cluster.run_script(request).exit_code == 75);
    CHECK(cluster.was_called("sbatch --parsable --dependency afterany:4_1 --array 1 /runs/one/submit.sh"));
    CHECK(BatchRecord::read(cluster.run_directory())->job_id == "77_1");
  }
  CHECK(cluster.calls().find("scontrol requeue") == std::string::npos);
}

TEST_CASE("an array task is requeued on its own") {
  const FakeCluster cluster;
  BatchRequest request = cluster.request();
  request.runs.push_back(request.runs.front());
  setenv("SLURM_ARRAY_JOB_ID", "5", 1);  // in the last task, the job has the id of the array
  setenv("SLURM_ARRAY_TASK_ID", "1", 1);
  CHECK(cluster.run_script(request).exit_code == 75);
  CHECK(cluster.was_called("scontrol requeue 5_1"));
  setenv("SLURM_ARRAY_TASK_ID", "2", 1);
  CHECK(cluster.run_script(request).exit_code == 64);
}

TEST_CASE("the script does not requeue a job that was cancelled or requeued") {
  const FakeCluster cluster;
  cluster.write_scontrol("COMPLETING", "None", "exit 0");
  CHECK(cluster.run_script().exit_code == 75);
  CHECK(cluster.calls().find("scontrol requeue") == std::string::npos);
  CHECK(cluster.calls().find("sbatch") == std::string::npos);
}

TEST_CASE("a job at its time limit is requeued even if Slurm is already ending it") {
  const FakeCluster cluster;
  cluster.write_scontrol("COMPLETING", "None", "exit 0");
  cluster.write_program("squeue", "date --date '-1 second' +%FT%T");
  CHECK(cluster.run_script().exit_code == 75);
  CHECK(cluster.was_called("scontrol requeue 5"));
}

TEST_CASE("the number of requeues is limited") {
  const FakeCluster cluster;
  BatchRequest request = cluster.request();
  request.max_requeues = 2;
  for (int n = 0; n < 2; ++n) {
    CHECK(cluster.run_script(request).exit_code == 75);
    CHECK(cluster.was_called("scontrol requeue 5"));
  }
  CHECK(cluster.run_script(request).exit_code == 75);
  CHECK_FALSE(cluster.was_called("scontrol requeue 5"));
}

TEST_CASE("the script gives up if a run writes no new checkpoint") {
  const FakeCluster cluster;
  cluster.write_program("tessera", "exit 75");
  CHECK(cluster.run_script().exit_code == 75);
  CHECK(cluster.run_script().exit_code == 75);
  const CommandResult last = cluster.run_script();
  CHECK(last.exit_code == 70);
  CHECK(last.out.find("no new checkpoint in 3 parts of the run") != std::string::npos);
  CHECK_FALSE(cluster.was_called("scontrol requeue 5"));
}

TEST_CASE("a run directory in use ends the job, unless Slurm has restarted the job") {
  const FakeCluster cluster;
  cluster.write_program("tessera", "exit 73");
  CHECK(cluster.run_script().exit_code == 73);
  CHECK_FALSE(cluster.was_called("scontrol requeue 5"));
  // After the loss of a node, ranks of the previous part may still be running there.
  setenv("SLURM_RESTART_COUNT", "1", 1);
  CHECK(cluster.run_script().exit_code == 75);
  CHECK(cluster.was_called("scontrol requeue 5"));
}

TEST_CASE("the script does not give up if a run is preempted before its first checkpoint") {
  const FakeCluster cluster;
  cluster.write_program("tessera", "exit 75");
  cluster.write_scontrol("RUNNING", "2026-01-31T12:00:00", "exit 0");
  for (int n = 0; n < 4; ++n) CHECK(cluster.run_script().exit_code == 75);
  CHECK(cluster.was_called("scontrol requeue 5"));
}

TEST_CASE("signals are forwarded to the run, and the job ends with the exit code of the run") {
  const FakeCluster cluster;
  // Shortly after its start, the run signals its batch script, as Slurm would.
  for (const std::string signal : {"USR1", "TERM"}) {
    cluster.write_program("tessera", "trap 'mkdir -p " + cluster.run_directory() +
                                         "/checkpoints/$RANDOM-1; exit 75' USR1\n"
                                         "kill -" +
                                         signal +
                                         " $PPID\nfor ((i = 0; i < 300; ++i)); do sleep 0.1; done\nexit 1");
    CHECK(cluster.run_script().exit_code == 75);
    CHECK(cluster.was_called("scontrol requeue 5"));
  }
}

TEST_CASE("if the controller does not respond, the deadline is computed from the time limit") {
  const FakeCluster cluster;
  cluster.write_program("squeue", "exit 1");
  cluster.write_program("tessera", "exit 0");
  CHECK(cluster.run_script().exit_code == 0);
  CHECK(cluster.calls().find(" --deadline 718") != std::string::npos);
}
