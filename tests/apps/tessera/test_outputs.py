"""The outputs of a run: run.json, tables, logs, images and printed text."""

import json
import pathlib
import re
import shutil
import socket
import struct
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "support"))
import hdf5  # noqa: E402
import tessera_cli as cli  # noqa: E402

JOB = """
[job]
name = "plate"
solver = "heat"

[domain]
cells = [12, 10]
lower = [0.0, 1.0]
upper = [6.0, 3.5]
chunk = [4, 4]
boundary = "periodic"

[initial]
temperature = 7

[time]
max_steps = 10

[diagnostics]
every = "3 steps"

[probes]
fields = ["temperature"]
every = "4 steps"

[[probes.point]]
name = "here"
at = [0.1, 1.1]

[[probes.point]]
name = "there"
at = [5.9, 3.4]

[output]
fields = ["temperature"]
every = "5 steps"
"""


class RunReport(cli.Case):
    def test_the_report_describes_the_run(self):
        job = self.write("plate.toml", JOB)
        for ranks in (1, 3):
            with self.subTest(ranks=ranks):
                folder, report = self.run_job(job, "parameters.diffusivity=0.5", name=f"run-{ranks}", ranks=ranks)
                self.assertEqual(report["status"], "done")
                self.assertNotIn("error", report)
                self.assertEqual(report["run"], f"run-{ranks}")
                self.assertEqual(pathlib.Path(report["directory"]), folder)
                self.assertEqual(report["ranks"], ranks)
                self.assertEqual(report["hosts"], [socket.gethostname()] * ranks)
                self.assertEqual(report["nodes"], 1)
                self.assertEqual(report["job"]["name"], "plate")
                self.assertIn("diffusivity = 0.5", report["job"]["text"])
                self.assertEqual(report["job"]["text"], (folder / "job.toml").read_text(encoding="utf-8"))
                self.assertEqual(report["solver"]["name"], "heat")
                self.assertTrue(pathlib.Path(report["solver"]["file"]).exists())
                self.assertRegex(report["versions"]["mpi"], r"\d+\.\d+")
                self.assertRegex(report["started"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d{4}$")
                layout = report["layout"]
                self.assertEqual((layout["cells"], layout["chunk"], layout["chunks"]), ([12, 10], [4, 4], 9))
                self.assertEqual(layout["partition"], "rcb")
                loop = report["loop"]
                self.assertEqual(loop["steps"], 10)
                self.assertLessEqual(loop["min_dt"], loop["max_dt"])
                self.assertAlmostEqual(loop["simulated_seconds"], 10 * loop["max_dt"], places=12)
                self.assertEqual(loop["bytes_sent"] == 0, ranks == 1)
                self.assertGreaterEqual(report["total_seconds"], loop["seconds"])
                self.assertGreaterEqual(report["memory"]["peak_bytes_per_rank"],
                                        report["memory"]["fields_bytes_rank_0"])
                names = [phase["name"] for phase in report["phases"]]
                for name in ("update", "halo", "output"):
                    self.assertIn(name, names)
                for phase in report["phases"]:
                    self.assertLessEqual(phase["seconds_min"], phase["seconds_avg"])
                    self.assertLessEqual(phase["seconds_avg"], phase["seconds_max"])
                    self.assertIn(phase["slowest_rank"], range(ranks))

                recomputed = self.tessera("digest", folder, "--json").json()
                self.assertEqual(recomputed["step"], 10)
                self.assertEqual(recomputed["time_s"], loop["simulated_seconds"])
                self.assertEqual(recomputed["fields"], report["digest"]["fields"])

    def test_the_state_digest_is_the_sum_of_the_field_digests(self):
        job = self.write("mix.toml", """
[job]
name = "mix"
solver = "mix"
[domain]
cells = [11, 7]
upper = [1, 1]
boundary = "wall"
[initial]
a = "x*y"
b = ["x", "y", "1"]
[time]
max_steps = 3
[output]
fields = ["b", "a", "weights"]
""")
        folder, report = self.run_job(job, ranks=2)
        recomputed = self.tessera("digest", folder, "--json").json()["fields"]
        self.assertEqual({name: recomputed[name] for name in ("a", "b")}, report["digest"]["fields"])
        self.assertEqual(int(report["digest"]["state"], 16),
                         sum(int(d, 16) for d in report["digest"]["fields"].values()) % 2**64)
        text = self.tessera("digest", folder / "fields/fields_00000003.h5").out
        for name, digest in recomputed.items():
            self.assertIn(f"{digest}  {name}\n", text)

    def test_the_job_in_the_run_directory_reproduces_the_run(self):
        job = self.write("plate.toml", JOB)
        folder, first = self.run_job(job, "parameters.diffusivity=0.5", 'initial.temperature="sin(x)*y"', name="one")
        _, second = self.run_job(folder / "job.toml", name="two", ranks=2)
        self.assertEqual(first["digest"], second["digest"])
        self.assertEqual(self.tessera("diff", "one", "two").code, 0)


class ReadBack(cli.Case):
    """Fields of one run are the initial state of another."""

    JOB = """
[job]
name = "mix"
solver = "mix"
[domain]
cells = [11, 3]
upper = [1, 1]
boundary = "wall"
[initial]
a = "x*y"
b = ["x", "y", "x - y"]
[time]
max_steps = 3
[output]
every = "1 steps"
fields = ["a", "b"]
"""

    def setUp(self):
        super().setUp()
        self.job = self.write("mix.toml", self.JOB)
        self.run_job(self.job, name="first")
        self.file = self.folder / "first/fields/fields_00000003.h5"
        self.source = f'file="{self.file}"'

    def digests(self, file):
        return self.tessera("digest", file, "--json").json()["fields"]

    def test_all_components_are_read(self):
        self.run_job(self.job, f'initial.b={{{self.source}, dataset="b"}}',
                     f'initial.a={{{self.source}, dataset="a"}}', name="second", ranks=2)
        self.assertEqual(self.digests(self.folder / "second/fields/fields_00000000.h5"), self.digests(self.file))

    def test_components_are_selected(self):
        parts = ", ".join(f'{{{self.source}, dataset="b", component={c}}}' for c in (0, 1, 2))
        self.run_job(self.job, f"initial.b=[{parts}]", f'initial.a={{{self.source}, dataset="b", component=1}}',
                     name="second")
        second = self.folder / "second/fields/fields_00000000.h5"
        self.assertEqual(self.digests(second)["b"], self.digests(self.file)["b"])
        self.assertNotEqual(self.digests(second)["a"], self.digests(self.file)["a"])
        columns = {}
        for name, path, component in (("a", second, None), ("b", self.file, 1)):
            with hdf5.File(path) as file:
                values = file.dataset(name)[2]
                columns[name] = values if component is None else values[component::3]
        self.assertEqual(columns["a"], columns["b"])

    def test_fields_are_read_from_a_run(self):
        self.run_job(self.job, 'initial.b={run="first"}', 'initial.a={run="first", field="a"}', name="second", ranks=2)
        self.assertEqual(self.digests(self.folder / "second/fields/fields_00000000.h5"), self.digests(self.file))
        self.assertNotIn("the values from the run", self.last.err)
        # On another grid, values are interpolated: those of a linear function in the interior are exact.
        self.run_job(self.job, 'initial.a="x"', "parameters.strength=0", name="linear")  # `a` keeps its values
        self.run_job(self.job, 'initial.a={run="linear"}', "domain.cells=[9, 3]", "time.max_steps=1", name="coarse")
        with hdf5.File(self.folder / "coarse/fields/fields_00000000.h5") as file:
            values = file.dataset("a")[2]
        for i in range(9):
            self.assertAlmostEqual(values[i], (i + 0.5) / 9, delta=1e-14)

    def test_a_run_that_is_not_done_is_accepted_with_a_remark(self):
        result = self.tessera("run", self.job, "time.max_steps=100000000", 'output.every="never"', "--run-dir",
                              self.folder / "first", "--overwrite", "--plugin-path", cli.PLUGINS, "--deadline", "1 ms")
        self.assertEqual(result.code, 75, str(result))
        check = ("check", self.job, 'initial.a={run="first"}', "--plugin-path", cli.PLUGINS)
        self.assert_refused(self.tessera(*check), 78, "first has no field files")
        (self.folder / "first/fields").mkdir(exist_ok=True)
        result = self.tessera("run", self.job, "time.max_steps=7", 'output.every="7 steps"', "--run-dir", self.folder / "done",
                              "--plugin-path", cli.PLUGINS)
        self.assertEqual(result.code, 0, str(result))
        shutil.copy(self.folder / "done/fields/fields_00000007.h5", self.folder / "first/fields")
        result = self.tessera(*check)
        self.assertEqual(result.code, 0, str(result))
        self.assertIn("are those of step 7, and the run is not done (stopped)", result.out + result.err)

    def test_a_run_without_fields_at_its_end_is_accepted_with_a_remark(self):
        self.file.unlink()
        result = self.tessera("check", self.job, 'initial.a={run="first"}', "--plugin-path", cli.PLUGINS)
        self.assertEqual(result.code, 0, str(result))
        self.assertIn("are those of step 2, but the run ended at step 3", result.out + result.err)

    def test_wrong_runs_are_rejected(self):
        (self.folder / "empty").mkdir()
        for setting, *phrases in (
                ('initial.a={run="none"}', "no such run: `", "paths are relative to the job file's folder"),
                ('initial.a={run="empty"}', "empty` is not the directory of a run"),
                ('initial.a={run="mix.toml"}', "mix.toml` is not the directory of a run"),
                ('initial.a={run="first", field="aa"}', "has no data set `aa`", "did you mean `a`?"),
                ('initial.a={run="first", field="b"}', "has 3 dimensions, but the domain has 2"),
                ('initial.a={run="first", dataset="a"}', "`dataset` cannot be combined with `run`", "write `field`"),
                ('initial.a={run="first", file="a.nc"}', "`file` cannot be combined with `run`"),
                ('initial.a={file="a.nc", field="a"}', "`field` needs `run`")):
            with self.subTest(setting):
                result = self.tessera("check", self.job, setting, "--plugin-path", cli.PLUGINS)
                self.assert_refused(result, 78, *phrases)

    def test_wrong_components_are_rejected(self):
        for setting, *phrases in (
                (f'initial.a={{{self.source}, dataset="b"}}', "has 3 dimensions, but the domain has 2", "component = 0"),
                (f'initial.a={{{self.source}, dataset="b", component=3}}', "has no component 3"),
                (f'initial.b={{{self.source}, dataset="a"}}', "its shape is ["),
                (f'initial.b={{{self.source}, dataset="b", component=1}}', "`component` selects one component, but `b` has 3"),
                ('initial.b={file="b.asc"}', "an ESRI ASCII grid has no components, but `b` has 3")):
            with self.subTest(setting):
                result = self.tessera("check", self.job, setting, "--plugin-path", cli.PLUGINS)
                self.assert_refused(result, 78, *phrases)


class Tables(cli.Case):
    def test_the_tables_of_a_constant_field_are_exact(self):
        job = self.write("plate.toml", JOB)
        folder, report = self.run_job(job)
        columns, rows = cli.table(folder / "diagnostics.csv")
        self.assertEqual(columns, ["step", "time [s]", "heat [K m^d]", "hottest [K]", "coldest [K]"])
        self.assertEqual([row[0] for row in rows], [0, 3, 6, 9, 10])
        dt = 0.9 * 0.5 / (1 / 0.5**2 + 1 / 0.25**2)  # the default cfl times the largest stable time step
        for step, time, heat, hottest, coldest in rows:
            self.assertAlmostEqual(time, step * dt, delta=1e-14)
            self.assertEqual((hottest, coldest), (7.0, 7.0))
            self.assertEqual(heat, 7.0 * 15.0)
        self.assertEqual(rows[-1][1], report["loop"]["simulated_seconds"])
        self.assertEqual([d["last"] for d in report["diagnostics"]], rows[-1][2:])
        self.assertEqual([d["first"] for d in report["diagnostics"]], rows[0][2:])

        columns, rows = cli.table(folder / "probes.csv")
        self.assertEqual(columns, ["step", "time [s]", "here temperature [K]", "there temperature [K]"])
        self.assertEqual([row[0] for row in rows], [0, 4, 8, 10])
        self.assertEqual([row[2:] for row in rows], [[7.0, 7.0]] * 4)

    def test_a_probe_records_the_value_of_its_cell(self):
        job = self.write("plate.toml", JOB)
        for ranks in (1, 4):
            folder, report = self.run_job(job, 'initial.temperature="x + 100*y"', "parameters.diffusivity=0",
                                          'time={max_steps=1, dt=1}', name=f"run-{ranks}", ranks=ranks)
            _, rows = cli.table(folder / "probes.csv")
            # Probes are moved to the centres of their cells, which have the size 0.5 by 0.25.
            self.assertEqual(rows[0][2:], [0.25 + 112.5, 5.75 + 337.5])
            self.assertEqual(rows[-1][2:], rows[0][2:])
            self.assertEqual([p["at"][:2] for p in report["probes"]], [[0.25, 1.125], [5.75, 3.375]])

    def test_the_sign_of_zero_does_not_depend_on_the_number_of_ranks(self):
        job = self.write("plate.toml", JOB)
        tables = []
        for ranks in (1, 2, 4):
            folder, _ = self.run_job(job, "initial.temperature=-0.0", name=f"run-{ranks}", ranks=ranks)
            tables.append((folder / "probes.csv").read_text() + (folder / "diagnostics.csv").read_text())
        self.assertEqual(tables, [tables[0]] * 3)

    def test_the_diagnostics_show_that_heat_is_conserved(self):
        job = self.write("plate.toml", JOB)
        folder, _ = self.run_job(job, 'initial.temperature="sin(3*x) + y"', "time.max_steps=50", ranks=2)
        _, rows = cli.table(folder / "diagnostics.csv")
        for row in rows:
            self.assertAlmostEqual(row[2], rows[0][2], delta=1e-12 * abs(rows[0][2]))
        for before, after in zip(rows, rows[1:]):
            self.assertLess(after[3], before[3])
            self.assertGreater(after[4], before[4])

    def test_only_requested_outputs_are_written(self):
        job = self.write("plate.toml", JOB.split("[diagnostics]")[0] + '[diagnostics]\nevery = "never"\n')
        folder, _ = self.run_job(job, "output.fields=[]", "checkpoint.at_end=false")
        self.assertEqual(sorted(p.name for p in folder.iterdir() if p.is_file()),
                         ["inventory", "job.toml", "progress.json", "record.json", "run.json", "run.lock", "run.log"])
        self.assertEqual(list(folder.glob("*/*")), [])


class Logs(cli.Case):
    def test_each_rank_can_have_a_log_file(self):
        job = self.write("plate.toml", JOB)
        folder, _ = self.run_job(job, "log.per_rank=true", ranks=3)
        line = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} rank (\d+) (debug|info|warning|error): .+$")
        files = {0: folder / "run.log", 1: folder / "logs/rank-1.log", 2: folder / "logs/rank-2.log"}
        for rank, file in files.items():
            lines = file.read_text(encoding="utf-8").splitlines()
            self.assertGreater(len(lines), 0)
            for text in lines:
                self.assertEqual(line.match(text).group(1), str(rank), text)
        self.assertIn("done, state digest", files[0].read_text())
        self.assertEqual(sorted(p.name for p in (folder / "logs").iterdir()), ["rank-1.log", "rank-2.log"])

    def test_the_log_level_selects_the_messages(self):
        job = self.write("plate.toml", JOB)
        lines = {}
        for level in ("debug", "info", "error"):
            folder, _ = self.run_job(job, f'log.level="{level}"', name=level)
            lines[level] = (folder / "run.log").read_text(encoding="utf-8").splitlines()
        self.assertEqual(len([text for text in lines["debug"] if " debug: step " in text]), 10)
        self.assertFalse([text for text in lines["info"] if "debug" in text])
        self.assertEqual(lines["error"], [])


class Images(cli.Case):
    def png_size(self, path):
        data = path.read_bytes()
        self.assertEqual(data[:8], b"\x89PNG\r\n\x1a\n", path.name)
        self.assertEqual(data[12:16], b"IHDR", path.name)
        self.assertEqual(data[-8:-4], b"IEND", path.name)
        return struct.unpack(">II", data[16:24])

    def test_images_do_not_depend_on_the_number_of_ranks(self):
        job = self.write("plate.toml", JOB)
        for ranks in (1, 3):
            folder, _ = self.run_job(job, 'output.images={field="temperature", width=300, every="4 steps"}',
                                     'initial.temperature="x*y"', name=f"run-{ranks}", ranks=ranks)
            self.assertEqual(sorted(p.name for p in (folder / "frames").iterdir()),
                             [f"temperature_{step:08}.png" for step in (0, 4, 8, 10)])
            for path in (folder / "frames").iterdir():
                self.assertEqual(max(self.png_size(path)), 300)
        for path in sorted((self.folder / "run-1/frames").iterdir()):
            self.assertEqual(path.read_bytes(), (self.folder / "run-3/frames" / path.name).read_bytes(), path.name)

    def test_slices_of_a_cube_have_the_requested_widths(self):
        job = self.write("cube.toml", """
[job]
name = "cube"
solver = "heat"
[domain]
cells = [9, 7, 5]
upper = [9.0, 7.0, 5.0]
boundary = "wall"
[initial]
temperature = "x + y + z"
[time]
max_steps = 1
[output]
fields = []
images = [
  { field = "temperature", slice = "z=2.5", width = 400 },
  { field = "temperature", slice = "x=0.1", width = 240, colormap = "inferno", range = [0, 20] },
]
every = "end"
""")
        folder, _ = self.run_job(job, ranks=2)
        sizes = {p.name: max(self.png_size(p)) for p in (folder / "frames").iterdir()}
        self.assertEqual(sizes, {"temperature-0_00000001.png": 400, "temperature-1_00000001.png": 240})
        self.assertFalse((folder / "fields.xdmf").exists())


class PrintedText(cli.Case):
    def setUp(self):
        super().setUp()
        self.job = self.write("plate.toml", JOB)

    def test_the_summary_describes_the_run(self):
        _, report = self.run_job(self.job, ranks=2)
        text = self.last.out
        for phrase in ("grid 12×10, cartesian", "layout   2 ranks on 1 node, 9 chunks of 4×4", "done in ", "10 steps",
                       f"state digest {report['digest']['state']}", "max/avg", "fields.xdmf"):
            self.assertIn(phrase, text)
        self.assertNotIn("\x1b", text + self.last.err)

    def test_a_quiet_run_prints_no_output(self):
        for ranks in (1, 2):
            self.run_job(self.job, "--quiet", name=f"run-{ranks}", ranks=ranks)
            self.assertEqual((self.last.out, self.last.err), ("", ""))

    def test_the_json_output_is_the_report(self):
        for ranks in (1, 2):
            folder, report = self.run_job(self.job, "--json", name=f"run-{ranks}", ranks=ranks)
            self.assertEqual(json.loads(self.last.out), report)

    def test_the_colour_options_are_followed(self):
        bad = self.write("bad.toml", JOB.replace("boundary", "bounday"))
        for options, env, coloured in (([], {}, False), (["--color", "always"], {}, True),
                                       (["--color", "always"], {"NO_COLOR": "1"}, True),
                                       (["--color", "never"], {"NO_COLOR": None, "TERM": "xterm"}, False),
                                       (["--color", "auto"], {"NO_COLOR": None, "TERM": "xterm"}, False)):
            with self.subTest(options=options, env=env):
                result = self.tessera("check", bad, *options, env=env)
                self.assertEqual(result.code, 78)
                self.assertEqual("\x1b[" in result.err, coloured, repr(result.err))
                plain = re.sub(r"\x1b\[[0-9;]*m", "", result.err)
                self.assertIn("error: unknown key `bounday` in [domain]", plain)


if __name__ == "__main__":
    cli.main()
