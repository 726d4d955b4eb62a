// The command line of the program: commands, their options, and the choice among them.
#pragma once

#include "console.h"

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace tessera::app {

/// What a command is given besides its own options.
struct Invocation {
  const Console& console;
  std::vector<std::string> passed_on;  ///< the words after `--`, if the command passes them on
  int& argc;                           ///< the program's own, for MPI
  char**& argv;
};

class CommandLine {
 public:
  /// Runs a command once its options are parsed. Returns the exit code; may throw base::Error.
  using Action = std::function<int(const Invocation&)>;

  CommandLine();

  /// Adds a command. What `action` refers to must live as long as this object: capture it by shared pointer.
  CLI::App& add(const std::string& name, const std::string& help, Action action);
  /// Adds a command that passes the words after `--` on to another program.
  CLI::App& add_passing_on(const std::string& name, const std::string& help, Action action);
  /// Adds --color to a command.
  void add_colour(CLI::App& command);
  /// Lets `option` stand without a value. The value is optional only after `=`, so that the option does not
  /// swallow the next word.
  void set_implied_value(const std::string& option, const std::string& value);

  /// Parses the arguments and runs the command that they name. Prints errors. Returns the exit code.
  int run(int& argc, char**& argv);

 private:
  int parse_and_run(int& argc, char**& argv);
  std::string unknown_command(const std::string& word) const;

  CLI::App app_;
  std::map<std::string, Action> actions_;
  std::set<std::string> passing_on_;
  std::map<std::string, std::string> implied_values_;
  ColourChoice colour_ = ColourChoice::automatic;
  Console console_ = detect_console(ColourChoice::automatic);
};

}  // namespace tessera::app
