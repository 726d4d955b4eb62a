"""Tests a kind of job that has no code in the framework: it runs, survives faults, and resumes to the right state."""

import functools
import json
import os
import pathlib
import signal
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import tessera_cli as cli  # noqa: E402

BAD_DATA, RESUMABLE = 65, 75

MASK = (1 << 64) - 1
CHUNKS = 11
STEPS = 60

JOB = f"""
[job]
name   = "counting"
solver = "counter"

[count]
chunks = {CHUNKS}
steps  = {{steps}}
pause  = "{{pause}}"

[checkpoint]
{{checkpoint}}
"""


def addend(chunk, step):
    """@return the number that a step adds to the sum of a chunk."""
    return (((chunk + 1) * 0x9E3779B97F4A7C15) & MASK) ^ step


@functools.lru_cache
def digest_after(steps, chunks=CHUNKS):
    """@return the expected digest of the state after `steps` steps."""
    total = 0
    for chunk in range(chunks):
        state = sum(addend(chunk, step) for step in range(steps)) & MASK
        total += ((state ^ addend(chunk, 0)) * 0xD6E8FEB86659FD93) & MASK
    return f"{total & MASK:016x}"


class Case(cli.Case):
    def write_job(self, checkpoint='every = "10 steps"', steps=STEPS, pause="1 ms", name="job.toml"):
        return self.write(name, JOB.format(steps=steps, pause=pause, checkpoint=checkpoint))

    def run_counter(self, job, *arguments, name="run", ranks=2):
        return self.tessera("run", job, "--run-dir", name, "--quiet", *arguments, ranks=ranks)

    def report(self, name="run"):
        return json.loads((self.folder / name / "run.json").read_text(encoding="utf-8"))

    def first_step(self, name="run"):
        """@return the step at which the last attempt began."""
        return json.loads((self.folder / name / "progress.json").read_text(encoding="utf-8"))["from_step"]

    def checkpoint_steps(self, name="run"):
        """@return the steps of the published checkpoints, newest first."""
        folder = self.folder / name / "checkpoints"
        names = [p.name for p in folder.iterdir() if p.name[0].isdigit()] if folder.exists() else []
        return sorted((int(n.split("-")[0]) for n in names), reverse=True)

    def assert_done(self, result, name="run", steps=STEPS):
        self.assertEqual(result.code, 0, str(result))
        report = self.report(name)
        self.assertEqual(report["status"], "done")
        self.assertEqual(report["digest"]["state"], digest_after(steps))

    def resume(self, job, ranks, name="run", steps=STEPS):
        """Resumes a run, which must reach the expected final state. @return the step from which it resumed."""
        self.assert_done(self.run_counter(job, "--resume=auto", name=name, ranks=ranks), name, steps)
        return self.first_step(name)


class FinalState(Case):
    def test_the_final_state_does_not_depend_on_the_number_of_ranks(self):
        job = self.write_job(pause="0 s")
        for ranks in (1, 2, 3):
            with self.subTest(ranks=ranks):
                self.assert_done(self.run_counter(job, name=f"on-{ranks}", ranks=ranks), f"on-{ranks}")
                self.assertEqual(self.report(f"on-{ranks}")["ranks"], ranks)
                moves = self.report(f"on-{ranks}")["moves"]
                if ranks == 1:
                    self.assertEqual(moves, 0)
                else:
                    self.assertGreater(moves, 0)

    def test_the_digest_depends_on_steps_and_chunks(self):
        """A lost step or chunk changes the digest."""
        digests = {digest_after(STEPS), digest_after(STEPS - 1), digest_after(STEPS, CHUNKS - 1)}
        self.assertEqual(len(digests), 3)
        self.assert_done(self.run_counter(self.write_job(steps=STEPS - 1, pause="0 s")), steps=STEPS - 1)


class StopSignals(Case):
    def check_stop_and_resume(self, request_stop, ranks, resume_ranks):
        job = self.write_job('every = "1 h"', steps=400, pause="10 ms")
        process = cli.start([*cli.launcher(ranks), cli.BINARY, "run", job, "--run-dir", "run"], self.folder)
        self.addCleanup(lambda: process.poll() is None and os.killpg(process.pid, signal.SIGKILL))
        progress = self.folder / "run" / "progress.json"
        cli.wait_for(lambda: progress.exists() and json.loads(progress.read_text())["step"] > 0, process)
        self.assertEqual(self.checkpoint_steps(), [])
        request_stop(process.pid)
        result = cli.finish(process)
        self.assertEqual(result.code, RESUMABLE, str(result))
        stopped = self.report()
        self.assertEqual(stopped["status"], "stopped")
        (step,) = self.checkpoint_steps()
        self.assertLess(step, 400)
        self.assertEqual(stopped["digest"]["state"], digest_after(step))
        self.assertEqual(self.resume(job, resume_ranks, steps=400), step)

    def test_sigusr1_stops_a_run_after_a_checkpoint(self):
        self.check_stop_and_resume(lambda launcher: os.kill(launcher, signal.SIGUSR1), ranks=2, resume_ranks=3)

    def test_sigterm_to_one_rank_stops_a_run_after_a_checkpoint(self):
        def request_stop(launcher):  # signals a rank, because SIGTERM would end the launcher
            os.kill(cli.child_pids(launcher)[-1], signal.SIGTERM)

        self.check_stop_and_resume(request_stop, ranks=3, resume_ranks=1)


class KilledRun(Case):
    def run_until_killed(self, job, step, ranks=2, name="run"):
        result = self.run_counter(job, "--inject", f"kill rank=1 step={step}", name=name, ranks=ranks)
        self.assertNotIn(result.code, (0, RESUMABLE), str(result))

    def test_a_killed_run_resumes_on_any_number_of_ranks(self):
        job = self.write_job()
        for resume_ranks in (1, 2, 3, 4):
            with self.subTest(ranks=resume_ranks):
                name = f"on-{resume_ranks}"
                self.run_until_killed(job, 45, name=name)
                newest = self.checkpoint_steps(name)[0]
                self.assertIn(newest, (30, 40))  # the checkpoint of step 40 may have been incomplete
                self.assertEqual(self.resume(job, resume_ranks, name), newest)

    def test_a_killed_run_resumes_from_a_node_local_checkpoint(self):
        node = self.folder / "node"
        node.mkdir()
        job = self.write_job(f'every = "1 h"\nlocal = "{node}"\nlocal_every = "50 ms"', pause="10 ms")
        self.run_until_killed(job, 55)
        self.assertEqual(self.checkpoint_steps(), [])
        newest = max(int(p.parent.name.split("-")[0]) for p in node.glob("tessera-*/*-*/manifest"))
        self.assertGreater(newest, 0)
        self.assertEqual(self.resume(job, 3), newest)
        self.assertEqual(list(node.iterdir()), [])

    def test_a_damaged_checkpoint_is_skipped(self):
        job = self.write_job()
        self.run_until_killed(job, 55)
        newest, previous = self.checkpoint_steps()[:2]
        (part, *_) = sorted((self.folder / "run" / "checkpoints").glob(f"{newest:010d}-*/part*"))
        content = bytearray(part.read_bytes())
        content[next(n for n, byte in enumerate(content) if byte != 0)] ^= 1  # zero bytes may be padding
        part.write_bytes(content)
        result = self.run_counter(job, "--resume=auto", ranks=3)
        self.assert_done(result)
        self.assertEqual(self.first_step(), previous)
        self.assertIn("cannot be used", (self.folder / "run" / "run.log").read_text())

    def test_a_run_whose_checkpoints_are_all_damaged_is_refused(self):
        job = self.write_job()
        self.run_until_killed(job, 55)
        for part in (self.folder / "run" / "checkpoints").glob("*/part*"):
            part.write_bytes(bytes(len(part.read_bytes())))
        checkpoints = self.checkpoint_steps()
        self.assert_refused(self.run_counter(job, "--resume=auto"), BAD_DATA,
                            f"none of {len(checkpoints)} checkpoints can be used")
        self.assertEqual(self.checkpoint_steps(), checkpoints)

    def test_resuming_with_another_job_is_refused(self):
        self.run_until_killed(self.write_job(), 45)
        other = self.write("other.toml", JOB.format(steps=STEPS, pause="1 ms", checkpoint="").replace("= 11", "= 12"))
        files_before = {p.name: p.read_bytes() for p in (self.folder / "run").iterdir() if p.is_file()}
        self.assert_refused(self.run_counter(other, "--resume=auto"), BAD_DATA, "chunks: 1")
        self.assertEqual({p.name: p.read_bytes() for p in (self.folder / "run").iterdir() if p.is_file()}, files_before)


class Relaunch(Case):
    def check_relaunch(self, job, change=lambda: None):
        """Launches a job whose first attempt is killed; calls `change` while it runs. The second must complete."""
        process = cli.start([cli.BINARY, "launch", "-n", "2", job, "--run-dir", "run", "--inject", "kill rank=1 step=45"],
                            self.folder)
        self.addCleanup(lambda: process.poll() is None and os.killpg(process.pid, signal.SIGKILL))
        cli.wait_for(lambda: self.checkpoint_steps() or process.poll() is not None)
        change()
        result = cli.finish(process)
        self.assert_done(result)
        supervision = json.loads((self.folder / "run" / "supervision.json").read_text(encoding="utf-8"))
        self.assertEqual(supervision["status"], "done")
        self.assertEqual([a["fault"]["kind"] if a["fault"] else None for a in supervision["attempts"]], ["death", None])
        self.assertIn(supervision["attempts"][1]["from_step"], (30, 40))
        self.assertEqual(self.report()["job"]["text"], self.job_text)

    def setUp(self):
        super().setUp()
        self.job_path = self.write_job(pause="20 ms")
        self.job_text = self.job_path.read_text()

    def test_a_killed_attempt_is_relaunched(self):
        self.check_relaunch(self.job_path)

    def test_a_relaunch_ignores_changes_to_the_job_file(self):
        self.check_relaunch(self.job_path, lambda: self.write_job(steps=STEPS - 10))

    def test_a_relaunch_does_not_need_the_job_file(self):
        self.check_relaunch(self.job_path, self.job_path.unlink)


if __name__ == "__main__":
    cli.main()
