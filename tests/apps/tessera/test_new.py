"""`tessera new` creates projects that build and pass their tests."""

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

    def test_all_files_of_a_project_are_created(self):
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

    def test_the_language_and_the_next_commands_are_printed(self):
        result = self.new("flow_2")
        self.assertEqual(files_below(self.folder / "flow_2"), sorted(COMMON + [SOURCES["c++"]]))
        self.assertIn("class Flow2 ", (self.folder / "flow_2/flow_2.cpp").read_text(encoding="utf-8"))
        for line in ("created flow_2: a solver in C++", "  cd flow_2", "  ctest --test-dir build"):
            self.assertIn(line, result.out)

    def test_empty_and_new_folders_are_accepted(self):
        empty = self.folder / "empty"
        empty.mkdir()
        self.new("flow_2", "--folder", ".", cwd=empty)
        self.assertEqual(files_below(empty), sorted(COMMON + [SOURCES["c++"]]))
        self.new("flow_2", "--folder", "some/new folder/")
        self.assertEqual(files_below(self.folder / "some/new folder"), sorted(COMMON + [SOURCES["c++"]]))

    def test_the_longest_name_is_accepted(self):
        self.new("a" * 64)
        self.assertTrue((self.folder / ("a" * 64) / ("a" * 64 + ".cpp")).is_file())


class Errors(cli.Case):
    def check_rejected(self, code, phrase, *arguments, **options):
        before = files_below(self.folder), sorted(self.folder.rglob("*"))
        result = self.tessera("new", "solver", *arguments, **options)
        self.assert_refused(result, code, phrase)
        self.assertEqual((files_below(self.folder), sorted(self.folder.rglob("*"))), before)

    def test_invalid_names_are_rejected(self):
        for name in ("", "Flow", "2d", "_flow", "shallow-water", "a b", "a/b", "../flow", "flow.cpp", "wärme", "a" * 65):
            with self.subTest(name=name):
                self.check_rejected(64, f"a solver cannot be called `{name}", name)
        for name in ("class", "co_await", "int", "restrict", "subroutine", "integer", "test", "install"):
            with self.subTest(name=name):
                self.check_rejected(64, "reserves", name)

    def test_invalid_arguments_are_rejected(self):
        self.check_rejected(64, "--language", "flow", "--language", "rust")
        self.check_rejected(64, "--folder", "flow", "--folder", "")
        self.check_rejected(64, "`tessera new solver` needs the argument `name`: ")
        self.assert_refused(self.tessera("new", "job", "flow"), 64)
        self.assert_refused(self.tessera("new"), 64, "subcommand")

    def test_existing_files_are_kept(self):
        kept = self.write("flow/notes.txt", "mine")
        self.check_rejected(73, "the folder `flow` exists and is not empty", "flow")
        self.assertEqual(kept.read_text(encoding="utf-8"), "mine")
        self.check_rejected(73, "exists and is not a folder", "flow", "--folder", kept)
        self.check_rejected(73, "cannot create the folder", "flow", "--folder", kept / "below")
        (self.folder / "nowhere").symlink_to(self.folder / "missing")
        self.check_rejected(73, "cannot create the folder", "flow", "--folder", "nowhere")

    def test_created_files_are_removed_if_writing_fails(self):
        (self.folder / "empty").mkdir()
        # File sizes are limited to 512 or 1024 bytes, depending on the shell: only some files of the project fit.
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

    def run_checked(self, *command):
        result = cli.finish(cli.start(command, cwd=self.folder / "flow", env=self.ENVIRONMENT))
        self.assertEqual(result.code, 0, str(result))
        return result

    def test_a_new_project_builds_and_passes_its_tests(self):
        result = self.tessera("new", "solver", "flow")
        self.assertEqual(result.code, 0, str(result))
        self.run_checked("cmake", "-B", "build", "-DCMAKE_BUILD_TYPE=Debug",
                         "-DCMAKE_CXX_FLAGS=-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror")
        self.run_checked("cmake", "--build", "build")
        tests = self.run_checked("ctest", "--test-dir", "build", "--output-on-failure")
        self.assertIn("100% tests passed, 0 tests failed out of 4", tests.out)
        run = self.run_checked(cli.BINARY, "run", "job.toml", "--json").json()
        self.assertEqual(run["status"], "done")
        self.assertIn(f"tessera_DIR:PATH={BUILD}\n", (self.folder / "flow/build/CMakeCache.txt").read_text())


if __name__ == "__main__":
    cli.main()
