// A shell script that stands in for mpirun.
#pragma once

#include "rundir/run_record.h"
#include "support/temporary_folder.h"

#include <filesystem>
#include <string>

namespace tessera::test {

/// Writes `script` to the run directory `folder` as `mpirun`, and returns its path. In the script, `$count`
/// is the number of times that it has been started. When it exits with code 0, it first records that the run
/// is done, as rank 0 would; `trap - EXIT` in the script prevents this.
inline std::string write_launcher(const TemporaryFolder& folder, const std::string& script) {
  rundir::RunRecord record = rundir::RunRecord::create();
  record.status = rundir::RunRecord::Status::done;
  const std::string done_folder = folder.file("done");
  std::filesystem::create_directory(done_folder);
  record.write(done_folder);
  const std::string count_file = folder.file("count");
  const std::string path =
      folder.write("mpirun", "#!/bin/sh\necho >> " + count_file + "\ncount=$(wc -l < " + count_file +
                                 ")\ntrap 'code=$?; [ $code = 0 ] && cp " + done_folder + "/record.json " +
                                 folder.path() + "; exit $code' EXIT\n" + script + "\n");
  std::filesystem::permissions(path, std::filesystem::perms::owner_all);
  return path;
}

}  // namespace tessera::test
