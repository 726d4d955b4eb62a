#include "conformance/plan.h"

#include "base/contract.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

namespace tessera::conformance {

namespace {

constexpr std::int64_t max_run_steps = 12;

/// Chunk size for about `parts` chunks along each axis; if possible, it does not divide the domain evenly.
grid::Index chunk_of(const PlanInput& input, std::int64_t parts) {
  grid::Index chunk{{1, 1, 1}};
  for (int a = 0; a < input.dimensions; ++a) {
    const std::int64_t cells = input.cells[a];
    std::int64_t size = std::max<std::int64_t>({1, input.radius, (cells + parts - 1) / parts});
    while (cells % size == 0 && size + 1 < cells) ++size;
    chunk[a] = std::min(size, cells);
  }
  return chunk;
}

/// Number of steps of the longest possible time tile; 0 if the domain is too narrow for any.
int steps_of_tile(const PlanInput& input) {
  std::int64_t narrowest = input.cells[0];
  for (int a = 1; a < input.dimensions; ++a) narrowest = std::min(narrowest, input.cells[a]);
  const int max_steps = input.one_step ? 1 : longest_tile;
  if (input.layers_per_step == 0) return max_steps;
  return static_cast<int>(std::min<std::int64_t>(max_steps, narrowest / input.layers_per_step));
}

/// The values of the settings that vary.
struct Values {
  grid::Index coarse;
  grid::Index fine;
  int tile;
};

std::vector<Setting> compared_settings(const PlanInput& input, const Values& values) {
  using enum grid::Transport;
  using enum grid::Partitioner;
  const int first = input.ranks.front();
  std::vector<Setting> settings{{first, values.fine, true, 0, automatic, rcb},
                                {first, values.coarse, false, 0, automatic, rcb}};
  if (values.tile > 0) settings.push_back({first, values.fine, true, values.tile, automatic, rcb});
  const std::vector<Setting> mixed{{1, values.fine, true, 0, messages, rcb},
                                   {1, values.coarse, true, values.tile, shared, rcb},
                                   {1, values.fine, true, std::min(values.tile, 1), messages, sfc}};
  for (std::size_t n = 1; n < input.ranks.size(); ++n) {
    settings.push_back(mixed[(n - 1) % mixed.size()]);
    settings.back().ranks = input.ranks[n];
  }
  return settings;
}

Trial trial_of(const PlanInput& input, std::string name, const Setting& setting) {
  Trial trial;
  trial.name = std::move(name);
  trial.setting = setting;
  trial.max_steps = input.steps;
  return trial;
}

std::string count(std::size_t number, const char* noun) {
  return fmt::format("{} {}{}", number, noun, number == 1 ? "" : "s");
}

/// "1, 2 and 4".
std::string list_of(const std::set<int>& numbers) {
  std::string text;
  std::size_t remaining = numbers.size();
  for (const int n : numbers) {
    --remaining;
    text += std::to_string(n) + (remaining > 1 ? ", " : remaining == 1 ? " and " : "");
  }
  return text;
}

}  // namespace

PlanInput input_of(const grid::JobSpec& job, const solver::SolverSchema& schema, std::vector<int> ranks) {
  PlanInput input;
  input.dimensions = job.geometry.dimensions;
  input.cells = job.geometry.cells;
  input.radius = schema.radius();
  input.layers_per_step = schema.layers_per_step();
  input.one_step = schema.one_step;
  input.steps = std::min(max_run_steps, job.time.max_steps);
  input.ranks = std::move(ranks);
  return input;
}

Plan plan_of(const PlanInput& input) {
  base::expects(!input.ranks.empty(), "a test has at least one rank count");
  using enum grid::Transport;
  const Values values{chunk_of(input, 3), chunk_of(input, 4), steps_of_tile(input)};
  const int first = input.ranks.front();
  const int last = input.ranks.back();
  Plan plan;
  plan.dimensions = input.dimensions;
  const Setting plain{first, values.fine};
  const Setting tiled{last, values.coarse, true, values.tile, messages};
  for (const Setting& s : {plain, tiled}) {
    plan.guarded_trials.push_back(
        trial_of(input, fmt::format("guarded-{}", plan.guarded_trials.size() + 1), s));
    plan.guarded_trials.back().guarded = true;
  }
  for (const Setting& s : compared_settings(input, values)) {
    plan.compared_trials.push_back(
        trial_of(input, fmt::format("run-{}", plan.compared_trials.size() + 1), s));
  }
  if (input.one_step) return plan;
  // A run can only be resumed with the same chunks, and in the same run directory, which contains its tables.
  plan.saving_trial = trial_of(input, "saved", {last, values.fine});
  plan.resuming_trial =
      trial_of(input, "saved", {input.ranks[input.ranks.size() / 2], values.fine, true, values.tile});
  return plan;
}

std::string summary_of(const std::vector<Trial>& trials) {
  std::set<int> ranks;
  std::set<grid::Index> chunks;
  std::set<int> tiles;
  std::set<grid::Transport> transports;
  for (const Trial& t : trials) {
    ranks.insert(t.setting.ranks);
    chunks.insert(t.setting.chunk);
    tiles.insert(t.setting.steps_per_exchange);
    if (t.setting.ranks > 1 && t.setting.transport != grid::Transport::automatic) {
      transports.insert(t.setting.transport);
    }
  }
  const bool one_rank = ranks.size() == 1 && *ranks.begin() == 1;
  std::string text =
      fmt::format("{} on {} rank{}, {}, {}", count(trials.size(), "run"), list_of(ranks), one_rank ? "" : "s",
                  count(chunks.size(), "chunk size"), count(tiles.size(), "time tile"));
  if (!transports.empty()) text += ", " + count(transports.size(), "transport");
  return text;
}

}  // namespace tessera::conformance
