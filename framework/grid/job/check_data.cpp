#include "base/error.h"
#include "base/text.h"
#include "base/utf8.h"
#include "grid/input/grid_file.h"
#include "grid/job/check_parts.h"
#include "host/access.h"

#include <tessera/grid.h>

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <utility>
#include <vector>

namespace tessera::grid {

namespace {

/// A text in the job, and its location.
struct Word {
  std::string text;
  job::Location location;
};

// The problem and the hint of an error.
job::ProblemText problem_text_of(const base::Error& e) { return {e.problem(), "", e.hint()}; }

// Describes an error in a data set. Suggests a similar name if there is no variable of this name.
job::ProblemText dataset_problem(const base::Error& error, const input::GridSource& from) {
  const job::ProblemText problem = problem_text_of(error);
  std::vector<std::string> names;
  try {
    names = input::open_grid_file(from.path)->variables();
  } catch (const base::Error&) {
    return problem;  // the error is that the file cannot be opened
  }
  const std::string name = input::without_slash(from.dataset);
  if (std::find(names.begin(), names.end(), name) != names.end()) return problem;
  return job::unknown_word(problem.message, name, names, problem.note);
}

}  // namespace

void check_dataset(const Section& source, const input::GridSource& from, const Draft& draft,
                   const DataKey& file, const DataKey& dataset, input::DataSets& data_sets) {
  namespace fs = std::filesystem;
  Context& context = source.context();
  const auto report = [&](job::ProblemText problem) {
    context.report(file.location, source.path_of(file.key), std::move(problem));
  };
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
    data_sets.survey(from, draft.dimensions, from.domain);
  } catch (const base::Error& e) {
    const bool is_named = source.find(dataset.key) != nullptr || !from.run.empty();
    const bool in_dataset = e.code() == base::ExitCode::bad_data && is_named;
    context.report(in_dataset ? dataset.location : file.location,
                   source.path_of(source.find(dataset.key) != nullptr && in_dataset ? dataset.key : file.key),
                   in_dataset ? dataset_problem(e, from) : problem_text_of(e));
  }
}

namespace {

// Reads a text or a list of texts.
std::vector<Word> read_words(const Section& source, const std::string& key) {
  const job::Node* node = source.find(key);
  if (node == nullptr) return {};
  std::vector<Word> words;
  if (!node->is_array()) {
    if (const auto text = source.text(key)) words.push_back({*text, node->location});
    return words;
  }
  for (const job::Node& item : node->items) {
    if (item.is_text()) {
      words.push_back({item.text, item.location});
    } else {
      source.context().reject_kind(item, source.path_of(key), key, "strings");
    }
  }
  if (node->items.empty()) source.report(key, {fmt::format("`{}` is an empty list", key)});
  return words;
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

// Reads `at`: a string, a date, or a number in the units of the file.
std::string read_at(const Section& source) {
  const job::Node* at = source.find("at");
  if (at == nullptr) return {};
  if (at->is(job::Node::Kind::date)) return at->text;
  if (at->is(job::Node::Kind::integer)) return fmt::format("{}", at->integer);
  if (at->is_number()) {
    const auto number = source.number("at");
    return number ? fmt::format("{}", *number) : "";
  }
  if (!at->is_text()) {
    source.reject_kind("at", "a date or a number", "write at = \"2004-12-26T06:00\", or at = 3600");
    return {};
  }
  const auto text = source.text("at");
  if (text && text->empty())
    source.report("at", {"`at` is empty", "", "write a time, as in at = \"2004-12-26T06:00\""});
  return text.value_or("");
}

input::Between read_between(const Section& source) {
  static const std::vector<std::string> choices{"nearest", "linear"};
  const auto between = source.choice("between", choices);
  if (!between) return input::Between::none;
  if (source.find("at") == nullptr) source.report_at_key("between", {"`between` needs `at`"});
  return *between == "nearest" ? input::Between::nearest : input::Between::linear;
}

std::vector<std::string> read_axes(const Section& source, int dimensions) {
  std::vector<std::string> names;
  const job::Node* axes = source.array("axes", "an array of names", "write [\"lon\", \"lat\"]");
  if (axes == nullptr) return names;
  for (const job::Node& a : axes->items) {
    if (a.is_text()) {
      names.push_back(a.text);
    } else {
      source.context().reject_kind(a, source.path_of("axes"), "axes", "names");
    }
  }
  source.check_entry_count("axes", *axes, dimensions);
  return names;
}

// Reads `component`. `all`: the component of which this is the table, if the table describes all of them.
std::optional<input::Component> read_component(const Section& source, const solver::FieldSchema& field,
                                               std::optional<input::Component> all) {
  const auto index = source.integer("component", 0, TESSERA_MAX_COMPONENTS - 1);
  if (!index) return all;
  if (all) {
    source.report_at_key("component", {fmt::format("`component` selects one component, but `{}` has {}",
                                                   field.name, field.components),
                                       "", "write one table per component: [{ ... }, ...]"});
  }
  return input::Component{static_cast<int>(*index), 0};
}

bool is_ascii_grid(const std::string& file) { return base::lower_case(file).ends_with(".asc"); }

}  // namespace

std::optional<input::GridSources> check_data(Context& context, const job::Node& node, const std::string& key,
                                             const solver::FieldSchema& field,
                                             std::optional<input::Component> component, const Draft& draft,
                                             input::DataSets* data_sets) {
  const Section source{
      context,       node,
      node.location, key,
      "a data set",  {"file", "dataset", "axes", "at", "between", "fill", "component", "run", "field"}};
  const std::size_t problems_before = context.problem_count();
  input::GridSource common;
  common.unit = field.unit;
  common.component = read_component(source, field, component);
  common.longitudes = draft.spec.geometry.coordinates == Coordinates::spherical;
  if (draft.has_bounds && draft.has_cells) common.domain = data_region(draft.spec.geometry);
  if (source.find("run") != nullptr)
    return check_run_data(source, std::move(common), field, draft, data_sets);
  if (source.text("field")) source.report_at_key("field", {"`field` needs `run`, the directory of a run"});
  if (source.require("file", "{ file = \"depth.h5\", dataset = \"elevation\" }") == nullptr)
    return std::nullopt;
  const std::vector<Word> files = read_words(source, "file");
  const std::vector<Word> names = read_words(source, "dataset");
  if (names.size() > 1 && names.size() != files.size()) {
    source.report("dataset", {fmt::format("`dataset` lists {} names for {} file{}", names.size(),
                                          files.size(), files.size() == 1 ? "" : "s"),
                              "", "write one name, or one per file"});
  }
  common.at = read_at(source);
  common.between = read_between(source);
  common.axes = read_axes(source, draft.dimensions);
  const auto fill = read_fill(source);
  bool any_names = false;  // whether a file can contain several variables
  bool any_ascii = false;
  input::GridSources out;
  for (std::size_t n = 0; n < files.size(); ++n) {
    const std::string& file = files[n].text;
    if (file.empty()) context.report(files[n].location, source.path_of("file"), {"`file` is empty"});
    input::GridSource from = common;
    from.path = job::path_from_job(draft.spec.folder, file);
    from.partial = n + 1 < files.size();
    if (!from.partial) from.fill = fill;
    if (is_ascii_grid(file)) {
      any_ascii = true;
      from.axes.clear();
      from.at.clear();
      from.component.reset();
    } else {
      any_names = true;
      if (!names.empty()) from.dataset = names[names.size() > 1 ? n : 0].text;
    }
    out.push_back(std::move(from));
    if (names.size() > 1 && names.size() != files.size()) break;
  }
  if (component && any_ascii) {
    source.report("file", {fmt::format("an ESRI ASCII grid has no components, but `{}` has {}", field.name,
                                       field.components),
                           "", "write one table per component: [{ file = ... }, ...]"});
  }
  for (const char* name : {"dataset", "axes", "at", "component"}) {
    if (!any_names && !files.empty() && source.find(name) != nullptr)
      source.report_at_key(name,
                           {fmt::format("`{}` has no effect on an ESRI ASCII grid", name), "remove it"});
  }
  if (context.problem_count() > problems_before) return std::nullopt;
  if (data_sets != nullptr) {
    for (std::size_t n = 0; n < out.size(); ++n) {
      const job::Location dataset =
          names.empty() ? files[n].location : names[names.size() > 1 ? n : 0].location;
      check_dataset(source, out[n], draft, {"file", files[n].location}, {"dataset", dataset}, *data_sets);
    }
  }
  return out;
}

}  // namespace tessera::grid
