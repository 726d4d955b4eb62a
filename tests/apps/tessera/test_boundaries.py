"""Boundary values over time: formulas and tables give the same results on any ranks, chunks and tiles, and after a
restart without the file."""

import json
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "support"))
import tessera_cli as cli  # noqa: E402

BAD_DATA = 65

HEAT = """
[job]
name   = "tide"
solver = "heat"

[domain]
cells    = [20, 18, 16]
chunk    = [5, 6, 4]
boundary = {{ west = {{ fixed = {{ temperature = {west} }} }}, z = {{ face = {{ temperature = {z} }} }} }}

[parameters]
diffusivity = 0.1

[initial]
temperature = "{initial}"

[time]
end = 1
dt  = 0.001953125

[checkpoint]
every = "100 steps"
"""
FORMULA = '"300 + 50*exp(-((y-0.5)^2 + z)/0.1)*sin(20*t + 3*y*x)"'
# A value of t, because t is a multiple of 1/512.
TABLE = '{ file = "tide.csv", column = "level" }'


class Boundaries(cli.Case):
    def setUp(self):
        super().setUp()
        self.write("tide.csv", "\ufefftime [s],wind,level\r\n-1,0,-1\r\n0,0,0\r\n0.5,0,0.5\r\n1,0,1\r\n2,0,2\r\n")

    def job(self, west, z, initial="1"):
        return self.write("job.toml", HEAT.format(west=west, z=z, initial=initial))

    def digest(self, name, *arguments, ranks):
        return self.run_job(self.folder / "job.toml", "--quiet", *arguments, name=name, ranks=ranks)[1]["digest"]["state"]

    def test_formulas_do_not_depend_on_ranks_chunks_and_tiles(self):
        self.job(FORMULA, FORMULA.replace("t +", "0.5 +"), "x + noise(0.5, 7)*y")
        expected = self.digest("serial", 'performance.steps_per_exchange="stage"', "performance.autotune=false", ranks=1)
        for ranks, settings in ((1, ["performance.steps_per_exchange=4"]), (2, []), (3, ["performance.tile_rows=2"]),
                                (4, ['domain.partition="sfc"', "performance.bricks=false"])):
            actual = self.digest(f"ranks-{ranks}", "performance.autotune=false", *settings, ranks=ranks)
            self.assertEqual(actual, expected, (ranks, settings))
        self.assertEqual(self.digest("chunks", "domain.chunk=[20,18,16]", ranks=1), expected)

    def test_a_table_gives_the_same_result_as_a_formula(self):
        self.job('"t"', '"t"')
        expected = self.digest("formula", ranks=1)
        self.job(TABLE, TABLE)
        self.assertEqual(self.digest("table", ranks=2), expected)

    def test_a_relaunch_does_not_need_the_table(self):
        job = self.job(TABLE, "1")
        expected = self.digest("undisturbed", ranks=1)
        self.run_job(job, "--quiet", "time.max_steps=300", ranks=2)
        (self.folder / "tide.csv").unlink()
        result = self.tessera("run", "--run-dir", "run", "--resume", "--quiet", "time.max_steps=1000", ranks=1)
        self.assertEqual(result.code, 0, str(result))
        report = json.loads((self.folder / "run" / "run.json").read_text(encoding="utf-8"))
        self.assertEqual(report["digest"]["state"], expected)

    def test_a_changed_table_is_another_job(self):
        job = self.job(TABLE, "1")
        self.run_job(job, "--quiet", "time.max_steps=100", ranks=1)
        self.write("tide.csv", "time,level\n0,0\n1,1.5\n")
        result = self.tessera("run", job, "--run-dir", "run", "--resume", "--quiet", ranks=1)
        self.assert_refused(result, BAD_DATA, "boundary x lower, temperature[0]: series")


if __name__ == "__main__":
    cli.main()
