#include "grid/job/section.h"

#include "grid/job/formula.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace tessera::grid {

namespace {

constexpr std::array grid_key_hints{job::KeyHint{"cells", "domain"},     job::KeyHint{"lower", "domain"},
                                    job::KeyHint{"upper", "domain"},     job::KeyHint{"boundary", "domain"},
                                    job::KeyHint{"chunk", "domain"},     job::KeyHint{"geometry", "domain"},
                                    job::KeyHint{"partition", "domain"}, job::KeyHint{"end", "time"},
                                    job::KeyHint{"dt", "time"},          job::KeyHint{"cfl", "time"},
                                    job::KeyHint{"max_steps", "time"},   job::KeyHint{"solver", "job"},
                                    job::KeyHint{"images", "output"},    job::KeyHint{"formats", "output"},
                                    job::KeyHint{"directory", "output"}, job::KeyHint{"statistic", "output"},
                                    job::KeyHint{"point", "probes"},     job::KeyHint{"arrival", "probes"},
                                    job::KeyHint{"region", "probes"},    job::KeyHint{"transect", "probes"}};

const char* kind_name(solver::FieldKind kind) {
  constexpr std::array names{"a state field", "a constant field", "a work field", "a derived field",
                             "a statistic"};
  return names[static_cast<std::size_t>(kind)];
}

bool is_among(solver::FieldKind kind, std::initializer_list<solver::FieldKind> kinds) {
  return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
}

}  // namespace

Context::Context(const job::Document& document, const solver::SolverSchema* schema, job::Diagnostics& out)
    : job::Context{document, out, grid_key_hints} {
  if (schema != nullptr) schema_ = *schema;
}

void Context::add_fields(const std::vector<solver::FieldSchema>& fields) {
  if (schema_) schema_->fields.insert(schema_->fields.end(), fields.begin(), fields.end());
}

bool Context::check_formula(const job::Node& text, const std::string& key,
                            const std::vector<std::string>& variables, Noise noise) {
  try {
    const Formula formula{text.text, variables, noise};
    return true;
  } catch (const FormulaError& e) {
    report(
        document().location_within(text, e.position, e.length), key,
        {e.problem, e.hint, e.has_unknown_name ? "names: " + job::join_sorted(variables) + ", pi, e" : ""});
    return false;
  }
}

std::optional<int> Context::field(const std::string& name, const job::Location& location,
                                  const std::string& key, std::initializer_list<solver::FieldKind> kinds) {
  if (!schema_) return std::nullopt;
  std::vector<std::string> allowed;
  for (const solver::FieldSchema& f : schema_->fields) {
    if (is_among(f.kind, kinds)) allowed.push_back(f.name);
  }
  const std::string note = "fields: " + job::join_sorted(allowed);
  const int index = schema_->field_index(name);
  if (index < 0) {
    return reject(
        location, key,
        job::unknown_word(fmt::format("`{}` has no field `{}`", schema_->name, name), name, allowed, note));
  }
  const solver::FieldKind kind = schema_->fields[static_cast<std::size_t>(index)].kind;
  if (is_among(kind, kinds)) return index;
  return reject(location, key,
                {fmt::format("`{}` is {}, which cannot be used here", name, kind_name(kind)), "", note});
}

std::optional<int> Section::field(const std::string& key) const {
  const auto name = text(key);
  return name ? context_->field(*name, find(key)->location, path_of(key)) : std::nullopt;
}

std::vector<int> Section::fields(const std::string& key) const {
  std::vector<int> out;
  const job::Node* node = find(key);
  const bool single = node != nullptr && node->is_text();
  node = array(key, "an array of field names", single ? fmt::format("write [\"{}\"]", node->text) : "");
  if (node == nullptr) {
    const solver::SolverSchema* schema = context_->schema();
    for (std::size_t n = 0; schema != nullptr && n < schema->fields.size(); ++n) {
      if (schema->fields[n].kind == solver::FieldKind::state) out.push_back(static_cast<int>(n));
    }
    return out;
  }
  for (const job::Node& item : node->items) {
    if (!item.is_text()) {
      context_->reject_kind(item, path_of(key), key, "field names");
      continue;
    }
    const auto field = context_->field(item.text, item.location, path_of(key));
    if (!field) continue;
    if (std::find(out.begin(), out.end(), *field) == out.end()) {
      out.push_back(*field);
    } else {
      context_->report(item.location, path_of(key), {fmt::format("`{}` is named twice", item.text)});
    }
  }
  return out;
}

bool Section::check_entry_count(const std::string& key, const job::Node& array, int dimensions) const {
  if (dimensions == 0 || array.items.size() == static_cast<std::size_t>(dimensions)) return true;
  report(key, {fmt::format("`{}` expects {} entr{}, as `cells` has, not {}", key, dimensions,
                           dimensions == 1 ? "y" : "ies", array.items.size())});
  return false;
}

}  // namespace tessera::grid
