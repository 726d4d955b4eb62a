#include "resume.h"

#include "base/checkpoint_names.h"
#include "base/digest.h"
#include "base/error.h"
#include "checkpoint/durable_file.h"
#include "checkpointing.h"
#include "console.h"
#include "driver/state_digest.h"
#include "transport/agreement.h"

#include <charconv>
#include <filesystem>
#include <optional>

#include <fmt/format.h>

namespace tessera::app {

namespace fs = std::filesystem;

namespace {

/// The step in a name such as fields_00000120.h5 or depth_00000120.png.
std::optional<std::int64_t> step_in(const std::string& name) {
  const auto dot = name.find_last_of('.');
  const auto line = name.find_last_of('_', dot);
  if (dot == std::string::npos || line == std::string::npos || line + 1 >= dot) return std::nullopt;
  std::int64_t step = 0;
  const char* end = name.data() + dot;
  const auto [stop, problem] = std::from_chars(name.data() + line + 1, end, step);
  return problem == std::errc{} && stop == end ? std::optional{step} : std::nullopt;
}

}  // namespace

std::string find_run(const std::string& parent, const checkpoint::Wanted& wanted) {
  std::string best;
  fs::file_time_type newest{};
  std::error_code none;
  for (fs::directory_iterator entry{parent, none}, end; !none && entry != end; entry.increment(none)) {
    for (const checkpoint::Published& p : checkpoint::Store{entry->path().string()}.list()) {
      try {
        if (!checkpoint::mismatch(checkpoint::read_manifest(p.path), wanted).empty()) break;
      } catch (const base::Error&) {
        continue;  // an older one tells whose they are
      }
      std::error_code unknown;
      const auto when = fs::last_write_time(p.path, unknown);
      if (best.empty() || when > newest) {
        best = entry->path().string();
        newest = when;
      }
      break;
    }
  }
  return best;
}

void remove_later_results(const std::string& directory, std::int64_t step) {
  std::error_code ignored;
  // Later checkpoints are of a past whose tables and field files go now: nothing could go on from them.
  bool moved = false;
  for (const base::CheckpointName& c : base::list_checkpoints(directory)) {
    if (c.step <= step) continue;
    if (!base::set_aside(directory, c.name)) {
      throw base::Error(base::ExitCode::io_error, fmt::format("cannot set the checkpoint {} aside", c.name),
                        "is the file system read-only?");
    }
    moved = true;
  }
  if (moved) checkpoint::sync_folder(directory + "/checkpoints");
  for (const char* folder : {"fields", "frames"}) {
    std::vector<fs::path> later;
    for (fs::directory_iterator entry{directory + "/" + folder, ignored}, end; !ignored && entry != end;
         entry.increment(ignored)) {
      const auto written = step_in(entry->path().filename().string());
      if ((written && *written > step) || entry->path().extension() == ".tmp") later.push_back(entry->path());
    }
    for (const fs::path& p : later) fs::remove(p, ignored);
  }
  fs::remove(directory + "/run.json", ignored);
  if (step >= 0) return;
  for (const char* name : {"fields.xdmf", "diagnostics.csv", "probes.csv"}) {
    fs::remove(directory + "/" + name, ignored);
  }
}

ResumePoint::ResumePoint(const transport::Communicator& comm, const job::JobSpec& job,
                         const job::SolverSchema& schema, std::string directory,
                         std::vector<std::string> paths, const base::FailPoints& faults,
                         const base::BoardSlot& board, Warn warn)
    : comm_{&comm},
      job_{&job},
      schema_{&schema},
      directory_{std::move(directory)},
      paths_{std::move(paths)},
      faults_{&faults},
      board_{&board},
      warn_{std::move(warn)} {}

/// What a table lacks that the checkpoint counts on will not be written again. Throws base::Error (bad_data).
void ResumePoint::check_tables(const checkpoint::RunState& state) const {
  for (const checkpoint::TableMark& mark : state.tables) {
    const fs::path path = fs::path{directory_} / mark.name;
    std::error_code unknown;
    if (fs::is_other(path, unknown)) continue;  // such as a pipe
    const std::uintmax_t bytes = fs::file_size(path, unknown);
    if (unknown || bytes < mark.bytes) {
      throw base::Error{base::ExitCode::bad_data,
                        unknown
                            ? fmt::format("`{}` is not there any more", path.string())
                            : fmt::format("`{}` is shorter than it was at the checkpoint", path.string())};
    }
  }
}

driver::StartingPoint::State ResumePoint::load(const partition::Partition& partition,
                                               field::FieldStore& store) {
  const checkpoint::Wanted wanted = wanted_of(*job_, *schema_);
  const std::vector<int> fields = checkpointed_fields(*schema_);
  std::string last_problem;
  for (const std::string& path : paths_) {
    try {
      checkpoint::Manifest manifest = checkpoint::read_manifest_everywhere(*comm_, path, *faults_);
      if (const std::string other = checkpoint::mismatch(manifest, wanted); !other.empty()) {
        throw transport::AgreedError{base::Error{base::ExitCode::bad_data, other}};
      }
      transport::collectively(*comm_, [&] {
        if (comm_->root()) check_tables(manifest.state);
      });
      State state;
      state.costs = checkpoint::restore(*comm_, path, manifest, partition, store, fields, *faults_, *board_);
      const std::uint64_t digest =
          driver::state_digest(driver::field_digests(*comm_, *schema_, store, job_->geometry.cells));
      if (digest != manifest.digest) {
        throw transport::AgreedError{
            base::Error{base::ExitCode::bad_data,
                        fmt::format("its state has the digest {}, not {}", base::Digest::text(digest),
                                    base::Digest::text(manifest.digest))}};
      }
      state.run = std::move(manifest.state);
      used_ = path;
      faults_->reach("restart.done", state.run.step);
      return state;
    } catch (const transport::AgreedError& e) {
      last_problem = e.message();
      if (comm_->root()) warn_(fmt::format("the checkpoint `{}` cannot be used: {}", path, last_problem));
    }
  }
  throw transport::AgreedError{base::Error{
      base::ExitCode::bad_data,
      paths_.size() == 1 ? fmt::format("the checkpoint `{}` cannot be used: {}", paths_[0], last_problem)
                         : fmt::format("none of {} checkpoints can be used", paths_.size()),
      "--from-start begins the run anew; `tessera checkpoint verify` says what is wrong with each"}};
}

}  // namespace tessera::app
