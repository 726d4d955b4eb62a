// The main program. The help lists the commands in the order given here.
#include "command_line.h"

#include "host/crash_report.h"

#include <csignal>

int main(int argc, char** argv) {
  using namespace tessera::app;
  // A limit on file sizes (ulimit -f) is then an error of write(), like a full disk.
  std::signal(SIGXFSZ, SIG_IGN);
  tessera::host::CrashReport::watch_exit();
  CommandLine command_line;
  for (const auto add :
       {add_run, add_launch, add_submit, add_status, add_doctor, add_check, add_plan, add_solvers,
        add_describe, add_new, add_test, add_digest, add_checkpoint, add_diff}) {
    add(command_line);
  }
  return command_line.run(argc, argv);
}
