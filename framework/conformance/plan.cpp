#include "conformance/plan.h"

#include "base/contract.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

namespace tessera::conformance {

namespace {

constexpr std::int64_t max_run_steps = 12;

/// Chunk size for about `chunks` chunks along each axis; if possible, it does not divide the domain evenly.
grid::Index chunk_size(const PlanInput& input, std::int64_t chunks) {
  grid::Index chunk{{1, 1, 1}};
  for (int a = 0; a < input.dimensions; ++a) {
    const std::int64_t cells = input.cells[a];
    std::int64_t size = std::max<std::int64_t>({1, input.radius, (cells + chunks - 1) / chunks});
    while (cells % size == 0 && size + 1 < cells) ++size;
    chunk[a] = std::min(size, cells);
  }
  return chunk;
}

/// Number of steps of the longest possible time tile; 0 if the domain is too narrow for time tiles.
int longest_tile_steps(const PlanInput& input) {
  std::int64_t narrowest = input.cells[0];
  for (int a = 1; a < input.dimensions; ++a) narrowest = std::min(narrowest, input.cells[a]);
  const int max_steps = input.one_step ? 1 : max_tile_steps;
  if (input.layers_per_step == 0) return max_steps;
  return static_cast<int>(std::min<std::int64_t>(max_steps, narrowest / input.layers_per_step));
}

/// The chunk sizes and the length of the time tiles in the settings.
struct Sizes {
  grid::Index coarse_chunk;
  grid::Index fine_chunk;
  int tile_steps;  // steps of a long time tile; 0: no time tiles
};

std::vector<Setting> compared_settings(const PlanInput& input, const Sizes& sizes) {
  using enum grid::Transport;
  using enum grid::Partitioner;
  const int first = input.ranks.front();
  std::vector<Setting> settings{{first, sizes.fine_chunk, true, 0, automatic, rcb},
                                {first, sizes.coarse_chunk, false, 0, automatic, rcb}};
  if (sizes.tile_steps > 0)
    settings.push_back({first, sizes.fine_chunk, true, sizes.tile_steps, automatic, rcb});
  const std::vector<Setting> mixed{{1, sizes.fine_chunk, true, 0, messages, rcb},
                                   {1, sizes.coarse_chunk, true, sizes.tile_steps, shared, rcb},
                                   {1, sizes.fine_chunk, true, std::min(sizes.tile_steps, 1), messages, sfc}};
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

/// Formats a number with a noun, such as "1 run" or "6 runs".
std::string quantity(std::size_t number, const char* noun) {
  return fmt::format("{} {}{}", number, noun, number == 1 ? "" : "s");
}

/// Formats a list of numbers, such as "1, 2 and 4".
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
  const Sizes sizes{chunk_size(input, 3), chunk_size(input, 4), longest_tile_steps(input)};
  const int first = input.ranks.front();
  const int last = input.ranks.back();
  Plan plan;
  plan.dimensions = input.dimensions;
  const Setting plain{first, sizes.fine_chunk};
  const Setting tiled{last, sizes.coarse_chunk, true, sizes.tile_steps, messages};
  for (const Setting& s : {plain, tiled}) {
    plan.guarded_trials.push_back(
        trial_of(input, fmt::format("guarded-{}", plan.guarded_trials.size() + 1), s));
    plan.guarded_trials.back().guarded = true;
  }
  for (const Setting& s : compared_settings(input, sizes)) {
    plan.compared_trials.push_back(
        trial_of(input, fmt::format("run-{}", plan.compared_trials.size() + 1), s));
  }
  if (input.one_step) return plan;
  // A run can only be resumed with the same chunks, and in its own run directory, which contains its tables.
  const std::size_t other = input.ranks.size() < 2 ? 0 : input.ranks.size() - 2;
  plan.saving_trial = trial_of(input, "saved", {last, sizes.fine_chunk});
  plan.resuming_trial =
      trial_of(input, "saved", {input.ranks[other], sizes.fine_chunk, true, sizes.tile_steps});
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
  std::string text = fmt::format("{} on {} rank{}, {}, {}", quantity(trials.size(), "run"), list_of(ranks),
                                 one_rank ? "" : "s", quantity(chunks.size(), "chunk size"),
                                 quantity(tiles.size(), "time tile"));
  if (!transports.empty()) text += ", " + quantity(transports.size(), "transport");
  return text;
}

}  // namespace tessera::conformance
