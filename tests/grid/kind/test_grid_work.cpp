// A grid job in a run: checked, begun, saved, restored into a new Work object, and finished.
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

/// A grid job in a run directory, and everything that it is given.
struct Side {
  work::CheckedJob checked;
  std::vector<int> nodes = world().node_leaders();
  base::Log log;
  base::FailPoints faults;
  std::vector<std::string> warnings;
  work::Context context;
  std::unique_ptr<work::Work> work;

  explicit Side(const std::string& directory, const std::vector<std::string>& overrides = {})
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
  /// Makes a checkpoint; returns its folder.
  std::string save() const {
    checkpoint::Writer writer{world(), {context.directory, 3, false, {}}, faults};
    checkpoint::Head head;
    head.run = "test";
    head.identity = checked.identity;
    head.step = work->point().step;
    head.time = work->point().time;
    head.digest = work->digest();
    writer.begin(head, work->save());
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
void check_same(const Side& side, const SharedFolder& folder, const Side& whole,
                const SharedFolder& expected) {
  CHECK(side.work->digest() == whole.work->digest());
  CHECK(side.work->point().step == 30);
  for (const std::string& name : result_files) {
    CAPTURE(name);
    CHECK_FALSE(expected.bytes(name).empty());
    CHECK(folder.bytes(name) == expected.bytes(name));
  }
}

}  // namespace

TEST_CASE("a restored work finishes with the results of one that was not interrupted") {
  const SharedFolder expected;
  const Side whole{expected.path()};
  whole.work->begin();
  whole.finish();
  for (const std::int64_t stop : {std::int64_t{1}, std::int64_t{10}, std::int64_t{17}}) {
    CAPTURE(stop);
    const SharedFolder folder;
    std::string path;
    std::uint64_t digest = 0;
    {
      const Side first{folder.path()};
      first.work->begin();
      first.advance_to(stop);
      path = first.save();
      digest = first.work->digest();
      first.advance_to(25);  // results that a resumed run must not keep
    }
    // Chunks are on other ranks than before.
    const Side second{folder.path(), {"domain.partition=sfc"}};
    const checkpoint::Source source = source_of(path);
    CHECK(checkpoint::mismatch(source.manifest().identity, second.checked.identity).empty());
    second.work->restore(source);
    CHECK(second.work->point().step == stop);
    CHECK(second.work->digest() == digest);
    CHECK(source.manifest().digest == digest);
    second.work->resume();
    second.finish();
    check_same(second, folder, whole, expected);
  }
}

TEST_CASE("a checkpoint that cannot be used changes nothing, and another beginning is possible") {
  const SharedFolder expected;
  const Side whole{expected.path()};
  whole.work->begin();
  whole.finish();
  const SharedFolder folder;
  std::string path;
  {
    const Side first{folder.path()};
    first.work->begin();
    first.advance_to(12);
    path = first.save();
  }
  const std::string table = folder.path() + "/diagnostics.csv";
  const std::string before = folder.bytes("diagnostics.csv");
  if (world().is_root()) std::filesystem::resize_file(table, before.size() - 1);
  const Side second{folder.path()};
  try {
    second.work->restore(source_of(path));
    FAIL("it is restored");
  } catch (const transport::AgreedError& e) {
    CHECK(e.code() == base::ExitCode::bad_data);
    CHECK(e.message().find("`" + table + "` is shorter than it was at the checkpoint") != std::string::npos);
  }
  CHECK(folder.bytes("diagnostics.csv").size() == before.size() - 1);

  // A damaged block is detected only after other blocks have been restored.
  world().barrier();
  if (world().is_root()) {
    std::filesystem::resize_file(table, before.size());
    std::fstream part{path + "/part-0000", std::ios::in | std::ios::out | std::ios::binary};
    part.seekp(300);
    part.put('\x7f');
  }
  world().barrier();
  CHECK_THROWS_AS(second.work->restore(source_of(path)), transport::AgreedError);
  second.work->begin();
  second.finish();
  check_same(second, folder, whole, expected);
}

TEST_CASE("the report and the banner say how the run went and is distributed") {
  const SharedFolder folder;
  const Side side{folder.path()};
  CHECK(side.work->banner().find("grid 20×16, cartesian\n") != std::string::npos);
  CHECK(side.work->banner().find("16 chunks of 5×4") != std::string::npos);
  side.work->begin();
  side.advance_to(15);
  const work::Progress progress = side.work->progress();
  CHECK(progress.step == 15);
  CHECK(progress.steps_expected == 30);
  CHECK(progress.fraction_done == 0.5);
  CHECK(progress.units_per_step == 320.0);
  CHECK_FALSE(progress.end_time);
  side.finish();
  const work::Report report = side.work->report();
  if (world().is_root()) {
    CHECK(report.headline.find("30 steps   ") == 0);
    CHECK(report.results == "view       paraview " + folder.path() + "/fields.xdmf\n");
    CHECK(side.work->facts().find("\"layout\"") != std::string::npos);
    for (const char* member : {"\"digest\"", "\"loop\"", "\"phases\"", "\"probes\""}) {
      CHECK(report.json.find(member) != std::string::npos);
    }
  } else {
    CHECK(report.json.empty());
  }
}

TEST_CASE("a plugin that cannot be found is a problem of its key") {
  std::string text = job_text;
  text.replace(text.find("\"heat\""), 6, "\"none\"");
  job::Diagnostics problems;
  const job::Document document{"job.toml", text, {}, problems};
  try {
    grid::GridKind{}.check(document, {}, problems);
    FAIL("it is found");
  } catch (const base::Error& e) {
    CHECK(e.code() == base::ExitCode::unavailable);
  }
  REQUIRE(problems.size() == 1);
  CHECK(problems.problems()[0].key == "job.solver");
  CHECK(problems.problems()[0].line == 4);

  // If the job has other problems, this one is reported with them.
  text.replace(text.find("\"wall\""), 6, "\"wool\"");
  job::Diagnostics more;
  const job::Document worse{"job.toml", text, {}, more};
  CHECK_FALSE(grid::GridKind{}.check(worse, {}, more));
  CHECK(more.size() == 2);
}
