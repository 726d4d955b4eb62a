#include "checkpointing.h"

#include "driver/attempt.h"
#include "job/identity.h"

#include <map>

namespace tessera::app {

std::vector<int> checkpointed_fields(const job::SolverSchema& schema) {
  std::vector<int> fields;
  for (std::size_t f = 0; f < schema.fields.size(); ++f) {
    const job::FieldKind kind = schema.fields[f].kind;
    if (kind == job::FieldKind::state || kind == job::FieldKind::constant)
      fields.push_back(static_cast<int>(f));
  }
  return fields;
}

checkpoint::Wanted wanted_of(const job::JobSpec& job, const job::SolverSchema& schema) {
  checkpoint::Wanted wanted;
  wanted.identity = {schema.name, schema.version, job::identity_of(job, schema)};
  const grid::ChunkLayout layout = driver::layout_of(job, schema);
  wanted.cells = layout.cells();
  wanted.chunk = layout.chunk();
  wanted.lattice = layout.lattice();
  for (const int f : checkpointed_fields(schema)) {
    const job::FieldSchema& field = schema.fields[static_cast<std::size_t>(f)];
    wanted.fields.push_back(
        {field.name, field.scalar == job::Scalar::float64 ? field::Scalar::float64 : field::Scalar::float32,
         field.components});
  }
  return wanted;
}

Checkpointing::Checkpointing(const transport::Communicator& comm, const job::JobSpec& job,
                             const job::SolverSchema& schema, RunAttempt attempt,
                             const std::vector<int>& nodes, const base::FailPoints& faults,
                             std::function<bool()> still_ours)
    : attempt_{std::move(attempt)},
      wanted_{wanted_of(job, schema)},
      fields_{checkpointed_fields(schema)},
      writer_{comm,
              {attempt_.directory, job.checkpoint.keep, job.checkpoint.compress, std::move(still_ours)},
              faults} {
  if (!job.checkpoint.local.empty())
    local_.emplace(comm, checkpoint::LocalWriter::Options{job.checkpoint.local, attempt_.identity, nodes},
                   faults);
}

void Checkpointing::make(const driver::StateView& view, const driver::Checkpoint& checkpoint,
                         const checkpoint::RunState& state) {
  checkpoint::Manifest head;
  head.run = attempt_.run;
  head.attempt = attempt_.number;
  head.identity = wanted_.identity;
  head.cells = wanted_.cells;
  head.chunk = wanted_.chunk;
  head.lattice = wanted_.lattice;
  head.fields = wanted_.fields;
  head.state = state;
  head.digest = driver::state_digest(
      driver::field_digests(view.comm, view.schema, view.store, view.job.geometry.cells));
  std::map<std::int64_t, double> costs;
  for (const balance::ChunkCost& c : checkpoint.costs) costs[c.chunk] = c.cost;
  if (checkpoint.local && local_) {
    local_->begin(std::move(head), view.store, view.partition, fields_, costs);
    return;
  }
  writer_.begin(std::move(head), view.store, view.partition, fields_, costs);
  if (checkpoint.last) writer_.finish();
}

void Checkpointing::poll() {
  writer_.poll();
  if (local_) local_->poll();
}

void Checkpointing::finish() {
  writer_.finish();
  if (local_) local_->finish();
}

void Checkpointing::forget_local() {
  if (local_) local_->forget();
}

std::optional<checkpoint::WriteReport> Checkpointing::take_local_report() {
  return local_ ? local_->take_report() : std::nullopt;
}

}  // namespace tessera::app
