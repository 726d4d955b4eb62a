"""The commands that do not start a run: plan, solvers, describe, check, help. Also output that cannot be written."""

import json
import math
import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "support"))
import tessera_cli as cli  # noqa: E402

CUBE = cli.SOURCE / "apps/heat/jobs/hot-spot-3d.toml"


class Plan(cli.Case):
    def plan(self, *arguments, job=CUBE):
        result = self.tessera("plan", job, *arguments, "--json", timeout=cli.scaled(30))
        self.assertEqual(result.code, 0, str(result))
        self.assertLess(result.seconds, cli.scaled(15.0))
        return result.json()

    def check_totals(self, plan):
        ranks = plan["ranks"]
        self.assertEqual(plan["chunks"], math.prod(plan["lattice"]))
        self.assertEqual(plan["idle_ranks"], max(0, ranks - plan["chunks"]))
        per_rank = plan["per_rank"]
        self.assertAlmostEqual(ranks * per_rank["chunks"]["mean"], plan["chunks"], delta=1e-9 * plan["chunks"])
        cells = math.prod(plan["cells"])
        self.assertAlmostEqual(ranks * per_rank["cells"]["mean"], cells, delta=1e-9 * cells)
        self.assertAlmostEqual(plan["imbalance"], per_rank["cells"]["maximum"] * ranks / cells - 1.0, delta=1e-9 * ranks)
        for spread in per_rank.values():
            self.assertLessEqual(spread["minimum"], spread["mean"] * (1 + 1e-12))
            self.assertLessEqual(spread["mean"], spread["maximum"] * (1 + 1e-12))
        # Two time levels of one double per cell, and ghost cells.
        self.assertGreaterEqual(per_rank["memory_bytes"]["minimum"], 16 * per_rank["cells"]["minimum"])

    def test_a_plan_is_consistent_for_any_number_of_ranks(self):
        for ranks in (1, 7, 100_000, 1_000_000):
            for partition in ("rcb", "sfc"):
                with self.subTest(ranks=ranks, partition=partition):
                    plan = self.plan("-n", ranks, "--partition", partition)
                    self.assertEqual((plan["ranks"], plan["partition"]), (ranks, partition))
                    self.assertEqual(plan["cells"], [256, 256, 256])
                    self.check_totals(plan)

    def test_a_large_job_can_use_a_million_ranks(self):
        for partition in ("rcb", "sfc"):
            with self.subTest(partition=partition):
                plan = self.plan("-n", 1_000_000, "--partition", partition, "domain.cells=[4096,4096,4096]",
                                 "domain.chunk=32")
                self.assertEqual(plan["idle_ranks"], 0)
                self.check_totals(plan)

    def test_a_single_rank_has_no_halo_bytes(self):
        self.assertEqual(self.plan("-n", 1)["per_rank"]["halo_bytes_per_step"]["maximum"], 0)

    def test_planned_halo_bytes_equal_the_bytes_that_a_run_sends(self):
        overrides = ["domain.cells=[20,18,16]", "domain.chunk=[5,6,4]", "time={max_steps=7}", "output={}",
                     "performance.balance=false"]  # migrating chunks would change the number of bytes sent
        for ranks in (2, 3, 5):
            for partition in ("rcb", "sfc"):
                with self.subTest(ranks=ranks, partition=partition):
                    override = f"domain.partition={partition}"
                    plan = self.plan("-n", ranks, *overrides, override)
                    _, report = self.run_job(CUBE, *overrides, override, name=f"{ranks}-{partition}", ranks=ranks)
                    self.assertEqual(ranks * plan["per_rank"]["halo_bytes_per_step"]["mean"] * 7,
                                     report["loop"]["bytes_sent"])
                    self.assertEqual(plan["chunks"], report["layout"]["chunks"])
                    self.assertEqual(plan["imbalance"], report["layout"]["imbalance"])

    def test_the_text_summarises_the_plan(self):
        result = self.tessera("plan", CUBE, "-n", "4")
        self.assertEqual(result.code, 0, str(result))
        self.assertIn("256×256×256 cells in 512 chunks of 32×32×32 (8×8×8), on 4 ranks by rcb", result.out)
        self.assertIn("imbalance 0.0 %", result.out)
        idle = self.tessera("plan", CUBE, "-n", "1000")
        self.assertIn("488 ranks are idle", idle.out)


class Solvers(cli.Case):
    def test_installed_solvers_are_listed(self):
        listed = self.tessera("solvers", "--json").json()
        names = [s["name"] for s in listed]
        self.assertEqual(names, sorted(names))
        self.assertIn("heat", names)
        for solver in listed:
            self.assertRegex(solver["version"], r"^\d+\.\d+\.\d+$")
            self.assertTrue(pathlib.Path(solver["file"]).exists())
        text = self.tessera("solvers").out
        for name in names:
            self.assertRegex(text, rf"(?m)^{name} +\d")

    def test_solvers_are_listed_with_their_files_and_those_that_they_hide(self):
        heat = next(s["file"] for s in self.tessera("solvers", "--json").json() if s["name"] == "heat")
        other = self.folder / "other"
        other.mkdir()
        (other / "heat.so").symlink_to(pathlib.Path(cli.PLUGINS) / "wave_c.so")
        listed = {s["name"]: s for s in self.tessera("solvers", "--json", "--plugin-path", other).json()}
        self.assertEqual(listed["heat"]["file"], f"{other}/heat.so")
        self.assertEqual(listed["heat"]["hidden_files"], [heat])
        text = self.tessera("solvers", "--plugin-path", other).out
        self.assertIn(f"\n{'':27} {other}/heat.so\n{'':27} hides {heat}\n", text)

    def test_faulty_plugins_are_listed_with_their_errors(self):
        for options in (["--plugin-path", cli.PLUGINS], []):
            env = None if options else {"TESSERA_PLUGIN_PATH": "/nowhere:" + cli.PLUGINS}
            result = self.tessera("solvers", "--json", *options, env=env)
            self.assertEqual(result.code, 0, str(result))
            listed = {s["name"]: s for s in result.json()}
            self.assertIn("tessera_plugin_entry", listed["no_symbol"]["error"])
            self.assertNotIn("error", listed["mix"])

    def test_a_bundled_solver_is_described(self):
        heat = self.tessera("describe", "heat", "--json").json()
        self.assertEqual(heat["name"], "heat")
        self.assertEqual([(p["name"], p["default"], p["unit"]) for p in heat["parameters"]],
                         [("diffusivity", 1.0, "m^2/s")])
        self.assertEqual([(f["name"], f["kind"], f["bits"], f["components"]) for f in heat["fields"]],
                         [("temperature", "state", 64, 1)])
        self.assertEqual(heat["stages"], [{"name": "diffuse", "reads": [{"field": "temperature", "radius": 1}],
                                           "writes": ["temperature"]}])
        text = self.tessera("describe", "heat").out
        for word in ("parameters", "diffusivity", "fields", "temperature", "stages", "diagnostics", "hottest"):
            self.assertIn(word, text)

    def test_a_plugin_given_by_its_path_is_described(self):
        mix = self.tessera("describe", pathlib.Path(cli.PLUGINS, "mix.so"), "--json").json()
        self.assertEqual({f["name"]: (f["kind"], f["bits"], f["components"]) for f in mix["fields"]},
                         {"a": ("state", 64, 1), "b": ("state", 32, 3), "weights": ("constant", 64, 1)})

    def test_every_bundled_solver_is_described(self):
        for solver in self.tessera("solvers", "--json").json():
            with self.subTest(solver=solver["name"]):
                described = self.tessera("describe", solver["name"], "--json")
                self.assertEqual(described.code, 0, str(described))
                self.assertEqual(described.json()["name"], solver["name"])


class Data(cli.Case):
    GRID = "ncols 4\nnrows 2\nxllcorner 0\nyllcorner 0\ncellsize 2\n1 2 3 4\n5 6 7 -9999\n"

    def test_a_data_file_is_described(self):
        path = self.write("bed.asc", self.GRID)
        described = self.tessera("describe", path, "--json").json()
        (variable,) = described["variables"]
        self.assertEqual(variable["values"], {"count": 8, "missing": 1, "minimum": 1.0, "maximum": 7.0})
        self.assertEqual([(a["role"], a["name"], a["length"], a["first"], a["last"]) for a in variable["axes"]],
                         [("y", "y", 2, "3", "1"), ("x", "x", 4, "1", "7")])
        text = self.tessera("describe", path).out
        self.assertIn("y     y              2 values from 3 to 1, descending\n", text)
        self.assertIn("values 1 to 7, 1 of 8 missing\n", text)
        self.assertIn("\n.:=+\n*%@ \n", text)

    def test_what_a_job_takes_from_a_data_file_is_described(self):
        self.write("bed.asc", self.GRID)
        job = self.write("job.toml", """[job]
name = "a"
solver = "heat"
[domain]
cells = [4, 2]
upper = [4.0, 4.0]
boundary = "wall"
[initial]
temperature = { file = "bed.asc", fill = 0 }
[time]
max_steps = 1
""")
        described = self.tessera("describe", "./bed.asc", "--job", job, "--json")
        self.assertEqual(described.code, 0, str(described))
        (use,) = described.json()["job"]["uses"]
        self.assertEqual((use["field"], use["values"]["count"], use["filled"]), ("temperature", 8, 1))
        self.assertIn("1 missing value", described.json()["job"]["remarks"][0])
        text = self.tessera("describe", "./bed.asc", "--job", job).out
        self.assertIn("temperature of the job\n", text)
        other = self.write("other.asc", self.GRID)
        refused = self.tessera("describe", other, "--job", job)
        self.assertEqual(refused.code, 64)
        self.assertIn("reads nothing from", refused.err)
        self.assertEqual(self.tessera("describe", "heat", "--job", job).code, 64)


class Check(cli.Case):
    def test_bundled_jobs_are_valid(self):
        jobs = sorted(cli.SOURCE.glob("apps/*/jobs/*.toml"))
        self.assertGreater(len(jobs), 0)
        for job in jobs:
            with self.subTest(job=job.name):
                result = self.tessera("check", job)
                self.assertEqual(result.code, 0, str(result))
                self.assertIn("is valid: solver ", result.out)
                report = self.tessera("check", job, "--json").json()
                self.assertEqual((report["ok"], report["problems"]), (True, []))
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_problems_are_reported_as_json(self):
        for job, code in (("none.toml", 66), (cli.SOURCE / "tests/grid/job/bad/typo.toml", 78)):
            result = self.tessera("check", job, "--json")
            self.assertEqual(result.code, code, str(result))
            self.assertIs(result.json()["ok"], False)
            self.assertGreater(len(result.json()["problems"]), 0)
            self.assertEqual(result.err, "")

    def test_an_unknown_solver_is_reported(self):
        job = self.write("job.toml", CUBE.read_text(encoding="utf-8").replace('"heat"', '"none"', 1))
        result = self.tessera("check", job, "--json")
        self.assertEqual(result.code, 69, str(result))
        self.assertIn("there is no solver called `none`", result.json()["problems"][0]["message"])


class Help(cli.Case):
    COMMANDS = ("run", "check", "plan", "solvers", "describe", "new", "test", "digest", "diff")

    def test_every_command_has_a_help_text(self):
        result = self.tessera("--help")
        self.assertEqual(result.code, 0, str(result))
        for command in self.COMMANDS:
            self.assertRegex(result.out, rf"(?m)^ +{command} +\w")
        for word in ("Examples:", "mpirun -n 4 tessera run", "Exit codes"):
            self.assertIn(word, result.out)
        for command in self.COMMANDS:
            with self.subTest(command=command):
                help_text = self.tessera(command, "--help")
                self.assertEqual(help_text.code, 0)
                self.assertIn(f"tessera {command}", help_text.out)
                self.assertEqual(help_text.err, "")

    def test_the_version_is_that_of_the_project(self):
        project = (cli.SOURCE / "CMakeLists.txt").read_text(encoding="utf-8")
        version = re.search(r"project\(tessera VERSION ([0-9.]+)", project).group(1)
        result = self.tessera("--version")
        self.assertEqual((result.code, result.out), (0, f"tessera {version}\n"))

    def test_the_help_text_lists_all_exit_codes_of_the_manual(self):
        manual = (cli.SOURCE / "docs/man/tessera.1").read_text(encoding="utf-8")
        status = manual.split(".SH EXIT STATUS")[1].split(".SH")[0]
        codes = re.findall(r"^\.B (\d+)$", status, re.MULTILINE)
        self.assertIn("78", codes)
        text = self.tessera("--help").out.split("Exit codes")[1]
        for code in codes:
            self.assertRegex(text, rf"\b{code}\b")


class FullOutput(cli.Case):
    """Standard output or standard error cannot be written to."""

    def run_with(self, out, err, *command, unbuffered=False):
        if unbuffered:
            command = ("stdbuf", "-o0", "-e0", *command)
        with open(out, "wb") as out_file, open(err, "wb") as err_file:
            return subprocess.run([str(c) for c in command], stdout=out_file, stderr=err_file, cwd=self.folder,
                                  env=cli.environment({}), timeout=cli.COMMAND_TIMEOUT, check=False).returncode

    def test_a_failed_write_to_standard_output_is_an_error(self):
        self.run_job(CUBE, "domain.cells=[16,16,16]", "domain.chunk=8", "time={max_steps=3}",
                     'output={fields=["temperature"], every="1 steps"}', "checkpoint={every='1 steps'}")
        printing = [("describe", "heat"), ("solvers",), ("plan", CUBE), ("check", CUBE), ("status", "run"), ("digest", "run"),
                    ("diff", "run", "run"), ("checkpoint", "ls", "run"), ("doctor",),
                    ("submit", CUBE, "-t", "1:00", "--dry-run")]
        commands = [(*command, *json_option) for command in printing for json_option in ((), ("--json",))]
        for command in [*commands, ("test", "heat", "--ranks", "1", "--json"), ("--help",), ("--version",), ("test", "--help")]:
            for unbuffered in (False, True) if command[0] in ("describe", "--help", "--version", "plan") else (False,):
                with self.subTest(command=command, unbuffered=unbuffered):
                    err = self.folder / "err"
                    code = self.run_with("/dev/full", err, cli.BINARY, *command, unbuffered=unbuffered)
                    self.assertEqual(code, 74, err.read_text())
                    self.assertIn("error: cannot write to standard output", err.read_text())

    def test_a_closed_standard_output_is_an_error_and_no_file_takes_its_place(self):
        self.run_job(CUBE, "domain.cells=[16,16,16]", "domain.chunk=8", "time={max_steps=3}")
        for command in (("describe", "heat"), ("solvers",), ("plan", CUBE, "--json"), ("status", "run"), ("--help",),
                        ("--version",), ("checkpoint", "ls", "run")):
            with self.subTest(command=command):
                closed = subprocess.run(["sh", "-c", 'exec "$@" >&-', "sh", cli.BINARY, *command], cwd=self.folder,
                                        env=cli.environment({}), stderr=subprocess.PIPE, text=True,
                                        timeout=cli.COMMAND_TIMEOUT, check=False)
                self.assertEqual(closed.returncode, 74, closed.stderr)
                self.assertIn("error: cannot write to standard output", closed.stderr)
        small = (CUBE, "domain.cells=[16,16,16]", "domain.chunk=8", "time={max_steps=3}", "output={}")
        run = self.folder / "closed"
        closed = subprocess.run(["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", cli.BINARY, "run", *small, "--run-dir", run],
                                cwd=self.folder, env=cli.environment({}), timeout=cli.COMMAND_TIMEOUT, check=False)
        self.assertEqual(closed.returncode, 0)
        self.assertEqual(json.loads((run / "run.json").read_text())["status"], "done")
        self.assertNotIn("results", (run / "run.log").read_text())  # printed text is not in a file of the run

    def test_a_run_completes_even_if_its_messages_cannot_be_written(self):
        small = (CUBE, "domain.cells=[16,16,16]", "domain.chunk=8", "time={max_steps=3}", "output={}")
        for n, command in enumerate((("run",), ("launch", "-n", "1"))):
            for unbuffered in (False, True):
                with self.subTest(command=command, unbuffered=unbuffered):
                    run = self.folder / f"run-{n}-{unbuffered}"
                    code = self.run_with("/dev/full", "/dev/full", cli.BINARY, *command, *small, "--run-dir", run,
                                         unbuffered=unbuffered)
                    self.assertEqual(code, 0)
                    self.assertEqual(json.loads((run / "run.json").read_text())["status"], "done")


if __name__ == "__main__":
    cli.main()
