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

  void program(const std::string& name, const std::string& script) const {
    const std::string calls = folder_.file("calls");
    folder_.write(name, "#!/bin/bash\necho \"" + name + " $*\" >> " + calls + "\nn=$(grep -c '^" + name +
                            " ' " + calls + ")\n" + script + "\n");
    std::filesystem::permissions(folder_.file(name), std::filesystem::perms::owner_all);
  }
  /// Removes all other programs from PATH.
  void hide_other_programs() const { setenv("PATH", folder_.path().c_str(), 1); }
  std::string calls() const { return bytes_of(folder_.file("calls")); }
  int count(const std::string& name) const {
    const std::string all = "\n" + calls();
    int n = 0;
    for (std::size_t at = 0; (at = all.find("\n" + name + " ", at)) != std::string::npos; ++at) ++n;
    return n;
  }

 private:
  TemporaryFolder folder_;
  std::string path_;
};

/// For fake commands that reply; the timeout allows for a busy machine.
const Slurm slurm{{.timeout_seconds = 60.0, .max_attempts = 3, .initial_backoff = 0.01}};
/// For fake commands that hang.
const Slurm slurm_with_short_timeout{{.timeout_seconds = 2.0, .max_attempts = 2, .initial_backoff = 0.01}};

ExitCode code_of_submit(std::string& text) {
  try {
    static_cast<void>(slurm.submit("/runs/one/submit.sh"));
  } catch (const Error& e) {
    text = e.text();
    return e.code();
  }
  return ExitCode::done;
}

}  // namespace

TEST_CASE("lines of the queue") {
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

TEST_CASE("jobs that are over") {
  for (const char* state : {"PENDING", "RUNNING", "COMPLETING", "CONFIGURING", "SUSPENDED", "REQUEUED"})
    CHECK(QueuedJob{"1", state, "None", ""}.is_active());
  for (const char* state : {"COMPLETED", "CANCELLED", "FAILED", "TIMEOUT", "NODE_FAIL", "PREEMPTED"})
    CHECK_FALSE(QueuedJob{"1", state, "None", ""}.is_active());
}

TEST_CASE("what sbatch prints") {
  CHECK(parse_submission("1234\n")->job_id == "1234");
  CHECK(parse_submission("1234;north\n")->cluster == "north");
  CHECK(parse_submission("sbatch: welcome to the cluster\n1234\n")->job_id == "1234");
  for (const char* text : {"", "\n", "Submitted batch job", "1234;a;b", "12x"})
    CHECK_FALSE(parse_submission(text));
}

TEST_CASE("which failures pass") {
  CHECK(is_transient("slurm_load_jobs error: Unable to contact slurm controller (connect failure)"));
  CHECK(is_transient("sbatch: error: Batch job submission failed: Socket timed out on send/recv operation"));
  CHECK(is_transient("sbatch: error: Slurm temporarily unable to accept job, sleeping and retrying."));
  CHECK_FALSE(is_transient("sbatch: error: invalid partition specified: nope"));
  CHECK_FALSE(is_transient(""));
}

TEST_CASE("a job is submitted") {
  const FakeSlurm fake;
  fake.program("sbatch", "echo '77;north'");
  fake.program("squeue", "exit 0");
  const Submission submission = slurm.submit("/runs/one/submit.sh");
  CHECK(submission.job_id == "77");
  CHECK(submission.cluster == "north");
  CHECK(fake.calls() == "sbatch --parsable /runs/one/submit.sh\n");
}

TEST_CASE("a busy controller is asked again") {
  const FakeSlurm fake;
  fake.program(
      "sbatch",
      "if ((n < 3)); then echo 'sbatch: error: Unable to contact slurm controller' >&2; exit 1; fi; echo 78");
  fake.program("squeue", "exit 1");
  CHECK(slurm.submit("/runs/one/submit.sh").job_id == "78");
  CHECK(fake.count("sbatch") == 3);
}

TEST_CASE("a job that was taken without an answer is not submitted twice") {
  const FakeSlurm fake;
  fake.program("squeue", "printf '70|/runs/other/submit.sh\\n79|/runs/one/submit.sh\\n'");
  SECTION("the answer got lost") {
    fake.program("sbatch", "echo 'sbatch: error: Batch job submission failed: Socket timed out' >&2; exit 1");
    CHECK(slurm.submit("/runs/one/submit.sh").job_id == "79");
  }
  SECTION("sbatch hangs") {
    fake.program("sbatch", "sleep 300");
    const auto begin = std::chrono::steady_clock::now();
    CHECK(slurm_with_short_timeout.submit("/runs/one/submit.sh").job_id == "79");
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds{100});
  }
  SECTION("sbatch prints something else") {
    fake.program("sbatch", "echo 'thank you'");
    CHECK(slurm.submit("/runs/one/submit.sh").job_id == "79");
  }
  CHECK(fake.count("sbatch") == 1);
}

TEST_CASE("a refused job says why, and is not tried again") {
  const FakeSlurm fake;
  fake.program(
      "sbatch",
      "echo 'sbatch: error: invalid partition specified: nope' >&2\n"
      "echo 'sbatch: error: Batch job submission failed: Invalid partition name specified' >&2; exit 1");
  fake.program("squeue", "exit 0");
  std::string text;
  CHECK(code_of_submit(text) == ExitCode::cannot_create);
  CHECK(
      text.find(
          "sbatch rejected the job: invalid partition specified: nope; Batch job submission failed: Invalid "
          "partition name specified") != std::string::npos);
  CHECK(fake.count("sbatch") == 1);
}

TEST_CASE("a controller that never answers") {
  const FakeSlurm fake;
  fake.program("sbatch",
               "echo 'sbatch: error: Unable to contact slurm controller (connect failure)' >&2; exit 1");
  fake.program("squeue", "exit 1");
  std::string text;
  CHECK(code_of_submit(text) == ExitCode::unavailable);
  CHECK(text.find("Slurm does not respond: Unable to contact") != std::string::npos);
  CHECK(fake.count("sbatch") == 3);
  CHECK_FALSE(slurm.queue({"1"}));
}

TEST_CASE("without Slurm") {
  const FakeSlurm fake;
  fake.hide_other_programs();
  CHECK_FALSE(Slurm::available());
  CHECK_FALSE(slurm.queue({"1"}));
  std::string text;
  CHECK(code_of_submit(text) == ExitCode::unavailable);
  CHECK(text.find("Slurm is not available") != std::string::npos);
}

TEST_CASE("the queue is asked once for all jobs") {
  const FakeSlurm fake;
  fake.program("squeue", "printf '1|RUNNING|None|1:00\\n2_3|PENDING|Priority|2:00\\n'");
  const auto jobs = slurm.queue({"1", "2_3", "9"});
  REQUIRE(jobs);
  CHECK(jobs->size() == 2);
  CHECK(fake.count("squeue") == 1);
  CHECK(fake.calls().find("--jobs=1,2_3,9") != std::string::npos);
  CHECK(slurm.queue({})->empty());
  CHECK(fake.count("squeue") == 1);
}

TEST_CASE("a queue that fails, hangs or gives garbage") {
  const FakeSlurm fake;
  SECTION("a job that is forgotten") {
    fake.program("squeue", "echo 'slurm_load_jobs error: Invalid job id specified' >&2; exit 1");
    REQUIRE(slurm.queue({"1"}));
    CHECK(slurm.queue({"1"})->empty());
  }
  SECTION("fails first, then answers") {
    fake.program("squeue",
                 "if ((n == 1)); then echo 'Socket timed out' >&2; exit 1; fi; echo '1|RUNNING|None|1:00'");
    REQUIRE(slurm.queue({"1"}));
    CHECK(fake.count("squeue") == 2);
  }
  SECTION("hangs") {
    fake.program("squeue", "sleep 300");
    CHECK_FALSE(slurm_with_short_timeout.queue({"1"}));
    CHECK(fake.count("squeue") == 2);
  }
  SECTION("garbage") {
    fake.program("squeue", "head -c 3000000 /dev/urandom");
    const auto jobs = slurm.queue({"1"});
    REQUIRE(jobs);
    CHECK(jobs->empty());
  }
  SECTION("another error is not asked again") {
    fake.program("squeue", "echo 'squeue: error: something else' >&2; exit 1");
    CHECK_FALSE(slurm.queue({"1"}));
    CHECK(fake.count("squeue") == 1);
  }
}
