// The result files of a run that is interrupted and resumed.
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
#include <memory>

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

/// One folder for all ranks.
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

/// The fields of a job, which stay zero, and the files to which they are written.
struct Run {
  LoadedJob loaded = load_job(job_text);
  loop::Decomposition fields{world(),
                             loaded.solver,
                             loaded.job,
                             loop::initial_partition(loaded.job, loaded.solver.schema(), world().size()),
                             machine::Topology{},
                             1};
  RunFiles files;

  explicit Run(const std::string& directory)
      : files{world(), loaded.job, loaded.solver.schema(), directory} {}

  void write(std::int64_t step) {
    const double time = 0.5 * static_cast<double>(step);
    const std::vector<double> values(loaded.solver.schema().diagnostics.size(), 0.25 * time);
    files.write_diagnostics(step, time, values);
    files.write_probes(step, time, {"p temperature"}, std::array{time});
    files.write_fields(fields.store(), step, time);
    files.write_images(fields.store(), {}, step, time);
  }
};

std::string name_of(std::int64_t step) { return "fields/fields_0000000" + std::to_string(step) + ".h5"; }

}  // namespace

TEST_CASE("a resumed run leaves the files of one that was not interrupted") {
  const SharedFolder whole;
  {
    Run run{whole.path()};
    run.files.begin();
    for (std::int64_t step = 0; step < 4; ++step) run.write(step);
    CHECK(run.files.field_file_count() == 4);
    CHECK(run.files.image_count() == 4);
  }
  const SharedFolder folder;
  OutputsState state;
  {
    Run run{folder.path()};
    run.files.begin();
    run.write(0);
    run.write(1);
    state = run.files.state();
    CHECK(state.images == 2);
    CHECK(state.field_files == std::vector<output::XdmfStep>{{name_of(0), 0.0}, {name_of(1), 0.5}});
    run.write(2);
    run.write(3);
  }
  CHECK(folder.bytes("probes.csv") == whole.bytes("probes.csv"));
  {
    Run run{folder.path()};
    run.files.restore(state);
    CHECK(folder.bytes("probes.csv") == whole.bytes("probes.csv"));  // no file has changed yet
    CHECK(folder.has(name_of(3)));
    run.files.resume(1);
    CHECK(folder.has(name_of(1)));
    CHECK_FALSE(folder.has(name_of(2)));
    CHECK_FALSE(folder.has("frames/temperature_00000002.png"));
    CHECK(folder.bytes("probes.csv") == "step,time [s],p temperature\n0,0,0\n1,0.5,0.5\n");
    const OutputsState now = run.files.state();
    CHECK((now == state || !world().is_root()));
    run.write(2);
    run.write(3);
    CHECK(run.files.image_count() == 4);
    CHECK(run.files.state().field_files.size() == 4);
  }
  for (const char* name :
       {"diagnostics.csv", "probes.csv", "fields.xdmf", "frames/temperature_00000003.png"}) {
    CAPTURE(name);
    CHECK_FALSE(whole.bytes(name).empty());
    CHECK(folder.bytes(name) == whole.bytes(name));
  }
  CHECK(output::StoredSnapshot::read(folder.file(name_of(3))).time == 1.5);
}

TEST_CASE("files that do not reach as far as the checkpoint are refused on all ranks, and left as they are") {
  const SharedFolder folder;
  Run run{folder.path()};
  run.files.begin();
  run.write(0);
  OutputsState state = run.files.state();
  const std::string before = folder.bytes("diagnostics.csv");
  for (output::TableLength& t : state.tables) t.bytes += 1;
  Run again{folder.path()};
  try {
    again.files.restore(state);
    FAIL("they are taken");
  } catch (const transport::AgreedError& e) {
    CHECK(e.code() == base::ExitCode::bad_data);
    CHECK(e.message().find("`" + folder.file("diagnostics.csv") + "` is shorter than it was") !=
          std::string::npos);
  }
  CHECK(folder.bytes("diagnostics.csv") == before);
}

TEST_CASE("a run that begins removes the results of earlier attempts") {
  const SharedFolder folder;
  {
    Run run{folder.path()};
    run.files.begin();
    run.write(2);
  }
  Run run{folder.path()};
  run.files.begin();
  CHECK_FALSE(folder.has(name_of(2)));
  CHECK_FALSE(folder.has("diagnostics.csv"));
  CHECK_FALSE(folder.has("probes.csv"));
  CHECK_FALSE(folder.has("fields.xdmf"));
  run.write(0);
  CHECK(folder.bytes("probes.csv") == "step,time [s],p temperature\n0,0,0\n");
}

TEST_CASE("a table without a row since the checkpoint keeps its length") {
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
  if (!world().is_root()) return;  // only rank 0 knows the tables
  REQUIRE(now.tables.size() == 2);
  CHECK(now.tables[0] == state.tables[0]);
  CHECK(now.tables[1].bytes == std::filesystem::file_size(folder.file("probes.csv")));
}
