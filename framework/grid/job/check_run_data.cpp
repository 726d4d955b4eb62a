#include "base/error.h"
#include "base/text.h"
#include "grid/job/check_parts.h"
#include "host/access.h"
#include "rundir/field_files.h"
#include "rundir/run_directory.h"

#include <fmt/format.h>

#include <filesystem>
#include <utility>

namespace tessera::grid {

namespace {

// The newest field file of a run; the folder of these files if there is none.
std::string newest_or_folder(const std::string& run) {
  try {
    return rundir::newest_field_file(run).path;
  } catch (const base::Error&) {
    return run + "/fields";
  }
}

// Why `run` is not the directory of a run; nullopt if it is one.
std::optional<job::ProblemText> why_not_a_run(const std::string& run) {
  if (std::string reason = host::why_unreadable(run); !reason.empty())
    return job::ProblemText{std::move(reason)};
  std::error_code ec;
  if (!std::filesystem::exists(run, ec)) {
    return job::ProblemText{fmt::format("no such run: `{}`", base::printable(run)), "",
                            "paths are relative to the job file's folder"};
  }
  if (rundir::RunDirectory::is_run(run)) return std::nullopt;
  return job::ProblemText{fmt::format("`{}` is not the directory of a run", base::printable(run)), "",
                          "for a file, write file = \"...\""};
}

}  // namespace

std::optional<input::GridSources> check_run_data(const Section& source, input::GridSource from,
                                                 const solver::FieldSchema& field, const Draft& draft,
                                                 input::DataSets* data_sets) {
  Context& context = source.context();
  const std::size_t problems_before = context.problem_count();
  const auto run = source.text("run");
  const auto name = source.text("field");
  for (const char* key : {"file", "dataset", "axes", "at", "between", "fill"}) {
    if (source.find(key) != nullptr) {
      source.report_at_key(key, {fmt::format("`{}` cannot be combined with `run`", key),
                                 std::string{key} == "dataset" ? "write `field`" : "remove it"});
    }
  }
  if (run && run->empty()) source.report("run", {"`run` is empty"});
  if (!run || context.problem_count() > problems_before) return std::nullopt;
  from.run = job::path_from_job(draft.spec.folder, *run);
  from.dataset = name.value_or(field.name);
  if (data_sets == nullptr) {
    from.path = newest_or_folder(from.run);
    return input::GridSources{std::move(from)};
  }
  try {
    if (auto problem = why_not_a_run(from.run)) {
      source.report("run", std::move(*problem));
      return std::nullopt;
    }
    from.path = rundir::newest_field_file(from.run).path;
  } catch (const base::Error& e) {
    source.report("run", {e.problem(), "", e.hint()});
    return std::nullopt;
  }
  const job::Location location = source.find("run")->location;
  const job::Node* field_node = source.find("field");
  check_dataset(source, from, draft, {"run", location},
                {"field", field_node != nullptr ? field_node->location : location}, *data_sets);
  return input::GridSources{std::move(from)};
}

}  // namespace tessera::grid
