#include "base/text.h"
#include "job/common_checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

namespace tessera::job {

void check_sections(Context& context, std::span<const std::string> names,
                    std::span<const KeyHint> more_hints) {
  for (const Key& k : context.document().root().keys) {
    if (std::find(names.begin(), names.end(), k.name) != names.end()) continue;
    ProblemText problem =
        unknown_word(fmt::format("unknown section `{}`", base::printable(k.name, 40)), k.name, names,
                     fmt::format("valid sections: {}", join_sorted({names.begin(), names.end()})));
    for (const auto& hints : {context.key_hints(), more_hints}) {
      const auto hint =
          std::find_if(hints.begin(), hints.end(), [&](const KeyHint& h) { return k.name == h.key; });
      if (hint == hints.end()) continue;
      const bool is_override = k.location.source > 0;
      problem.suggestion = is_override ? fmt::format("{}.{}", hint->section, k.name) : "";
      problem.label = is_override ? fmt::format("did you mean `{}`?", problem.suggestion)
                                  : fmt::format("it belongs in [{}]", hint->section);
    }
    context.report(k.location, k.name, std::move(problem));
  }
}

void check_job(Context& context, Header& header) {
  const Section job{context, "job", {"name", "solver", "description"}};
  job.lines("description");
  for (const auto& [key, example, target] : {std::tuple{"name", "name = \"hot spot\"", &header.name},
                                             {"solver", "solver = \"heat\"", &header.solver}}) {
    if (job.require(key, example) == nullptr) continue;
    const auto value = job.text(key);
    if (!value) continue;
    *target = *value;
    if (value->empty())
      job.report(key, {fmt::format("`{}` is empty", key), fmt::format("write {}", example)});
  }
}

void check_output_directory(const Section& output, Header& header) {
  const auto directory = output.text("directory");
  if (!directory) return;
  header.output_directory = *directory;
  if (directory->empty()) output.report("directory", {"`directory` is empty", "write directory = \"runs\""});
}

void check_checkpoint(Context& context, CheckpointSpec& spec) {
  const Section section{context,
                        "checkpoint",
                        {"every", "at_end", "keep", "mtbf", "max_loss", "compress", "local", "local_every"}};
  const Node* every = section.find("every");
  if (every != nullptr && every->is_text() && every->text == "auto") {
    spec.automatic = true;
  } else if (auto cadence = section.cadence("every")) {
    // A failure costs wall-clock time, so durations in [checkpoint] are wall-clock times.
    if (cadence->unit == Cadence::Unit::simulated) cadence->unit = Cadence::Unit::wall;
    if (cadence->unit == Cadence::Unit::end) {
      section.report("every", {"checkpoints at the end of a run are controlled by `at_end`",
                               "write \"10 min\", \"200 steps\" or \"never\""});
    }
    spec.every = *cadence;
  }
  spec.at_end = section.boolean("at_end").value_or(spec.every.unit != Cadence::Unit::never);
  if (const auto keep = section.integer("keep", 2, 1'000'000)) spec.keep = static_cast<int>(*keep);
  const auto read_auto_setting = [&](const char* key, double& target) {
    const auto value = section.duration(key);
    if (!value) return;
    target = *value;
    if (!spec.automatic) {
      section.report(
          key, {fmt::format("`{}` requires every = \"auto\"", key), "remove it, or set every = \"auto\""});
    } else if (!(*value > 0)) {
      section.report(key, {fmt::format("`{}` must be above 0", key)});
    }
  };
  read_auto_setting("mtbf", spec.mtbf);
  read_auto_setting("max_loss", spec.max_loss);
  if (const auto value = section.boolean("compress")) spec.compress = *value;
  if (const auto folder = section.text("local")) {
    spec.local = *folder;
    if (!spec.local.starts_with("/")) {
      section.report("local",
                     {"`local` must be the absolute path of a folder on each node", "write \"/dev/shm\""});
    }
  }
  if (const auto value = section.duration("local_every")) {
    spec.local_every = *value;
    if (spec.local.empty()) {
      section.report("local_every", {"`local_every` is for node-local checkpoints",
                                     "set `local`, for example to \"/dev/shm\""});
    } else if (!(*value > 0)) {
      section.report("local_every", {"`local_every` must be above 0"});
    }
  }
}

void check_log(Context& context, LogSpec& spec) {
  const Section log{context, "log", {"level", "per_rank"}};
  const std::array<std::string, 4> levels{"debug", "info", "warning", "error"};
  if (const auto level = log.choice("level", levels)) {
    const auto index = std::find(levels.begin(), levels.end(), *level) - levels.begin();
    spec.level = static_cast<LogLevel>(index);
  }
  spec.per_rank = log.boolean("per_rank").value_or(false);
}

}  // namespace tessera::job
