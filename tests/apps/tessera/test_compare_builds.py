"""scripts/compare-builds: a build agrees with itself, and a build with different results is reported."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "support"))
import tessera_cli as cli  # noqa: E402

SCRIPT = cli.SOURCE / "scripts" / "compare-builds"
BUILD = pathlib.Path(cli.BINARY).resolve().parents[1]

# A program that runs the real program and then tampers with its results.
TAMPERING = """#!{python}
import os, pathlib, struct, subprocess, sys
code = subprocess.run(["{binary}", *sys.argv[1:]]).returncode
run = pathlib.Path(sys.argv[sys.argv.index("--run-dir") + 1])
if os.environ["OMPI_COMM_WORLD_RANK"] == "0":
    for fields in run.glob("fields/*.h5"):
        data = bytearray(fields.read_bytes())
        data[data.index(struct.pack("<d", 1.0) * 100)] ^= 1
        fields.write_bytes(data)
    for image in run.glob("frames/*.png"):
        image.unlink()
    with open(run / "diagnostics.csv", "a") as table:
        table.write("1,2\\n")
    report = (run / "run.json").read_text().replace('"steps": ', '"steps": 1', 1)
    (run / "run.json").write_text(report)
    (run / "more.txt").write_text("more")
    (run / "run.log").write_text("may differ")
sys.exit(code)
"""


class CompareBuilds(cli.Case):
    def compare(self, *arguments):
        return cli.finish(cli.start([sys.executable, "-B", SCRIPT, *arguments], self.folder))

    def test_a_build_agrees_with_itself(self):
        result = self.compare(BUILD, BUILD, "--only", "dam-break-wet", "--json", "--keep", "kept")
        self.assertEqual(result.code, 0, str(result))
        report = result.json()
        self.assertTrue(report["same"])
        self.assertEqual([(case["case"], case["differences"]) for case in report["cases"]], [("dam-break-wet", [])])
        kept = {str(path.relative_to(self.folder / "kept")) for path in self.folder.glob("kept/*/*/run/run.json")}
        self.assertEqual(kept, {"before/dam-break-wet/run/run.json", "after/dam-break-wet/run/run.json"})

    def test_changed_results_are_reported(self):
        program = self.write("other/bin/tessera", TAMPERING.format(python=sys.executable, binary=cli.BINARY))
        program.chmod(0o755)
        (self.folder / "other/lib/tessera/solvers").mkdir(parents=True)
        result = self.compare(BUILD, "other", "--only", "dam-break-wet", "--json")
        self.assertEqual(result.code, 1, str(result))
        differences = sorted(result.json()["cases"][0]["differences"])
        expected = (r"diagnostics\.csv: line \d+ was missing, is '1,2'",
                    r"fields/fields_\d{8}\.h5: /VTKHDF/PointData/depth differs in 4 of 3200 values, "
                    r"first at index \d+",
                    r"fields/fields_\d{8}\.h5: /depth differs in 1 of 800 values, first at index \d+",
                    r"frames/depth_\d{8}\.png: missing in AFTER",
                    r"more\.txt: only in AFTER",
                    r"run\.json: loop\.steps was (\d+), is 1\1")
        self.assertEqual(len(differences), len(expected), str(result))
        for text, pattern in zip(differences, expected):
            self.assertRegex(text, f"^{pattern}$")
        ignored = [f"--ignore=dam-break-wet/{text.split(':')[0]}:*" for text in differences]
        self.assertEqual(self.compare(BUILD, "other", "--only", "dam-break-wet", *ignored).code, 0)

    def test_a_failed_run_is_reported_as_a_difference(self):
        program = self.write("other/bin/tessera", "#!/bin/sh\necho broken >&2\nexit 3\n")
        program.chmod(0o755)
        (self.folder / "other/lib/tessera/solvers").mkdir(parents=True)
        result = self.compare(BUILD, "other", "--only", "dam-break-wet", "--json")
        self.assertEqual(result.code, 1, str(result))
        (text,) = result.json()["cases"][0]["differences"]
        self.assertTrue(text.startswith("failed after: exit code 3: broken"), text)

    def test_every_bundled_job_has_a_case(self):
        jobs = {str(job.relative_to(cli.SOURCE)) for job in cli.SOURCE.glob("apps/*/jobs/*.toml")}
        self.assertTrue(jobs)
        self.assertLessEqual(jobs, {line.split()[1] for line in self.compare("--list").out.splitlines()})

    def test_invalid_command_lines_are_rejected(self):
        for arguments in ((BUILD,), (BUILD, self.folder), (BUILD, BUILD, "--only", "nonesuch"), ("--nonesuch",),
                          (BUILD, BUILD, "--keep", self.folder)):
            with self.subTest(arguments=arguments):
                self.assert_refused(self.compare(*arguments), 64)


if __name__ == "__main__":
    cli.main()
