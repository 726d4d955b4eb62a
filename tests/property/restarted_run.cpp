#include "property/restarted_run.h"

#include "base/digest.h"
#include "base/error.h"
#include "checkpoint/source.h"
#include "checkpoint/store.h"
#include "checkpoint/writer.h"
#include "grid/kind/grid_kind.h"
#include "host/progress_board.h"
#include "job/document.h"
#include "support/temporary_folder.h"
#include "support/world.h"

#include <memory>
#include <optional>

namespace property {

namespace {

using namespace tessera;

/// A temporary folder that all ranks share. Rank 0 creates it, and removes it after all ranks have finished.
/// Construction and destruction are collective.
class SharedFolder {
 public:
  SharedFolder() {
    if (world().is_root()) {
      own_.emplace();
      path_ = own_->path();
    }
    world().broadcast(path_);
  }
  ~SharedFolder() { world().barrier(); }
  SharedFolder(const SharedFolder&) = delete;
  SharedFolder& operator=(const SharedFolder&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::optional<test::TemporaryFolder> own_;
  std::string path_;
};

work::CheckedJob checked_job(const std::string& toml, const std::vector<std::string>& overrides) {
  job::Diagnostics problems;
  const job::Document document{TESSERA_SOURCE_DIR "/in-a-test.toml", toml, overrides, problems};
  work::CheckOptions options;
  options.plugin_folders = {TESSERA_TEST_PLUGINS_DIR};
  const auto checked = grid::GridKind{}.check(document, options, problems);
  if (!checked) throw base::Error::with_text(base::ExitCode::bad_job, problems.render());
  return *checked;
}

/// A grid job in a run directory, with the objects that its work::Work needs.
struct Attempt {
  work::CheckedJob checked;
  std::vector<int> nodes = world().node_leaders();
  base::Log log;
  base::FailPoints faults;
  work::Context context;
  std::unique_ptr<work::Work> work;

  Attempt(const std::string& directory, const std::string& toml, const std::vector<std::string>& overrides)
      : checked{checked_job(toml, overrides)},
        context{world(),
                nodes,
                directory,
                log,
                faults,
                [](host::BoardPhase, std::int64_t) {},
                [](const std::string&, const std::string&) {}},
        work{grid::GridKind{}.make(checked, context)} {}

  void advance_to(std::int64_t step) const {
    while (work->point().step < step && !work->point().done) work->advance({step, 0});
  }
  void finish() const {
    while (!work->point().done) work->advance({});
  }
  /// Writes a checkpoint and returns its path.
  std::string save() const {
    checkpoint::Writer writer{world(), {context.directory, 3, false, {}}, faults};
    checkpoint::Header head;
    head.run = "test";
    head.identity = checked.identity;
    head.step = work->point().step;
    head.time = work->point().time;
    head.digest = work->digest();
    writer.begin(head, work->save());
    writer.finish();
    return checkpoint::Store{context.directory}.list().at(0).path;
  }
};

}  // namespace

std::string digest_after_restart(const std::string& toml, const std::vector<std::string>& first,
                                 const std::vector<std::string>& second, std::int64_t stop) {
  const SharedFolder folder;
  std::string path;
  {
    const Attempt attempt{folder.path(), toml, first};
    attempt.work->begin();
    attempt.advance_to(stop);
    path = attempt.save();
  }
  const Attempt attempt{folder.path(), toml, second};
  const host::BoardSlot board;
  attempt.work->restore(checkpoint::Source{world(), path, attempt.faults, board});
  attempt.work->resume();
  attempt.finish();
  return base::Digest::to_hex(attempt.work->digest());
}

}  // namespace property
