#include "base/text.h"
#include "job/common_checks.h"
#include "job/suggest.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <tuple>

namespace tessera::job {

void check_sections(Context& context, std::span<const std::string> names) {
  for (const Key& k : context.document().root().keys) {
    if (std::find(names.begin(), names.end(), k.name) != names.end()) continue;
    const auto near = suggest(k.name, names);
    context.complain(
        k.place, k.name,
        {fmt::format("unknown section `{}`", base::printable(k.name, 40)),
         near ? fmt::format("did you mean `{}`?", *near) : "",
         fmt::format("a job takes: {}", listed({names.begin(), names.end()})), near.value_or("")});
  }
}

void check_job(Context& context, Header& header) {
  const Section job{context, "job", {"name", "solver", "description"}};
  static_cast<void>(job.text("description"));
  for (const auto& [key, example, target] : {std::tuple{"name", "name = \"hot spot\"", &header.name},
                                             {"solver", "solver = \"heat\"", &header.solver}}) {
    if (job.require(key, example) == nullptr) continue;
    const auto value = job.text(key);
    if (!value) continue;
    *target = *value;
    if (value->empty())
      job.complain(key, {fmt::format("`{}` is empty", key), fmt::format("write {}", example)});
  }
}

void check_directory(const Section& output, Header& header) {
  const auto directory = output.text("directory");
  if (!directory) return;
  header.output_directory = *directory;
  if (directory->empty())
    output.complain("directory", {"`directory` is empty", "write directory = \"runs\""});
}

void check_log(Context& context, LogSpec& spec) {
  const Section log{context, "log", {"level", "per_rank"}};
  const std::array<std::string, 4> levels{"debug", "info", "warning", "error"};
  if (const auto level = log.choice("level", levels)) {
    const auto at = std::find(levels.begin(), levels.end(), *level) - levels.begin();
    spec.level = static_cast<LogLevel>(at);
  }
  spec.per_rank = log.boolean("per_rank").value_or(false);
}

}  // namespace tessera::job
