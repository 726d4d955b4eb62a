"""Parameters that are lists, tables and series: the same results from files and from the job, in C, C++ and Fortran, on any
ranks and after a restart without the files; and the messages for wrong ones."""

import bisect
import json
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "support"))
import tessera_cli as cli  # noqa: E402

BAD_DATA, BAD_JOB = 65, 78
STEPS = 64
DT = 1 / 32

LAYERS = """
[job]
name   = "layers"
solver = "{solver}"

[domain]
cells = [12, 8]
chunk = [3, 4]
upper = [6, 1]

[parameters]
{parameters}

[initial]
amount = "1 + x*y"

[time]
end = 2
dt  = 0.03125

[probes]
fields = ["amount"]
every  = "1 steps"

[[probes.point]]
name = "first"
at = [0.25, 0.0625]

[[probes.point]]
name = "last"
at = [5.75, 0.9375]

[checkpoint]
every = "20 steps"
"""
RATES = [0.1, 0.3]
LAYER = [(1.0, 0.5), (2.5, 1.0), (4.0, 3.0)]
INFLOW = [(-1.0, 0.0), (0.7, 1.0), (1.1, 0.25), (3.0, 5.0)]

INLINE = """
rates  = [0.1, "0.3 1/s"]
layer  = { top = [1, "2.5 m", 4], factor = [0.5, 1, 3] }
inflow = { times = [-1, 0.7, 1.1, 3], values = [0, 1, 0.25, 5] }
"""
ROWS = """
rates  = [0.1, 0.3]
inflow = { file = "q.csv", column = "discharge" }
[[parameters.layer]]
top = 1
factor = 0.5
[[parameters.layer]]
top = 2.5
[[parameters.layer]]
top = 4
factor = 3
"""
FILES = """
rates  = { file = "rates.csv", column = "rate" }
layer  = { file = "layers.csv" }
inflow = { file = "q.csv", column = "discharge" }
"""


def inflow_at(time):
    times = [t for t, _ in INFLOW]
    n = bisect.bisect_right(times, time)
    (t0, q0), (t1, q1) = INFLOW[n - 1:n + 1]
    return q0 + (time - t0) / (t1 - t0) * (q1 - q0)


def amounts(initial, x):
    """The amount in a cell after each step, in double precision."""
    rate = RATES[0] + RATES[1]
    factor = next((f for top, f in LAYER if x < top), LAYER[-1][1])
    values = [initial]
    for step in range(STEPS):
        u = values[-1]
        values.append(u + DT * (inflow_at(step * DT) - rate * factor * u))
    return values


class Layers(cli.Case):
    def setUp(self):
        super().setUp()
        self.write("rates.csv", "n,rate [1/s]\n1,0.1\n2,0.3\n")
        self.write("layers.csv", "\ufefffactor,top [m]\r\n0.5,1\r\n1,2.5\r\n3,4\r\n")
        self.write("q.csv", "time [s],stage,discharge [kg/s]\n-1,9,0\n0.7,8,1\n1.1,7,0.25\n3,6,5\n")

    def job(self, parameters, solver="layers"):
        return self.write("job.toml", LAYERS.format(solver=solver, parameters=parameters))

    def digest(self, job, name, ranks=1, *arguments):
        return self.run_job(job, "--quiet", *arguments, name=name, ranks=ranks)[1]["digest"]["state"]

    def refuse(self, command, job, code, *phrases, arguments=()):
        result = self.tessera(command, job, "--plugin-path", cli.PLUGINS, *arguments)
        self.assert_refused(result, code, *phrases)


class Results(Layers):
    def test_values_are_exact_and_do_not_depend_on_ranks_and_notation(self):
        folder, report = self.run_job(self.job(INLINE), "--quiet", name="inline", ranks=1)
        _, rows = cli.table(folder / "probes.csv")
        self.assertEqual([row[2] for row in rows], amounts(1 + 0.25 * 0.0625, 0.25))
        self.assertEqual([row[3] for row in rows], amounts(1 + 5.75 * 0.9375, 5.75))
        expected = report["digest"]["state"]
        for name, parameters, ranks in (("rows", ROWS, 3), ("files", FILES, 2)):
            self.assertEqual(self.digest(self.job(parameters), name, ranks), expected, name)

    def test_c_gives_the_same_result(self):
        expected = self.digest(self.job(INLINE), "c++")
        self.assertEqual(self.digest(self.job(FILES, "layers_c"), "c", 2), expected)

    @cli.unittest.skipUnless(os.path.exists(os.path.join(cli.PLUGINS, "layers_f.so")), "no Fortran plugin was built")
    def test_fortran_gives_the_same_result(self):
        expected = self.digest(self.job(INLINE), "c++")
        self.assertEqual(self.digest(self.job(FILES, "layers_f"), "fortran", 2), expected)

    def test_a_restart_does_not_need_the_files(self):
        job = self.job(FILES)
        expected = self.digest(job, "undisturbed")
        self.run_job(job, "--quiet", "time.max_steps=30", ranks=2)
        for name in ("rates.csv", "layers.csv", "q.csv"):
            (self.folder / name).unlink()
        result = self.tessera("run", "--run-dir", "run", "--resume", "--quiet", "--plugin-path", cli.PLUGINS,
                              "time.max_steps=1000", ranks=1)
        self.assertEqual(result.code, 0, str(result))
        report = json.loads((self.folder / "run" / "run.json").read_text(encoding="utf-8"))
        self.assertEqual(report["digest"]["state"], expected)

    def test_other_values_are_another_job(self):
        job = self.job(FILES)
        self.run_job(job, "--quiet", "time.max_steps=30", ranks=1)
        self.write("copy.csv", (self.folder / "layers.csv").read_text(encoding="utf-8"))
        resume = ("--run-dir", "run", "--resume", "--quiet")
        for file, old, new, phrase in (("rates.csv", "0.3", "0.4", "parameter rates: 0.1 0."),
                                       ("layers.csv", "2.5", "2.75", "parameter top: 1 2."),
                                       ("q.csv", "0.25", "0.5", "parameter inflow: series")):
            text = (self.folder / file).read_text(encoding="utf-8")
            self.write(file, text.replace(old, new))
            self.refuse("run", job, BAD_DATA, phrase, arguments=resume)
            self.write(file, text)
        # The same values in another file are the same job.
        result = self.tessera("run", self.job(FILES.replace("layers.csv", "copy.csv")), "--plugin-path", cli.PLUGINS, *resume,
                              ranks=1)
        self.assertEqual(result.code, 0, str(result))


class BadInput(Layers):
    def test_wrong_files_are_refused_with_their_location(self):
        job = self.job(FILES)
        for file, text, *phrases in (
                ("q.csv", "time,discharge\n0,1\n1,2\n", "q.csv:3:1: the series ends at 1 s, before `end` in [time], 2 s"),
                ("q.csv", "time,discharge\n0,1\n2,1\n1,2\n", "q.csv:4:1: this time is earlier than the one before it"),
                ("q.csv", "time,discharge\n0,1\n2,-1\n", "q.csv:3:3: `inflow` must be at least 0"),
                ("q.csv", "time,dischrge\n0,1\n2,1\n", "`q.csv` has no column `discharge`", "did you mean `dischrge`?"),
                ("q.csv", "time,discharge [m^3/s]\n0,1\n2,1\n", "q.csv:1:6: the values are in `m^3/s`"),
                ("layers.csv", "top,fcator\n1,2\n", "layers.csv:1:5: `layer` has no column `fcator`", "did you mean `factor`?"),
                ("layers.csv", "top,factor\n1,2\nnan,2\n", "layers.csv:3:1: `nan` is not a finite number"),
                ("layers.csv", "top,factor\n1,2\n2,0\n", "layers.csv:3:3: `factor` must be above 0"),
                ("layers.csv", "top,factor\n1,\n", "layers.csv:2:3: there is no value"),
                ("layers.csv", "top,factor\n", "`layer` needs at least 1 row, not 0"),
                ("rates.csv", "rate\n1\n2\n3\n4\n5\n", "`rates` needs at most 4 values, not 5")):
            with self.subTest(text=text):
                good = (self.folder / file).read_bytes()
                self.write(file, text)
                self.refuse("run", job, BAD_JOB, *phrases, "Nothing was started", arguments=("--run-dir", "run"))
                self.assertFalse((self.folder / "run").exists())
                (self.folder / file).write_bytes(good)
        self.refuse("check", job, BAD_JOB, "no such file: `", arguments=("parameters.layer.file=none.csv",))

    def test_the_solver_can_reject_a_table(self):
        self.refuse("check", self.job(INLINE), BAD_JOB, "the tops of the layers must increase",
                    arguments=("parameters.layer.top=[1, 1, 2]",))


class Describe(cli.Case):
    def test_lists_tables_and_series_are_described(self):
        result = self.tessera("describe", "layers", "--plugin-path", cli.PLUGINS)
        self.assertEqual(result.code, 0, str(result))
        lines = [" ".join(line.split()) for line in result.out.splitlines()]
        for line in ("rates list of real required", "rates; at least 0, at least 1 and at most 4 values",
                     "marks list of integer default [1, 2]", "inflow series required", "inflow; at least 0",
                     "delay list of real default [] s", "layer.top real required",
                     "upper end of the layer; at least 1 and at most 8 rows", "layer.factor real default 1"):
            self.assertIn(line, lines)

    def test_lists_tables_and_series_are_described_as_json(self):
        result = self.tessera("describe", "layers", "--json", "--plugin-path", cli.PLUGINS)
        parameters = {p["name"]: p for p in result.json()["parameters"]}
        self.assertEqual({name: p["shape"] for name, p in parameters.items()},
                         {"rates": "list", "marks": "list", "inflow": "series", "delay": "list", "top": "single",
                          "factor": "single"})
        self.assertEqual((parameters["rates"]["minimum_count"], parameters["rates"]["maximum_count"]), (1, 4))
        self.assertEqual(parameters["marks"]["default"], [1, 2])
        self.assertEqual((parameters["top"]["table"], parameters["top"]["minimum_count"]), ("layer", 1))
        self.assertNotIn("minimum_count", parameters["inflow"])


if __name__ == "__main__":
    cli.main()
