#include "base/error.h"
#include "grid/solver/solver.h"
#include "plugin/library.h"
#include "support/temporary_folder.h"

#include <catch2/catch.hpp>

#include <cfenv>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <functional>

#include <sys/stat.h>
#include <sys/statvfs.h>

using namespace tessera;
using plugin::SearchPath;

namespace {

const std::string plugins = TESSERA_TEST_PLUGINS_DIR;
const std::string solvers = TESSERA_SOLVERS_DIR;

std::string plugin_file(const std::string& name) { return plugins + "/" + name + ".so"; }

/// Returns the text of the `unavailable` error that `work` throws.
std::string error_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const base::Error& e) {
    CHECK(e.code() == base::ExitCode::unavailable);
    return e.text();
  }
  return "no error";
}

std::string loading_error(const std::string& name) {
  return error_of([&] { solver::Solver{plugin_file(name)}; });
}

void check_contains(const std::string& text, const std::string& phrase) {
  INFO(text);
  CHECK(text.find(phrase) != std::string::npos);
}

}  // namespace

TEST_CASE("valid plugins can be loaded repeatedly") {
  for (const char* name : {"wave_c", "mix", "throws_update"}) {
    const plugin::Plugin p = plugin::load_library(plugin_file(name));
    CHECK(p.name == name);
    CHECK(p.file == plugin_file(name));
    CHECK(p.functions == plugin::load_library(plugin_file(name)).functions);
    const solver::Solver first_solver{plugin_file(name)};
    const solver::Solver second_solver{plugin_file(name)};
    CHECK(first_solver.schema().name == name);
    CHECK(first_solver.file() == plugin_file(name));
    CHECK_FALSE(second_solver.schema().fields.empty());
  }
}

TEST_CASE("a plugin built for another processor is rejected before any of its code runs") {
  check_contains(loading_error("needs_fma4"), "the plugin " + plugin_file("needs_fma4") +
                                                  " was built for another processor: this one lacks fma4\n");
}

TEST_CASE("a plugin on a file system without execution is rejected with that reason") {
  struct statvfs status {};
  if (statvfs("/proc/version", &status) != 0 || (status.f_flag & ST_NOEXEC) == 0) return;
  check_contains(error_of([] { plugin::load_library("/proc/version"); }),
                 "is mounted with the option noexec");
}

TEST_CASE("each kind of invalid plugin has its own error message") {
  check_contains(loading_error("missing"), "cannot load the plugin " + plugin_file("missing"));
  check_contains(loading_error("not_a_library"), "cannot load the plugin");
  check_contains(loading_error("not_a_library"), "built for this machine");
  check_contains(error_of([] { plugin::load_library(plugins); }), "is a directory");
  check_contains(loading_error("no_symbol"), "does not export tessera_plugin_entry");
  check_contains(loading_error("null_descriptor"), "tessera_plugin_entry() returned NULL");
  check_contains(loading_error("wrong_abi"),
                 "built for version 999 of the plugin interface, but this program has version 2");
  check_contains(loading_error("interface_1"),
                 "built for version 1 of the plugin interface, but this program has version 2");
  check_contains(loading_error("other_kind"), "is of kind 77, which this program does not support");
  check_contains(loading_error("huge_size"), "has a struct_size of 1048576 bytes (8 to 4096 are allowed)");
  check_contains(loading_error("null_name"), "has no valid name, version or summary");
  check_contains(loading_error("no_update"), "lacks a function that every solver needs");
  check_contains(loading_error("throws_constructor"), "cannot start: there is no licence for this solver");
}

TEST_CASE(
    "a plugin that changes the floating-point mode when it is loaded is reported, and the mode is restored") {
  REQUIRE(std::fegetround() == FE_TONEAREST);
  const plugin::Plugin plain = plugin::load_library(plugin_file("mix"));
  CHECK(plain.warning.empty());
  const plugin::Plugin changed = plugin::load_library(plugin_file("rounds_up"));
  CHECK(std::fegetround() == FE_TONEAREST);
  CHECK(changed.warning == "loading the plugin " + plugin_file("rounds_up") +
                               " changed the floating-point mode, which has been restored (it may have been "
                               "linked with -ffast-math)");
  CHECK(solver::Solver{plugin_file("rounds_up")}.warning().empty());  // its constructor runs only once
}

TEST_CASE("files that would crash or confuse the dynamic loader are rejected") {
  const test::TemporaryFolder folder;
  REQUIRE(::mkfifo(folder.file("fifo.so").c_str(), 0600) == 0);
  check_contains(error_of([&] { plugin::load_library(folder.file("fifo.so")); }), "is not a regular file");
  CHECK(plugin::list_libraries({{folder.path()}}).empty());

  const std::string intact = test::bytes_of(plugin_file("mix"));
  for (const std::size_t size : {std::size_t{100}, std::size_t{4096}, std::size_t{8192}}) {
    folder.write("part.so", intact.substr(0, size));
    check_contains(error_of([&] { plugin::load_library(folder.file("part.so")); }),
                   "is incomplete: it has " + std::to_string(size) + " of ");
  }
  folder.write("part.so", intact.substr(0, 20));
  check_contains(error_of([&] { plugin::load_library(folder.file("part.so")); }), "cannot load the plugin");

  std::string for_other_machine = intact;
  for_other_machine[18] = '\x16';  // e_machine: IBM S/390
  folder.write("other_machine.so", for_other_machine);
  check_contains(error_of([&] { plugin::load_library(folder.file("other_machine.so")); }),
                 "was built for another kind of processor");

  check_contains(error_of([&] { plugin::load_library(folder.file("a\x1b[31m\nb.so")); }),
                 "a\uFFFD[31m\uFFFDb.so");
}

TEST_CASE("a plugin name consists of at most 64 lower-case letters, digits and underscores") {
  CHECK(plugin::is_plugin_name("flow_2d"));
  CHECK(plugin::is_plugin_name(std::string(64, 'a')));
  CHECK_FALSE(plugin::is_plugin_name(std::string(65, 'a')));
  for (const char* name : {"", "2d", "_flow", "Flow", "flow-2d", "flow\n"})
    CHECK_FALSE(plugin::is_plugin_name(name));
}

TEST_CASE("invalid declarations of a plugin are described") {
  check_contains(loading_error("undeclared_write"),
                 "stage `keep` writes field number 7, which is not declared (1 declared, numbered from 0)");
  check_contains(loading_error("duplicate_field"), "two fields are called `level`");
  check_contains(loading_error("wide_radius"),
                 "reads `level` within a radius of 17 cells (0 to 16 are allowed)");
  check_contains(loading_error("bad_component"),
                 "diagnostic `third` uses component 3, which `level` does not have");
  check_contains(loading_error("null_tables"), "its array of fields is NULL");
  check_contains(loading_error("null_field_name"), "invalid field name ``");
}

TEST_CASE("a solver is found by name in the first folder of the search path that contains it") {
  const test::TemporaryFolder folder;
  folder.write("heat.so", "not loaded by this test");
  CHECK(plugin::find_library("heat", "/", {{solvers}}) == solvers + "/heat.so");
  CHECK(plugin::find_library("heat", "/", {{"/nowhere", folder.path(), solvers}}) == folder.file("heat.so"));
  CHECK(plugin::find_library("mix", "/", {{solvers, plugins}}) == plugin_file("mix"));
}

TEST_CASE("a solver is found by a path relative to the job") {
  const test::TemporaryFolder folder;
  folder.write("mine.so", "");
  std::filesystem::create_directory(folder.file("sub"));
  folder.write("sub/own", "");
  CHECK(plugin::find_library("mine.so", folder.path(), {}) == folder.file("mine.so"));
  CHECK(plugin::find_library("sub/own", folder.path(), {}) == folder.file("sub/own"));
  CHECK(plugin::find_library("./mine.so", folder.path(), {}) == folder.file("mine.so"));
  CHECK(plugin::find_library(folder.file("mine.so"), "/elsewhere", {}) == folder.file("mine.so"));
  check_contains(error_of([&] { plugin::find_library("other.so", folder.path(), {{folder.path()}}); }),
                 "there is no solver plugin " + folder.file("other.so"));
  const auto hint_for = [](const std::string& solver, const std::string& folder_of_job) {
    const std::string text = error_of([&] { plugin::find_library(solver, folder_of_job, {}); });
    return text.substr(std::min(text.size(), text.find("\n  = ")));
  };
  const std::string advice = "build the plugin, or correct the path";
  CHECK(hint_for("none.so", "/nowhere") == "\n  = paths are relative to the job file's folder; " + advice);
  CHECK(hint_for("./none.so", ".") == "\n  = paths are relative to the current directory; " + advice);
  CHECK(hint_for("/nowhere/none.so", ".") == "\n  = " + advice);
}

TEST_CASE("the error for an unknown solver lists the searched folders and the known solvers") {
  const test::TemporaryFolder folder;
  folder.write("b_solver.so", "");
  folder.write("a_solver.so", "");
  folder.write("readme.txt", "");
  const std::string text = error_of([&] {
    plugin::find_library("heet", "/", {{folder.path(), "/nowhere"}});
  });
  check_contains(text, "there is no solver called `heet` (searched: " + folder.path() + ", /nowhere)");
  check_contains(text, "known solvers: a_solver, b_solver");
  check_contains(error_of([] { plugin::find_library("heet", "/", {{"/nowhere"}}); }),
                 "--plugin-path or TESSERA_PLUGIN_PATH");
}

TEST_CASE("solvers are listed by name with the files that would be loaded") {
  const test::TemporaryFolder first;
  const test::TemporaryFolder second;
  first.write("zebra.so", "");
  first.write("ant.so", "");
  second.write("ant.so", "");
  second.write("cow.so", "");
  const auto list = plugin::list_libraries({{first.path(), "/nowhere", second.path(), first.path()}});
  REQUIRE(list.size() == 3);
  CHECK(list[0].name == "ant");
  CHECK(list[0].file == first.file("ant.so"));
  CHECK(list[0].hidden_files == std::vector<std::string>{second.file("ant.so")});
  CHECK(list[1].hidden_files.empty());
  CHECK(list[1].name == "cow");
  CHECK(list[2].name == "zebra");
}

TEST_CASE("the standard search path consists of given folders, the environment and the bundled solvers") {
  ::setenv("TESSERA_PLUGIN_PATH", "/one::/two", 1);
  auto folders = SearchPath::standard({"/given", ""}).folders;  // "" is not the current directory
  ::unsetenv("TESSERA_PLUGIN_PATH");
  REQUIRE(folders.size() == 4);
  CHECK(folders[0] == "/given");
  CHECK(folders[1] == "/one");
  CHECK(folders[2] == "/two");
  CHECK(folders[3].ends_with("/lib/tessera/solvers"));
  folders = SearchPath::standard({}).folders;
  CHECK(folders.size() == 1);
}
