#include "report/phase_table.h"

#include <algorithm>

#include <fmt/format.h>

namespace tessera::report {

std::vector<PhaseRow> gather_phases(const transport::Communicator& comm,
                                    std::span<const std::string_view> names,
                                    std::span<const double> seconds) {
  const std::vector<double> all_seconds = comm.gather(seconds);
  std::vector<PhaseRow> rows;
  if (!comm.is_root()) return rows;
  const std::size_t count = names.size();
  for (std::size_t n = 0; n < count; ++n) {
    PhaseRow row{std::string(names[n]), all_seconds[n], 0.0, all_seconds[n], 0};
    for (int r = 0; r < comm.size(); ++r) {
      const double time = all_seconds[static_cast<std::size_t>(r) * count + n];
      row.minimum = std::min(row.minimum, time);
      row.average += time / comm.size();
      if (time > row.maximum) {
        row.maximum = time;
        row.slowest_rank = r;
      }
    }
    rows.push_back(row);
  }
  return rows;
}

std::string phase_text(const std::vector<PhaseRow>& rows, double total, int ranks) {
  std::vector<PhaseRow> sorted = rows;
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a.average > b.average; });
  std::string text =
      fmt::format("{:<14}{:>10}{:>8}{:>10}\n", "phase", "avg s", "%", ranks > 1 ? "max/avg" : "");
  double phase_total = 0.0;
  const auto add_line = [&](const std::string& name, double average, const std::string& ratio,
                            const std::string& remark) {
    const double share = total > 0.0 ? 100.0 * average / total : 0.0;
    text += fmt::format("{:<14}{:>10.3f}{:>8.1f}{:>10}{}\n", name, average, share, ratio, remark);
  };
  for (const PhaseRow& row : sorted) {
    phase_total += row.average;
    if (row.average < 0.001 * total) continue;
    const double ratio = row.average > 0.0 ? row.maximum / row.average : 1.0;
    const bool unbalanced = ranks > 1 && ratio > 1.2 && row.maximum - row.average > 0.01 * total;
    add_line(row.name, row.average, ranks > 1 ? fmt::format("{:.2f}", ratio) : "",
             unbalanced ? fmt::format("   slowest: rank {}", row.slowest_rank) : "");
  }
  add_line("other", std::max(0.0, total - phase_total), "", "");
  return text;
}

}  // namespace tessera::report
