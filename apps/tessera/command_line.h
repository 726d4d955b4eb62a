// The commands of the program and their options.
#pragma once

#include "console.h"

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

namespace tessera::app {

/// The input of a command in addition to its own options.
struct Invocation {
  const Console& console;
  std::vector<std::string> forwarded;  ///< arguments after `--`, passed on to another program
  int& argc;                           ///< the program's arguments, for MPI initialisation
  char**& argv;
};

class CommandLine {
 public:
  CommandLine();

  /// Adds a command. Returns it with its options, which live as long as this object and are set when the
  /// arguments are parsed. `action` then runs the command; it returns the exit code and may throw
  /// base::Error.
  template <class Options>
  std::pair<CLI::App&, Options&> add(const std::string& name, const std::string& help,
                                     int (*action)(Options&, const Invocation&)) {
    const auto options = std::make_shared<Options>();
    actions_.emplace(name, [=](const Invocation& invocation) { return action(*options, invocation); });
    return {*app_.add_subcommand(name, help), *options};
  }
  /// Allows arguments after `--`, which the command `name` passes on to another program.
  void allow_forwarding(const std::string& name) { forwarding_commands_.insert(name); }
  /// Adds the option --color to a command.
  void add_colour_option(CLI::App& command);
  /// Makes the value of `option` optional; `value` is used if none is given. A value must be attached with
  /// `=`, so that the option does not consume the next argument.
  void set_implied_value(const std::string& option, const std::string& value);

  /// Parses the arguments and runs the command. Prints errors. Returns the exit code.
  int run(int& argc, char**& argv);

 private:
  int parse_and_run(int& argc, char**& argv);
  std::string unknown_command_error(const std::string& word) const;

  CLI::App app_;
  std::map<std::string, std::function<int(const Invocation&)>> actions_;
  std::set<std::string> forwarding_commands_;
  std::map<std::string, std::string> implied_values_;
  ColourChoice colour_ = ColourChoice::automatic;
  Console console_ = detect_console(ColourChoice::automatic);
};

/// Each of these functions adds one command and its options to `command_line`. Only `run` uses MPI.
void add_run(CommandLine& command_line);
void add_launch(CommandLine& command_line);
void add_submit(CommandLine& command_line);
void add_status(CommandLine& command_line);
void add_doctor(CommandLine& command_line);
void add_check(CommandLine& command_line);
void add_plan(CommandLine& command_line);
void add_solvers(CommandLine& command_line);
void add_describe(CommandLine& command_line);
void add_new(CommandLine& command_line);
void add_test(CommandLine& command_line);
void add_digest(CommandLine& command_line);
void add_checkpoint(CommandLine& command_line);
void add_diff(CommandLine& command_line);
void add_verify(CommandLine& command_line);

}  // namespace tessera::app
