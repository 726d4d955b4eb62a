#include "grid/job/statistic_fields.h"

#include "base/text.h"

#include <fmt/format.h>

namespace tessera::grid {

std::vector<std::string> statistic_names() { return {"max", "min", "mean", "first_above"}; }

std::string name_of(StatisticKind kind) { return statistic_names().at(static_cast<std::size_t>(kind)); }

std::vector<solver::FieldSchema> statistic_fields(const OutputSpec& output,
                                                  const solver::SolverSchema& schema) {
  std::vector<solver::FieldSchema> fields;
  for (const Statistic& s : output.statistics) {
    solver::FieldSchema field;
    field.name = s.name;
    field.unit = s.unit;
    field.help = base::printable(meaning_of(s, schema));
    field.kind = solver::FieldKind::statistic;
    fields.push_back(field);
  }
  return fields;
}

std::string meaning_of(const Statistic& statistic, const solver::SolverSchema& schema) {
  const std::string of =
      statistic.formula.empty()
          ? fmt::format("{}[{}]", schema.fields.at(static_cast<std::size_t>(statistic.field)).name,
                        statistic.component)
          : fmt::format("the formula {}", statistic.formula);
  std::string text = fmt::format("{} of {}", name_of(statistic.kind), of);
  if (statistic.kind == StatisticKind::first_above) text += fmt::format(" above {}", statistic.above);
  return text;
}

std::string definition_of(const Statistic& statistic, const solver::SolverSchema& schema) {
  return fmt::format("{}: {}", statistic.name, meaning_of(statistic, schema));
}

}  // namespace tessera::grid
