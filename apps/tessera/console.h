// How to speak to the person at the terminal.
#pragma once

#include "base/error.h"

#include <string>

namespace tessera::app {

enum class ColourChoice { automatic, always, never };

/// What is known of the terminal. `NO_COLOR` and TERM=dumb switch colours off unless they were asked for.
struct Console {
  bool colour_out = false;    ///< on standard output
  bool colour_error = false;  ///< on standard error
  bool terminal = false;      ///< standard error is a terminal
  int width = 80;

  static Console detect(ColourChoice choice);
};

/// Whether this is the first process of those that mpirun started, or the only one.
bool first_process();

/// Prints an error's text on standard error, its "error:" in red where colours are on.
void print_error(const Console& console, const std::string& text);

}  // namespace tessera::app
