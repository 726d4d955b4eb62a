// The life of a grid job in a run: checked, started, saved, restored into a new Work object, and finished.
#include "base/error.h"
#include "checkpoint/store.h"
#include "checkpoint/writer.h"
#include "grid/kind/grid_kind.h"
#include "host/progress_board.h"
#include "job/document.h"
#include "support/temporary_folder.h"
#include "support/world.h"
#include "transport/agreement.h"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

using namespace tessera;

namespace {

const std::string job_text = R"toml(
[job]
name = "work"
solver = "heat"
[domain]
cells = [20, 16]
chunk = [5, 4]
boundary = "wall"
[initial]
temperature = "300 + 10*sin(x) + y"
[time]
max_steps = 30
[diagnostics]
every = "4 steps"
[output]
fields = ["temperature"]
every = "10 steps"
[probes]
fields = ["temperature"]
every = "5 steps"
[[probes.point]]
name = "p"
at = [0.5, 0.5]
[performance]
balance_every = 4
)toml";

work::CheckedJob check(const std::string& text, const std::vector<std::string>& overrides = {}) {
  job::Diagnostics problems;
  const job::Document document{TESSERA_SOURCE_DIR "/in-a-test.toml", text, overrides, problems};
  work::CheckOptions options;
  options.plugin_folders = {TESSERA_SOLVERS_DIR};
  const auto checked = grid::GridKind{}.check(document, options, problems);
  INFO(problems.render());
  REQUIRE(checked);
  return *checked;
}

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
  std::string bytes(const std::string& name) const {
    world().barrier();
    const std::string bytes = test::bytes_of(path_ + "/" + name);
    world().barrier();  // before any rank changes the file
    return bytes;
  }

 private:
  std::unique_ptr<test::TemporaryFolder> own_;
  std::string path_;
};

/// A grid job in a run directory, with its context.
struct Run {
  work::CheckedJob checked;
  std::vector<int> nodes = world().node_leaders();
  base::Log log;
  base::FailPoints faults;
  std::vector<std::string> warnings;
  work::Context context;
  std::unique_ptr<work::Work> work;

  explicit Run(const std::string& directory, const std::vector<std::string>& overrides = {})
      : checked{check(job_text, overrides)},
        context{world(),
                nodes,
                directory,
                log,
                faults,
                [](host::BoardPhase, std::int64_t) {},
                [this](const std::string& text, const std::string&) { warnings.push_back(text); }},
        work{grid::GridKind{}.make(checked, context)} {}

  void advance_to(std::int64_t step) const {
    while (work->point().step < step) work->advance({step, 0});
  }
  void finish() const {
    while (!work->point().done) work->advance({});
  }
  /// Writes a checkpoint and returns its folder.
  std::string save() const {
    checkpoint::Writer writer{world(), {context.directory, 3, false, {}}, faults};
    checkpoint::Header header;
    header.run = "test";
    header.identity = checked.identity;
    header.step = work->point().step;
    header.time = work->point().time;
    header.digest = work->digest();
    writer.begin(header, work->save());
    writer.finish();
    const auto published = checkpoint::Store{context.directory}.list();
    REQUIRE_FALSE(published.empty());
    return published.front().path;
  }
};

checkpoint::Source source_of(const std::string& path) {
  static const base::FailPoints no_faults;
  static const host::BoardSlot no_board;
  return {world(), path, no_faults, no_board};
}

const std::vector<std::string> result_files{"diagnostics.csv", "probes.csv", "fields.xdmf"};

/// Compares the digest and the result files with those of a run that was not interrupted.
void check_same_results(const Run& run, const SharedFolder& folder, const Run& expected_run,
                        const SharedFolder& expected_folder) {
  CHECK(run.work->digest() == expected_run.work->digest());
  CHECK(run.work->point().step == 30);
  for (const std::string& name : result_files) {
    CAPTURE(name);
    CHECK_FALSE(expected_folder.bytes(name).empty());
    CHECK(folder.bytes(name) == expected_folder.bytes(name));
  }
}

}  // namespace

TEST_CASE("a restored job finishes with the same results as an uninterrupted one") {
  const SharedFolder expected_folder;
  const Run expected_run{expected_folder.path()};
  expected_run.work->begin();
  expected_run.finish();
  for (const std::int64_t stop : {std::int64_t{1}, std::int64_t{10}, std::int64_t{17}}) {
    CAPTURE(stop);
    const SharedFolder folder;
    std::string path;
    std::uint64_t digest = 0;
    {
      const Run first{folder.path()};
      first.work->begin();
      first.advance_to(stop);
      path = first.save();
      digest = first.work->digest();
      first.advance_to(25);  // writes results that the resumed run must discard
    }
    // The other partitioner moves chunks to other ranks.
    const Run second{folder.path(), {"domain.partition=sfc"}};
    const checkpoint::Source source = source_of(path);
    CHECK_FALSE(checkpoint::mismatch(source.manifest().identity, second.checked.identity));
    second.work->restore(source);
    CHECK(second.work->point().step == stop);
    CHECK(second.work->digest() == digest);
    CHECK(source.manifest().digest == digest);
    second.work->resume();
    second.finish();
    check_same_results(second, folder, expected_run, expected_folder);
  }
}

TEST_CASE("a failed restore changes no result files, and the job can then start from the beginning") {
  const SharedFolder expected_folder;
  const Run expected_run{expected_folder.path()};
  expected_run.work->begin();
  expected_run.finish();
  const SharedFolder folder;
  std::string path;
  {
    const Run first{folder.path()};
    first.work->begin();
    first.advance_to(12);
    path = first.save();
  }
  const std::string before = folder.bytes("diagnostics.csv");
  const Run second{folder.path()};
  // A damaged block is detected only after other blocks have been restored.
  world().barrier();
  if (world().is_root()) {
    std::fstream part{path + "/part-0000", std::ios::in | std::ios::out | std::ios::binary};
    part.seekp(300);
    part.put('\x7f');
  }
  world().barrier();
  CHECK_THROWS_AS(second.work->restore(source_of(path)), transport::AgreedError);
  CHECK(folder.bytes("diagnostics.csv") == before);
  second.work->begin();
  second.finish();
  check_same_results(second, folder, expected_run, expected_folder);
}

TEST_CASE("the banner shows the distribution of the run, and the report shows its outcome") {
  const SharedFolder folder;
  const Run run{folder.path()};
  CHECK(run.work->banner().find("grid 20×16, cartesian\n") != std::string::npos);
  CHECK(run.work->banner().find("16 chunks of 5×4") != std::string::npos);
  run.work->begin();
  run.advance_to(15);
  const work::Progress progress = run.work->progress();
  CHECK(progress.step == 15);
  CHECK(progress.steps_expected == 30);
  CHECK(progress.fraction_done == 0.5);
  CHECK(progress.units_per_step == 320.0);
  CHECK_FALSE(progress.end_time);
  run.finish();
  const work::Report report = run.work->report();
  if (world().is_root()) {
    CHECK(report.headline.find("30 steps   ") == 0);
    CHECK(report.results == "view       paraview " + folder.path() + "/fields.xdmf\n");
    CHECK(run.work->facts().find("\"layout\"") != std::string::npos);
    for (const char* member : {"\"digest\"", "\"loop\"", "\"phases\"", "\"probes\""}) {
      CHECK(report.json.find(member) != std::string::npos);
    }
  } else {
    CHECK(report.json.empty());
  }
}

TEST_CASE("a missing plugin is reported at the key that names it") {
  std::string text = job_text;
  text.replace(text.find("\"heat\""), 6, "\"none\"");
  job::Diagnostics problems;
  const job::Document document{"job.toml", text, {}, problems};
  try {
    grid::GridKind{}.check(document, {}, problems);
    FAIL("the plugin was found");
  } catch (const base::Error& e) {
    CHECK(e.code() == base::ExitCode::unavailable);
  }
  REQUIRE(problems.size() == 1);
  CHECK(problems.problems()[0].key == "job.solver");
  CHECK(problems.problems()[0].line == 4);

  // Other problems of the job are reported together with the missing plugin.
  text.replace(text.find("\"wall\""), 6, "\"wool\"");
  job::Diagnostics both_problems;
  const job::Document other_document{"job.toml", text, {}, both_problems};
  CHECK_FALSE(grid::GridKind{}.check(other_document, {}, both_problems));
  CHECK(both_problems.size() == 2);
}
