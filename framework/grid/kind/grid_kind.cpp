#include "grid/kind/grid_kind.h"

#include "base/contract.h"
#include "base/error.h"
#include "grid/job/check.h"
#include "grid/job/configure.h"
#include "grid/job/identity.h"
#include "grid/job/spec_codec.h"
#include "grid/kind/data_remarks.h"
#include "grid/kind/grid_work.h"
#include "grid/kind/memory_check.h"
#include "grid/loop/fixed_dt.h"
#include "grid/loop/time_steps.h"
#include "grid/output/examination.h"
#include "plugin/library.h"
#include "transport/agreement.h"

#include <array>
#include <filesystem>
#include <utility>
#include <variant>

#include <fmt/format.h>

namespace tessera::grid {

namespace {

/// The cache of a checked job.
struct InputData {
  input::DataSets sets;
  std::optional<std::string> identity;  ///< see Kind::data_identity(); nullopt until it has been computed
};

/// Converts an error to a problem at the value `node` of `key`.
job::Problem problem_of(const base::Error& error, const job::Document& document, const job::Node& node,
                        const std::string& key) {
  job::Problem problem = document.problem_at(node.location);
  problem.key = key;
  problem.message = error.problem();
  problem.note = error.hint();
  return problem;
}

/// Converts a shortage of memory to a problem at the key `cells` in [domain].
job::Problem memory_problem(const job::Document& document, const host::Shortage& shortage) {
  const job::Node& cells = *document.root().find("domain")->find("cells");
  job::Problem problem = document.problem_at(cells.location, shortage.text, shortage.limit);
  problem.key = "domain.cells";
  problem.note = shortage.advice;
  return problem;
}

/// Checks a fixed time step against the stable one, if that is known before the run. Reports a problem at the
/// key `dt` in [time]. Returns whether there is none.
bool check_fixed_dt(const job::Document& document, const solver::Solver& solver, const JobSpec& spec,
                    job::Diagnostics& problems) {
  const auto stable_dt = spec.time.dt ? loop::stable_dt_of_grid(solver, spec) : std::nullopt;
  const auto error = stable_dt ? loop::fixed_dt_error(*spec.time.dt, *stable_dt) : std::nullopt;
  if (!error) return true;
  problems.add(problem_of(*error, document, *document.root().find("time")->find("dt"), "time.dt"));
  return false;
}

/// The path, size and time of change of each file that the job reads, and what it reads from it; a file that
/// is missing has size -1.
std::string describe_files(const JobSpec& spec) {
  std::string text;
  for (const input::GridSource& source : sources_of(spec)) {
    std::error_code ec;
    const auto bytes = std::filesystem::file_size(source.path, ec);
    const auto time = std::filesystem::last_write_time(source.path, ec).time_since_epoch().count();
    const std::string fill = !source.fill           ? "nothing"
                             : source.fill->nearest ? "nearest"
                                                    : fmt::format("{}", source.fill->value);
    text +=
        fmt::format("{}{} of {} along [{}] at [{}, {}], filled with {}: {} bytes, time {}\n", source.dataset,
                    source.component ? fmt::format("[{}]", source.component->index) : "", source.path,
                    fmt::join(source.axes, ", "), source.at, static_cast<int>(source.between), fill,
                    ec ? -1 : static_cast<std::int64_t>(bytes), static_cast<std::int64_t>(time));
  }
  return text;
}

/// Describes the data sets that the job uses, as Kind::data_identity() does. Reads those that `data_sets`
/// does not know.
std::string describe_data(const JobSpec& spec, input::DataSets& data_sets) {
  const input::Region region = data_region(spec.geometry);
  std::string text;
  for (const InitialValue& value : spec.initial) {
    const auto* sources = std::get_if<input::GridSources>(&value.value);
    if (sources == nullptr) continue;
    text += fmt::format("data of field {}[{}]:", value.field, value.component);
    for (const input::GridSource& source : *sources)
      text += " " + data_sets.survey(source, spec.geometry.dimensions, region).fingerprint;
    text += "\n";
  }
  return text;
}

solver::Solver load_solver(const job::Document& document, const std::vector<std::string>& folders) {
  const auto path = plugin::SearchPath::standard(folders);
  return solver::Solver{plugin::find_library(*document.solver_name(), document.folder(), path)};
}

}  // namespace

LoadedJob load(const work::CheckedJob& checked) {
  solver::Solver solver{checked.plugin_file};
  JobSpec spec = decode_spec(checked.spec);
  configure(solver, spec);
  input::DataSets data_sets;
  if (checked.cache) data_sets = std::static_pointer_cast<InputData>(checked.cache)->sets;
  return {std::move(solver), std::move(spec), std::move(data_sets)};
}

std::optional<work::CheckedJob> GridKind::check(const job::Document& document,
                                                const work::CheckOptions& options,
                                                job::Diagnostics& problems) const {
  if (!document.is_valid_toml()) return std::nullopt;
  if (!document.solver_name()) {
    check_without_solver(document, problems);
    return std::nullopt;
  }
  std::optional<solver::Solver> solver;
  try {
    solver.emplace(load_solver(document, options.plugin_folders));
  } catch (const base::Error& e) {
    check_without_solver(document, problems);
    const bool is_only_problem = problems.empty();
    problems.add(problem_of(e, document, *document.root().find("job")->find("solver"), "job.solver"));
    if (is_only_problem) throw;
    return std::nullopt;
  }
  const auto data = std::make_shared<InputData>();
  auto spec = grid::check(document, solver->schema(), problems, {&data->sets, options.resumes});
  if (!spec || !problems.empty()) return std::nullopt;
  configure(*solver, *spec);  // the solver may also reject the job
  if (!check_fixed_dt(document, *solver, *spec, problems)) return std::nullopt;
  const solver::SolverSchema& schema = solver->schema();
  if (!options.limits.empty()) {
    if (const auto shortage = find_memory_shortage(*spec, schema, data->sets, options.limits)) {
      problems.add(memory_problem(document, *shortage));
      return std::nullopt;
    }
  }
  work::CheckedJob checked;
  checked.header = *spec;
  checked.identity = {schema.name, schema.version, identity_of(*spec, schema)};
  checked.plugin_file = solver->file();
  checked.savable = !schema.one_step;  // a one-step solver may keep state outside its fields
  checked.spec = encode(*spec);
  checked.data_files = describe_files(*spec);
  if (!solver->warning().empty())
    checked.remarks.push_back({solver->warning(), "correct it, or expect other results elsewhere"});
  if (!options.resumes) add_data_remarks(*spec, schema, data->sets, checked.remarks);
  checked.cache = data;
  return checked;
}

std::string GridKind::data_identity(const work::CheckedJob& checked) const {
  const auto data = std::static_pointer_cast<InputData>(checked.cache);
  base::expects(data != nullptr, "the job was checked on this rank");
  if (!data->identity) data->identity = describe_data(decode_spec(checked.spec), data->sets);
  return *data->identity;
}

bool GridKind::is_complete(const work::CheckedJob& checked, std::int64_t step,
                           std::optional<double> time) const {
  const JobSpec spec = decode_spec(checked.spec);
  return loop::TimeSteps{spec.time, false}.finished(step, time.value_or(0.0));
}

void GridKind::examine_outputs(const work::RecordedOutputs& recorded,
                               rundir::Examination& examination) const {
  output::RecordedFiles files;
  if (!recorded.is_complete) files.last_step = recorded.step;
  for (const checkpoint::Section& section : recorded.sections) {
    if (section.owner == outputs_section)
      files.state = output::decode_outputs_state(section.bytes, "the list of the run's files");
  }
  output::examine(files, examination);
}

std::unique_ptr<work::Work> GridKind::make(const work::CheckedJob& checked,
                                           const work::Context& context) const {
  std::optional<LoadedJob> job;
  transport::collectively(context.comm, [&] { job.emplace(load(checked)); });
  return std::make_unique<GridWork>(context, std::move(job->solver), std::move(job->spec),
                                    std::move(job->data_sets));
}

}  // namespace tessera::grid
