// A shell script in the place of mpirun.
#pragma once

#include "rundir/run_record.h"
#include "support/temporary_folder.h"

#include <filesystem>
#include <string>

namespace tessera::test {

/// Writes `script` as mpirun into the run directory `folder` and returns its path. `$count` in it is the
/// number of times that it has been started. If it exits with 0, the record says before that the run is done,
/// as rank 0 would have it; after `trap - EXIT` it does not.
inline std::string write_launcher(const TemporaryFolder& folder, const std::string& script) {
  rundir::RunRecord record = rundir::RunRecord::create();
  record.status = rundir::RunRecord::Status::done;
  const std::string done = folder.file("done");
  std::filesystem::create_directory(done);
  record.write(done);
  const std::string count = folder.file("count");
  const std::string path =
      folder.write("mpirun", "#!/bin/sh\necho >> " + count + "\ncount=$(wc -l < " + count +
                                 ")\ntrap 'code=$?; [ $code = 0 ] && cp " + done + "/record.json " +
                                 folder.path() + "; exit $code' EXIT\n" + script + "\n");
  std::filesystem::permissions(path, std::filesystem::perms::owner_all);
  return path;
}

}  // namespace tessera::test
