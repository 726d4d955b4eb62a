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
    """Runs that must be rejected, with the same single error on any number of ranks."""

    def setUp(self):
        super().setUp()
        self.job = self.write("job.toml", JOB)

    def check_rejected(self, code, phrases, *arguments, job=None, run_dir="run", env=None):
        """Runs the job on 1 and 2 ranks. Checks the exit code of each rank, the phrases and that no file is created."""
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
        self.assertEqual(sorted(self.folder.rglob("*")), before, "files were created")

    def check_overrides(self, code, phrases, *overrides):
        """Checks that the job is rejected with these overrides."""
        self.check_rejected(code, ["Nothing was started.", *phrases], *overrides)


class JobFile(BadInput):
    def test_a_missing_job_file_is_rejected(self):
        self.check_rejected(NO_INPUT, ["no such job file: `none.toml`"], job="none.toml")

    def test_a_directory_is_rejected(self):
        self.check_rejected(NO_INPUT, ["is a directory, not a job file"], job=self.folder)

    def test_an_unreadable_job_file_is_rejected(self):
        # Permissions do not apply to root, but even root cannot read /proc/self/mem at offset 0.
        path, reason = "/proc/self/mem", "cannot read"
        if os.geteuid() != 0:
            path, reason = self.write("locked.toml", JOB), "permission denied"
            path.chmod(0)
        self.check_rejected(NO_INPUT, [reason], job=path)

    def test_the_missing_keys_of_an_empty_job_file_are_reported(self):
        path = self.write("empty.toml", "")
        result = self.tessera("run", path)
        self.assertEqual(result.code, BAD_JOB, str(result))
        for key in ("name", "solver", "cells"):
            self.assertIn(f"needs a key `{key}`", result.err)

    def test_a_file_that_is_not_toml_is_rejected(self):
        path = self.write("job.toml", "\0\xff[[[")
        self.check_rejected(BAD_JOB, ["Nothing was started."], job=path)

    def test_misspelt_keys_are_reported_with_suggestions(self):
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

    def test_every_bad_job_in_the_collection_is_rejected(self):
        for path in sorted((cli.SOURCE / "tests/grid/job/bad").glob("*.toml")):
            if "waves" in path.read_text(encoding="utf-8"):
                continue  # these jobs need a schema that no plugin has
            with self.subTest(job=path.name):
                result = self.tessera("check", path)
                self.assertEqual(result.code, BAD_JOB, str(result))
                self.assertIn("Nothing was started.", result.err)

    def test_an_unknown_override_is_rejected(self):
        self.check_overrides(BAD_JOB, ["unknown key `cels` in [domain]", "did you mean `cells`?"], "domain.cels=[4,4]")

    def test_an_initial_value_that_the_solver_cannot_use_is_rejected(self):
        self.check_rejected(BAD_JOB, ["[initial] sets `speed`, which is computed from other fields"], 'job.solver="shallow_water"',
                            "initial={depth=1,speed=1}", 'output.fields=["speed"]')

    def test_an_override_without_a_value_is_rejected(self):
        self.check_overrides(BAD_JOB, ["an override needs a value"], "time.end")


class Sizes(BadInput):
    def test_zero_cells_are_rejected(self):
        self.check_overrides(BAD_JOB, ["there must be at least 1 cell along x"], "domain.cells=[0,6]")

    def test_a_negative_number_of_cells_is_rejected(self):
        self.check_overrides(BAD_JOB, ["there must be at least 1 cell along y"], "domain.cells=[8,-6]")

    def test_a_negative_extent_is_rejected(self):
        self.check_overrides(BAD_JOB, ["`upper` must be above `lower` along x: -1 is not above 0"], "domain.upper=[-1,6]")

    def test_an_infinite_extent_is_rejected(self):
        self.check_overrides(BAD_JOB, ["domain.upper=[inf,6]"], "domain.upper=[inf,6]")

    def test_1e20_cells_are_rejected(self):
        self.check_overrides(BAD_JOB, ["10^20 cells would need 1.6e12 GB"], "domain.cells=[10000000000,10000000000]")

    def test_1e20_cells_along_an_axis_are_rejected(self):
        self.check_overrides(BAD_JOB, ["is not representable in 64 bits"], "domain.cells=[100000000000000000000,6]")

    def test_a_domain_narrower_than_the_stencil_is_rejected(self):
        self.check_overrides(BAD_JOB, ["the domain is narrower than the 3 ghost cells that `mix` needs"],
                             "domain.cells=[8,2]", 'job.solver="mix"', "initial={a=1}", 'output.fields=["a"]',
                             "--plugin-path", cli.PLUGINS)

    def test_a_chunk_narrower_than_the_stencil_is_rejected(self):
        self.check_overrides(BAD_JOB, ["a chunk must have at least 3 cells along each axis"], "domain.chunk=[2,6]",
                             'job.solver="mix"', "initial={a=1}", 'output.fields=["a"]', "--plugin-path", cli.PLUGINS)

    def test_an_end_time_that_is_not_finite_is_rejected(self):
        for value in ("inf", "-inf", "nan"):
            with self.subTest(end=value):
                self.check_overrides(BAD_JOB, ["`end` must be finite"], f"time.end={value}")

    def test_an_end_time_before_the_start_is_rejected(self):
        self.check_overrides(BAD_JOB, ["`end` must be above 0"], "time.end=-1")


class Dataset(BadInput):
    def check_initial(self, phrases, source, *overrides):
        """Checks that the job is rejected with this source of the initial temperature."""
        self.check_overrides(BAD_JOB, phrases, f"initial.temperature={{{source}}}", *overrides)

    def test_a_missing_file_is_rejected(self):
        self.check_initial(["no such file: `", "none.h5`", "paths are relative to the job file's folder"],
                           'file="none.h5", dataset="a"')

    def test_a_directory_is_rejected(self):
        self.check_initial(["file="], 'file=".", dataset="a"')

    def test_a_file_that_is_not_hdf5_is_rejected(self):
        self.write("junk.h5", "hello")
        self.check_initial(["junk.h5`, line 1: unknown key `hello`"], 'file="junk.h5", dataset="a"')
        (self.folder / "bytes.h5").write_bytes(b"\x01\x02")
        self.check_initial(["bytes.h5` is neither an HDF5 nor a NetCDF-4 file"], 'file="bytes.h5", dataset="a"')

    def test_a_missing_data_set_is_rejected(self):
        self.write_snapshot("[8, 6]", "[8, 6]")
        self.check_initial(["has no data set `none`", "the file contains ", "`temperature`[6][8], `time`, `x`[8], `y`[6]"],
                           'file="snapshot.h5", dataset="none"')
        self.check_initial(["did you mean `temperature`?"], 'file="snapshot.h5", dataset="temprature"')

    def test_a_data_set_of_the_wrong_rank_is_rejected(self):
        self.write_snapshot("[8, 6, 4]", "[8, 6, 4]")
        self.check_initial(["data set `temperature` in `", "snapshot.h5` has 3 dimensions, but the domain has 2"],
                           'file="snapshot.h5", dataset="temperature"')

    def test_a_data_set_smaller_than_the_domain_is_rejected(self):
        self.write_snapshot("[8, 6]", "[4, 3]")
        self.check_initial(["the data set does not cover the domain", "it spans x from 0.25 to 3.75, y from 0.25 to 2.75"],
                           'file="snapshot.h5", dataset="temperature"')

    def test_a_truncated_file_is_rejected(self):
        path = self.write_snapshot("[8, 6]", "[8, 6]")
        content = path.read_bytes()
        for size in (10, len(content) // 2, len(content) - 100):
            with self.subTest(bytes=size):
                path.write_bytes(content[:size])
                self.check_initial(["snapshot.h5"], 'file="snapshot.h5", dataset="temperature"')

    def test_missing_and_non_finite_values_are_rejected(self):
        lines = GRID.splitlines()
        for text, phrase in (("nan", "contains NaN"), ("-9999", "contains a missing value (NODATA_value = -9999)"), ("inf", "infin")):
            with self.subTest(value=text):
                # The fourth row from the top is the third from the bottom: y = 2.5.
                self.write("grid.asc", "\n".join(lines[:9] + [f"1 2 3 4 {text} 6 7 8"] + lines[10:]) + "\n")
                self.check_initial([phrase, "at x = 4.5 (index 4), y = 2.5 "], 'file="grid.asc"')

    def test_malformed_ascii_grids_are_rejected(self):
        lines = GRID.splitlines()
        for name, text, phrase in (
                ("short", "\n".join(lines[:-1]) + "\n", "short.asc` ends after 40 of 48 values"),
                ("words", GRID.replace("4", "four", 1), "words.asc"),
                ("keys", "hello world\n", "unknown key `hello`"),
                ("huge", GRID.replace("ncols 8", "ncols 99999999999999"), "huge.asc"),
                ("empty", "", "empty.asc")):
            with self.subTest(grid=name):
                self.write(f"{name}.asc", text)
                self.check_initial([phrase], f'file="{name}.asc"')

    def write_snapshot(self, cells, upper):
        """Writes the temperature of another run to an HDF5 file. @return its path."""
        job = self.write("other.toml", JOB.replace("[8, 6]", cells).replace("[8.0, 6.0]", upper))
        folder, _ = self.run_job(job, name="other")
        path = self.folder / "snapshot.h5"
        shutil.copy(folder / "fields/fields_00000000.h5", path)
        shutil.rmtree(folder)
        return path


class RunDirectory(BadInput):
    def test_a_file_in_place_of_the_run_directory_is_rejected(self):
        self.write("taken", "mine")
        self.check_rejected(CANNOT_CREATE, ["`taken` exists and is not a folder"], run_dir="taken")
        self.check_rejected(CANNOT_CREATE, ["cannot create the folder `taken`: Not a directory"], run_dir="taken/run")
        self.check_rejected(CANNOT_CREATE, ["taken"], 'output.directory="taken"', run_dir=None)

    def test_a_run_directory_that_cannot_be_created_is_rejected(self):
        self.check_rejected(CANNOT_CREATE, ["cannot create the folder `/proc/tessera`"], run_dir="/proc/tessera")
        self.check_rejected(CANNOT_CREATE, ["cannot create the folder `/proc/tessera`"], 'output.directory="/proc/tessera"',
                            run_dir=None)

    def test_a_parent_folder_without_write_permission_is_rejected(self):
        locked = self.folder / "locked"
        locked.mkdir(mode=0o555)
        # Permissions do not apply to root unless it drops these capabilities.
        drop = "-dac_override,-dac_read_search"
        prefix = ["setpriv", "--bounding-set", drop, "--inh-caps", drop] if os.geteuid() == 0 else []
        for launcher in ([], cli.launcher(2)):
            command = [*prefix, *launcher, cli.BINARY, "run", self.job, "--run-dir", "locked/run"]
            self.assert_refused(cli.finish(cli.start(command, self.folder)), CANNOT_CREATE, "Permission denied")
        self.assertEqual(list(locked.iterdir()), [])

    def test_existing_results_are_kept(self):
        folder, report = self.run_job(self.job)
        self.check_rejected(CANNOT_CREATE, ["exists and contains results", "--overwrite to replace it"])
        self.assertTrue((folder / "run.json").exists())

    def test_overwrite_replaces_the_run(self):
        folder, first = self.run_job(self.job, 'log.per_rank=true', 'output.images={field="temperature"}', ranks=2)
        self.assertTrue((folder / "fields/fields_00000002.h5").exists())
        _, second = self.run_job(self.job, "time.max_steps=1", "parameters.diffusivity=2", "checkpoint.at_end=false", "--overwrite",
                                 ranks=2)
        self.assertEqual(second["loop"]["steps"], 1)
        self.assertEqual(sorted(p.name for p in folder.rglob("*")),
                         ["diagnostics.csv", "fields", "fields.xdmf", "fields_00000000.h5", "fields_00000001.h5",
                          "inventory", "job.toml", "progress.json", "record.json", "run.json", "run.lock", "run.log"])

    def test_overwrite_replaces_a_failed_run(self):
        job = self.write("nan.toml", JOB.replace("temperature = 1\n", 'temperature = "1/(x - 0.5)"\n'))
        self.assertEqual(self.tessera("run", job, "--run-dir", "run").code, 70)
        self.run_job(self.job, "--overwrite")

    def test_overwrite_does_not_remove_other_files(self):
        folder, _ = self.run_job(self.job)
        thesis = self.write("run/thesis.tex", "five years of work")
        self.check_rejected(CANNOT_CREATE,
                            ["`run` contains `thesis.tex`, which is not a file of a run; nothing was removed"],
                            "--overwrite")
        self.assertEqual(thesis.read_text(), "five years of work")
        self.write("documents/thesis.tex", "not a run")
        self.check_rejected(CANNOT_CREATE, ["nothing was removed"], "--overwrite", run_dir="documents")

    def test_a_bad_job_leaves_an_earlier_run_unchanged(self):
        self.run_job(self.job)
        self.check_overrides(BAD_JOB, ["at least 1 cell along x"], "domain.cells=[0,6]", "--overwrite")
        self.assertTrue((self.folder / "run/run.json").exists())

    def test_each_run_has_a_new_directory_by_default(self):
        for _ in range(3):
            result = self.tessera("run", self.job, "--quiet")
            self.assertEqual(result.code, 0, str(result))
        self.assertEqual(len(list((self.folder / "runs").iterdir())), 3)


class FullDisk(cli.Case):
    """Runs write to a file system that is too small, mounted in a separate namespace."""

    def setUp(self):
        super().setUp()
        probe = subprocess.run(["unshare", "-m", "sh", "-c", f"mount -t tmpfs -o size=4k tmpfs {self.folder}"],
                               capture_output=True, check=False) if shutil.which("unshare") else None
        if probe is None or probe.returncode != 0:
            self.skipTest("mounting a file system is not permitted")
        self.job = self.write("job.toml", JOB)
        (self.folder / "small").mkdir()

    def test_a_full_disk_ends_the_run_with_one_error(self):
        # The smallest size has space for one table, and the largest for all but the last of three field files.
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
                    self.assertRegex(result.err, r"No space left on device|is free\)")


class CommandLine(cli.Case):
    def test_usage_errors_are_reported(self):
        job = self.write("job.toml", JOB)
        for arguments in ([], ["run"], ["fly"], ["run", job, "--fast"], ["plan", job, "-n", "0"],
                          ["plan", job, "-n", "many"], ["plan", job, "--partition", "magic"], ["describe"], ["digest"],
                          ["diff", "one"], ["check"], ["run", job, "--color", "pink"], ["run", job, "--run-dir"]):
            with self.subTest(arguments=arguments):
                result = self.tessera(*arguments)
                self.assertEqual(result.code, USAGE, str(result))
                self.assertIn("--help", result.err)
                self.assertEqual(result.out, "")

    def test_the_missing_argument_is_named(self):
        self.assert_refused(self.tessera("diff", "run"), USAGE,
                            "`tessera diff` needs the argument `second`: run directory or .h5 file")

    def test_missing_and_invalid_results_are_reported(self):
        self.write("text.h5", "hello")
        (self.folder / "empty").mkdir()
        for command, code in ((["digest", "none"], NO_INPUT), (["digest", "empty"], NO_INPUT),
                              (["digest", "text.h5"], BAD_DATA), (["diff", "none", "none"], NO_INPUT),
                              (["diff", "empty", "text.h5"], NO_INPUT), (["diff", "text.h5", "text.h5"], BAD_DATA)):
            with self.subTest(command=command):
                self.assert_refused(self.tessera(*command), code)

    def test_a_launcher_of_a_different_mpi_is_reported(self):
        job = self.write("job.toml", JOB)
        for name in ("PMI_SIZE", "MV2_COMM_WORLD_SIZE", "SLURM_STEP_NUM_TASKS"):
            with self.subTest(variable=name):
                result = self.tessera("run", job, "--run-dir", "run", env={name: "4"})
                self.assert_refused(result, UNAVAILABLE, "4 processes were started by ",
                                    "each is the only rank of a separate MPI job")
                self.assertFalse((self.folder / "run").exists())
                # A single process is consistent with a launcher that started one process.
                self.run_job(job, env={name: "1"})
                shutil.rmtree(self.folder / "run")


if __name__ == "__main__":
    cli.main()
