#include "support/job_runner.h"

#include "base/digest.h"
#include "base/error.h"
#include "grid/job/check.h"
#include "grid/job/configure.h"
#include "grid/loop/state_digest.h"
#include "grid/output/image_writer.h"
#include "job/document.h"
#include "plugin/library.h"

#include <fstream>
#include <sstream>
#include <stdexcept>

using namespace tessera;

namespace {

/// Collects the tables and the steps of a run in a FinishedRun.
class OutputCollector : public loop::Outputs {
 public:
  explicit OutputCollector(FinishedRun& run) : run_{&run} {}

  void on_step(std::int64_t step, double time, double dt) override {
    run_->steps.push_back({step, time, {dt}});
  }
  void on_diagnostics(const loop::StateView& now, const std::vector<double>& values) override {
    run_->diagnostics_table.push_back({now.step, now.time, values});
  }
  void on_probes(const loop::StateView& now) override {
    run_->probes = now.probes.records();
    TableRow row{now.step, now.time, {}};
    for (const loop::ProbeRecord& p : run_->probes) {
      row.values.insert(row.values.end(), p.values.begin(), p.values.end());
    }
    run_->probe_table.push_back(std::move(row));
  }

 private:
  FinishedRun* run_;
};

/// Returns a component of a field in all cells on rank 0, x fastest. Collective.
std::vector<double> gather(const transport::Communicator& comm, const field::FieldStore& store,
                           const grid::Geometry& g, int field, int component) {
  if (g.dimensions < 3) return output::gather_plane(comm, store, g.cells, field, component, {}).values;
  std::vector<double> all;
  for (std::int64_t k = 0; k < g.cells[2]; ++k) {
    const auto plane = output::gather_plane(comm, store, g.cells, field, component, {2, k});
    all.insert(all.end(), plane.values.begin(), plane.values.end());
  }
  return all;
}

double diagnostic_value(const solver::SolverSchema& schema, const std::vector<double>& values,
                        const std::string& name) {
  for (std::size_t n = 0; n < schema.diagnostics.size(); ++n) {
    if (schema.diagnostics[n].name == name) return values.at(n);
  }
  throw std::runtime_error("there is no diagnostic `" + name + "`");
}

}  // namespace

const std::vector<double>& FinishedRun::field(const std::string& name) const {
  return fields.at(static_cast<std::size_t>(schema.field_index(name)));
}

double FinishedRun::diagnostic(const std::string& name) const {
  return diagnostic_value(schema, outcome.diagnostics, name);
}
double FinishedRun::first_diagnostic(const std::string& name) const {
  return diagnostic_value(schema, outcome.first_diagnostics, name);
}

LoadedJob load_job(const std::string& toml, const std::vector<std::string>& overrides) {
  job::Diagnostics problems;
  const job::Document document{TESSERA_SOURCE_DIR "/in-a-test.toml", toml, overrides, problems};
  const plugin::SearchPath path{{TESSERA_SOLVERS_DIR, TESSERA_TEST_PLUGINS_DIR}};
  if (!document.solver_name()) throw base::Error::with_text(base::ExitCode::bad_job, problems.render());
  solver::Solver solver{plugin::find_library(*document.solver_name(), document.folder(), path)};
  const auto spec = grid::check(document, solver.schema(), problems);
  if (!spec) throw base::Error::with_text(base::ExitCode::bad_job, problems.render());
  grid::configure(solver, *spec);
  return {*spec, std::move(solver)};
}

FinishedRun run_job(const transport::Communicator& comm, const std::string& toml,
                    const std::vector<std::string>& overrides) {
  const LoadedJob loaded = load_job(toml, overrides);
  FinishedRun run;
  run.job = loaded.job;
  run.schema = loaded.solver.schema();
  OutputCollector outputs{run};
  loop::GridLoop loop{comm, loaded.solver, run.job, outputs};
  loop.begin();
  while (!loop.advance({}).done) {
  }
  run.outcome = loop.report();
  run.digest = base::Digest::to_hex(
      loop::state_digest(loop::field_digests(comm, run.schema, loop.store(), run.job.geometry.cells)));
  run.components = gather_fields(comm, run.schema, loop.store(), run.job.geometry);
  for (const auto& components : run.components) run.fields.push_back(components.front());
  return run;
}

std::vector<std::vector<std::vector<double>>> gather_fields(const transport::Communicator& comm,
                                                            const solver::SolverSchema& schema,
                                                            const field::FieldStore& store,
                                                            const grid::Geometry& geometry) {
  std::vector<std::vector<std::vector<double>>> fields;
  for (std::size_t f = 0; f < schema.fields.size(); ++f) {
    auto& components = fields.emplace_back();
    for (int c = 0; c < schema.fields[f].components; ++c) {
      components.push_back(gather(comm, store, geometry, static_cast<int>(f), c));
    }
  }
  return fields;
}

std::string repository_file(const std::string& path) {
  std::ifstream file{std::string(TESSERA_SOURCE_DIR "/") + path};
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) throw std::runtime_error("cannot read " + path);
  return text.str();
}
