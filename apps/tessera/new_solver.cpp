#include "command_line.h"
#include "project_files.h"

#include "base/error.h"
#include "base/escape.h"
#include "base/print.h"
#include "base/text.h"
#include "host/process.h"
#include "host/remote_shell.h"
#include "plugin/library.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <sstream>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tessera::app {

namespace fs = std::filesystem;

namespace {

using base::Error;
using base::ExitCode;

/// A language in which a solver can be written.
struct Language {
  const char* name;       ///< value of --language, and name of the folder of templates
  const char* title;      ///< display name
  const char* cmake;      ///< name in CMake
  const char* extension;  ///< file name extension
  const char* sources;    ///< source files that precede the solver's own
};

constexpr std::array<Language, 3> languages{
    {{"c++", "C++", "CXX", "cpp", ""},
     {"c", "C", "C", "c", ""},
     {"fortran", "Fortran", "Fortran", "f90", "${TESSERA_FORTRAN_MODULE} "}}};

/// Names that a solver must not have: keywords of C, C++ and Fortran, and targets that CMake itself defines.
constexpr std::string_view reserved = R"(
alignas alignof and and_eq asm auto bitand bitor bool break case catch char char16_t char32_t
char8_t class co_await co_return co_yield compl concept const const_cast consteval constexpr
constinit continue decltype default delete do double dynamic_cast else enum explicit export extern
false float for friend goto if inline int long mutable namespace new noexcept not not_eq nullptr
operator or or_eq private protected public register reinterpret_cast requires restrict return short
signed sizeof static static_assert static_cast struct switch template this thread_local throw true
try typedef typeid typename typeof typeof_unqual union unsigned using virtual void volatile wchar_t
while xor xor_eq abstract allocatable allocate assign associate asynchronous backspace bind block
blockdata call character close codimension common complex concurrent contains contiguous critical
cycle data deallocate deferred dimension elemental elseif elsewhere end endassociate endblock enddo
endenum endfile endforall endfunction endif endinterface endmodule endprocedure endprogram endselect
endsubmodule endsubroutine endtype endwhere entry enumerator equivalence error event exit extends
external fail final flush forall form format function generic images implicit import impure in
include inout inquire integer intent interface intrinsic is kind len local local_init lock logical
memory module name namelist non_intrinsic non_overridable none nopass null nullify only open
optional out parameter pass pause pointer post precision print procedure program protected pure
quiet rank read real recursive result rewind save select selectcase selecttype sequence shared stop
submodule subroutine sync target team then to type unlock use value wait where write all clean
depend edit_cache help install package package_source preinstall rebuild_cache test
)";

bool is_reserved(const std::string& name) {
  std::istringstream words{std::string(reserved)};
  for (std::string word; words >> word;) {
    if (word == name) return true;
  }
  return false;
}

/// Throws base::Error (usage) if a solver cannot have this name.
void check_name(const std::string& name) {
  const std::string shown = base::printable(name, 80);
  if (!plugin::is_plugin_name(name)) {
    throw Error(
        ExitCode::usage, fmt::format("a solver cannot be called `{}`", shown),
        fmt::format("use at most {} lower-case letters, digits and underscores, starting with a letter",
                    plugin::max_plugin_name_length));
  }
  if (is_reserved(name)) {
    throw Error(
        ExitCode::usage,
        fmt::format("a solver cannot be called `{}`, a word that C, C++, Fortran or CMake reserves", shown),
        fmt::format("choose another name, such as {}_solver", shown));
  }
}

/// The name of a solver's C++ class: "ShallowFlow" for "shallow_flow".
std::string class_name(const std::string& name) {
  std::string out;
  bool first = true;
  for (const char letter : name) {
    if (letter != '_') out += first && letter >= 'a' ? static_cast<char>(letter - 'a' + 'A') : letter;
    first = letter == '_';
  }
  return out;
}

/// Escapes `text` for use between quotes in CMake.
std::string cmake_quoted(const std::string& text) {
  std::string out;
  for (const char letter : text) {
    if (std::string_view{"\\\"$;"}.find(letter) != std::string_view::npos) out += '\\';
    out += letter;
  }
  return out;
}

struct Options {
  std::string name;
  std::string language = languages[0].name;
  std::string folder;
  bool json = false;
};

std::vector<ProjectFile> files_of(const Options& options, const Language& language) {
  // The installation prefix or the build folder, which contains bin/tessera.
  const fs::path prefix = fs::path{host::program_path()}.parent_path().parent_path();
  const fs::path templates = prefix / "share/tessera/templates/solver";
  const std::string source = options.name + "." + language.extension;
  return fill_templates({(templates / "common").string(), (templates / language.name).string()},
                        {{"NAME", options.name},
                         {"CLASS", class_name(options.name)},
                         {"LANGUAGE", language.title},
                         {"CMAKE_LANGUAGE", language.cmake},
                         {"SOURCE", source},
                         {"SOURCES", language.sources + source},
                         {"TESSERA", cmake_quoted(prefix.string())}});
}

int new_solver(Options& options, const Invocation&) {
  check_name(options.name);
  const auto* const language =
      std::ranges::find_if(languages, [&](const Language& l) { return options.language == l.name; });
  const std::string folder = options.folder.empty() ? options.name : options.folder;
  const std::vector<ProjectFile> files = files_of(options, *language);
  write_project(folder, files);
  if (options.json) {
    nlohmann::json paths = nlohmann::json::array();
    for (const ProjectFile& file : files) paths.push_back(file.path);
    print_json(
        {{"solver", options.name}, {"language", language->name}, {"folder", folder}, {"files", paths}});
    return 0;
  }
  base::print(
      "created {0}: a solver in {1}, a job and tests. Next:\n\n"
      "  cd {2}\n"
      "  cmake -B build && cmake --build build\n"
      "  ctest --test-dir build\n"
      "  tessera run job.toml\n\n"
      "The files are described in README.md.\n",
      base::printable(folder), language->title, base::printable(base::shell_word(folder)));
  return 0;
}

}  // namespace

void add_new(CommandLine& command_line) {
  const auto [command, options] =
      command_line.add("new", "create a solver with a job and tests, ready to build", new_solver);
  command.require_subcommand(1);
  CLI::App& solver =
      *command.add_subcommand("solver", "create a solver with a job and tests, ready to build");
  solver.add_option("name", options.name, "name of the solver: lower-case letters, digits and underscores")
      ->required();
  solver.add_option("--language", options.language, "c++ (default), c or fortran")
      ->check(CLI::IsMember({"c++", "c", "fortran"}))
      ->option_text("c++|c|fortran");
  solver.add_option("--folder", options.folder, "folder to create (default: the name of the solver)")
      ->check([](const std::string& text) { return text.empty() ? "the folder has no name" : ""; })
      ->option_text("DIR");
  solver.add_flag("--json", options.json, "print JSON");
}

}  // namespace tessera::app
