#include "run_progress.h"

#include <algorithm>
#include <cmath>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <limits>
#include <utility>

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace tessera::app {

namespace {

constexpr double write_every = 1.0;

}  // namespace

RunProgress::RunProgress(const job::JobSpec& job, Facts facts, std::optional<report::Progress> line)
    : job_{&job}, facts_{std::move(facts)}, line_{std::move(line)} {
  write();
}

void RunProgress::enter(base::BoardPhase phase) {
  phase_ = phase;
  write();
}

void RunProgress::stepped(std::int64_t step, double time) {
  phase_ = base::BoardPhase::compute;
  report::ProgressState& now = now_;
  now.step = step;
  now.time = time;
  now.cells = static_cast<double>(job_->geometry.domain().volume());
  if (std::isfinite(job_->time.end)) {
    now.end = job_->time.end;
    now.part = time / job_->time.end;
  }
  if (job_->time.max_steps != std::numeric_limits<std::int64_t>::max()) {
    now.max_steps = job_->time.max_steps;
    now.part = std::max(now.part, static_cast<double>(step) / static_cast<double>(job_->time.max_steps));
  }
  if (step == first_step_ + 1) {
    first_part_ = now.part;
    watch_ = {};
  }
  now.first_step = first_step_;
  now.first_part = first_step_ > 0 ? first_part_ : 0.0;
  if (line_) line_->update(now);
  if (step > first_step_ + 1 && watch_.seconds() < next_) return;
  next_ = watch_.seconds() + write_every;
  if (facts_.look_after_lock) facts_.look_after_lock();
  write();
}

void RunProgress::write() const {
  const report::ProgressState& s = now_;
  const double seconds = watch_.seconds();
  const auto number = [](std::optional<double> value) {
    return value && std::isfinite(*value) ? fmt::format("{:.17g}", *value) : std::string{"null"};
  };
  std::optional<double> rate;
  std::optional<double> eta;
  if (seconds > 0.0 && s.step > s.first_step + 1) {
    rate = static_cast<double>(s.step - s.first_step) * s.cells / seconds;
    if (s.part > s.first_part) eta = seconds * std::max(0.0, 1.0 - s.part) / (s.part - s.first_part);
  }
  const std::string path = facts_.directory + "/progress.json";
  {
    std::ofstream file{path + ".tmp", std::ios::trunc};
    file << fmt::format(
        "{{\"attempt\": {}, \"ranks\": {}, \"phase\": \"{}\", \"from_step\": {}, \"step\": {}, "
        "\"steps_expected\": {},\n"
        " \"time_s\": {}, \"end_time_s\": {}, \"part\": {:.6f}, \"rate_cells_per_s\": {}, \"eta_s\": {}, "
        "\"written\": "
        "\"{:%Y-%m-%dT%H:%M:%SZ}\"}}\n",
        facts_.attempt, facts_.ranks, base::name_of(phase_), s.first_step, s.step,
        s.max_steps ? std::to_string(*s.max_steps) : "null", number(s.time), number(s.end), s.part,
        number(rate), number(eta), fmt::gmtime(std::time(nullptr)));
    if (!file) return;
  }
  std::error_code ignored;
  std::filesystem::rename(path + ".tmp", path, ignored);
}

void RunProgress::clear() {
  if (line_) line_->clear();
}

}  // namespace tessera::app
