#include "run_outputs.h"

#include "base/text.h"
#include "checkpoint/partners.h"
#include "output/output_file.h"
#include "output/picture.h"
#include "output/slice.h"
#include "output/snapshot.h"
#include "resume.h"
#include "transport/agreement.h"
#include "transport/environment.h"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include <fmt/format.h>

namespace tessera::app {

namespace {

base::LogLevel level_of(job::LogLevel level) {
  switch (level) {
    case job::LogLevel::debug:
      return base::LogLevel::debug;
    case job::LogLevel::info:
      return base::LogLevel::info;
    case job::LogLevel::warning:
      return base::LogLevel::warning;
    case job::LogLevel::error:
      break;
  }
  return base::LogLevel::error;
}

std::string with_unit(const std::string& name, const std::string& unit) {
  return unit.empty() ? name : name + " [" + unit + "]";
}

output::PictureAxis picture_axis(const grid::Geometry& g, int axis) {
  constexpr std::array names{"x", "y", "z"};
  output::PictureAxis out;
  const auto a = static_cast<std::size_t>(axis);
  out.lower = g.lower[a];
  out.upper = g.upper[a];
  if (g.coordinates == grid::Coordinates::spherical) {
    out.kind = axis == 0 ? output::TickKind::longitude : output::TickKind::latitude;
  } else {
    out.label = names[a];
  }
  return out;
}

}  // namespace

RunOutputs::RunOutputs(const transport::Communicator& comm, const job::JobSpec& job, std::string directory,
                       const std::vector<int>& nodes, std::optional<RunProgress> progress)
    : job_{&job},
      directory_{std::move(directory)},
      progress_{std::move(progress)},
      talks_{progress_ && progress_->watched()} {
  transport::collectively(comm, [&] {
    if (comm.root()) {
      log_ = base::Log{file("run.log"), 0, level_of(job.log.level)};
      std::error_code problem;
      std::filesystem::create_directories(file("fields"), problem);
      if (!job.output.images.empty()) std::filesystem::create_directories(file("frames"), problem);
    } else if (job.log.per_rank || checkpoint::leads_node(comm.rank(), nodes)) {
      // On each node but that of rank 0 a rank speaks for the node.
      std::error_code problem;
      std::filesystem::create_directories(file("logs"), problem);
      const std::string name =
          job.log.per_rank ? fmt::format("rank-{}", comm.rank()) : transport::Environment::host();
      log_ = base::Log{file("logs/" + name + ".log"), comm.rank(), level_of(job.log.level)};
    }
  });
}

void RunOutputs::publish(base::BoardPhase phase, std::int64_t step) {
  if (board_ != nullptr) board_->publish(phase, step);
  if (progress_ && phase != progress_->phase()) progress_->enter(phase);
}

void RunOutputs::started(const driver::StateView& state) {
  std::int64_t cells = 0;
  for (const grid::Box& b : state.store.bricks()) cells += b.volume();
  const std::size_t bricks = state.store.bricks().size();
  log_.info(fmt::format("this rank has {} cells in {} brick{} (boxes of chunks), {}", cells, bricks,
                        bricks == 1 ? "" : "s",
                        base::format_bytes(static_cast<double>(state.store.bytes()))));
}

void RunOutputs::stepped(const driver::StateView& state, double dt) {
  if (board_ != nullptr) board_->publish(base::BoardPhase::compute, state.step);
  if (job_->log.level == job::LogLevel::debug) {
    log_.debug(fmt::format("step {} t {:.17g} dt {:.17g}", state.step, state.time, dt));
  }
  if (progress_) progress_->stepped(state.step, state.time);
}

void RunOutputs::finish() {
  if (progress_) progress_->clear();
}

void RunOutputs::tell(const std::string& text, const std::string& hint) {
  if (hint.empty()) {
    log_.info(text);
  } else {
    log_.warning(text);
  }
  if (!talks_) return;
  finish();
  if (hint.empty()) {
    fmt::print(stderr, "✓ {}\n", text);
  } else {
    fmt::print(stderr, "warning: {}\n  = {}\n", text, hint);
  }
}

void RunOutputs::resume(const transport::Communicator& comm, const checkpoint::RunState& state) {
  if (progress_) progress_->go_on_from(state.step);
  marks_ = state.tables;
  pictures_ = state.pictures;
  for (const checkpoint::SnapshotMark& s : state.snapshots) steps_.push_back({s.name, s.time});
  transport::collectively(comm, [&] {
    if (!comm.root()) return;
    remove_later_results(directory_, state.step);
    for (const char* name : {"diagnostics.csv", "probes.csv"}) {
      const auto mark =
          std::find_if(marks_.begin(), marks_.end(), [&](const auto& m) { return m.name == name; });
      std::error_code ignored;
      if (mark == marks_.end()) {
        std::filesystem::remove(file(name), ignored);
      } else {
        // Cut now, so that rows that will be written again never stand there twice.
        output::OutputFile::continued(file(name), mark->bytes).close();
      }
    }
  });
}

/// A table is made with its first row, or gone on with.
void RunOutputs::open_table(std::optional<output::CsvWriter>& table, const std::string& name,
                            const std::vector<std::string>& columns) {
  const auto mark = std::find_if(marks_.begin(), marks_.end(), [&](const auto& m) { return m.name == name; });
  if (mark == marks_.end()) {
    table.emplace(file(name), columns);
  } else {
    table.emplace(output::CsvWriter::continued(file(name), columns.size(), mark->bytes));
  }
}

void RunOutputs::checkpoint(const driver::StateView& state, const driver::Checkpoint& checkpoint) {
  publish(base::BoardPhase::checkpoint, state.step);
  if (checkpointing_ == nullptr) return;
  // One that is still on its way is told of before the next begins.
  if (!checkpoint.local) static_cast<void>(finish_checkpoints());
  checkpoint::RunState marked = checkpoint.state;
  transport::collectively(state.comm, [&] {
    if (!state.comm.root()) return;
    for (auto* table : {&diagnostics_, &probes_}) {
      if (!*table) continue;
      const std::string& path = (*table)->path();
      marked.tables.push_back({path.substr(path.find_last_of('/') + 1), (*table)->sync()});
    }
    // Those that this attempt has not written to yet.
    for (const checkpoint::TableMark& m : marks_) {
      const auto same = [&](const auto& other) { return other.name == m.name; };
      if (std::none_of(marked.tables.begin(), marked.tables.end(), same)) marked.tables.push_back(m);
    }
  });
  for (const output::XdmfStep& s : steps_) marked.snapshots.push_back({s.file, s.time});
  marked.pictures = pictures_;
  checkpointing_->make(state, checkpoint, marked);
  publish(base::BoardPhase::compute, state.step);
}

std::string RunOutputs::tell_of_checkpoint() {
  const auto report = checkpointing_->take_report();
  if (!report) return {};
  if (report->problem.empty()) {
    tell(fmt::format("checkpoint at step {}   {} in {:.2g} s", report->step,
                     base::format_bytes(static_cast<double>(report->bytes)), report->seconds));
  } else {
    tell(fmt::format("no checkpoint at step {}: {}", report->step, report->problem),
         "the run goes on, and older checkpoints are kept");
  }
  return report->problem;
}

void RunOutputs::tell_of_local_checkpoint() {
  const auto report = checkpointing_->take_local_report();
  if (!report) return;
  if (report->problem.empty()) {
    log_.info(fmt::format("node-local checkpoint at step {}, {} in {:.2g} s", report->step,
                          base::format_bytes(static_cast<double>(report->bytes)), report->seconds));
  } else {
    tell(fmt::format("no node-local checkpoint at step {}: {}", report->step, report->problem),
         "the run goes on with those in its directory; `local` in [checkpoint]");
  }
}

void RunOutputs::between_blocks(const driver::StateView&) {
  if (checkpointing_ == nullptr) return;
  checkpointing_->poll();
  tell_of_checkpoint();
  tell_of_local_checkpoint();
}

std::string RunOutputs::finish_checkpoints() {
  if (checkpointing_ == nullptr) return {};
  if (board_ != nullptr) board_->publish(base::BoardPhase::checkpoint);
  if (progress_) progress_->enter(base::BoardPhase::checkpoint);
  checkpointing_->finish();
  tell_of_local_checkpoint();
  return tell_of_checkpoint();
}

void RunOutputs::diagnostics(const driver::StateView& state, const std::vector<double>& values) {
  transport::collectively(state.comm, [&] {
    if (!state.comm.root() || values.empty()) return;
    if (!diagnostics_) {
      std::vector<std::string> columns{"step", "time [s]"};
      for (const job::DiagnosticSchema& d : state.schema.diagnostics)
        columns.push_back(with_unit(d.name, d.unit));
      open_table(diagnostics_, "diagnostics.csv", columns);
    }
    std::vector<output::CsvValue> row{state.step, state.time};
    row.insert(row.end(), values.begin(), values.end());
    diagnostics_->row(row);
  });
}

void RunOutputs::probes(const driver::StateView& state, const driver::ProbeSet& probes) {
  probe_records_ = probes.records();
  transport::collectively(state.comm, [&] {
    if (!state.comm.root()) return;
    if (!probes_) {
      std::vector<std::string> columns{"step", "time [s]"};
      for (const driver::ProbeRecord& p : probes.records()) {
        for (const std::string& c : probes.columns()) columns.push_back(p.name + " " + c);
        if (p.moved > 0.0) {
          log_.info(fmt::format("probe {} was moved to the nearest cell with {}: ({:.6g}, {:.6g}, {:.6g})",
                                p.name, job_->probes.where, p.at[0], p.at[1], p.at[2]));
        }
      }
      open_table(probes_, "probes.csv", columns);
    }
    std::vector<output::CsvValue> row{state.step, state.time};
    const auto recorded = static_cast<std::ptrdiff_t>(probes.columns().size());
    for (const driver::ProbeRecord& p : probes.records()) {
      row.insert(row.end(), p.values.begin(), p.values.begin() + recorded);
    }
    probes_->row(row);
  });
}

void RunOutputs::fields(const driver::StateView& state) {
  if (!job_->output.hdf5 || job_->output.fields.empty()) return;
  publish(base::BoardPhase::output, state.step);
  if (faults_ != nullptr) faults_->reach("output", state.step);
  const std::string name = fmt::format("fields/fields_{:08}.h5", state.step);
  output::write_snapshot(state.comm, job_->geometry, state.schema, state.store, job_->output.fields,
                         {file(name), state.step, state.time});
  steps_.push_back({name, state.time});
  transport::collectively(state.comm, [&] {
    if (!state.comm.root()) return;
    output::write_whole_file(file("fields.xdmf"),
                             output::xdmf_text(job_->geometry, state.schema, job_->output.fields, steps_));
  });
  log_.info(fmt::format("wrote {} at t = {:.6g} s", name, state.time));
}

void RunOutputs::images(const driver::StateView& state) {
  for (std::size_t n = 0; n < job_->output.images.size(); ++n) write_image(state, n);
}

void RunOutputs::write_image(const driver::StateView& state, std::size_t number) {
  const job::ImageSpec& image = job_->output.images[number];
  const grid::Geometry& g = job_->geometry;
  output::Plane plane;
  int right = 0;
  int up = 1;
  if (image.slice_axis) {
    const int axis = *image.slice_axis;
    const double place = (image.slice_at - g.lower[static_cast<std::size_t>(axis)]) / g.spacing(axis);
    plane = {axis,
             std::clamp<std::int64_t>(static_cast<std::int64_t>(std::floor(place)), 0, g.cells[axis] - 1)};
    right = axis == 0 ? 1 : 0;
    up = axis == 2 ? 1 : 2;
  }
  output::PlaneValues values =
      output::gather_plane(state.comm, state.store, g.cells, image.field, image.component, plane);
  output::PlaneValues mask;
  if (image.mask_field)
    mask = output::gather_plane(state.comm, state.store, g.cells, *image.mask_field, 0, plane);

  const job::FieldSchema& field = state.schema.fields[static_cast<std::size_t>(image.field)];
  std::string label = field.name;
  if (field.components > 1) label += "_" + std::to_string(image.component);
  // Two pictures of one field need names of their own.
  const auto same = [&](const job::ImageSpec& o) {
    return o.field == image.field && o.component == image.component;
  };
  const bool alone = std::count_if(job_->output.images.begin(), job_->output.images.end(), same) == 1;
  const std::string name =
      fmt::format("frames/{}{}_{:08}.png", label, alone ? "" : "-" + std::to_string(number), state.step);

  transport::collectively(state.comm, [&] {
    if (!state.comm.root()) return;
    output::Frame frame;
    frame.title = fmt::format("{} · {}", job_->name, label);
    frame.subtitle = fmt::format("t = {}   step {}", base::format_duration(state.time), state.step);
    frame.value_label = field.unit.empty() ? label : label + ", " + field.unit;
    frame.nx = values.width;
    frame.ny = values.height;
    frame.values = std::move(values.values);
    if (image.mask_field) {
      frame.mask.reserve(mask.values.size());
      for (const double v : mask.values) frame.mask.push_back(v > image.mask_above ? 1 : 0);
      frame.relief = std::move(mask.values);
    }
    frame.x = picture_axis(g, right);
    if (g.dimensions > 1) frame.y = picture_axis(g, up);
    if (image.probes && !image.slice_axis) {
      for (const driver::ProbeRecord& p : state.probes) frame.markers.push_back({p.name, p.at[0], p.at[1]});
    }
    frame.colormap = image.colormap;
    frame.range = image.range;
    frame.longer_side = image.width;
    output::write_picture(frame, file(name));
  });
  ++pictures_;
  log_.debug("wrote " + name);
}

}  // namespace tessera::app
