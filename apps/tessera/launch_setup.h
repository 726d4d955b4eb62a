// What a supervised run is started with: the launcher, its arguments, and the hosts.
#pragma once

#include "console.h"
#include "launch_options.h"

#include "supervisor/supervisor.h"

#include <string>

namespace tessera::app {

/// Checks launcher and hosts, and puts together what the supervisor starts. `directory`: the run directory,
/// absolute. `begun`: whether the run has had an attempt; then it may continue on fewer hosts. `report` gets
/// a warning about each host that is left out. Throws base::Error.
supervisor::Supervisor::Options supervisor_options(const LaunchOptions& options, const Console& console,
                                                   const std::string& directory, bool begun,
                                                   const supervisor::Supervisor::Report& report);

}  // namespace tessera::app
