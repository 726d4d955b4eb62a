"""Ranks of a node that cannot share memory exchange messages, print one warning, and compute the same results."""

import contextlib
import os
import pathlib
import signal
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "support"))
import tessera_cli as cli  # noqa: E402

JOB = """
[job]
name = "spot"
solver = "heat"

[domain]
cells = [420, 400]
upper = [1.0, 1.0]
chunk = [70, 100]
boundary = { x = "periodic", y = "wall" }

[initial]
temperature = "sin(6*x)*y"

[time]
max_steps = 12

[diagnostics]
every = "5 steps"

[output]
every = "never"

[performance]
steps_per_exchange = 3

[checkpoint]
every = "never"
"""

WARNING = "warning: ranks of a node cannot share memory: "

# Otherwise, Open MPI itself would need files larger than the limit.
NO_SHARED_MEMORY = {"OMPI_MCA_btl": "self,tcp"}

# A prefix that limits the files of a rank to 500 kB. Fields in shared memory count as files, and are larger.
LIMITED = ["prlimit", "--fsize=500000"]


class Case(cli.Case):
    def run_with(self, prefix, name, *overrides, ranks=2, rank_prefix=()):
        """Runs the job with a prefix before the launcher, and one before the command of each rank. @return its output, its
        communication report, and its digest and table."""
        job = self.write("spot.toml", JOB)
        folder = self.folder / name
        command = [*prefix, *cli.launcher(ranks), *rank_prefix, cli.BINARY, "run", job, "--run-dir", folder, "--json", *overrides]
        result = cli.finish(cli.start(command, self.folder, NO_SHARED_MEMORY))
        self.assertEqual(result.code, 0, str(result))
        report = result.json()
        table = (folder / "diagnostics.csv").read_text(encoding="utf-8")
        return result, report["communication"], (report["digest"], table)


class Limited(Case):
    def test_messages_take_over(self):
        plain, communication, expected = self.run_with([], "plain")
        self.assertNotIn(WARNING, plain.err)
        self.assertIs(communication["shared_memory"], True)
        self.assertEqual(communication["bytes_in_messages"], 0)
        for ranks in (2, 3):
            with self.subTest(ranks=ranks):
                limited, communication, found = self.run_with([], f"limited-{ranks}", ranks=ranks, rank_prefix=LIMITED)
                self.assertEqual(found, expected)
                self.assertIs(communication["shared_memory"], False)
                self.assertGreater(communication["bytes_in_messages"], 0)
                lines = limited.err.splitlines()
                warned = [n for n, line in enumerate(lines) if line.startswith(WARNING)]
                self.assertEqual(len(warned), 1, str(limited))
                self.assertRegex(lines[warned[0]], r"cannot reserve \d+ MiB of shared memory: File too large$")
                self.assertTrue(lines[warned[0] + 1].startswith("  = "), str(limited))

    def test_nothing_is_said_where_messages_are_wanted(self):
        _, _, expected = self.run_with([], "plain")
        limited, _, found = self.run_with([], "limited", "performance.transport=messages", rank_prefix=LIMITED)
        self.assertEqual(found, expected)
        self.assertNotIn(WARNING, limited.err)


class Usual(Case):
    def test_a_small_dev_shm_does_not_matter(self):
        small = ["unshare", "--mount", "sh", "-c", 'mount -t tmpfs -o size=1m tmpfs /dev/shm && exec "$@"', "small"]
        if subprocess.run(small + ["true"], capture_output=True, check=False).returncode != 0:
            self.skipTest("a small /dev/shm cannot be mounted here")
        _, _, expected = self.run_with([], "plain")
        result, communication, found = self.run_with(small, "small")
        self.assertEqual(found, expected)
        self.assertNotIn(WARNING, result.err)
        self.assertIs(communication["shared_memory"], True)

    def test_a_killed_run_leaves_nothing_in_dev_shm(self):
        def names():
            # The boards belong to supervisors, which these runs lack, but other runs may have.
            return {name for name in os.listdir("/dev/shm") if name.startswith("tessera-") and "-board-" not in name}

        before = names()
        job = self.write("spot.toml", JOB)
        for delay in (0.2, 0.3, 0.4, 0.5):
            run = cli.start([*cli.launcher(2), cli.BINARY, "run", job, "--run-dir", self.folder / f"killed-{delay}",
                             "time.max_steps=1000000"], self.folder)
            time.sleep(delay)
            ranks = cli.wait_for(lambda: cli.child_pids(run.pid), run, "there are no ranks")
            for rank in ranks:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(rank, signal.SIGKILL)
            self.assertNotEqual(cli.finish(run).code, 0)
        left = names() - before  # other runs may have names there temporarily
        cli.wait_for(lambda: not left & names(), what=f"names are left in /dev/shm: {left}", seconds=cli.scaled(5))


if __name__ == "__main__":
    cli.main()
