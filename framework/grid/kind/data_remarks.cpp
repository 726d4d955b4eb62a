#include "grid/kind/data_remarks.h"

#include "grid/input/data_review.h"

#include <fmt/format.h>

#include <cstddef>
#include <string>
#include <variant>

namespace tessera::grid {

void add_data_remarks(const JobSpec& spec, const solver::SolverSchema& schema, input::DataSets& data_sets,
                      std::vector<work::Remark>& remarks) {
  const input::Region region = data_region(spec.geometry);
  for (const InitialValue& value : spec.initial) {
    const auto* source = std::get_if<input::GridSource>(&value.value);
    if (source == nullptr) continue;
    const solver::FieldSchema& field = schema.fields[static_cast<std::size_t>(value.field)];
    const auto data = data_sets.get(*source, spec.geometry.dimensions, region);
    const std::string name = fmt::format("`{}` from `{}`", field.name, source->path);
    if (const std::size_t filled = data->filled(); filled > 0) {
      const bool one = filled == 1;
      remarks.push_back({fmt::format("{} missing value{} of {} {} filled", filled, one ? "" : "s", name,
                                     one ? "was" : "were"),
                         ""});
    }
    for (const input::DataFinding& finding :
         input::review(*data, region, {field.unit == "m", source->longitudes}))
      remarks.push_back({name + " " + finding.text, finding.advice});
  }
}

}  // namespace tessera::grid
