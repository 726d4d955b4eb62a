#include "base/error.h"
#include "batch/slurm.h"
#include "support/temporary_folder.h"

#include <catch2/catch.hpp>

#include <chrono>
#include <cstdlib>
#include <filesystem>

using namespace tessera::batch;
using tessera::base::Error;
using tessera::base::ExitCode;
using tessera::test::bytes_of;
using tessera::test::TemporaryFolder;

namespace {

/// Puts fake Slurm commands first in PATH. Each command appends its name and arguments to the file `calls`;
/// in its script, `$n` is the number of its calls so far, including this one.
class FakeSlurm {
 public:
  FakeSlurm() : path_{std::getenv("PATH")} { setenv("PATH", (folder_.path() + ":" + path_).c_str(), 1); }
  ~FakeSlurm() { setenv("PATH", path_.c_str(), 1); }
  FakeSlurm(const FakeSlurm&) = delete;
  FakeSlurm& operator=(const FakeSlurm&) = delete;

  void write_program(const std::string& name, const std::string& script) const {
    const std::string calls = folder_.file("calls");
    folder_.write(name, "#!/bin/bash\necho \"" + name + " $*\" >> " + calls + "\nn=$(grep -c '^" + name +
                            " ' " + calls + ")\n" + script + "\n");
    std::filesystem::permissions(folder_.file(name), std::filesystem::perms::owner_all);
  }
  /// Removes all other programs from PATH.
  void hide_other_programs() const { setenv("PATH", folder_.path().c_str(), 1); }
  std::string calls() const { return bytes_of(folder_.file("calls")); }
  int call_count(const std::string& name) const {
    const std::string all = "\n" + calls();
    int n = 0;
    for (std::size_t at = 0; (at = all.find("\n" + name + " ", at)) != std::string::npos; ++at) ++n;
    return n;
  }

 private:
  TemporaryFolder folder_;
  std::string path_;
};

/// For fake commands that reply. The long timeout allows for a busy machine.
const Slurm slurm{{.timeout_seconds = 60.0, .max_attempts = 3, .initial_backoff = 0.01}};
/// For fake commands that hang.
const Slurm slurm_with_short_timeout{{.timeout_seconds = 2.0, .max_attempts = 2, .initial_backoff = 0.01}};

/// Submits a job. Returns the exit code of the error, and its text in `text`; ExitCode::done if there is
/// none.
ExitCode submission_error(std::string& text) {
  try {
    static_cast<void>(slurm.submit("/runs/one/submit.sh"));
  } catch (const Error& e) {
    text = e.text();
    return e.code();
  }
  return ExitCode::done;
}

}  // namespace

TEST_CASE("the lines of squeue are parsed, and malformed lines are skipped") {
  const auto jobs = parse_queue(
      "12|RUNNING|None|1:02:03\n"
      "13_4|PENDING|Resources|2:00:00\n"
      "  14 | COMPLETING | None | 0:00 \r\n"
      "13_[5-9]|PENDING|Priority|2:00:00\n"
      "slurm_load_jobs error: garbage\n"
      "15|RUNNING|None\n"
      "16|running|None|1:00\n"
      "x|RUNNING|None|1:00\n"
      "\n|||\n");
  REQUIRE(jobs.size() == 3);
  CHECK(jobs[0].id == "12");
  CHECK(jobs[0].state == "RUNNING");
  CHECK(jobs[0].time_left == "1:02:03");
  CHECK(jobs[1].id == "13_4");
  CHECK(jobs[1].reason == "Resources");
  CHECK(jobs[2].state == "COMPLETING");
  CHECK(parse_queue("").empty());
  CHECK(parse_queue(std::string(5000, '|')).empty());
}

TEST_CASE("a job is active until it has ended") {
  for (const char* state : {"PENDING", "RUNNING", "COMPLETING", "CONFIGURING", "SUSPENDED", "REQUEUED"})
    CHECK(QueuedJob{"1", state, "None", ""}.is_active());
  for (const char* state : {"COMPLETED", "CANCELLED", "FAILED", "TIMEOUT", "NODE_FAIL", "PREEMPTED"})
    CHECK_FALSE(QueuedJob{"1", state, "None", ""}.is_active());
}

TEST_CASE("the output of sbatch is parsed") {
  CHECK(parse_submission("1234\n")->job_id == "1234");
  CHECK(parse_submission("1234;north\n")->cluster == "north");
  CHECK(parse_submission("sbatch: welcome to the cluster\n1234\n")->job_id == "1234");
  for (const char* text : {"", "\n", "Submitted batch job", "1234;a;b", "12x"})
    CHECK_FALSE(parse_submission(text));
}

TEST_CASE("a failure to reach the controller is transient, a rejection is not") {
  CHECK(is_transient("slurm_load_jobs error: Unable to contact slurm controller (connect failure)"));
  CHECK(is_transient("sbatch: error: Batch job submission failed: Socket timed out on send/recv operation"));
  CHECK(is_transient("sbatch: error: Slurm temporarily unable to accept job, sleeping and retrying."));
  CHECK_FALSE(is_transient("sbatch: error: invalid partition specified: nope"));
  CHECK_FALSE(is_transient(""));
}

TEST_CASE("a job is submitted") {
  const FakeSlurm fake;
  fake.write_program("sbatch", "echo '77;north'");
  fake.write_program("squeue", "exit 0");
  const Submission submission = slurm.submit("/runs/one/submit.sh");
  CHECK(submission.job_id == "77");
  CHECK(submission.cluster == "north");
  CHECK(fake.calls() == "sbatch --parsable /runs/one/submit.sh\n");
}

TEST_CASE("a submission is retried if the controller is unreachable") {
  const FakeSlurm fake;
  fake.write_program(
      "sbatch",
      "if ((n < 3)); then echo 'sbatch: error: Unable to contact slurm controller' >&2; exit 1; fi; echo 78");
  fake.write_program("squeue", "exit 1");
  CHECK(slurm.submit("/runs/one/submit.sh").job_id == "78");
  CHECK(fake.call_count("sbatch") == 3);
}

TEST_CASE("an accepted job is not submitted twice, even if the reply is missing") {
  const FakeSlurm fake;
  fake.write_program("squeue", "printf '70|/runs/other/submit.sh\\n79|/runs/one/submit.sh\\n'");
  SECTION("the reply is lost") {
    fake.write_program("sbatch",
                       "echo 'sbatch: error: Batch job submission failed: Socket timed out' >&2; exit 1");
    CHECK(slurm.submit("/runs/one/submit.sh").job_id == "79");
  }
  SECTION("sbatch hangs") {
    fake.write_program("sbatch", "sleep 300");
    const auto begin = std::chrono::steady_clock::now();
    CHECK(slurm_with_short_timeout.submit("/runs/one/submit.sh").job_id == "79");
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds{100});
  }
  SECTION("the reply contains no job id") {
    fake.write_program("sbatch", "echo 'job accepted'");
    CHECK(slurm.submit("/runs/one/submit.sh").job_id == "79");
  }
  CHECK(fake.call_count("sbatch") == 1);
}

TEST_CASE("a rejected job is reported with the reason and not submitted again") {
  const FakeSlurm fake;
  fake.write_program(
      "sbatch",
      "echo 'sbatch: error: invalid partition specified: nope' >&2\n"
      "echo 'sbatch: error: Batch job submission failed: Invalid partition name specified' >&2; exit 1");
  fake.write_program("squeue", "exit 0");
  std::string text;
  CHECK(submission_error(text) == ExitCode::cannot_create);
  CHECK(
      text.find(
          "sbatch rejected the job: invalid partition specified: nope; Batch job submission failed: Invalid "
          "partition name specified") != std::string::npos);
  CHECK(fake.call_count("sbatch") == 1);
}

TEST_CASE("a controller that never responds is reported") {
  const FakeSlurm fake;
  fake.write_program(
      "sbatch", "echo 'sbatch: error: Unable to contact slurm controller (connect failure)' >&2; exit 1");
  fake.write_program("squeue", "exit 1");
  std::string text;
  CHECK(submission_error(text) == ExitCode::unavailable);
  CHECK(text.find("Slurm does not respond: Unable to contact") != std::string::npos);
  CHECK(fake.call_count("sbatch") == 3);
  CHECK_FALSE(slurm.queue({"1"}));
}

TEST_CASE("a missing Slurm is reported") {
  const FakeSlurm fake;
  fake.hide_other_programs();
  CHECK_FALSE(Slurm::available());
  CHECK_FALSE(slurm.queue({"1"}));
  std::string text;
  CHECK(submission_error(text) == ExitCode::unavailable);
  CHECK(text.find("Slurm is not available") != std::string::npos);
}

TEST_CASE("one squeue call queries all jobs") {
  const FakeSlurm fake;
  fake.write_program("squeue", "printf '1|RUNNING|None|1:00\\n2_3|PENDING|Priority|2:00\\n'");
  const auto jobs = slurm.queue({"1", "2_3", "9"});
  REQUIRE(jobs);
  CHECK(jobs->size() == 2);
  CHECK(fake.call_count("squeue") == 1);
  CHECK(fake.calls().find("--jobs=1,2_3,9") != std::string::npos);
  CHECK(slurm.queue({})->empty());
  CHECK(fake.call_count("squeue") == 1);
}

TEST_CASE("failures, timeouts and garbage from squeue are handled") {
  const FakeSlurm fake;
  SECTION("an unknown job is not in the queue") {
    fake.write_program("squeue", "echo 'slurm_load_jobs error: Invalid job id specified' >&2; exit 1");
    REQUIRE(slurm.queue({"1"}));
    CHECK(slurm.queue({"1"})->empty());
  }
  SECTION("a transient failure is retried") {
    fake.write_program(
        "squeue", "if ((n == 1)); then echo 'Socket timed out' >&2; exit 1; fi; echo '1|RUNNING|None|1:00'");
    REQUIRE(slurm.queue({"1"}));
    CHECK(fake.call_count("squeue") == 2);
  }
  SECTION("a timeout is retried") {
    fake.write_program("squeue", "sleep 300");
    CHECK_FALSE(slurm_with_short_timeout.queue({"1"}));
    CHECK(fake.call_count("squeue") == 2);
  }
  SECTION("garbage contains no jobs") {
    fake.write_program("squeue", "head -c 3000000 /dev/urandom");
    const auto jobs = slurm.queue({"1"});
    REQUIRE(jobs);
    CHECK(jobs->empty());
  }
  SECTION("another failure is not retried") {
    fake.write_program("squeue", "echo 'squeue: error: something else' >&2; exit 1");
    CHECK_FALSE(slurm.queue({"1"}));
    CHECK(fake.call_count("squeue") == 1);
  }
}
