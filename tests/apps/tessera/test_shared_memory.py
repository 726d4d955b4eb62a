"""Ranks of a node that cannot share memory exchange messages, print one warning, and compute the same results."""

import pathlib
import shutil
import subprocess
import sys

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
"""

WARNING = "warning: ranks of a node cannot share memory: "

# Otherwise, Open MPI itself would use memory in /dev/shm.
NO_SHARED_MEMORY = {"OMPI_MCA_btl": "self,tcp"}

# A prefix that gives a command its own /dev/shm of 1 MiB, which is too small for the fields of the job.
SMALL = ["unshare", "--mount", "sh", "-c", 'mount -t tmpfs -o size=1m tmpfs /dev/shm && exec "$@"', "small"]


def small_is_permitted():
    if shutil.which("unshare") is None:
        return False
    try:
        return subprocess.run(SMALL + ["true"], capture_output=True, timeout=20, check=False).returncode == 0
    except OSError:
        return False


class Case(cli.Case):
    def run_with(self, prefix, name, *overrides, ranks=2):
        """Runs the job with a command prefix. @return its output, its communication report, and its digest and table."""
        job = self.write("spot.toml", JOB)
        folder = self.folder / name
        command = [*prefix, *cli.launcher(ranks), cli.BINARY, "run", job, "--run-dir", folder, "--json", *overrides]
        result = cli.finish(cli.start(command, self.folder, NO_SHARED_MEMORY))
        self.assertEqual(result.code, 0, str(result))
        report = result.json()
        table = (folder / "diagnostics.csv").read_text(encoding="utf-8")
        return result, report["communication"], (report["digest"], table)


@cli.unittest.skipUnless(small_is_permitted(), "a small /dev/shm cannot be mounted here")
class Small(Case):
    def test_messages_take_over(self):
        plain, communication, expected = self.run_with([], "plain")
        self.assertNotIn(WARNING, plain.err)
        self.assertIs(communication["shared_memory"], True)
        self.assertEqual(communication["bytes_in_messages"], 0)
        for ranks in (2, 3):
            with self.subTest(ranks=ranks):
                small, communication, found = self.run_with(SMALL, f"small-{ranks}", ranks=ranks)
                self.assertEqual(found, expected)
                self.assertIs(communication["shared_memory"], False)
                self.assertGreater(communication["bytes_in_messages"], 0)
                lines = small.err.splitlines()
                warned = [n for n, line in enumerate(lines) if line.startswith(WARNING)]
                self.assertEqual(len(warned), 1, str(small))
                self.assertRegex(lines[warned[0]], r"cannot reserve \d+ MiB in /dev/shm: No space left on device$")
                self.assertTrue(lines[warned[0] + 1].startswith("  = "), str(small))

    def test_nothing_is_said_where_messages_are_wanted(self):
        _, _, expected = self.run_with([], "plain")
        small, _, found = self.run_with(SMALL, "small", "performance.transport=messages")
        self.assertEqual(found, expected)
        self.assertNotIn(WARNING, small.err)


class Usual(Case):
    def test_nothing_is_left(self):
        def names():
            return set(pathlib.Path("/dev/shm").glob("tessera-*"))

        before = names()
        self.run_with([], "plain", ranks=4)
        left = names() - before  # other runs may have names there temporarily
        cli.wait_for(lambda: not left & names(), what=f"names are left in /dev/shm: {left}", seconds=cli.allow(5))


if __name__ == "__main__":
    cli.main()
