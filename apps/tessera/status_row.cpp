#include "status_row.h"

#include "base/text.h"
#include "base/utf8.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace tessera::app {

namespace {

/// A run at work writes its progress about once a second.
constexpr double stale_after = 15.0;

/// The progress of a run at work, also if only the queue shows that it is; else nullptr.
const rundir::ProgressRecord* progress_of(const Row& row) {
  return row.run.progress && row.status == "running" ? &*row.run.progress : nullptr;
}

/// nullptr also if the progress is stale.
const rundir::ProgressRecord* fresh_progress_of(const Row& row) {
  const rundir::ProgressRecord* now = progress_of(row);
  return now != nullptr && now->age_seconds() <= stale_after ? now : nullptr;
}

/// "1234 PENDING (Priority)"; a dash if the run was not submitted.
std::string job_text(const Row& row) {
  const std::string id = row.job_id();
  if (id.empty()) return "-";
  if (!row.queue_known) return id + " -";
  if (!row.job) return id + " ended";
  std::string text = id + " " + row.job->state;
  const std::string& reason = row.job->reason;
  if (row.job->state == "PENDING" && !reason.empty() && reason != "None") text += " (" + reason + ")";
  return base::printable(text, 60);
}

std::string percent(const std::optional<double>& fraction) {
  // Rounded down: no 100 % before it is done.
  return fraction ? fmt::format("{:.0f} %", std::floor(100.0 * *fraction)) : "-";
}

std::string rate_text(const Row& row) {
  const rundir::ProgressRecord* now = fresh_progress_of(row);
  return now != nullptr && now->rate_per_second
             ? fmt::format("{:.3g} M{}/s", *now->rate_per_second / 1e6, base::printable(now->unit, 12))
             : "-";
}

std::string eta_text(const Row& row) {
  const rundir::ProgressRecord* now = fresh_progress_of(row);
  return now != nullptr && now->eta_seconds ? base::format_duration(*now->eta_seconds) : "-";
}

std::string checkpoint_text(const Row& row) {
  if (row.run.checkpoints.empty()) return "none";
  return fmt::format("step {}, {} old", row.run.checkpoints.front().step,
                     base::format_duration(row.run.checkpoint_age));
}

/// Faults, lost and useful seconds; zero for a run without a supervisor.
struct History {
  explicit History(const rundir::RunStatus& run)
      : supervised{run.supervision.has_value()},
        faults{supervised ? run.supervision->faults() : 0},
        lost{supervised ? run.supervision->lost_seconds : 0.0},
        useful{supervised ? run.supervision->useful_seconds : 0.0} {}

  bool supervised;
  int faults;
  double lost;
  double useful;
};

std::string padded(const std::string& text, std::size_t width) {
  const std::size_t length = base::count_characters(text);
  return text + std::string(width - std::min(width, length), ' ');
}

}  // namespace

nlohmann::json json_of(const Row& r) {
  using nlohmann::json;
  const auto number = [](const std::optional<double>& value) { return value ? json(*value) : json(nullptr); };
  const rundir::ProgressRecord* now = progress_of(r);
  const double age = now != nullptr ? now->age_seconds() : 0.0;
  const History history{r.run};
  json out{{"name", r.run.name},
           {"path", r.run.path},
           {"status", r.status},
           {"attempt", r.run.attempt() > 0 ? json(r.run.attempt()) : json(nullptr)},
           {"step", r.run.step()},
           {"progress", number(r.run.fraction_done())},
           {"rate_cells_per_s", now != nullptr ? number(now->rate_per_second) : json(nullptr)},
           {"eta_seconds", now != nullptr ? number(now->eta_seconds) : json(nullptr)},
           {"ranks", now != nullptr && now->ranks > 0 ? json(now->ranks) : json(nullptr)},
           {"progress_age_seconds", now != nullptr && std::isfinite(age) ? json(age) : json(nullptr)},
           {"job_id", r.run.batch ? json(r.job_id()) : json(nullptr)},
           {"queue_state", r.job ? json(r.job->state) : json(nullptr)},
           {"queue_reason", r.job ? json(r.job->reason) : json(nullptr)},
           {"checkpoint", nullptr},
           {"faults", history.faults},
           {"lost_seconds", history.lost},
           {"useful_seconds", history.useful},
           {"efficiency", number(r.efficiency())}};
  if (!r.run.checkpoints.empty()) {
    const rundir::CheckpointName& newest = r.run.checkpoints.front();
    out["checkpoint"] = {{"name", newest.name}, {"step", newest.step}, {"age_seconds", r.run.checkpoint_age}};
  }
  if (!r.run.problems.empty()) out["problem"] = fmt::format("{}", fmt::join(r.run.problems, "; "));
  return out;
}

void print_runs(const std::vector<Row>& rows) {
  std::size_t width = 4;
  std::size_t job_width = 4;
  for (const Row& r : rows) {
    width = std::max(width, base::count_characters(base::printable(r.run.name, 60)));
    job_width = std::max(job_width, base::count_characters(job_text(r)));
  }
  fmt::print("{}  {:<12}{}  {:>7}{:>12}{:>7}{:>15}{:>14}   {:<28}{:>7}{:>14}{:>14}{:>11}\n",
             padded("run", width), "status", padded("job", job_width), "attempt", "step", "done", "rate",
             "left", "checkpoint", "faults", "lost", "useful", "efficiency");
  for (const Row& r : rows) {
    const History history{r.run};
    const std::int64_t attempt = r.run.attempt();
    fmt::print("{}  {:<12}{}  {:>7}{:>12}{:>7}{:>15}{:>14}   {:<28}{:>7}{:>14}{:>14}{:>11}\n",
               padded(base::printable(r.run.name, 60), width), base::printable(r.status, 12),
               padded(job_text(r), job_width), attempt > 0 ? std::to_string(attempt) : "-", r.run.step(),
               percent(r.run.fraction_done()), rate_text(r), eta_text(r), checkpoint_text(r),
               history.supervised ? std::to_string(history.faults) : "-",
               history.supervised ? base::format_duration(history.lost) : "-",
               history.supervised ? base::format_duration(history.useful) : "-", percent(r.efficiency()));
    for (const std::string& problem : r.run.problems) fmt::print("  {}\n", base::printable(problem));
  }
}

void print_run(const Row& r) {
  const auto line = [](const char* name, const std::string& text) { fmt::print("{:<12}{}\n", name, text); };
  const std::int64_t attempt = r.run.attempt();
  const std::optional<double> fraction = r.run.fraction_done();
  line("run", base::printable(r.run.path));
  line("status",
       base::printable(r.status, 40) + (attempt > 0 ? fmt::format(", attempt {}", attempt) : std::string{}));
  line("job", job_text(r) + (r.job && r.job->state == "RUNNING" && !r.job->left.empty()
                                 ? fmt::format(", {} left", base::printable(r.job->left, 20))
                                 : std::string{}));
  line("step", std::to_string(r.run.step()) + (fraction ? ", " + percent(fraction) : std::string{}));
  line("rate", rate_text(r));
  line("left", eta_text(r));
  line("checkpoint", checkpoint_text(r));
  if (const History history{r.run}; history.supervised) {
    line("faults", std::to_string(history.faults));
    line("useful", fmt::format("{}, {} lost", base::format_duration(history.useful),
                               base::format_duration(history.lost)) +
                       (r.efficiency() ? ", efficiency " + percent(r.efficiency()) : std::string{}));
  }
  if (const rundir::ProgressRecord* now = progress_of(r);
      now != nullptr && now->age_seconds() > stale_after && std::isfinite(now->age_seconds())) {
    line("warning",
         fmt::format("no progress report from the run for {}", base::format_duration(now->age_seconds())));
  }
  for (const std::string& problem : r.run.problems) line("problem", base::printable(problem));
}

}  // namespace tessera::app
