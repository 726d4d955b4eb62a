"""Slurm jobs that resubmit themselves, on a real Slurm started by scripts/cluster-up --slurm.

Environment variables: see tests/support/tessera_cli.py.
"""

import functools
import json
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import cluster  # noqa: E402
import tessera_cli as cli  # noqa: E402

# A step on this grid takes much longer than the exchange of messages between nodes, but a run of a few seconds still has
# many steps.
JOB = """
[job]
name   = "slurm test"
solver = "heat"
[domain]
cells    = [512, 512]
upper    = [1.0, 1.0]
boundary = "periodic"
[parameters]
diffusivity = 0.1
[initial]
temperature = "300 + 50*exp(-((x-0.5)^2 + (y-0.4)^2)/0.01)"
[time]
dt        = 1e-7
end       = "100 s"
max_steps = {steps}
[checkpoint]
every = "1 s wall"
[output]
fields = ["temperature"]
every  = "end"
"""

# Approximate duration of a run in seconds, long enough for the events of a test even if the machine becomes faster.
RUN_SECONDS = 30
# Time limit in seconds for each wait, sufficient even on a busy machine.
WAIT_LIMIT = 900

FINAL_STATES = ("COMPLETED", "CANCELLED", "FAILED", "TIMEOUT", "NODE_FAIL", "PREEMPTED", "BOOT_FAIL", "OUT_OF_MEMORY")
CLUSTER = None


def wait_until(condition, message, pause=0.3):
    """Waits until condition() is true. @return its value. @raise AssertionError: with `message`, if time runs out."""
    return cli.wait_for(condition, what=message, seconds=WAIT_LIMIT, pause=pause)


@functools.lru_cache(maxsize=None)
def undisturbed_report(steps):
    """@return the report of an undisturbed run under mpirun, on two ranks of one node."""
    folder = CLUSTER.folder / f"undisturbed-{steps}"
    folder.mkdir()
    job = folder / "job.toml"
    job.write_text(JOB.format(steps=steps), encoding="utf-8")
    command = ["mpirun", "-n", "2", "--host", "node1:2", cli.BINARY, "run", job, "--run-dir", folder / "run", "--quiet"]
    result = CLUSTER.run("head", command, cwd=folder, timeout=WAIT_LIMIT)
    if result.code != 0:
        raise AssertionError(f"the undisturbed run failed: {result}")
    return json.loads((folder / "run" / "run.json").read_text(encoding="utf-8"))


@functools.lru_cache(maxsize=None)
def steps_in(seconds):
    """@return the approximate number of steps that a run computes in this time, estimated from a short run."""
    return int(seconds * 4000 / undisturbed_report(4000)["loop"]["seconds"])


class Slurm(unittest.TestCase):
    """Each test has its own folder, which all nodes share, and leaves the queue empty."""

    maxDiff = None

    def setUp(self):
        self.folder = CLUSTER.folder / self.id().rsplit(".", 1)[-1]
        self.folder.mkdir()
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.addCleanup(self.clear_queue)

    # Commands on the head node

    def run_on_head(self, *command, env=None, timeout=cli.COMMAND_TIMEOUT):
        return CLUSTER.run("head", [str(part) for part in command], cwd=self.folder, env=env, timeout=timeout)

    def tessera(self, *arguments, **options):
        return self.run_on_head(cli.BINARY, *arguments, **options)

    def write_job(self, steps, name="job.toml"):
        path = self.folder / name
        path.write_text(JOB.format(steps=steps), encoding="utf-8")
        return path

    def submit(self, *arguments):
        """Runs `tessera submit --json`, which must submit a job. @return its output."""
        result = self.tessera("submit", "--json", *arguments)
        self.assertEqual(result.code, 0, str(result))
        return result.json()

    # The queue

    def clear_queue(self):
        self.run_on_head("scancel", "--user=root")
        wait_until(lambda: not self.run_on_head("squeue", "--noheader").out.strip(), "the queue is not empty")

    def job_fields(self, job_id):
        """@return the fields that `scontrol show job` prints, by name."""
        out = self.run_on_head("scontrol", "--oneliner", "show", "job", job_id).out
        return dict(part.split("=", 1) for part in out.split() if "=" in part)

    def job_state(self, job_id):
        return self.job_fields(job_id).get("JobState", "")

    def wait_for_end(self, job_id):
        """Waits until the job is in a final state. @return this state."""

        def final_state():
            state = self.job_state(job_id)
            return state if state in FINAL_STATES else None

        return wait_until(final_state, f"job {job_id} has not ended")

    # The run directory

    def batch_log(self, run):
        """@return the output of all batch jobs of the run."""
        return "".join(path.read_text(errors="replace") for path in sorted((run / "logs").glob("slurm-*.out")))

    def supervision(self, run):
        """@return the attempts and faults of the run, from supervision.json."""
        return json.loads((run / "supervision.json").read_text(encoding="utf-8"))

    def report(self, run):
        return json.loads((run / "run.json").read_text(encoding="utf-8"))

    def checkpoint_steps(self, run):
        return sorted(int(path.name.split("-")[0]) for path in (run / "checkpoints").glob("[0-9]*"))

    def wait_for_checkpoint(self, run, after=0):
        """Waits for a checkpoint after step `after`. @return the step of the newest one."""
        return wait_until(lambda: max([s for s in self.checkpoint_steps(run) if s > after], default=None),
                          f"there is no checkpoint after step {after}")

    def assert_done(self, run, steps):
        """Asserts that the run is done, with the digest of an undisturbed run."""
        self.assertEqual(self.report(run)["status"], "done")
        self.assertEqual(self.report(run)["digest"], undisturbed_report(steps)["digest"])

    # Tests

    def test_a_three_minute_run_completes_under_a_one_minute_limit(self):
        steps = steps_in(180)
        run = self.folder / "run"
        job_id = self.submit(self.write_job(steps), "-N1", "--ntasks-per-node", "2", "-t", "1", "--run-dir", run)["job_id"]
        self.assertEqual(self.wait_for_end(job_id), "COMPLETED", self.batch_log(run))
        supervision = self.supervision(run)
        self.assertGreaterEqual(len(supervision["attempts"]), 3, self.batch_log(run))
        self.assertGreaterEqual(int((run / "requeues").read_text()), 2)
        self.assertEqual(supervision["lost_seconds"], 0.0)
        # The times of the first and last lines that the script prints in each part of the run.
        stamps = [time.mktime(time.strptime(stamp, "%Y-%m-%d %H:%M:%S"))
                  for stamp in re.findall(r"^(\S+ \S+) job \d+: .*(?:part \d+ of the run|there is more to do|is done)",
                                          self.batch_log(run), re.MULTILINE)]
        self.assertEqual(len(stamps), 2 * len(supervision["attempts"]), self.batch_log(run))
        elapsed = sum(end - begin for begin, end in zip(stamps[::2], stamps[1::2]))
        useful = self.useful_seconds(run)
        print(f"useful {useful:.1f} s of {elapsed:.1f} s in {len(supervision['attempts'])} parts: {useful / elapsed:.3f}")
        self.assertGreaterEqual(useful / elapsed, 0.85)
        self.assert_done(run, steps)

    def useful_seconds(self, run):
        """@return the time that all parts spent in the step loop, from the "done in" or "so far in" at the end of each."""
        units = {"ms": 1e-3, "s": 1.0, "min": 60.0}
        total = 0.0
        for text in re.findall(r"(?:so far in|done in) (.*?)   \d+ steps", self.batch_log(run)):
            total += sum(float(amount) * units[unit] for amount, unit in re.findall(r"([\d.]+) (ms|s|min)", text))
        return total

    def test_a_job_requeued_with_scontrol_resumes(self):
        run = self.folder / "run"
        steps = steps_in(RUN_SECONDS)
        job_id = self.submit(self.write_job(steps), "-N1", "--ntasks-per-node", "2", "-t", "10", "--run-dir", run)["job_id"]
        step = self.wait_for_checkpoint(run)
        self.assertEqual(self.run_on_head("scontrol", "requeue", job_id).code, 0)
        self.assertEqual(self.wait_for_end(job_id), "COMPLETED", self.batch_log(run))
        self.assertEqual(self.job_fields(job_id)["Restarts"], "1")
        self.assertGreaterEqual(self.supervision(run)["attempts"][1]["from_step"], step)
        self.assertFalse((run / "requeues").exists(), "the script requeued a job that Slurm had already requeued")
        self.assert_done(run, steps)

    def test_a_preempted_job_resumes(self):
        run = self.folder / "run"
        steps = steps_in(RUN_SECONDS)
        job_id = self.submit(self.write_job(steps), "-N3", "--ntasks-per-node", "1", "-t", "10", "--run-dir", run)["job_id"]
        step = self.wait_for_checkpoint(run)
        urgent = self.run_on_head("sbatch", "--parsable", "-p", "urgent", "-N3", "--exclusive", "-t", "1", "-o", "/dev/null",
                                  "--wrap", "sleep 2").out.strip()
        self.assertEqual(self.wait_for_end(urgent), "COMPLETED")
        self.assertEqual(self.wait_for_end(job_id), "COMPLETED", self.batch_log(run))
        self.assertGreaterEqual(int(self.job_fields(job_id)["Restarts"]), 1)
        self.assertGreaterEqual(self.supervision(run)["attempts"][1]["from_step"], step)
        self.assert_done(run, steps)

    def test_a_run_resumes_after_the_loss_of_a_node(self):
        run = self.folder / "run"
        steps = steps_in(RUN_SECONDS)
        job_id = self.submit(self.write_job(steps), "-N1", "--ntasks-per-node", "2", "-t", "10", "--run-dir", run)["job_id"]
        step = self.wait_for_checkpoint(run)
        node = self.job_fields(job_id)["NodeList"]
        self.addCleanup(CLUSTER.repair)
        CLUSTER.kill(node)
        wait_until(lambda: len(self.supervision(run)["attempts"]) > 1, "the second part has not started")
        self.assertEqual(self.wait_for_end(job_id), "COMPLETED", self.batch_log(run))
        self.assertGreaterEqual(self.supervision(run)["attempts"][1]["from_step"], step)
        CLUSTER.repair()  # the undisturbed run may need this node
        self.assert_done(run, steps)

    def test_a_cancelled_job_is_not_requeued(self):
        run = self.folder / "run"
        job = self.write_job(10_000_000)
        job_id = self.submit(job, "-N1", "--ntasks-per-node", "2", "-t", "10", "--run-dir", run)["job_id"]
        step = self.wait_for_checkpoint(run)
        self.run_on_head("scancel", job_id)
        self.assertEqual(self.wait_for_end(job_id), "CANCELLED")
        time.sleep(8)  # longer than a requeued job stays pending
        self.assertEqual(self.run_on_head("squeue", "--noheader").out.strip(), "")
        kills_immediately = cli.open_mpi_version() >= 5  # this mpirun leaves the ranks no time for a checkpoint
        if not kills_immediately:
            self.assertGreater(self.checkpoint_steps(run)[-1], step)
            self.assertEqual(self.checkpoint_steps(run)[-1], self.report(run)["loop"]["steps"])
        self.assertFalse((run / "requeues").exists())
        status = self.tessera("status", run, "--json").json()[0]
        self.assertIn(status["status"], ("stopped", "interrupted") if kills_immediately else ("stopped",))
        self.assertEqual(status["job_id"], job_id)
        # Submit the run again in the same directory.
        resubmitted = self.submit(job, "-N1", "--ntasks-per-node", "1", "-t", "10", "--run-dir", run)
        self.assertNotEqual(resubmitted["job_id"], job_id)
        self.wait_for_checkpoint(run, self.checkpoint_steps(run)[-1])

    def test_concurrent_jobs_need_separate_run_directories(self):
        runs = [self.folder / name for name in ("one", "two")]
        steps = steps_in(RUN_SECONDS) // 2
        job = self.write_job(steps)
        ids = [self.submit(job, "-N1", "--ntasks-per-node", "1", "-t", "10", "--run-dir", run)["job_id"] for run in runs]
        refused = self.tessera("submit", job, "-N1", "-t", "10", "--run-dir", runs[0])
        self.assertEqual(refused.code, 73, str(refused))
        rows = self.tessera("status", self.folder, "--json").json()
        self.assertEqual({row["name"]: row["job_id"] for row in rows if row["job_id"]}, dict(zip(("one", "two"), ids)))
        for job_id in ids:
            self.assertEqual(self.wait_for_end(job_id), "COMPLETED")
        self.assertEqual(self.report(runs[0])["digest"], self.report(runs[1])["digest"])

    def test_each_value_of_a_sweep_is_an_array_task(self):
        group = self.folder / "sweep"
        job = self.write_job(3000)
        submission = self.submit(job, "-N1", "--ntasks-per-node", "1", "-t", "10", "--run-dir", group, "--sweep",
                                 "diffusivity=0.1,0.2,0.4")
        runs = [pathlib.Path(path) for path in submission["runs"]]
        self.assertEqual([run.name for run in runs], ["diffusivity=0.1", "diffusivity=0.2", "diffusivity=0.4"])
        for number in range(3):
            self.assertEqual(self.wait_for_end(f"{submission['job_id']}_{number}"), "COMPLETED", self.batch_log(group))
        self.assertEqual(len({self.report(run)["digest"]["state"] for run in runs}), 3)
        direct = self.folder / "direct"
        result = self.run_on_head("mpirun", "-n", "1", "--host", "node1", cli.BINARY, "run", job,
                                  "parameters.diffusivity=0.2", "--run-dir", direct, "--quiet")
        self.assertEqual(result.code, 0, str(result))
        self.assertEqual(self.report(runs[1])["digest"], self.report(direct)["digest"])

    def test_each_task_of_an_array_is_requeued_separately(self):
        group = self.folder / "array"
        jobs = [self.write_job(steps, f"{name}.toml") for name, steps in (("a", 2000), ("b", 10_000_000), ("c", 10_000_000))]
        submission = self.submit("-N1", "--ntasks-per-node", "1", "-t", "10", "--run-dir", group, "--array", *jobs)
        runs = [pathlib.Path(path) for path in submission["runs"]]
        self.assertEqual([run.name for run in runs], ["a", "b", "c"])
        for run in runs[1:]:
            self.wait_for_checkpoint(run)
        # Signal the last task, because its job ID is that of the whole array.
        wait_until((runs[0] / "run.json").exists, "run a has not ended")
        number = self.job_fields(f"{submission['job_id']}_2")["JobId"]
        self.run_on_head("scancel", "--batch", "--signal=USR1", f"{submission['job_id']}_2")
        wait_until(lambda: len(self.supervision(runs[2])["attempts"]) > 1, "the second part of run c has not started")
        self.assertEqual(len(self.supervision(runs[1])["attempts"]), 1, f"job {number}\n" + self.batch_log(group))
        rows = self.tessera("status", group, "--json").json()
        self.assertEqual([row["job_id"] for row in rows], [f"{submission['job_id']}_{n}" for n in range(3)])

    def test_a_chain_of_jobs_completes_the_run(self):
        run = self.folder / "run"
        steps = steps_in(90)
        first = self.submit(self.write_job(steps), "-N1", "--ntasks-per-node", "2", "-t", "1", "--chain", "--run-dir",
                            run)["job_id"]
        wait_until(lambda: "the run is done" in self.batch_log(run), "the run is not done")
        last = json.loads((run / "batch.json").read_text())["job_id"]
        self.assertGreater(int(last), int(first))
        self.assertEqual(self.job_fields(first)["Restarts"], "0")
        self.assert_done(run, steps)

    def test_srun_can_start_the_ranks(self):
        run = self.folder / "run"
        steps = steps_in(RUN_SECONDS)
        job_id = self.submit(self.write_job(steps), "-N2", "--ntasks-per-node", "1", "-t", "10", "--launcher", "srun",
                             "--run-dir", run)["job_id"]
        self.assertEqual(self.wait_for_end(job_id), "COMPLETED", self.batch_log(run))
        self.assertEqual(self.report(run)["nodes"], 2)
        self.assert_done(run, steps)

    def test_a_run_survives_an_unresponsive_controller(self):
        run = self.folder / "run"
        steps = steps_in(RUN_SECONDS)
        job_id = self.submit(self.write_job(steps), "-N1", "--ntasks-per-node", "2", "-t", "10", "--run-dir", run)["job_id"]
        step = self.wait_for_checkpoint(run)
        node = self.job_fields(job_id)["NodeList"]
        find_controllers = ["sh", "-c", "pgrep -x slurmctld --ns $$ --nslist net"]
        pids = [int(pid) for pid in CLUSTER.run_checked("head", find_controllers).split()]
        for pid in pids:
            CLUSTER.run_checked("head", ["kill", f"-{signal.SIGSTOP.value}", str(pid)])
        begin = time.monotonic()
        try:
            # The run writes a checkpoint, but the job cannot be requeued until the controller responds.
            CLUSTER.run_checked(node, ["kill", "-USR1", str(self.supervision(run)["pid"])])
            status = self.tessera("status", run, "--json")
            self.assertEqual(status.code, 0, str(status))
            row = status.json()[0]
            self.assertIsNone(row["queue_state"])
            self.assertEqual(row["job_id"], job_id)
            self.assertLess(status.seconds, cli.scaled(20))
            time.sleep(max(0.0, 20 - (time.monotonic() - begin)))
            self.wait_for_checkpoint(run, step)
        finally:
            for pid in pids:
                CLUSTER.run_checked("head", ["kill", f"-{signal.SIGCONT.value}", str(pid)])
        self.assertEqual(self.wait_for_end(job_id), "COMPLETED", self.batch_log(run))
        self.assert_done(run, steps)

    def test_a_mistake_in_the_job_is_reported_before_submission(self):
        job = self.write_job(1000)
        job.write_text(job.read_text().replace("diffusivity = 0.1", "difusivity = 0.1"))
        result = self.tessera("submit", job, "-N1", "-t", "10", "--run-dir", self.folder / "run")
        self.assertEqual(result.code, 78, str(result))
        self.assertIn("difusivity", result.err)
        self.assertEqual(self.run_on_head("squeue", "--noheader").out.strip(), "")
        self.assertFalse((self.folder / "run").exists())

    def test_invalid_submissions_are_rejected(self):
        run = self.folder / "run"
        job = self.write_job(1000)
        result = self.tessera("submit", job, "-N1", "-t", "10", "--partition", "nowhere", "--run-dir", run)
        self.assertEqual(result.code, 73, str(result))
        self.assertIn("nvalid partition", result.err)
        self.assertFalse(run.exists())
        result = self.tessera("submit", job, "-N1", "-t", "soon", "--run-dir", run)
        self.assertEqual(result.code, 64, str(result))
        result = self.tessera("submit", job, "-N1", "-t", "10", "--run-dir", run, env={"PATH": "/nowhere"})
        self.assertNotEqual(result.code, 0)
        self.assertFalse(run.exists())

    def test_a_dry_run_changes_nothing(self):
        run = self.folder / "run"
        result = self.tessera("submit", self.write_job(1000), "-N1", "-t", "10", "--run-dir", run, "--dry-run", "--",
                              "--comment=two words")
        self.assertEqual(result.code, 0, str(result))
        self.assertIn('#SBATCH --comment="two words"', result.out)
        self.assertIn("#SBATCH --time=00:10:00", result.out)
        checked = subprocess.run(["bash", "-n"], input=result.out, text=True, capture_output=True, check=False)
        self.assertEqual(checked.returncode, 0, checked.stderr)
        self.assertFalse(run.exists())
        self.assertEqual(self.run_on_head("squeue", "--noheader").out.strip(), "")


if __name__ == "__main__":
    with cluster.Cluster(slurm=True) as CLUSTER:
        cli.main()
