#include "host/file_lock.h"
#include "host/output_file.h"
#include "host/replacement_file.h"
#include "run/leftovers.h"
#include "support/temporary_folder.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>

using tessera::host::FileLock;

namespace {

/// A run directory with the files that killed processes leave behind.
struct Run {
  tessera::test::TemporaryFolder folder;

  Run() {
    for (const char* name : {"run.json", "supervision.json", "my-notes.txt"})
      static_cast<void>(tessera::host::create_temporary_file(folder.file(name)));
  }

  FileLock lock(const std::string& name) const { return FileLock::acquire(folder.file(name), "run"); }

  /// The files for which there is a temporary file, in order.
  std::vector<std::string> leftovers() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator{folder.path()}) {
      if (entry.path().extension() == ".tmp")
        names.push_back(entry.path().stem().stem().string());  // without the random part
    }
    std::sort(names.begin(), names.end());
    return names;
  }
};

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("temporary files of an inactive run and its supervisor are removed") {
  const Run run;
  static_cast<void>(run.lock("run.lock"));
  static_cast<void>(run.lock("supervisor.lock"));
  tessera::run::remove_leftovers_if_inactive(run.folder.path());
  CHECK(run.leftovers() == Names{"my-notes.txt"});
}

TEST_CASE("temporary files of an active run or supervisor are kept") {
  const Run run;
  {
    const FileLock of_run = run.lock("run.lock");
    const FileLock of_supervisor = run.lock("supervisor.lock");
    tessera::run::remove_leftovers_if_inactive(run.folder.path());
    CHECK(run.leftovers() == Names{"my-notes.txt", "run.json", "supervision.json"});
  }
  const FileLock of_supervisor = run.lock("supervisor.lock");
  tessera::run::remove_leftovers_if_inactive(run.folder.path());
  CHECK(run.leftovers() == Names{"my-notes.txt", "supervision.json"});
}

TEST_CASE("a run without a supervisor gets no lock of one") {
  const Run run;
  static_cast<void>(run.lock("run.lock"));
  tessera::run::remove_leftovers_if_inactive(run.folder.path());
  CHECK(run.leftovers() == Names{"my-notes.txt", "supervision.json"});
  CHECK_FALSE(std::filesystem::exists(run.folder.file("supervisor.lock")));
}

TEST_CASE("whoever holds the lock of a run removes its temporary files alone") {
  const Run run;
  tessera::run::remove_leftovers_of_run(run.folder.path());
  CHECK(run.leftovers() == Names{"my-notes.txt", "supervision.json"});
}
