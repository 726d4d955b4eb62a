#include "job/formula.h"
#include "job/reader.h"
#include "job/suggest.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace tessera::job {

namespace {

// Beyond this many nobody reads on, and quoting a line costs a walk through the file.
constexpr std::size_t most_complaints = 1000;

const char* kind_name(FieldKind kind) {
  switch (kind) {
    case FieldKind::state:
      return "a state field";
    case FieldKind::constant:
      return "a constant field";
    case FieldKind::work:
      return "a work field";
    case FieldKind::derived:
      return "a derived field";
  }
  return "";
}

bool among(FieldKind kind, std::initializer_list<FieldKind> kinds) {
  return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
}

}  // namespace

Context::Context(const Document& document, const SolverSchema* schema, Diagnostics& out)
    : document_{&document}, schema_{schema}, out_{&out} {}

void Context::complain(const Place& place, std::string key, Complaint what) {
  if (++complaints_ > most_complaints) return;
  Problem p = document_->problem_at(place);
  p.message = std::move(what.message);
  p.label = std::move(what.label);
  p.note = std::move(what.note);
  p.key = std::move(key);
  p.suggestion = std::move(what.suggestion);
  out_->add(std::move(p));
}

bool Context::is_formula(const Node& text, const std::string& key,
                         const std::vector<std::string>& variables) {
  try {
    const Formula formula{text.text, variables};
    return true;
  } catch (const FormulaError& e) {
    complain(document_->within(text, e.position, e.length), key,
             {e.problem, e.hint, "names: " + listed(variables) + ", pi, e"});
    return false;
  }
}

std::optional<int> Context::field(const std::string& name, const Place& place, const std::string& key,
                                  std::initializer_list<FieldKind> kinds) {
  if (schema_ == nullptr) return std::nullopt;
  std::vector<std::string> allowed;
  for (const FieldSchema& f : schema_->fields) {
    if (among(f.kind, kinds)) allowed.push_back(f.name);
  }
  const int index = schema_->field_index(name);
  if (index >= 0) {
    const FieldKind kind = schema_->fields[static_cast<std::size_t>(index)].kind;
    if (among(kind, kinds)) return index;
    complain(place, key,
             {fmt::format("`{}` is {}, which cannot stand here", name, kind_name(kind)), "",
              "fields: " + listed(allowed)});
    return std::nullopt;
  }
  const auto near = suggest(name, allowed);
  complain(place, key,
           {fmt::format("`{}` has no field `{}`", schema_->name, name),
            near ? fmt::format("did you mean `{}`?", *near) : "", "fields: " + listed(allowed),
            near.value_or("")});
  return std::nullopt;
}

std::optional<double> read_number(Context& context, const Node& node, const std::string& key,
                                  const std::string& name) {
  if (!node.is_number()) {
    context.complain(node.place, key,
                     {fmt::format("`{}` wants a number, not {}", name, kind_name(node.kind))});
    return std::nullopt;
  }
  if (!std::isfinite(node.number())) {
    context.complain(node.place, key, {fmt::format("`{}` must be finite", name)});
    return std::nullopt;
  }
  return node.number();
}

std::string listed(std::vector<std::string> words) {
  std::sort(words.begin(), words.end());
  return fmt::format("{}", fmt::join(words, ", "));
}

}  // namespace tessera::job
