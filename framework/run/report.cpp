#include "run/report.h"

#include "base/digest.h"
#include "base/escape.h"
#include "rundir/supervision.h"
#include "transport/environment.h"

#include <filesystem>
#include <set>
#include <span>

#include <sys/resource.h>
#include <nlohmann/json.hpp>

namespace tessera::run {

namespace {

/// Merges the members of `object`, a JSON object from the work, into the report, recursively.
void add(nlohmann::json& report, const std::string& object) {
  const nlohmann::json members = nlohmann::json::parse(object, nullptr, false);
  if (members.is_object()) report.update(members, true);
}

}  // namespace

Report::Report(const transport::Communicator& comm, const Plan& plan)
    : plan_{&plan},
      start_time_{rundir::current_time_text()},
      hosts_{comm.gather(transport::Environment::host())},
      ranks_{comm.size()} {}

std::string Report::run_name() const {
  return std::filesystem::path{plan_->run.directory}.filename().string();
}

std::size_t Report::node_count() const { return std::set<std::string>(hosts_.begin(), hosts_.end()).size(); }

void Report::record_peak_memory(const transport::Communicator& comm) {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  peak_bytes_ = std::int64_t{usage.ru_maxrss} * 1024;
  comm.allreduce_max(std::span<std::int64_t>{&peak_bytes_, 1});
}

std::string Report::json(const Outcome& outcome) const {
  const rundir::RunRecord& record = outcome.record;
  nlohmann::json out{
      {"tessera", TESSERA_VERSION},
      {"run", run_name()},
      {"directory", plan_->run.directory},
      {"status", rundir::name_of(record.status)},
      {"started", start_time_},
      {"total_seconds", outcome.seconds},
      {"job",
       {{"name", record.name},
        {"path", record.job_path},
        {"text", record.job_text},
        {"fingerprint", base::fingerprint(record.job_text)}}},
      {"solver",
       {{"name", record.solver}, {"version", record.solver_version}, {"file", plan_->job.plugin_file}}},
      {"versions",
       {{"mpi", transport::Environment::library()},
        {"compiler", TESSERA_COMPILER},
        {"build", TESSERA_BUILD}}},
      {"ranks", ranks_},
      {"hosts", hosts_},
      {"nodes", node_count()},
      {"memory", {{"peak_bytes_per_rank", peak_bytes_}}}};
  if (!outcome.failure.empty()) out["error"] = outcome.failure;
  if (outcome.digest) out["digest"] = {{"state", base::Digest::to_hex(*outcome.digest)}};
  add(out, outcome.facts);
  add(out, outcome.results);
  return base::json_text(out);
}

}  // namespace tessera::run
