"""Every user error leads to a single clear message and a documented exit code, and no rank hangs."""

import os
import pathlib
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "support"))
import tessera_cli as cli  # noqa: E402

JOB = """
[job]
name = "plate"
solver = "heat"

[domain]
cells = [8, 6]
upper = [8.0, 6.0]
boundary = "periodic"

[initial]
temperature = 1

[time]
max_steps = 2

[output]
fields = ["temperature"]
every = "1 steps"
"""

GRID = """ncols 8
nrows 6
xllcorner 0
yllcorner 0
cellsize 1
NODATA_value -9999
""" + "1 2 3 4 5 6 7 8\n" * 6

USAGE, BAD_DATA, NO_INPUT, UNAVAILABLE, CANNOT_CREATE, IO_ERROR, BAD_JOB = 64, 65, 66, 69, 73, 74, 78


class BadInput(cli.Case):
    """refused() runs a job on 1 and 2 ranks. It expects the same error and exit code on all ranks, and no run directory."""

    def setUp(self):
        super().setUp()
        self.job = self.write("job.toml", JOB)

    def refused(self, code, phrases, *arguments, job=None, run_dir="run", env=None):
        before = sorted(self.folder.rglob("*"))
        errors = []
        for ranks in (1, 2):
            with self.subTest(ranks=ranks):
                options = ["--run-dir", run_dir] if run_dir else []
                result = self.tessera("run", job or self.job, *arguments, *options, ranks=ranks, each_rank=True,
                                      env=env)
                self.assertEqual(result.codes, [code] * ranks, str(result))
                self.assertEqual(len(result.errors()), 1, str(result))
                for phrase in phrases:
                    self.assertIn(phrase, result.err)
                errors.append(result.errors()[0])
        self.assertEqual(len(set(errors)), 1)
        self.assertEqual(sorted(self.folder.rglob("*")), before, "nothing is created")

    def overridden(self, code, phrases, *overrides):
        self.refused(code, ["Nothing was started.", *phrases], *overrides)


class JobFile(BadInput):
    def test_missing(self):
        self.refused(NO_INPUT, ["no such job file: `none.toml`"], job="none.toml")

    def test_folder(self):
        self.refused(NO_INPUT, ["is a directory, not a job file"], job=self.folder)

    def test_unreadable(self):
        # Root ignores permissions, but cannot read /proc/self/mem at offset 0 either.
        path = "/proc/self/mem"
        if os.geteuid() != 0:
            path = self.write("locked.toml", JOB)
            path.chmod(0)
        self.refused(NO_INPUT, ["cannot read"], job=path)

    def test_empty(self):
        path = self.write("empty.toml", "")
        result = self.tessera("run", path)
        self.assertEqual(result.code, BAD_JOB, str(result))
        for key in ("name", "solver", "cells"):
            self.assertIn(f"needs a key `{key}`", result.err)

    def test_no_toml(self):
        path = self.write("job.toml", "\0\xff[[[")
        self.refused(BAD_JOB, ["Nothing was started."], job=path)

    def test_typo(self):
        bad = cli.SOURCE / "tests/grid/job/bad"
        expected = (bad / "typo.txt").read_text(encoding="utf-8")
        for command in ("check", "run"):
            result = self.tessera(command, "typo.toml", cwd=bad)
            self.assertEqual(result.code, BAD_JOB, str(result))
            self.assertEqual(result.err.strip(), expected.strip())
            self.assertEqual(result.out, "")
        self.assertFalse((bad / "runs").exists(), "a run was started")
        report = self.tessera("check", "typo.toml", "--json", cwd=bad)
        self.assertEqual(report.code, BAD_JOB)
        problems = report.json()["problems"]
        self.assertIs(report.json()["ok"], False)
        self.assertEqual([(p["line"], p["column"], p["key"]) for p in problems],
                         [(14, 1, "domain.bounday"), (22, 7, "time.end")])
        self.assertEqual(problems[0]["suggestion"], "boundary")

    def test_every_bad_job_of_the_collection(self):
        for path in sorted((cli.SOURCE / "tests/grid/job/bad").glob("*.toml")):
            if "waves" in path.read_text(encoding="utf-8"):
                continue  # these jobs are for a schema that no plugin has
            with self.subTest(job=path.name):
                result = self.tessera("check", path)
                self.assertEqual(result.code, BAD_JOB, str(result))
                self.assertIn("Nothing was started.", result.err)

    def test_unknown_override(self):
        self.overridden(BAD_JOB, ["unknown key `cels` in [domain]", "did you mean `cells`?"], "domain.cels=[4,4]")

    def test_override_without_a_value(self):
        self.overridden(BAD_JOB, ["an override needs a value"], "time.end")


class Sizes(BadInput):
    def test_no_cells(self):
        self.overridden(BAD_JOB, ["there must be at least 1 cell along x"], "domain.cells=[0,6]")

    def test_negative_cells(self):
        self.overridden(BAD_JOB, ["there must be at least 1 cell along y"], "domain.cells=[8,-6]")

    def test_negative_extent(self):
        self.overridden(BAD_JOB, ["`upper` must lie above `lower` along x: -1 is not above 0"], "domain.upper=[-1,6]")

    def test_extent_not_finite(self):
        self.overridden(BAD_JOB, ["domain.upper=[inf,6]"], "domain.upper=[inf,6]")

    def test_1e20_cells(self):
        self.overridden(BAD_JOB, ["10^20 cells would need 1.6e12 GB"], "domain.cells=[10000000000,10000000000]")

    def test_1e20_cells_along_an_axis(self):
        self.overridden(BAD_JOB, ["is not representable in 64 bits"], "domain.cells=[100000000000000000000,6]")

    def test_more_cells_than_memory(self):
        self.overridden(BAD_JOB, ["1 T cells would need 16 TB", " are available"], "domain.cells=[1000000,1000000]")

    def test_narrower_than_the_stencil(self):
        self.overridden(BAD_JOB, ["the domain is narrower than the 3 ghost cells that `mix` needs"],
                        "domain.cells=[8,2]", 'job.solver="mix"', "initial={a=1}", 'output.fields=["a"]',
                        "--plugin-path", cli.PLUGINS)

    def test_chunk_narrower_than_the_stencil(self):
        self.overridden(BAD_JOB, ["a chunk must have at least 3 cells along each axis"], "domain.chunk=[2,6]",
                        'job.solver="mix"', "initial={a=1}", 'output.fields=["a"]', "--plugin-path", cli.PLUGINS)

    def test_end_not_finite(self):
        for value in ("inf", "-inf", "nan"):
            with self.subTest(end=value):
                self.overridden(BAD_JOB, ["`end` must be finite"], f"time.end={value}")

    def test_end_before_the_start(self):
        self.overridden(BAD_JOB, ["`end` must be above 0"], "time.end=-1")


class Dataset(BadInput):
    def initial(self, phrases, source, *overrides):
        self.overridden(BAD_JOB, phrases, f"initial.temperature={{{source}}}", *overrides)

    def test_missing_file(self):
        self.initial(["no such file: `", "none.h5`", "paths are relative to the job file's folder"],
                     'file="none.h5", dataset="a"')

    def test_folder(self):
        self.initial(["file="], 'file=".", dataset="a"')

    def test_no_hdf5(self):
        self.write("junk.h5", "hello")
        self.initial(["junk.h5` is neither an HDF5 nor a NetCDF-4 file"], 'file="junk.h5", dataset="a"')

    def test_missing_dataset(self):
        self.snapshot("[8, 6]", "[8, 6]")
        self.initial(["has no data set `none`", "the file holds ", "`temperature`[6][8], `x`[8], `y`[6]"],
                     'file="snapshot.h5", dataset="none"')

    def test_wrong_rank(self):
        self.snapshot("[8, 6, 4]", "[8, 6, 4]")
        self.initial(["data set `temperature` of `", "snapshot.h5` has 3 dimensions, the domain has 2"],
                     'file="snapshot.h5", dataset="temperature"')

    def test_too_small(self):
        self.snapshot("[8, 6]", "[4, 3]")
        self.initial(["the data set does not cover the domain", "it spans x from 0.25 to 3.75, y from 0.25 to 2.75"],
                     'file="snapshot.h5", dataset="temperature"')

    def test_cut_short(self):
        path = self.snapshot("[8, 6]", "[8, 6]")
        whole = path.read_bytes()
        for part in (10, len(whole) // 2, len(whole) - 100):
            with self.subTest(bytes=part):
                path.write_bytes(whole[:part])
                self.initial(["snapshot.h5"], 'file="snapshot.h5", dataset="temperature"')

    def test_not_a_number(self):
        lines = GRID.splitlines()
        for text, phrase in (("nan", "holds NaN"), ("-9999", "holds a missing value (-9999)"), ("inf", "infin")):
            with self.subTest(value=text):
                # The fourth row from the top is the third from the bottom: y = 2.5.
                self.write("grid.asc", "\n".join(lines[:9] + [f"1 2 3 4 {text} 6 7 8"] + lines[10:]) + "\n")
                self.initial([phrase, "at x = 4.5 (number 4), y = 2.5 "], 'file="grid.asc"')

    def test_bad_ascii_grids(self):
        lines = GRID.splitlines()
        for name, text, phrase in (
                ("short", "\n".join(lines[:-1]) + "\n", "short.asc` ends after 40 of 48 values"),
                ("words", GRID.replace("4", "four", 1), "words.asc"),
                ("keys", "hello world\n", "unknown key `hello`"),
                ("huge", GRID.replace("ncols 8", "ncols 99999999999999"), "huge.asc"),
                ("empty", "", "empty.asc")):
            with self.subTest(grid=name):
                self.write(f"{name}.asc", text)
                self.initial([phrase], f'file="{name}.asc"')

    def snapshot(self, cells, upper):
        """@return the path of an HDF5 file with the temperature of another run."""
        job = self.write("other.toml", JOB.replace("[8, 6]", cells).replace("[8.0, 6.0]", upper))
        folder, _ = self.run_job(job, name="other")
        path = self.folder / "snapshot.h5"
        shutil.copy(folder / "fields/fields_00000000.h5", path)
        shutil.rmtree(folder)
        return path


class RunDirectory(BadInput):
    def test_a_file_in_its_place(self):
        self.write("taken", "mine")
        self.refused(CANNOT_CREATE, ["`taken` exists and is not a folder"], run_dir="taken")
        self.refused(CANNOT_CREATE, ["cannot create the folder `taken`: Not a directory"], run_dir="taken/run")
        self.refused(CANNOT_CREATE, ["taken"], 'output.directory="taken"', run_dir=None)

    def test_not_writable(self):
        self.refused(CANNOT_CREATE, ["cannot create the folder `/proc/tessera`"], run_dir="/proc/tessera")
        self.refused(CANNOT_CREATE, ["cannot create the folder `/proc/tessera`"], 'output.directory="/proc/tessera"',
                     run_dir=None)

    def test_no_permission_to_write(self):
        locked = self.folder / "locked"
        locked.mkdir(mode=0o555)
        # Root ignores permissions, and therefore drops this privilege here.
        drop = "-dac_override,-dac_read_search"
        prefix = ["setpriv", "--bounding-set", drop, "--inh-caps", drop] if os.geteuid() == 0 else []
        for launcher in ([], cli.launcher(2)):
            command = [*prefix, *launcher, cli.BINARY, "run", self.job, "--run-dir", "locked/run"]
            self.assert_refused(cli.finish(cli.start(command, self.folder)), CANNOT_CREATE, "Permission denied")
        self.assertEqual(list(locked.iterdir()), [])

    def test_existing_results_are_kept(self):
        folder, report = self.run_job(self.job)
        self.refused(CANNOT_CREATE, ["exists and holds results", "--overwrite to replace it"])
        self.assertTrue((folder / "run.json").exists())

    def test_overwrite_replaces_the_run(self):
        folder, first = self.run_job(self.job, 'log.per_rank=true', 'output.images={field="temperature"}', ranks=2)
        self.assertTrue((folder / "fields/fields_00000002.h5").exists())
        _, second = self.run_job(self.job, "time.max_steps=1", "parameters.diffusivity=2", "--overwrite", ranks=2)
        self.assertEqual(second["loop"]["steps"], 1)
        self.assertEqual(sorted(p.name for p in folder.rglob("*")),
                         ["diagnostics.csv", "fields", "fields.xdmf", "fields_00000000.h5", "fields_00000001.h5",
                          "job.toml", "progress.json", "record.json", "run.json", "run.lock", "run.log"])

    def test_overwrite_of_a_failed_run(self):
        job = self.write("nan.toml", JOB.replace("temperature = 1\n", 'temperature = "1/(x - 0.5)"\n'))
        self.assertEqual(self.tessera("run", job, "--run-dir", "run").code, 70)
        self.run_job(self.job, "--overwrite")

    def test_overwrite_touches_nothing_foreign(self):
        folder, _ = self.run_job(self.job)
        thesis = self.write("run/thesis.tex", "five years of work")
        self.refused(CANNOT_CREATE, ["`run` holds `thesis.tex`, which is not a file of a run; nothing was removed"],
                     "--overwrite")
        self.assertEqual(thesis.read_text(), "five years of work")
        self.write("letters/thesis.tex", "no run at all")
        self.refused(CANNOT_CREATE, ["nothing was removed"], "--overwrite", run_dir="letters")

    def test_a_bad_job_does_not_touch_an_earlier_run(self):
        self.run_job(self.job)
        self.overridden(BAD_JOB, ["at least 1 cell along x"], "domain.cells=[0,6]", "--overwrite")
        self.assertTrue((self.folder / "run/run.json").exists())

    def test_a_new_name_each_time(self):
        for _ in range(3):
            result = self.tessera("run", self.job, "--quiet")
            self.assertEqual(result.code, 0, str(result))
        self.assertEqual(len(list((self.folder / "runs").iterdir())), 3)


class FullDisk(cli.Case):
    """Runs in a separate mount namespace write to a file system that is too small."""

    def setUp(self):
        super().setUp()
        probe = subprocess.run(["unshare", "-m", "sh", "-c", f"mount -t tmpfs -o size=4k tmpfs {self.folder}"],
                               capture_output=True, check=False) if shutil.which("unshare") else None
        if probe is None or probe.returncode != 0:
            self.skipTest("mounting a file system is not permitted")
        self.job = self.write("job.toml", JOB)
        (self.folder / "small").mkdir()

    def test_ends_with_a_message(self):
        # The sizes have room for between one table and all but the last of three field files.
        for size in ("4k", "16k", "200k", "500k", "800k"):
            for ranks in (1, 2):
                with self.subTest(size=size, ranks=ranks):
                    command = [cli.BINARY, "run", self.job, "domain.cells=[200,200]", "--run-dir", "small/run"]
                    if ranks > 1:
                        command = cli.launcher(ranks) + command
                    script = f'mount -t tmpfs -o size={size} tmpfs small; exec "$@"'
                    process = cli.start(["unshare", "-m", "sh", "-c", script, "x", *command], cwd=self.folder)
                    result = cli.finish(process)
                    self.assertIn(result.code, (CANNOT_CREATE, IO_ERROR), str(result))
                    self.assertEqual(len(result.errors()), 1, str(result))
                    self.assertRegex(result.err, r"cannot (write|create) .*small/run/")
                    self.assertRegex(result.err, r"No space left on device|are free\)")


class CommandLine(cli.Case):
    def test_usage_errors(self):
        job = self.write("job.toml", JOB)
        for arguments in ([], ["run"], ["fly"], ["run", job, "--fast"], ["plan", job, "-n", "0"],
                          ["plan", job, "-n", "many"], ["plan", job, "--partition", "magic"], ["describe"], ["digest"],
                          ["diff", "one"], ["check"], ["run", job, "--color", "pink"], ["run", job, "--run-dir"]):
            with self.subTest(arguments=arguments):
                result = self.tessera(*arguments)
                self.assertEqual(result.code, USAGE, str(result))
                self.assertIn("--help", result.err)
                self.assertEqual(result.out, "")

    def test_results_that_are_not_there(self):
        self.write("text.h5", "hello")
        (self.folder / "empty").mkdir()
        for command, code in ((["digest", "none"], NO_INPUT), (["digest", "empty"], NO_INPUT),
                              (["digest", "text.h5"], BAD_DATA), (["diff", "none", "none"], NO_INPUT),
                              (["diff", "empty", "text.h5"], NO_INPUT), (["diff", "text.h5", "text.h5"], BAD_DATA)):
            with self.subTest(command=command):
                self.assert_refused(self.tessera(*command), code)

    def test_launcher_of_another_mpi(self):
        job = self.write("job.toml", JOB)
        for name in ("PMI_SIZE", "MV2_COMM_WORLD_SIZE", "SLURM_STEP_NUM_TASKS"):
            with self.subTest(variable=name):
                result = self.tessera("run", job, "--run-dir", "run", env={name: "4"})
                self.assert_refused(result, UNAVAILABLE, "4 processes were started by ", "each of them is alone")
                self.assertFalse((self.folder / "run").exists())
                # A single process agrees with a launcher that started one.
                self.run_job(job, env={name: "1"})
                shutil.rmtree(self.folder / "run")


if __name__ == "__main__":
    cli.main()
