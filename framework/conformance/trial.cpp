#include "conformance/trial.h"

#include <array>
#include <cstddef>

#include <fmt/format.h>

namespace tessera::conformance {

namespace {

std::string join(const grid::Index& extent, int dimensions, const char* separator) {
  std::string text;
  for (int a = 0; a < dimensions; ++a) text += fmt::format("{}{}", a == 0 ? "" : separator, extent[a]);
  return text;
}

const char* name_of(grid::Transport transport) {
  constexpr std::array names{"auto", "shared", "messages"};
  return names[static_cast<std::size_t>(transport)];
}

std::string tile_text(int steps) {
  if (steps == 0) return "one exchange per stage";
  return fmt::format("{} step{} per exchange", steps, steps == 1 ? "" : "s");
}

std::string performance_of(const Trial& trial) {
  const Setting& s = trial.setting;
  const std::string steps = s.steps_per_exchange == 0 ? "\"stage\"" : std::to_string(s.steps_per_exchange);
  return fmt::format(
      "performance={{steps_per_exchange={}, autotune=false, transport=\"{}\", bricks={}, balance=false, "
      "guard={}}}",
      steps, name_of(s.transport), s.bricks, trial.guarded);
}

std::string output_of(const Trial& trial, const std::vector<std::string>& fields) {
  std::string names;
  for (const std::string& f : fields) names += fmt::format("{}\"{}\"", names.empty() ? "" : ", ", f);
  return fmt::format("output={{fields=[{}], every=\"end\", formats=[{}]}}", names,
                     trial.guarded ? "" : "\"hdf5\"");
}

}  // namespace

std::string text_of(const Setting& s, int dimensions) {
  std::string text = fmt::format("{} rank{}, chunks of {} cells", s.ranks, s.ranks == 1 ? "" : "s",
                                 join(s.chunk, dimensions, " x "));
  if (!s.bricks) text += " stored separately";
  if (s.partitioner == grid::Partitioner::sfc) text += " along a space-filling curve";
  text += ", " + tile_text(s.steps_per_exchange);
  if (s.transport == grid::Transport::shared) text += ", shared memory";
  if (s.transport == grid::Transport::messages) text += ", messages";
  return text;
}

std::vector<std::string> overrides_of(const Trial& trial, int dimensions,
                                      const std::vector<std::string>& fields) {
  const Setting& s = trial.setting;
  const std::string checkpoint =
      trial.checkpoint_every == 0 ? std::string{"never"} : fmt::format("{} steps", trial.checkpoint_every);
  return {fmt::format("domain.chunk=[{}]", join(s.chunk, dimensions, ", ")),
          fmt::format("domain.partition={}", s.partitioner == grid::Partitioner::sfc ? "sfc" : "rcb"),
          fmt::format("time.max_steps={}", trial.max_steps),
          fmt::format("checkpoint={{every=\"{}\"}}", checkpoint),
          output_of(trial, fields),
          performance_of(trial)};
}

}  // namespace tessera::conformance
