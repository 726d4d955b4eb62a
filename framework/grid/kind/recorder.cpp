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

void Recorder::diagnostics(const loop::Instant& now, const std::vector<double>& values) {
  files_->write_diagnostics(now.step, now.time, values);
}

/// On rank 0.
void Recorder::log_moved_probes(const loop::ProbeSet& probes) {
  if (!context_->comm.is_root()) return;
  for (const loop::ProbeRecord& p : probes.records()) {
    if (!(p.distance_moved > 0.0)) continue;
    context_->log.info(fmt::format("probe {} was moved to the nearest cell with {}: ({:.6g}, {:.6g}, {:.6g})",
                                   p.name, job_->probes.where, p.at[0], p.at[1], p.at[2]));
  }
}

void Recorder::probes(const loop::Instant& now) {
  if (sampled_.empty()) log_moved_probes(now.probes);
  sampled_ = now.probes.records();
  const std::vector<std::string>& recorded = now.probes.columns();
  std::vector<std::string> columns;
  std::vector<double> values;
  for (const loop::ProbeRecord& p : now.probes.records()) {
    for (const std::string& c : recorded) columns.push_back(p.name + " " + c);
    values.insert(values.end(), p.values.begin(),
                  p.values.begin() + static_cast<std::ptrdiff_t>(recorded.size()));
  }
  files_->write_probes(now.step, now.time, columns, values);
}

void Recorder::fields(const loop::Instant& now) {
  if (!files_->writes_fields()) return;
  context_->enter(host::BoardPhase::output, now.step);
  context_->faults.reach("output", now.step);
  const std::string name = files_->write_fields(now.store, now.step, now.time);
  context_->log.info(fmt::format("wrote {} at t = {:.6g} s", name, now.time));
}

void Recorder::images(const loop::Instant& now) {
  std::vector<picture::Marker> markers;
  for (const loop::ProbeRecord& p : now.probes.records()) markers.push_back({p.name, p.at[0], p.at[1]});
  for (const std::string& name : files_->write_images(now.store, markers, now.step, now.time)) {
    context_->log.debug("wrote " + name);
  }
}

}  // namespace tessera::grid
