"""A kind of job that the framework does not know runs, survives faults, and ends in the same state after it resumes."""

import functools
import json
import os
import pathlib
import signal
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import tessera_cli as cli  # noqa: E402

BAD_DATA, AGAIN = 65, 75

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


def number(chunk, step):
    """@return the number that a step adds to the sum of a chunk."""
    return (((chunk + 1) * 0x9E3779B97F4A7C15) & MASK) ^ step


@functools.lru_cache
def digest_after(steps, chunks=CHUNKS):
    """@return the state digest after `steps` steps, computed without a run."""
    total = 0
    for chunk in range(chunks):
        state = sum(number(chunk, step) for step in range(steps)) & MASK
        total += ((state ^ number(chunk, 0)) * 0xD6E8FEB86659FD93) & MASK
    return f"{total & MASK:016x}"


class Case(cli.Case):
    def job(self, checkpoint='every = "10 steps"', steps=STEPS, pause="1 ms", name="job.toml"):
        return self.write(name, JOB.format(steps=steps, pause=pause, checkpoint=checkpoint))

    def count(self, job, *arguments, name="run", ranks=2):
        return self.tessera("run", job, "--run-dir", name, "--quiet", *arguments, ranks=ranks)

    def report(self, name="run"):
        return json.loads((self.folder / name / "run.json").read_text(encoding="utf-8"))

    def first_step(self, name="run"):
        """@return the step at which the last attempt began."""
        return json.loads((self.folder / name / "progress.json").read_text(encoding="utf-8"))["from_step"]

    def checkpoints(self, name="run"):
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
        """Resumes a run, which must reach the right final state. @return the step from which it resumed."""
        self.assert_done(self.count(job, "--resume=auto", name=name, ranks=ranks), name, steps)
        return self.first_step(name)


class Counts(Case):
    def test_the_state_does_not_depend_on_the_ranks(self):
        job = self.job(pause="0 s")
        for ranks in (1, 2, 3):
            with self.subTest(ranks=ranks):
                self.assert_done(self.count(job, name=f"on-{ranks}", ranks=ranks), f"on-{ranks}")
                self.assertEqual(self.report(f"on-{ranks}")["ranks"], ranks)
                moves = self.report(f"on-{ranks}")["moves"]
                if ranks == 1:
                    self.assertEqual(moves, 0)
                else:
                    self.assertGreater(moves, 0)

    def test_the_state_depends_on_the_job(self):
        """The digest would notice a lost step or chunk."""
        digests = {digest_after(STEPS), digest_after(STEPS - 1), digest_after(STEPS, CHUNKS - 1)}
        self.assertEqual(len(digests), 3)
        self.assert_done(self.count(self.job(steps=STEPS - 1, pause="0 s")), steps=STEPS - 1)


class Signals(Case):
    def check(self, ask, ranks, resumed_on):
        job = self.job('every = "1 h"', steps=400, pause="10 ms")
        process = cli.start([*cli.launcher(ranks), cli.BINARY, "run", job, "--run-dir", "run"], self.folder)
        self.addCleanup(lambda: process.poll() is None and os.killpg(process.pid, signal.SIGKILL))
        progress = self.folder / "run" / "progress.json"
        cli.wait_for(lambda: progress.exists() and json.loads(progress.read_text())["step"] > 0, process)
        self.assertEqual(self.checkpoints(), [])
        ask(process.pid)
        result = cli.finish(process)
        self.assertEqual(result.code, AGAIN, str(result))
        stopped = self.report()
        self.assertEqual(stopped["status"], "stopped")
        (step,) = self.checkpoints()
        self.assertLess(step, 400)
        self.assertEqual(stopped["digest"]["state"], digest_after(step))
        self.assertEqual(self.resume(job, resumed_on, steps=400), step)

    def test_usr1(self):
        self.check(lambda launcher: os.kill(launcher, signal.SIGUSR1), ranks=2, resumed_on=3)

    def test_term_of_one_rank(self):
        def ask(launcher):  # signals a rank, because the launcher itself would not survive TERM
            ranks = pathlib.Path(f"/proc/{launcher}/task/{launcher}/children").read_text(encoding="utf-8").split()
            os.kill(int(ranks[-1]), signal.SIGTERM)

        self.check(ask, ranks=3, resumed_on=1)


class Killed(Case):
    def kill(self, job, step, ranks=2, name="run"):
        result = self.count(job, "--inject", f"kill rank=1 step={step}", name=name, ranks=ranks)
        self.assertNotIn(result.code, (0, AGAIN), str(result))

    def test_a_run_resumes_on_any_ranks(self):
        job = self.job()
        for resumed_on in (1, 2, 3, 4):
            with self.subTest(ranks=resumed_on):
                name = f"on-{resumed_on}"
                self.kill(job, 45, name=name)
                newest = self.checkpoints(name)[0]
                self.assertIn(newest, (30, 40))  # the checkpoint of step 40 may have been incomplete
                self.assertEqual(self.resume(job, resumed_on, name), newest)

    def test_resumes_from_the_nodes(self):
        node = self.folder / "node"
        node.mkdir()
        job = self.job(f'every = "1 h"\nlocal = "{node}"\nlocal_every = "50 ms"', pause="10 ms")
        self.kill(job, 55)
        self.assertEqual(self.checkpoints(), [])
        newest = max(int(p.parent.name.split("-")[0]) for p in node.glob("tessera-*/*-*/manifest"))
        self.assertGreater(newest, 0)
        self.assertEqual(self.resume(job, 3), newest)
        self.assertEqual(list(node.iterdir()), [])

    def test_a_damaged_checkpoint_is_passed_over(self):
        job = self.job()
        self.kill(job, 55)
        newest, before = self.checkpoints()[:2]
        (part, *_) = sorted((self.folder / "run" / "checkpoints").glob(f"{newest:010d}-*/part*"))
        content = bytearray(part.read_bytes())
        content[next(n for n, byte in enumerate(content) if byte != 0)] ^= 1  # not a byte of padding
        part.write_bytes(content)
        result = self.count(job, "--resume=auto", ranks=3)
        self.assert_done(result)
        self.assertEqual(self.first_step(), before)
        self.assertIn("cannot be used", (self.folder / "run" / "run.log").read_text())

    def test_without_a_good_checkpoint_nothing_is_computed(self):
        job = self.job()
        self.kill(job, 55)
        for part in (self.folder / "run" / "checkpoints").glob("*/part*"):
            part.write_bytes(bytes(len(part.read_bytes())))
        checkpoints = self.checkpoints()
        self.assert_refused(self.count(job, "--resume=auto"), BAD_DATA, f"none of {len(checkpoints)} checkpoints can be used")
        self.assertEqual(self.checkpoints(), checkpoints)

    def test_another_job_is_refused(self):
        self.kill(self.job(), 45)
        other = self.write("other.toml", JOB.format(steps=STEPS, pause="1 ms", checkpoint="").replace("= 11", "= 12"))
        before = {p.name: p.read_bytes() for p in (self.folder / "run").iterdir() if p.is_file()}
        self.assert_refused(self.count(other, "--resume=auto"), BAD_DATA, "chunks: 1")
        self.assertEqual({p.name: p.read_bytes() for p in (self.folder / "run").iterdir() if p.is_file()}, before)


class Launched(Case):
    def launch(self, job, change=lambda: None):
        """Launches a job whose first attempt is killed. Calls `change` while that attempt runs."""
        process = cli.start([cli.BINARY, "launch", "-n", "2", job, "--run-dir", "run", "--inject", "kill rank=1 step=45"],
                            self.folder)
        self.addCleanup(lambda: process.poll() is None and os.killpg(process.pid, signal.SIGKILL))
        cli.wait_for(lambda: self.checkpoints() or process.poll() is not None)
        change()
        result = cli.finish(process)
        self.assert_done(result)
        supervision = json.loads((self.folder / "run" / "supervision.json").read_text(encoding="utf-8"))
        self.assertEqual(supervision["status"], "done")
        self.assertEqual([a["fault"]["kind"] if a["fault"] else None for a in supervision["attempts"]], ["death", None])
        self.assertIn(supervision["attempts"][1]["from_step"], (30, 40))
        self.assertEqual(self.report()["job"]["text"], self.written)

    def setUp(self):
        super().setUp()
        self.path = self.job(pause="20 ms")
        self.written = self.path.read_text()

    def test_relaunches(self):
        self.launch(self.path)

    def test_the_job_file_is_edited(self):
        self.launch(self.path, lambda: self.job(steps=STEPS - 10))

    def test_the_job_file_is_removed(self):
        self.launch(self.path, self.path.unlink)


if __name__ == "__main__":
    cli.main()
