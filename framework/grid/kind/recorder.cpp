#include "grid/kind/recorder.h"

#include <cstddef>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace tessera::grid {

void Recorder::on_step(std::int64_t step, double time, double dt) {
  context_->enter(host::BoardPhase::compute, step);
  if (job_->log.level == job::LogLevel::debug) {
    context_->log.debug(fmt::format("step {} t {:.17g} dt {:.17g}", step, time, dt));
  }
}

void Recorder::on_diagnostics(const loop::StateView& state, const std::vector<double>& values) {
  files_->write_diagnostics(state.step, state.time, values);
}

/// Logs on rank 0 which probes were moved to another cell.
void Recorder::log_moved_probes(const loop::ProbeSet& probes) {
  if (!context_->comm.is_root()) return;
  for (const loop::ProbeRecord& p : probes.records()) {
    if (!(p.distance_moved > 0.0)) continue;
    context_->log.info(fmt::format("probe {} was moved to the nearest cell with {}: ({:.6g}, {:.6g}, {:.6g})",
                                   p.name, job_->probes.where, p.centre[0], p.centre[1], p.centre[2]));
  }
}

void Recorder::on_probes(const loop::StateView& state) {
  if (sampled_records_.empty()) log_moved_probes(state.probes);
  sampled_records_ = state.probes.records();
  const std::vector<std::string>& field_columns = state.probes.columns();
  std::vector<std::string> columns;
  std::vector<double> values;
  for (const loop::ProbeRecord& p : state.probes.records()) {
    for (const std::string& c : field_columns) columns.push_back(p.name + " " + c);
    values.insert(values.end(), p.values.begin(),
                  p.values.begin() + static_cast<std::ptrdiff_t>(field_columns.size()));
  }
  files_->write_probes(state.step, state.time, columns, values);
}

void Recorder::on_regions(const loop::StateView& state, const std::vector<std::string>& columns,
                          const std::vector<double>& values) {
  files_->write_regions(state.step, state.time, columns, values);
}

void Recorder::on_transects(const loop::StateView& state, const loop::TransectSet& transects) {
  files_->write_transects(state.step, state.time, transects.columns(), transects.names(),
                          transects.numbers());
}

void Recorder::on_fields(const loop::StateView& state) {
  if (!files_->writes_fields() && !job_->output.writes_maps()) return;
  context_->enter(host::BoardPhase::output, state.step);
  context_->faults.reach("output", state.step);
  const std::string field_file = files_->write_fields(state.store, state.step, state.time);
  if (!field_file.empty())
    context_->log.info(fmt::format("wrote {} at t = {:.6g} s", field_file, state.time));
  for (const std::string& name : files_->write_maps(state.store, state.step, state.time))
    context_->log.debug("wrote " + name);
}

void Recorder::on_images(const loop::StateView& state) {
  std::vector<picture::Marker> markers;
  for (const loop::ProbeRecord& p : state.probes.records())
    markers.push_back({p.name, p.centre[0], p.centre[1]});
  for (const std::string& name : files_->write_images(state.store, markers, state.step, state.time)) {
    context_->log.debug("wrote " + name);
  }
}

void Recorder::on_warning(const std::string& problem, const std::string& advice) {
  if (context_->comm.is_root()) context_->report(problem, advice);
}

}  // namespace tessera::grid
