"""The SDK's headers compile with the language standards that they support; otherwise the first error says what to change.
They record the instruction sets that the compiler may use.

Usage: test_compiler_options.py C-COMPILER C++-COMPILER SDK-FOLDER
"""

import platform
import re
import subprocess
import sys
import unittest

C_COMPILER, CXX_COMPILER, SDK = sys.argv[1:4]
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Werror"]
# Options of the compiler for instruction sets that are recorded under the name of the option.
SET_OPTIONS = ("sse3", "ssse3", "sse4.1", "sse4.2", "popcnt", "avx", "fma", "fma4", "xop", "bmi", "bmi2", "avx2", "avx512f",
               "avx512cd", "avx512bw", "avx512dq", "avx512vl", "avx512ifma", "avx512vbmi", "avx512vbmi2", "avx512vnni",
               "avx512bitalg", "avx512vpopcntdq", "avx512bf16", "avx512fp16", "avxvnni", "gfni", "vaes", "vpclmulqdq")
CXX_HEADERS = ("declare", "function", "geometry", "grid", "loops", "patch", "plugin", "poison", "view")


def compile_header(compiler, language, header, *options):
    """Compiles a source file that only includes a header. @return the compiler's error output; "" if it succeeded."""
    done = subprocess.run([compiler, "-x", language, "-fsyntax-only", f"-I{SDK}", *WARNINGS, *options, "-"],
                          input=f"#include <tessera/{header}>\n", capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stderr


def recorded_sets(*options):
    """The instruction sets that a C file records if it is compiled with these options."""
    done = subprocess.run([C_COMPILER, "-x", "c", "-E", "-P", f"-I{SDK}", *options, "-"],
                          input="#include <tessera/instruction_sets.h>\n", capture_output=True, text=True, check=True)
    note = done.stdout[done.stdout.index('"Tessera"'):]
    return "".join(re.findall(r'"([^"]*)"', note)[1:]).split()


class CompilerOptions(unittest.TestCase):
    def assert_compiles(self, *arguments):
        self.assertEqual(compile_header(*arguments), "")

    def assert_first_error(self, phrase, *arguments):
        errors = [line for line in compile_header(*arguments).splitlines() if "error:" in line]
        self.assertTrue(errors)
        self.assertIn(phrase, errors[0])

    def test_the_c_interface_compiles_as_c_and_as_older_and_newer_cxx(self):
        for header in ("grid.h", "position.h", "series.h"):
            for standard in ("c99", "c11", "c17"):
                self.assert_compiles(C_COMPILER, "c", header, f"-std={standard}")
            for standard in ("c++11", "c++17", "c++20"):
                self.assert_compiles(CXX_COMPILER, "c++", header, f"-std={standard}")
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

    @unittest.skipUnless(platform.machine() in ("x86_64", "AMD64"), "the instruction sets are those of x86")
    def test_the_instruction_sets_that_the_compiler_may_use_are_recorded(self):
        self.assertEqual(recorded_sets("-march=x86-64"), [])
        for name in SET_OPTIONS:
            self.assertIn(name, recorded_sets("-march=x86-64", f"-m{name}"))
        every_option = ["-march=x86-64", *(f"-m{name}" for name in SET_OPTIONS)]
        self.assertEqual(recorded_sets(*every_option), list(SET_OPTIONS))
        # All names fit into the note: an initialiser that is too long is an error.
        self.assert_compiles(CXX_COMPILER, "c++", "instruction_sets.h", "-std=c++20", *every_option)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
