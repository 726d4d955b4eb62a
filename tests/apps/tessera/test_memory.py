"""The memory that a job needs is predicted, and compared with the limits that are in force."""

import pathlib
import shutil
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "support"))
import tessera_cli as cli  # noqa: E402

JOB = cli.hot_spot_job(cells="[200, 200, 200]", chunk="50") + """
[time]
max_steps = 2
"""
BAD_JOB = 78
FIELDS = 2 * 8 * 200**3  # bytes of two levels of one field, without ghost cells
NO_SLURM = {"SLURM_MEM_PER_NODE": None, "SLURM_MEM_PER_CPU": None}


class Limits(cli.Case):
    def setUp(self):
        super().setUp()
        self.path = self.write("job.toml", JOB)

    def assert_warns(self, result, *phrases):
        self.assertEqual(result.code, 0, str(result))
        for phrase in ("warning: rank 0 on ", " of memory, but only ", *phrases):
            self.assertIn(phrase, result.err)

    def assert_no_run(self, result, *phrases):
        self.assertEqual(result.code, BAD_JOB, str(result))
        self.assertRegex(result.err, r"job\.toml:7:12\n|command line: domain\.cells=")
        for phrase in phrases:
            self.assertIn(phrase, result.err)
        self.assertEqual(list(self.folder.iterdir()), [pathlib.Path(self.path)])

    def test_within_all_limits_there_is_no_warning(self):
        for command in ("check", "plan"):
            result = self.tessera(command, self.path, env=NO_SLURM)
            self.assertEqual((result.code, result.err), (0, ""))

    def test_the_limit_of_slurm_on_the_memory_of_a_node_applies(self):
        env = {**NO_SLURM, "SLURM_MEM_PER_NODE": "150"}
        for command in ("check", "plan"):
            self.assert_warns(self.tessera(command, self.path, env=env), "only 157 MB is left of SLURM_MEM_PER_NODE",
                              "use more nodes")
        for ranks in (1, 2):
            result = self.tessera("run", self.path, "--run-dir", self.folder / "run", ranks=ranks, env=env)
            self.assert_no_run(result, "only 157 MB is left of SLURM_MEM_PER_NODE", "use more nodes")
        self.assertIn("the 2 ranks on ", result.err)

    def test_the_limit_of_slurm_on_the_memory_of_a_core_applies(self):
        env = {**NO_SLURM, "SLURM_MEM_PER_CPU": "50", "SLURM_CPUS_ON_NODE": "3"}
        self.assert_warns(self.tessera("check", self.path, env=env), "SLURM_MEM_PER_CPU * SLURM_CPUS_ON_NODE")
        self.assert_no_run(self.tessera("run", self.path, "--run-dir", self.folder / "run", env=env), "SLURM_MEM_PER_CPU")

    def test_the_limits_of_a_process_apply_to_each_rank(self):
        """The limit is far above what the program itself uses, and far below what the fields need."""
        large = "domain.cells=[1000,1000,1000]"
        for letter, name in (("v", "address space"), ("d", "data segment")):
            text = f"GB is left of the limit on the {name} of a process (ulimit -{letter})"
            limit = ["sh", "-c", f'ulimit -{letter} {8 << 20}; exec "$@"', "sh", cli.BINARY]
            with self.subTest(name):
                self.assert_warns(cli.finish(cli.start([*limit, "check", self.path, large], env=NO_SLURM)), text,
                                  f"raise the limit (ulimit -{letter})")
                result = cli.finish(cli.start([*limit, "run", self.path, large, "--run-dir", self.folder / "run"], env=NO_SLURM))
                self.assert_no_run(result, text)
        # The fields of two ranks are in shared memory, which only the limit on the address space counts.
        limit = ["sh", "-c", f'ulimit -v {4 << 20}; exec "$@"', "sh", cli.BINARY]
        result = cli.finish(cli.start([*cli.launcher(2), *limit, "run", self.path, large, "--run-dir", self.folder / "run"],
                                      env=NO_SLURM))
        self.assert_no_run(result, "rank 0 on ", "(ulimit -v)")

    def test_too_little_memory_to_start_is_reported(self):
        """Whether memory runs out in the dynamic linker or in Tessera depends on the limit."""
        for kilobytes in range(40000, 80000, 4000):
            limit = ["sh", "-c", f'ulimit -v {kilobytes}; exec "$@"', "sh", cli.BINARY]
            result = cli.finish(cli.start([*limit, "check", self.path], env=NO_SLURM))
            self.assertNotIn("report this as a bug", result.err)
            if "out of memory" in result.err:
                self.assertEqual(result.code, 71, str(result))

    def test_prlimit_is_respected(self):
        if shutil.which("prlimit") is None:
            self.skipTest("no prlimit")
        result = cli.finish(cli.start(["prlimit", f"--as={8 << 30}", cli.BINARY, "check", self.path,
                                       "domain.cells=[1000,1000,1000]"], env=NO_SLURM))
        self.assert_warns(result, "(ulimit -v)")

    def test_a_huge_domain_is_rejected_at_once(self):
        begin = time.monotonic()
        for command in ("check", "plan"):
            result = self.tessera(command, self.path, "domain.cells=[1000000,1000000,1000000]", "domain.chunk=1",
                                  "performance.bricks=false", env=NO_SLURM)
            self.assertEqual(result.code, BAD_JOB, str(result))
            self.assertIn("10^18 cells would need 1.6e10 GB for their fields", result.err)
            result = self.tessera(command, self.path, "domain.cells=[100000,100000,1000000]", "domain.chunk=1",
                                  "performance.bricks=false", env=NO_SLURM)
            self.assert_warns(result, "bricks = true")
        result = self.tessera("run", self.path, "domain.cells=[100000,100000,1000000]", "domain.chunk=1", env=NO_SLURM)
        self.assert_no_run(result, "is left of")
        self.assertLess(time.monotonic() - begin, cli.scaled(30))


class Prediction(cli.Case):
    """The memory that `plan` reports, compared with the growth of the peak memory of a run."""

    JOB = cli.hot_spot_job(cells="[96, 96, 96]", chunk="3") + """
[time]
max_steps = 2
[output]
fields = ["temperature"]
every = "end"
"""

    def test_the_peak_memory_of_a_run_is_as_predicted(self):
        job = self.write("job.toml", self.JOB)
        for ranks in (1, 2):
            _, small = self.run_job(job, "domain.cells=[6,6,6]", name=f"small-{ranks}", ranks=ranks)
            for bricks in ("true", "false"):
                with self.subTest(ranks=ranks, bricks=bricks):
                    override = f"performance.bricks={bricks}"
                    predicted = self.tessera("plan", job, override, "-n", str(ranks), "--json").json()
                    predicted = predicted["per_rank"]["memory_bytes"]["maximum"]
                    _, report = self.run_job(job, override, name=f"{bricks}-{ranks}", ranks=ranks)
                    growth = report["memory"]["peak_bytes_per_rank"] - small["memory"]["peak_bytes_per_rank"]
                    # The plan assumes messages, although ranks of a node need none. Ranks also map pages of the fields of
                    # their neighbours, and libraries keep buffers of up to some megabytes.
                    self.assertLess(growth, 1.3 * predicted + 16e6)
                    self.assertGreater(growth, 0.6 * predicted - 16e6)

    def test_a_plan_with_one_brick_per_chunk_reports_more_memory(self):
        job = self.write("job.toml", cli.hot_spot_job(cells="[64, 64, 64]", chunk="2") + "[time]\nmax_steps = 2\n")
        plans = {}
        for bricks in ("true", "false"):
            plans[bricks] = self.tessera("plan", job, f"performance.bricks={bricks}", "--json").json()
        merged, split = plans["true"]["largest_memory_bytes"], plans["false"]["largest_memory_bytes"]
        self.assertEqual(plans["false"]["per_rank"]["bricks"]["maximum"], 32**3)
        # Each chunk of 2^3 cells has a layer of ghost cells, and its rows fill cache lines of 8 values.
        self.assertGreater(split["fields"], 32**3 * 2 * 8 * (8 * 4 * 4))
        self.assertGreater(split["fields"], 15 * merged["fields"])
        self.assertGreater(split["lists"], 32**3 * 26 * 100)


if __name__ == "__main__":
    cli.main()
