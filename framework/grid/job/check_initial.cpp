#include "grid/job/check_parts.h"

#include <string>
#include <utility>
#include <vector>

namespace tessera::grid {

namespace {

void read_component(Context& context, const job::Node& node, const std::string& key,
                    const solver::FieldSchema& field, InitialValue value, Draft& draft,
                    input::DataSets* data_sets) {
  if (node.is_table()) {
    auto sources = check_data(context, node, key, field, std::nullopt, draft, data_sets);
    if (!sources) return;
    value.value = std::move(*sources);
  } else {
    auto read = read_value(context, node, key, field.name, Noise::allowed);
    if (!read) return;
    std::visit([&](auto& v) { value.value = std::move(v); }, *read);
  }
  draft.spec.initial.push_back(std::move(value));
}

// Reads all components of a field from one table. Stops at the first problem, which all of them share.
void read_all_components(Context& context, const job::Node& table, const std::string& key, int index,
                         const solver::FieldSchema& field, Draft& draft, input::DataSets* data_sets) {
  const std::size_t problems = context.problem_count();
  for (int c = 0; c < field.components && context.problem_count() == problems; ++c) {
    auto sources =
        check_data(context, table, key, field, input::Component{c, field.components}, draft, data_sets);
    if (sources) draft.spec.initial.push_back({index, c, std::move(*sources)});
  }
}

}  // namespace

void check_initial(Context& context, Draft& draft, input::DataSets* data_sets) {
  const solver::SolverSchema* schema = context.schema();
  if (schema == nullptr) return;
  std::vector<std::string> keys;
  for (const solver::FieldSchema& f : schema->fields) {
    if (f.kind != solver::FieldKind::work) keys.push_back(f.name);
  }
  const Section initial{context, "initial", keys};
  for (std::size_t n = 0; n < schema->fields.size(); ++n) {
    const solver::FieldSchema& field = schema->fields[n];
    if (field.kind == solver::FieldKind::work) continue;
    const job::Node* node = initial.find(field.name);
    const std::string key = initial.path_of(field.name);
    if (node == nullptr) {
      const bool required = field.kind != solver::FieldKind::derived && !field.default_value;
      if (required)
        initial.require(field.name,
                        field.name + " = a number, \"a formula\" or { file = ..., dataset = ... }");
      continue;
    }
    if (field.components > 1 && node->is_table()) {
      read_all_components(context, *node, key, static_cast<int>(n), field, draft, data_sets);
      continue;
    }
    if (!check_shape(context, *node, field, key)) continue;
    for (int c = 0; c < field.components; ++c) {
      const job::Node& component = field.components > 1 ? node->items[static_cast<std::size_t>(c)] : *node;
      read_component(context, component, key, field, {static_cast<int>(n), c, 0.0}, draft, data_sets);
    }
  }
}

}  // namespace tessera::grid
