#include "grid/kind/data_remarks.h"

#include "rundir/field_files.h"
#include "rundir/run_status.h"

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>

namespace tessera::grid {

namespace {

void add_remarks_on(const input::GridSource& source, const solver::FieldSchema& field, int component,
                    const input::Region& region, int dimensions, input::DataSets& data_sets,
                    std::vector<work::Remark>& remarks) {
  const input::DataSurvey& survey = data_sets.survey(source, dimensions, region);
  const std::string name =
      fmt::format("`{}{}` from `{}`", field.name, field.components > 1 ? fmt::format("[{}]", component) : "",
                  source.path);
  if (const std::size_t filled = survey.filled; filled > 0) {
    const bool one = filled == 1;
    remarks.push_back({fmt::format("{} missing value{} of {} {} filled", filled, one ? "" : "s", name,
                                   one ? "was" : "were"),
                       ""});
  }
  for (const input::DataFinding& finding : survey.findings)
    remarks.push_back({name + " " + finding.text, finding.advice});
}

/// What the user should know about the run from which a job takes values.
std::optional<work::Remark> remark_on(const input::GridSource& source) {
  const rundir::RunStatus status = rundir::status_of(source.run);
  const std::int64_t step = rundir::step_of_field_file(source.path).value_or(0);
  const std::string values =
      fmt::format("the values from the run `{}` are those of step {}", source.run, step);
  if (status.state() != "done") {
    return work::Remark{fmt::format("{}, and the run is not done ({})", values, status.state()),
                        "if it continues, a later start of this job takes later values"};
  }
  if (status.step() <= step) return std::nullopt;
  return work::Remark{fmt::format("{}, but the run ended at step {}", values, status.step()),
                      "it wrote no fields at its end"};
}

}  // namespace

void add_data_remarks(const JobSpec& spec, const solver::SolverSchema& schema, input::DataSets& data_sets,
                      std::vector<work::Remark>& remarks) {
  const input::Region region = data_region(spec.geometry);
  std::set<std::string> runs;
  for (const InitialValue& value : spec.initial) {
    const auto* sources = std::get_if<input::GridSources>(&value.value);
    if (sources == nullptr) continue;
    for (const input::GridSource& source : *sources) {
      add_remarks_on(source, schema.fields[static_cast<std::size_t>(value.field)], value.component, region,
                     spec.geometry.dimensions, data_sets, remarks);
      if (source.run.empty() || !runs.insert(source.run).second) continue;
      if (auto remark = remark_on(source)) remarks.push_back(std::move(*remark));
    }
  }
}

}  // namespace tessera::grid
