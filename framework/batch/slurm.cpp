#include "batch/slurm.h"

#include "base/error.h"
#include "base/text.h"
#include "host/command.h"
#include "rundir/batch_record.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <chrono>
#include <cmath>
#include <sstream>
#include <string_view>
#include <thread>

#include <fmt/format.h>

namespace tessera::batch {

namespace {

using host::CommandResult;

/// Splits each line into fields at `separator`, and trims blanks from the fields.
std::vector<std::vector<std::string>> rows_of(const std::string& text, char separator) {
  std::vector<std::vector<std::string>> rows;
  std::istringstream lines{text};
  for (std::string line; std::getline(lines, line);) {
    std::vector<std::string>& fields = rows.emplace_back();
    std::istringstream in{line};
    for (std::string field; std::getline(in, field, separator);) {
      const auto first = field.find_first_not_of(" \t\r");
      const auto last = field.find_last_not_of(" \t\r");
      fields.push_back(first == std::string::npos ? std::string{} : field.substr(first, last + 1 - first));
    }
  }
  return rows;
}

bool is_state(const std::string& text) {
  return !text.empty() && std::all_of(text.begin(), text.end(),
                                      [](char c) { return (c >= 'A' && c <= 'Z') || c == '_' || c == '+'; });
}

/// The error message of a command on one line, without the command's name as a prefix.
std::string reason_of(const CommandResult& result) {
  if (result.timed_out) return "no reply in time";
  if (result.signal != 0) return fmt::format("killed by signal {}", result.signal);
  std::string text;
  std::istringstream lines{result.err.empty() ? result.out : result.err};
  for (std::string line; std::getline(lines, line);) {
    for (const std::string_view prefix : {"sbatch: ", "squeue: ", "slurm_load_jobs ", "error: "}) {
      if (line.starts_with(prefix)) line.erase(0, prefix.size());
    }
    if (!line.empty()) text += (text.empty() ? "" : "; ") + line;
  }
  return text.empty() ? fmt::format("exit code {}", result.exit_code) : base::printable(text, 500);
}

bool failed_transiently(const CommandResult& result) {
  return result.timed_out || (!result.ok() && is_transient(result.err + result.out));
}

base::Error no_sbatch_error() {
  return {base::ExitCode::unavailable, "Slurm is not available: `sbatch` is not in PATH",
          "log in to a node of the cluster, load its Slurm module, or use `tessera launch` instead"};
}

}  // namespace

bool QueuedJob::is_active() const {
  constexpr std::array<std::string_view, 10> ended{"COMPLETED", "CANCELLED",    "FAILED",  "TIMEOUT",
                                                   "NODE_FAIL", "PREEMPTED",    "REVOKED", "BOOT_FAIL",
                                                   "DEADLINE",  "OUT_OF_MEMORY"};
  return std::find(ended.begin(), ended.end(), state) == ended.end();
}

std::vector<QueuedJob> parse_queue(const std::string& text) {
  std::vector<QueuedJob> jobs;
  for (const std::vector<std::string>& fields : rows_of(text, '|')) {
    if (fields.size() != 4 || !rundir::is_job_id(fields[0]) || !is_state(fields[1])) continue;
    jobs.push_back({fields[0], fields[1], fields[2], fields[3]});
  }
  return jobs;
}

std::optional<Submission> parse_submission(const std::string& text) {
  std::optional<Submission> found;
  for (const std::vector<std::string>& fields : rows_of(text, ';')) {
    if (fields.empty() || fields.size() > 2 || !rundir::is_job_id(fields[0])) continue;
    found = Submission{fields[0], fields.size() == 2 ? fields[1] : ""};
  }
  return found;
}

bool is_transient(const std::string& message) {
  std::string lower = message;
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  constexpr std::array<std::string_view, 8> markers{"unable to contact",  "timed out",
                                                    "connection refused", "connect failure",
                                                    "temporarily unable", "zero bytes were transmitted",
                                                    "in standby mode",    "resource temporarily unavailable"};
  return std::any_of(markers.begin(), markers.end(),
                     [&](std::string_view marker) { return lower.find(marker) != std::string::npos; });
}

bool Slurm::available() { return !host::find_program("sbatch").empty(); }

void Slurm::back_off(int attempt) const {
  if (attempt < policy_.max_attempts)
    std::this_thread::sleep_for(
        std::chrono::duration<double>(std::ldexp(policy_.initial_backoff, attempt - 1)));
}

Submission Slurm::submit(const std::string& script) const {
  CommandResult result;
  for (int n = 1; n <= policy_.max_attempts; ++n) {
    result = host::run_command({"sbatch", "--parsable", script}, policy_.timeout_seconds);
    if (!result.found) throw no_sbatch_error();
    if (result.ok()) {
      if (const auto submission = parse_submission(result.out)) return *submission;
      // The job was accepted, but its id was not printed.
      if (const auto submission = find_submission(script)) return *submission;
      throw NoJobId(base::ExitCode::unavailable,
                    fmt::format("sbatch accepted the job but printed no job id: {}", reason_of(result)),
                    "look for the job with `squeue --me`");
    }
    if (result.err.find("resolve_ctls_from_dns_srv") !=
        std::string::npos) {  // printed if there is no slurm.conf
      throw base::Error(base::ExitCode::unavailable,
                        fmt::format("Slurm cannot find its controller: {}", reason_of(result)),
                        "log in to a node of the cluster; `tessera doctor` shows more");
    }
    if (!failed_transiently(result)) {
      throw base::Error(base::ExitCode::cannot_create,
                        fmt::format("sbatch rejected the job: {}", reason_of(result)),
                        "nothing was queued; `tessera submit --dry-run` shows the script");
    }
    // The job may have been accepted anyway.
    if (const auto submission = find_submission(script)) return *submission;
    back_off(n);
  }
  throw NoJobId(
      base::ExitCode::unavailable, fmt::format("Slurm does not respond: {}", reason_of(result)),
      fmt::format("check with `squeue --me` that the job is not queued, then run `sbatch {}`", script));
}

std::optional<Submission> Slurm::find_submission(const std::string& script) const {
  const CommandResult result =
      host::run_command({"squeue", "--me", "--noheader", "--format=%F|%o"}, policy_.timeout_seconds);
  if (!result.ok()) return std::nullopt;
  for (const std::vector<std::string>& fields : rows_of(result.out, '|')) {
    if (fields.size() == 2 && rundir::is_job_id(fields[0]) && fields[1] == script)
      return Submission{fields[0], ""};
  }
  return std::nullopt;
}

std::optional<std::vector<QueuedJob>> Slurm::queue(const std::vector<std::string>& ids) const {
  if (ids.empty()) return std::vector<QueuedJob>{};
  std::string list;
  for (const std::string& id : ids) list += (list.empty() ? "" : ",") + id;
  for (int n = 1; n <= policy_.max_attempts; ++n) {
    const CommandResult result = host::run_command(
        {"squeue", "--noheader", "--array", "--states=all", "--format=%i|%T|%r|%L", "--jobs=" + list},
        policy_.timeout_seconds);
    if (result.ok()) return parse_queue(result.out);
    if (!result.found) return std::nullopt;
    // Slurm purges a job some time after its end. squeue fails if such a job is the only one requested.
    if (result.err.find("Invalid job id") != std::string::npos) return std::vector<QueuedJob>{};
    if (!failed_transiently(result)) return std::nullopt;
    back_off(n);
  }
  return std::nullopt;
}

}  // namespace tessera::batch
