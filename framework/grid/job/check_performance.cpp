#include "grid/job/check_parts.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace tessera::grid {

namespace {

constexpr std::int64_t max_steps_per_exchange = 64;
constexpr std::int64_t max_tile_rows = 1 << 20;

/// Returns the value of `key`; nullopt if it is absent or "auto". If the value is invalid, reports a problem
/// and returns nullopt.
std::optional<std::int64_t> number_or_auto(const Section& section, const std::string& key, std::int64_t min,
                                           std::int64_t max) {
  const job::Node* node = section.find(key);
  if (node == nullptr || (node->is_text() && node->text == "auto")) return std::nullopt;
  if (node->is_text()) {
    return section.reject(
        key, {fmt::format("`{}` expects a whole number or \"auto\", not \"{}\"", key, node->text)});
  }
  return section.integer(key, min, max);
}

std::optional<bool> flag_or_auto(const Section& section, const std::string& key) {
  const job::Node* node = section.find(key);
  if (node == nullptr || (node->is_text() && node->text == "auto")) return std::nullopt;
  return section.boolean(key);
}

void check_steps_per_exchange(const Section& section, Draft& draft) {
  const job::Node* node = section.find("steps_per_exchange");
  PerformanceSpec& spec = draft.spec.performance;
  if (node != nullptr && node->is_text() && node->text == "stage") {
    spec.steps_per_exchange = 0;
    return;
  }
  const auto steps = number_or_auto(section, "steps_per_exchange", 1, max_steps_per_exchange);
  if (!steps) return;
  spec.steps_per_exchange = static_cast<int>(*steps);
  const solver::SolverSchema* schema = section.context().schema();
  if (schema == nullptr) return;
  if (schema->one_step && *steps > 1) {
    section.report("steps_per_exchange",
                   {fmt::format("the solver `{}` must compute one step at a time", schema->name),
                    "write 1 or \"stage\""});
    return;
  }
  if (!draft.has_cells) return;
  const std::int64_t layers = *steps * schema->layers_per_step();
  int narrowest = 0;
  for (int a = 1; a < draft.dimensions; ++a) {
    if (draft.spec.geometry.cells[a] < draft.spec.geometry.cells[narrowest]) narrowest = a;
  }
  const std::int64_t cells = draft.spec.geometry.cells[narrowest];
  if (layers <= cells) return;
  const std::int64_t max_steps = cells / schema->layers_per_step();
  section.report("steps_per_exchange",
                 {fmt::format("{} step{} {} layer{} of ghost cells, more than the {} cell{} along {}", *steps,
                              *steps == 1 ? " needs" : "s need", layers, layers == 1 ? "" : "s", cells,
                              cells == 1 ? "" : "s", "xyz"[narrowest]),
                  max_steps > 0 ? fmt::format("write at most {}", max_steps) : "write \"stage\""});
}

}  // namespace

void check_performance(Context& context, Draft& draft) {
  const Section section{context,
                        "performance",
                        {"steps_per_exchange", "tile_rows", "streaming", "autotune", "transport", "bricks",
                         "balance", "balance_every", "guard"}};
  PerformanceSpec& spec = draft.spec.performance;
  check_steps_per_exchange(section, draft);
  if (const auto rows = number_or_auto(section, "tile_rows", 0, max_tile_rows)) {
    spec.tile_rows = static_cast<int>(*rows);
  }
  spec.streaming = flag_or_auto(section, "streaming");
  spec.autotune = section.boolean("autotune").value_or(true);
  const std::array<std::string, 3> transports{"auto", "shared", "messages"};
  if (const auto transport = section.choice("transport", transports)) {
    const auto index = std::find(transports.begin(), transports.end(), *transport) - transports.begin();
    spec.transport = static_cast<Transport>(index);
  }
  spec.bricks = section.boolean("bricks").value_or(true);
  spec.balance = section.boolean("balance").value_or(true);
  spec.guard = section.boolean("guard").value_or(guards_by_default);
  spec.balance_every =
      number_or_auto(section, "balance_every", 1, std::numeric_limits<std::int64_t>::max()).value_or(0);
}

}  // namespace tessera::grid
