#include "grid/kind/recorder.h"

#include <cstddef>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace tessera::grid {

void Recorder::stepped(std::int64_t step, double time, double dt) {
  context_->enter(host::BoardPhase::compute, step);
  if (job_->log.level == job::LogLevel::debug) {
    context_->log.debug(fmt::format("step {} t {:.17g} dt {:.17g}", step, time, dt));
  }
}

void Recorder::diagnostics(const loop::Instant& instant, const std::vector<double>& values) {
  files_->write_diagnostics(instant.step, instant.time, values);
}

/// Logs on rank 0 which probes were moved to another cell.
void Recorder::log_moved_probes(const loop::ProbeSet& probes) {
  if (!context_->comm.is_root()) return;
  for (const loop::ProbeRecord& p : probes.records()) {
    if (!(p.distance_moved > 0.0)) continue;
    context_->log.info(fmt::format("probe {} was moved to the nearest cell with {}: ({:.6g}, {:.6g}, {:.6g})",
                                   p.name, job_->probes.where, p.at[0], p.at[1], p.at[2]));
  }
}

void Recorder::probes(const loop::Instant& instant) {
  if (sampled_records_.empty()) log_moved_probes(instant.probes);
  sampled_records_ = instant.probes.records();
  const std::vector<std::string>& field_columns = instant.probes.columns();
  std::vector<std::string> columns;
  std::vector<double> values;
  for (const loop::ProbeRecord& p : instant.probes.records()) {
    for (const std::string& c : field_columns) columns.push_back(p.name + " " + c);
    values.insert(values.end(), p.values.begin(),
                  p.values.begin() + static_cast<std::ptrdiff_t>(field_columns.size()));
  }
  files_->write_probes(instant.step, instant.time, columns, values);
}

void Recorder::fields(const loop::Instant& instant) {
  if (!files_->writes_fields()) return;
  context_->enter(host::BoardPhase::output, instant.step);
  context_->faults.reach("output", instant.step);
  const std::string name = files_->write_fields(instant.store, instant.step, instant.time);
  context_->log.info(fmt::format("wrote {} at t = {:.6g} s", name, instant.time));
}

void Recorder::images(const loop::Instant& instant) {
  std::vector<picture::Marker> markers;
  for (const loop::ProbeRecord& p : instant.probes.records()) markers.push_back({p.name, p.at[0], p.at[1]});
  for (const std::string& name : files_->write_images(instant.store, markers, instant.step, instant.time)) {
    context_->log.debug("wrote " + name);
  }
}

}  // namespace tessera::grid
