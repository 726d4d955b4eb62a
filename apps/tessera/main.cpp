// The main program. Its commands are in the order in which the help lists them.
#include "command_line.h"

#include "host/crash_report.h"

int main(int argc, char** argv) {
  using namespace tessera::app;
  tessera::host::CrashReport::watch_exit();
  CommandLine line;
  for (const auto add :
       {add_run, add_launch, add_submit, add_status, add_doctor, add_check, add_plan, add_solvers,
        add_describe, add_new, add_test, add_digest, add_checkpoint, add_diff}) {
    add(line);
  }
  return line.run(argc, argv);
}
