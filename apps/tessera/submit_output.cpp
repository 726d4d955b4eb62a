#include "submit_output.h"

#include "base/text.h"
#include "batch/batch_script.h"
#include "batch/time_limit.h"

#include <cstdio>
#include <filesystem>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tessera::app {

namespace fs = std::filesystem;

void print_dry_run(batch::BatchRequest request, const SubmitOptions& options,
                   const std::vector<SubmittedRun>& runs) {
  const std::string folder = options.run_directory.empty()
                                 ? runs.front().job.header.output_directory + "/NAME"
                                 : options.run_directory;
  const std::string top = fs::absolute(folder).lexically_normal().string();
  for (const SubmittedRun& one : runs)
    request.runs.push_back({runs.size() > 1 ? top + "/" + one.label : top, launch_arguments(one)});
  request.script = top + "/submit.sh";
  request.logs = top + "/logs";
  request.lead = batch::lead_for(request.limit, checkpoint_seconds(request.runs.front().directory));
  const std::string text = batch::batch_script(request);
  if (!options.json) {
    fmt::print("{}", text);
    return;
  }
  nlohmann::json out{{"dry_run", true}, {"script", text}, {"runs", nlohmann::json::array()}};
  for (const batch::BatchRun& run : request.runs) out["runs"].push_back(run.directory);
  std::puts(out.dump(2, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
}

void print_submitted(const SubmitOptions& options, const rundir::BatchRecord& record,
                     const batch::BatchRequest& request, const std::string& top) {
  if (options.json) {
    nlohmann::json out = nlohmann::json::parse(record.json());
    out["directory"] = top;
    out["runs"] = nlohmann::json::array();
    for (const batch::BatchRun& run : request.runs) out["runs"].push_back(run.directory);
    std::puts(out.dump(2, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
    return;
  }
  const bool array = request.runs.size() > 1;
  const std::int64_t ranks = std::int64_t{request.nodes} * request.tasks_per_node;
  fmt::print("job {}   {}{}: {} rank{} on {} node{}, {} at a time until done\n", record.job_id,
             base::printable(request.name, 60), array ? fmt::format(", {} runs", request.runs.size()) : "",
             ranks, ranks == 1 ? "" : "s", request.nodes, request.nodes == 1 ? "" : "s",
             batch::format_time_limit(request.limit));
  fmt::print("{}      {}\n\n", array ? "runs" : "run ", top);
  const std::string log =
      array ? fmt::format("slurm-{}_*.out", record.job_id) : fmt::format("slurm-{}.out", record.job_id);
  fmt::print("  tessera status {}\n  tail -F {}/{}\n  scancel {}    ends it for good, with a checkpoint\n",
             batch::shell_word(top), batch::shell_word(request.logs), log, record.job_id);
}

void print_done(const SubmitOptions& options, const std::string& top) {
  if (options.json) {
    std::puts(nlohmann::json{{"job_id", nullptr}, {"directory", top}, {"status", "done"}}.dump(2).c_str());
  } else {
    fmt::print("{} was done already: nothing was submitted\n", top);
  }
}

}  // namespace tessera::app
