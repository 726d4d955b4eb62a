#include "base/error.h"
#include "base/text.h"
#include "base/utf8.h"
#include "grid/job/check_parts.h"
#include "host/access.h"

#include <fmt/format.h>

#include <filesystem>
#include <utility>

namespace tessera::grid {

namespace {

// Reads the part of the data set that covers the domain, to report problems before the run starts.
void check_dataset(const Section& source, const input::GridSource& from, const Draft& draft,
                   input::DataSets& data_sets) {
  namespace fs = std::filesystem;
  Context& context = source.context();
  const auto report = [&](job::ProblemText problem) { source.report("file", std::move(problem)); };
  if (std::string reason = host::why_unreadable(from.path); !reason.empty())
    return report({std::move(reason)});
  std::error_code ec;
  if (!fs::exists(from.path, ec)) {
    return report({fmt::format("no such file: `{}`", base::printable(from.path)), "",
                   "paths are relative to the job file's folder"});
  }
  if (!fs::is_regular_file(from.path, ec))
    return report({fmt::format("`{}` is not a regular file", base::printable(from.path))});
  if (draft.dimensions == 0) return;
  try {
    data_sets.get(from, draft.dimensions, from.domain);
  } catch (const base::Error& e) {
    const job::ProblemText problem{e.problem(), "", e.hint()};
    const bool in_dataset = e.code() == base::ExitCode::bad_data && source.find("dataset") != nullptr;
    context.report((in_dataset ? source.find("dataset") : source.find("file"))->location,
                   source.path_of(in_dataset ? "dataset" : "file"), problem);
  }
}

// Reads `fill`: a number, or "nearest".
std::optional<input::GapFill> read_fill(const Section& source) {
  const job::Node* fill = source.find("fill");
  if (fill == nullptr) return std::nullopt;
  if (fill->is_text()) {
    static const std::vector<std::string> choices{"nearest"};
    if (!source.choice("fill", choices)) return std::nullopt;
    return input::GapFill{true, 0.0};
  }
  if (const auto value = source.number("fill")) return input::GapFill{false, *value};
  return std::nullopt;
}

std::optional<input::GridSource> read_source(Context& context, const job::Node& node, const std::string& key,
                                             const Draft& draft, input::DataSets* data_sets) {
  const Section source{context, node,         node.location,
                       key,     "a data set", {"file", "dataset", "axes", "at", "fill"}};
  if (source.require("file", "{ file = \"depth.h5\", dataset = \"elevation\" }") == nullptr)
    return std::nullopt;
  const std::size_t problems_before = context.problem_count();
  input::GridSource out;
  const auto file = source.text("file");
  if (!file) return std::nullopt;
  if (file->empty()) source.report("file", {"`file` is empty"});
  const std::filesystem::path path{*file};
  out.path = path.is_absolute() || draft.spec.folder == "."
                 ? *file
                 : (std::filesystem::path{draft.spec.folder} / path).string();
  if (const auto dataset = source.text("dataset")) out.dataset = *dataset;
  if (const auto at = source.text("at")) {
    if (at->empty())
      source.report("at", {"`at` is empty", "", "write a time, as in at = \"2004-12-26T06:00\""});
    out.at = *at;
  }
  out.fill = read_fill(source);
  out.longitudes = draft.spec.geometry.coordinates == Coordinates::spherical;
  if (draft.has_bounds && draft.has_cells) out.domain = data_region(draft.spec.geometry);
  if (const job::Node* axes = source.array("axes", "an array of names", "write [\"lon\", \"lat\"]")) {
    for (const job::Node& a : axes->items) {
      if (a.is_text()) {
        out.axes.push_back(a.text);
      } else {
        context.reject_kind(a, source.path_of("axes"), "axes", "names");
      }
    }
    source.check_entry_count("axes", *axes, draft.dimensions);
  }
  const bool ascii = base::lower_case(*file).ends_with(".asc");
  for (const char* name : {"dataset", "axes", "at"}) {
    if (ascii && source.find(name) != nullptr)
      source.report_at_key(name,
                           {fmt::format("`{}` has no effect on an ESRI ASCII grid", name), "remove it"});
  }
  if (context.problem_count() > problems_before) return std::nullopt;
  if (data_sets != nullptr) check_dataset(source, out, draft, *data_sets);
  return out;
}

void read_component(Context& context, const job::Node& node, const std::string& key,
                    const solver::FieldSchema& field, InitialValue value, Draft& draft,
                    input::DataSets* data_sets) {
  if (node.is_table()) {
    auto source = read_source(context, node, key, draft, data_sets);
    if (!source) return;
    value.value = std::move(*source);
  } else {
    auto read = read_value(context, node, key, field.name);
    if (!read) return;
    std::visit([&](auto& v) { value.value = std::move(v); }, *read);
  }
  draft.spec.initial.push_back(std::move(value));
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
    if (!check_shape(context, *node, field, key)) continue;
    for (int c = 0; c < field.components; ++c) {
      const job::Node& component = field.components > 1 ? node->items[static_cast<std::size_t>(c)] : *node;
      read_component(context, component, key, field, {static_cast<int>(n), c, 0.0}, draft, data_sets);
    }
  }
}

}  // namespace tessera::grid
