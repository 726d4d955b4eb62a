// The messages of `tessera launch` on the terminal.
#pragma once

#include "console.h"

#include "supervisor/supervisor.h"

#include <string>

namespace tessera::app {

/// Prints a message of the supervisor on standard error, with a sign that shows its subject.
void print_message(const Console& console, supervisor::Supervisor::Mark mark, const std::string& text);

}  // namespace tessera::app
