"""The SDK's headers compile with the language standards that they support; otherwise the first error says what to change.

Usage: test_compiler_options.py C-COMPILER C++-COMPILER SDK-FOLDER
"""

import subprocess
import sys
import unittest

C_COMPILER, CXX_COMPILER, SDK = sys.argv[1:4]
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Werror"]
CXX_HEADERS = ("declare", "function", "geometry", "grid", "loops", "patch", "plugin", "poison", "view")


def compile_header(compiler, language, header, *options):
    """Compiles a source file that only includes a header. @return the compiler's error output; "" if it succeeded."""
    done = subprocess.run([compiler, "-x", language, "-fsyntax-only", f"-I{SDK}", *WARNINGS, *options, "-"],
                          input=f"#include <tessera/{header}>\n", capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stderr


class CompilerOptions(unittest.TestCase):
    def assert_compiles(self, *arguments):
        self.assertEqual(compile_header(*arguments), "")

    def assert_first_error(self, phrase, *arguments):
        errors = [line for line in compile_header(*arguments).splitlines() if "error:" in line]
        self.assertTrue(errors)
        self.assertIn(phrase, errors[0])

    def test_the_c_interface_compiles_as_c_and_as_older_and_newer_cxx(self):
        for standard in ("c99", "c11", "c17"):
            self.assert_compiles(C_COMPILER, "c", "grid.h", f"-std={standard}")
        for standard in ("c++11", "c++17", "c++20"):
            self.assert_compiles(CXX_COMPILER, "c++", "grid.h", f"-std={standard}")
        self.assert_compiles(CXX_COMPILER, "c++", "grid.h", "-fno-exceptions", "-fno-rtti")

    def test_the_cxx_interface_compiles_as_cxx_20_without_rtti(self):
        self.assert_compiles(CXX_COMPILER, "c++", "grid.hpp", "-std=c++20", "-fno-rtti")

    def test_an_older_standard_is_named_first(self):
        for header in CXX_HEADERS:
            self.assert_first_error("need C++20: compile with -std=c++20", CXX_COMPILER, "c++", f"{header}.hpp", "-std=c++17")

    def test_missing_exceptions_are_named_first(self):
        for header in CXX_HEADERS:
            self.assert_first_error("compile without -fno-exceptions", CXX_COMPILER, "c++", f"{header}.hpp", "-std=c++20",
                                    "-fno-exceptions")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
