"""`tessera new`: the files that it creates, and that they build and pass their tests."""

import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "support"))
import tessera_cli as cli  # noqa: E402

SOURCES = {"c++": "flow_2.cpp", "c": "flow_2.c", "fortran": "flow_2.f90"}
COMMON = [".gitignore", "CMakeLists.txt", "README.md", "job.toml", "tests/CMakeLists.txt", "tests/ranks.cmake",
          "tests/shift.cmake", "tests/shift.toml"]
BUILD = pathlib.Path(cli.BINARY).resolve().parents[1]


def files_below(folder):
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if not p.is_dir())


class Files(cli.Case):
    def new(self, *arguments, **options):
        result = self.tessera("new", "solver", *arguments, **options)
        self.assertEqual(result.code, 0, str(result))
        return result

    def test_files(self):
        for language, source in SOURCES.items():
            with self.subTest(language=language):
                folder = self.folder / language
                created = self.new("flow_2", "--language", language, "--folder", folder, "--json").json()
                self.assertEqual(created, {"solver": "flow_2", "language": language, "folder": str(folder),
                                           "files": sorted(COMMON + [source])})
                self.assertEqual(files_below(folder), created["files"])
                for name in created["files"]:
                    text = (folder / name).read_text(encoding="utf-8")
                    self.assertIsNone(re.search("@[A-Z_]+@", text), name)
                self.assertIn('"flow_2"', (folder / source).read_text(encoding="utf-8"))
                self.assertIn(f'HINTS "{BUILD}"', (folder / "CMakeLists.txt").read_text(encoding="utf-8"))

    def test_text(self):
        result = self.new("flow_2")
        self.assertEqual(files_below(self.folder / "flow_2"), sorted(COMMON + [SOURCES["c++"]]))
        self.assertIn("class Flow2 ", (self.folder / "flow_2/flow_2.cpp").read_text(encoding="utf-8"))
        for line in ("created flow_2: a solver in C++", "  cd flow_2", "  ctest --test-dir build"):
            self.assertIn(line, result.out)

    def test_folders_that_may_be_used(self):
        empty = self.folder / "empty"
        empty.mkdir()
        self.new("flow_2", "--folder", ".", cwd=empty)
        self.assertEqual(files_below(empty), sorted(COMMON + [SOURCES["c++"]]))
        self.new("flow_2", "--folder", "some/new folder/")
        self.assertEqual(files_below(self.folder / "some/new folder"), sorted(COMMON + [SOURCES["c++"]]))

    def test_longest_name(self):
        self.new("a" * 64)
        self.assertTrue((self.folder / ("a" * 64) / ("a" * 64 + ".cpp")).is_file())


class Errors(cli.Case):
    def refused(self, code, phrase, *arguments, **options):
        before = files_below(self.folder), sorted(self.folder.rglob("*"))
        result = self.tessera("new", "solver", *arguments, **options)
        self.assert_refused(result, code, phrase)
        self.assertEqual((files_below(self.folder), sorted(self.folder.rglob("*"))), before)

    def test_names(self):
        for name in ("", "Flow", "2d", "_flow", "shallow-water", "a b", "a/b", "../flow", "flow.cpp", "wärme", "a" * 65):
            with self.subTest(name=name):
                self.refused(64, f"a solver cannot be called `{name}", name)
        for name in ("class", "co_await", "int", "restrict", "subroutine", "integer", "test", "install"):
            with self.subTest(name=name):
                self.refused(64, "reserves", name)

    def test_arguments(self):
        self.refused(64, "--language", "flow", "--language", "rust")
        self.refused(64, "--folder", "flow", "--folder", "")
        self.refused(64, "name is required")
        self.assert_refused(self.tessera("new", "job", "flow"), 64)
        self.assert_refused(self.tessera("new"), 64, "subcommand")

    def test_existing(self):
        kept = self.write("flow/notes.txt", "mine")
        self.refused(73, "the folder `flow` exists and is not empty", "flow")
        self.assertEqual(kept.read_text(encoding="utf-8"), "mine")
        self.refused(73, "exists and is not a folder", "flow", "--folder", kept)
        self.refused(73, "cannot create the folder", "flow", "--folder", kept / "below")
        (self.folder / "nowhere").symlink_to(self.folder / "missing")
        self.refused(73, "cannot create the folder", "flow", "--folder", "nowhere")

    def test_what_was_created_is_removed_when_writing_fails(self):
        (self.folder / "empty").mkdir()
        # The limit for files is 512 or 1024 bytes, depending on the shell: only some files of the project fit.
        limited = 'trap "" XFSZ; ulimit -f 1; exec "$@"'
        for folder in ("fresh", "several/fresh/folders", "empty"):
            with self.subTest(folder=folder):
                before = sorted(self.folder.rglob("*"))
                result = cli.finish(cli.start(["sh", "-c", limited, "sh", cli.BINARY, "new", "solver", "flow",
                                               "--folder", folder], cwd=self.folder))
                self.assert_refused(result, 74, f"`{folder}/")
                self.assertEqual(sorted(self.folder.rglob("*")), before)


class BuildTree(cli.Case):
    """A project created by the program in a build tree, with Tessera not installed."""

    ENVIRONMENT = {"TESSERA_PLUGIN_PATH": None, "CMAKE_PREFIX_PATH": None, "tessera_DIR": None, "tessera_ROOT": None,
                   "OMPI_ALLOW_RUN_AS_ROOT": None, "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": None}

    def command(self, *words):
        result = cli.finish(cli.start(words, cwd=self.folder / "flow", env=self.ENVIRONMENT))
        self.assertEqual(result.code, 0, str(result))
        return result

    def test_a_debug_build(self):
        result = self.tessera("new", "solver", "flow")
        self.assertEqual(result.code, 0, str(result))
        self.command("cmake", "-B", "build", "-DCMAKE_BUILD_TYPE=Debug",
                     "-DCMAKE_CXX_FLAGS=-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror")
        self.command("cmake", "--build", "build")
        tests = self.command("ctest", "--test-dir", "build", "--output-on-failure")
        self.assertIn("100% tests passed, 0 tests failed out of 4", tests.out)
        run = self.command(cli.BINARY, "run", "job.toml", "--json").json()
        self.assertEqual(run["status"], "done")
        self.assertIn(f"tessera_DIR:PATH={BUILD}\n", (self.folder / "flow/build/CMakeCache.txt").read_text())


if __name__ == "__main__":
    cli.main()
