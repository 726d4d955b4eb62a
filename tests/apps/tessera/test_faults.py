"""If a rank dies, the whole run ends, and no process hangs."""

import json
import os
import pathlib
import signal
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "support"))
import tessera_cli as cli  # noqa: E402

JOB = """
[job]
name = "long"
solver = "heat"

[domain]
cells = [64, 64]
upper = [1.0, 1.0]
chunk = [16, 16]
boundary = "periodic"

[initial]
temperature = "sin(6*x)"

[time]
end = "1000 days"

[output]
every = "never"

[diagnostics]
every = "1000 steps"
"""


def rank_pids(launcher):
    """@return the process IDs of the ranks that a launcher started."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
            command = (entry / "cmdline").read_bytes().split(b"\0")[0].decode()
        except OSError:
            continue
        if int(fields[1]) == launcher and command == cli.BINARY:
            found.append(int(entry.name))
    return sorted(found)


class Killed(cli.Case):
    def start_run(self, ranks):
        """Starts a long run and waits for some output. @return the launcher and the process IDs of the ranks."""
        job = self.write("long.toml", JOB)
        process = cli.start(cli.launcher(ranks) + [cli.BINARY, "run", job, "--run-dir", "run"], cwd=self.folder)
        self.addCleanup(lambda: process.poll() is None and os.killpg(process.pid, signal.SIGKILL))
        table = self.folder / "run/diagnostics.csv"
        cli.wait_for(lambda: table.exists() and table.read_text().count("\n") > 3, process)
        pids = rank_pids(process.pid)
        self.assertEqual(len(pids), ranks)
        return process, pids

    def check_all_end(self, process, pids):
        result = cli.finish(process)
        self.assertNotEqual(result.code, 0, str(result))
        cli.wait_for(lambda: not any(cli.is_alive(pid) for pid in pids), what="a rank is still running",
                     seconds=cli.scaled(20))
        self.assertNotIn("✓ done", result.out)
        report = self.folder / "run/run.json"
        if report.exists():  # the launcher gave the run enough time to stop with a checkpoint
            self.assertEqual(json.loads(report.read_text(encoding="utf-8"))["status"], "stopped")

    def test_the_death_of_any_rank_ends_the_run(self):
        for victim in range(3):
            with self.subTest(rank=victim):
                self.folder = self.folder / "next"
                self.folder.mkdir()
                process, pids = self.start_run(3)
                os.kill(pids[victim], signal.SIGKILL)
                self.check_all_end(process, pids)

    def test_an_interrupt_of_the_launcher_ends_the_run(self):
        process, pids = self.start_run(2)
        process.send_signal(signal.SIGINT)
        self.check_all_end(process, pids)

    def test_a_killed_run_can_be_overwritten(self):
        process, pids = self.start_run(2)
        os.kill(pids[1], signal.SIGKILL)
        self.check_all_end(process, pids)
        _, report = self.run_job("long.toml", "time={max_steps=5}", "--overwrite", ranks=2)
        self.assertEqual(report["loop"]["steps"], 5)


class FailedRun(cli.Case):
    def test_the_report_of_a_failed_run_contains_the_error(self):
        job = self.write("long.toml", JOB)
        result = self.tessera("run", job, "--run-dir", "run", 'initial.temperature="x < 0.5 ? 0 : 1/(x - x)"', ranks=2)
        self.assert_refused(result, 70, "the field `temperature` is not finite at cell (32, 0)")
        report = json.loads((self.folder / "run/run.json").read_text(encoding="utf-8"))
        self.assertEqual((report["status"], report["ranks"]), ("failed", 2))
        self.assertIn("is not finite", report["error"])
        self.assertNotIn("digest", report)


if __name__ == "__main__":
    cli.main()
