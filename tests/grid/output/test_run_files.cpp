// The result files of a run that is interrupted and resumed.
#include "base/digest.h"
#include "base/error.h"
#include "grid/loop/decomposition.h"
#include "grid/output/run_files.h"
#include "grid/output/stored_snapshot.h"
#include "support/job_runner.h"
#include "support/temporary_folder.h"
#include "support/world.h"
#include "transport/agreement.h"

#include <catch2/catch.hpp>

#include <array>
#include <filesystem>
#include <fstream>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <sys/stat.h>

using namespace tessera;
using output::OutputsState;
using output::RunFiles;

namespace {

const std::string job_text = R"toml(
[job]
name = "files"
solver = "heat"
[domain]
cells = [12, 10]
chunk = [4, 5]
boundary = "wall"
[initial]
temperature = 300
[time]
max_steps = 4
[output]
fields = ["temperature"]
every = "1 steps"
images = { field = "temperature", every = "1 steps" }
)toml";

/// A temporary folder for all ranks. Rank 0 creates it and removes it.
class SharedFolder {
 public:
  SharedFolder() {
    if (world().is_root()) own_ = std::make_unique<test::TemporaryFolder>();
    if (own_) path_ = own_->path();
    world().broadcast(path_);
  }
  ~SharedFolder() { world().barrier(); }
  SharedFolder(const SharedFolder&) = delete;
  SharedFolder& operator=(const SharedFolder&) = delete;

  const std::string& path() const { return path_; }
  std::string file(const std::string& name) const { return path_ + "/" + name; }
  bool has(const std::string& name) const {
    world().barrier();
    const bool exists = std::filesystem::exists(file(name));
    world().barrier();  // before any rank changes the file
    return exists;
  }
  std::string bytes(const std::string& name) const {
    world().barrier();
    const std::string bytes = test::bytes_of(file(name));
    world().barrier();  // before any rank changes the file
    return bytes;
  }

 private:
  std::unique_ptr<test::TemporaryFolder> own_;
  std::string path_;
};

/// A job whose fields stay zero, and its result files.
struct Run {
  LoadedJob loaded = load_job(job_text);
  loop::Decomposition fields{world(),
                             loaded.solver,
                             loaded.job,
                             loop::initial_partition(loaded.job, loaded.solver.schema(), world().size()),
                             machine::Topology{},
                             1};
  std::vector<std::string> warnings;
  RunFiles files;

  explicit Run(const std::string& directory)
      : files{world(), loaded.job, loaded.solver.schema(), directory,
              [this](const std::string& problem, const std::string&) { warnings.push_back(problem); }} {}

  void write(std::int64_t step, const std::vector<std::string>& columns = {"p temperature"}) {
    const double time = 0.5 * static_cast<double>(step);
    const std::vector<double> values(loaded.solver.schema().diagnostics.size(), 0.25 * time);
    files.write_diagnostics(step, time, values);
    files.write_probes(step, time, columns, std::vector<double>(columns.size(), time));
    files.write_fields(fields.store(), step, time);
    files.write_images(fields.store(), {}, step, time);
  }
};

/// Only rank 0 records the files and reports problems.
std::size_t on_root(std::size_t count) { return world().is_root() ? count : 0; }
std::vector<std::string> on_root(std::vector<std::string> warnings) {
  return world().is_root() ? warnings : std::vector<std::string>{};
}

std::string field_file_name(std::int64_t step) {
  return "fields/fields_0000000" + std::to_string(step) + ".h5";
}

}  // namespace

TEST_CASE("a resumed run leaves the same files as an uninterrupted one") {
  const SharedFolder whole;
  {
    Run run{whole.path()};
    run.files.begin();
    for (std::int64_t step = 0; step < 4; ++step) run.write(step);
    CHECK(run.files.field_file_count() == on_root(4));
    CHECK(run.files.image_count() == on_root(4));
  }
  const SharedFolder folder;
  OutputsState state;
  {
    Run run{folder.path()};
    run.files.begin();
    run.write(0);
    run.write(1);
    state = run.files.state();
    REQUIRE(state.images.size() == on_root(2));
    REQUIRE(state.field_files.size() == on_root(2));
    if (world().is_root()) {
      const output::FieldFile& file = state.field_files[1];
      CHECK(file.name == field_file_name(1));
      CHECK(file.time == 0.5);
      REQUIRE(file.fields.size() == 1);
      CHECK(file.fields[0].name == "temperature");
      CHECK(file.bytes == std::filesystem::file_size(folder.file(file.name)));
      const auto stored = output::StoredSnapshot::read(folder.file(file.name));
      const host::DurableFile opened{folder.file(file.name), host::DurableFile::Open::read};
      CHECK(file.fields[0].cells == stored.fields.at(0).value_count());
      CHECK(file.fields[0].digest == stored.fields.at(0).digest);
      CHECK(output::digest_in(opened, file.fields[0]) == file.fields[0].digest);
      CHECK(output::hash_of_rest(opened, file.fields) == file.hash);
      const std::string index = test::bytes_of(folder.file("fields.xdmf"));
      CHECK(state.index ==
            output::FileState{"fields.xdmf", index.size(), base::hash_of(std::as_bytes(std::span{index}))});
      const output::FileState& image = state.images[1];
      CHECK(image.name == "frames/temperature_00000001.png");
      const std::string bytes = test::bytes_of(folder.file(image.name));
      CHECK(image.bytes == bytes.size());
      CHECK(image.hash == base::hash_of(std::as_bytes(std::span{bytes})));
    }
    run.write(2);
    run.write(3);
  }
  CHECK(folder.bytes("probes.csv") == whole.bytes("probes.csv"));
  {
    Run run{folder.path()};
    run.files.restore(state);
    CHECK(folder.bytes("probes.csv") == whole.bytes("probes.csv"));  // no file has changed yet
    CHECK(folder.has(field_file_name(3)));
    run.files.resume(1);
    CHECK(folder.has(field_file_name(1)));
    CHECK_FALSE(folder.has(field_file_name(2)));
    CHECK_FALSE(folder.has("frames/temperature_00000002.png"));
    CHECK(folder.bytes("probes.csv") == "step,time [s],p temperature\n0,0,0\n1,0.5,0.5\n");
    const OutputsState now = run.files.state();
    CHECK((now == state || !world().is_root()));
    run.write(2);
    run.write(3);
    CHECK(run.files.image_count() == on_root(4));
    CHECK(run.files.state().field_files.size() == on_root(4));
    CHECK(run.warnings.empty());
  }
  for (const char* name :
       {"diagnostics.csv", "probes.csv", "fields.xdmf", "frames/temperature_00000003.png"}) {
    CAPTURE(name);
    CHECK_FALSE(whole.bytes(name).empty());
    CHECK(folder.bytes(name) == whole.bytes(name));
  }
  CHECK(output::StoredSnapshot::read(folder.file(field_file_name(3))).time == 1.5);
}

TEST_CASE("a table that was changed or removed is set aside, and the run continues in a new table") {
  const SharedFolder folder;
  OutputsState state;
  {
    Run run{folder.path()};
    run.files.begin();
    run.write(0);
    state = run.files.state();
    run.write(1);
  }
  const std::string probes = "step,time [s],p temperature\n0,0,0\n";
  const std::string new_probes = "step,time [s],p temperature\n1,0.5,0.5\n";
  const std::string set_aside = "old-tables/probes-to-step-0.csv";
  const auto change = [&](const auto& action) {
    world().barrier();
    if (world().is_root()) action(folder.file("probes.csv"));
    world().barrier();
  };
  Run run{folder.path()};
  run.files.restore(state);
  SECTION("changed") {
    change([](const std::string& path) { std::ofstream{path} << "step,time [s],p temperature\n0,0,1\n"; });
    run.files.resume(0);
    run.write(1);
    CHECK(folder.bytes(set_aside) == "step,time [s],p temperature\n0,0,1\n");
    CHECK(folder.bytes("probes.csv") == new_probes);
    CHECK(run.warnings == on_root({"`" + folder.file("probes.csv") +
                                   "` has been changed by another program, and is now in `old-tables`"}));
  }
  SECTION("shorter") {
    change([](const std::string& path) { std::filesystem::resize_file(path, 30); });
    run.files.resume(0);
    run.write(1);
    CHECK(folder.has(set_aside));
    CHECK(folder.bytes("probes.csv") == new_probes);
  }
  SECTION("removed") {
    change([](const std::string& path) { std::filesystem::remove(path); });
    run.files.resume(0);
    run.write(1);
    CHECK(folder.bytes("probes.csv") == new_probes);
    CHECK(run.warnings == on_root({"`" + folder.file("probes.csv") + "` no longer exists"}));
  }
  SECTION("a pipe") {
    change([](const std::string& path) {
      std::filesystem::remove(path);
      REQUIRE(mkfifo(path.c_str(), 0600) == 0);
    });
    run.files.resume(0);
    run.write(1);
    CHECK(folder.has(set_aside));
    CHECK(folder.bytes("probes.csv") == new_probes);
  }
  SECTION("with other line endings") {
    change([](const std::string& path) {
      std::ofstream{path} << "step,time [s],p temperature\r\n0,0,0\r\n1,0.5,0.5\r\n";
    });
    run.files.resume(0);
    CHECK(folder.bytes("probes.csv") == probes);
    run.write(1);
    CHECK(folder.bytes("probes.csv") == probes + "1,0.5,0.5\n");
    CHECK(run.warnings ==
          on_root({"the line endings of `" + folder.file("probes.csv") + "` had been changed"}));
  }
  SECTION("with other columns from now on") {
    run.files.resume(0);
    CHECK((run.files.state() == state || !world().is_root()));
    run.write(1, {"q temperature", "p temperature"});
    CHECK(folder.bytes(set_aside) == probes);
    CHECK(folder.bytes("probes.csv") == "step,time [s],q temperature,p temperature\n1,0.5,0.5,0.5\n");
    CHECK(run.warnings == on_root({"the columns of `" + folder.file("probes.csv") +
                                   "` have changed: the earlier rows are in `old-tables`"}));
    // If the run resumes from the same checkpoint once more, the old table is kept, and the new one is begun
    // again.
    Run again{folder.path()};
    again.files.restore(state);
    again.files.resume(0);
    again.write(1);
    CHECK(folder.bytes(set_aside) == probes);
    CHECK_FALSE(folder.has("old-tables/probes-to-step-0-2.csv"));
    CHECK(folder.bytes("probes.csv") == new_probes);
    CHECK(again.warnings.empty());
  }
  CHECK_FALSE(folder.bytes("diagnostics.csv").empty());
}

TEST_CASE("the index lists the files that exist, with the fields that each contains") {
  const SharedFolder folder;
  OutputsState state;
  {
    Run run{folder.path()};
    run.files.begin();
    for (std::int64_t step = 0; step < 3; ++step) run.write(step);
    state = run.files.state();
    run.write(3);
  }
  CHECK(folder.bytes("fields.xdmf").find(field_file_name(3)) != std::string::npos);
  if (world().is_root()) std::filesystem::remove(folder.file(field_file_name(1)));
  world().barrier();
  Run run{folder.path()};
  run.files.restore(state);
  run.files.resume(2);
  const std::string index = folder.bytes("fields.xdmf");
  CHECK(index.find(field_file_name(0) + ":/temperature") != std::string::npos);
  CHECK(index.find(field_file_name(1)) == std::string::npos);
  CHECK(index.find(field_file_name(2)) != std::string::npos);
  CHECK(index.find(field_file_name(3)) == std::string::npos);  // it will be written again
  CHECK(run.warnings ==
        on_root({"`" + field_file_name(1) + "` has been changed or removed since the run wrote it"}));
  CHECK(run.files.field_file_count() == on_root(2));
}

TEST_CASE("begin() removes the results of earlier attempts") {
  const SharedFolder folder;
  {
    Run run{folder.path()};
    run.files.begin();
    run.write(2);
  }
  Run run{folder.path()};
  run.files.begin();
  CHECK_FALSE(folder.has(field_file_name(2)));
  CHECK_FALSE(folder.has("diagnostics.csv"));
  CHECK_FALSE(folder.has("probes.csv"));
  CHECK_FALSE(folder.has("fields.xdmf"));
  run.write(0);
  CHECK(folder.bytes("probes.csv") == "step,time [s],p temperature\n0,0,0\n");
}

TEST_CASE("a table without new rows since the checkpoint keeps its length") {
  const SharedFolder folder;
  OutputsState state;
  {
    Run run{folder.path()};
    run.files.begin();
    run.write(0);
    state = run.files.state();
  }
  Run run{folder.path()};
  run.files.restore(state);
  run.files.resume(0);
  run.files.write_probes(1, 0.5, {"p temperature"}, std::array{0.5});
  const OutputsState now = run.files.state();
  if (!world().is_root()) return;  // only rank 0 records the tables
  REQUIRE(now.tables.size() == 2);
  CHECK(now.tables[0] == state.tables[0]);
  CHECK(now.tables[1].content.bytes == std::filesystem::file_size(folder.file("probes.csv")));
}
