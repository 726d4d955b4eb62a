#include "run/job_request.h"

#include "base/archive.h"
#include "base/digest.h"
#include "base/error.h"
#include "host/process.h"
#include "job/header_codec.h"
#include "transport/agreement.h"

#include <fstream>
#include <optional>
#include <sstream>

#include <fmt/format.h>

namespace tessera::work {

/// Encodes or decodes the members that are sent to other ranks. Found by argument-dependent lookup.
void describe(auto& archive, base::MaybeConst<CheckedJob> auto& job) {
  auto& identity = job.identity;
  archive(job.header, identity.solver, identity.solver_version, identity.job, identity.solver_build,
          identity.tessera, identity.data, job.plugin_file, job.savable, job.spec);
}

}  // namespace tessera::work

namespace tessera::run {

namespace {

/// A digest of the content of a file; empty if there is no file.
std::string file_fingerprint(const std::string& path) {
  if (path.empty()) return {};
  std::ostringstream content;
  content << std::ifstream{path, std::ios::binary}.rdbuf();
  return base::fingerprint(content.str());
}

work::CheckedJob check_document(const work::Kind& kind, const job::Document& document,
                                job::Diagnostics& problems, const JobRequest& request,
                                work::CheckOptions options, std::string* json) {
  const auto error_with = [&](base::ExitCode code) {
    if (json != nullptr) *json = problems.json();
    return base::Error::with_text(code, problems.render("Nothing was started.", request.colour));
  };
  if (!document.is_valid_toml()) throw error_with(base::ExitCode::bad_job);
  options.plugin_folders = request.plugin_folders;
  std::optional<work::CheckedJob> checked;
  try {
    checked = kind.check(document, options, problems);
  } catch (const base::Error& e) {
    if (problems.empty()) throw;
    throw error_with(e.code());
  }
  if (!checked || !problems.empty()) throw error_with(base::ExitCode::bad_job);
  return std::move(*checked);
}

}  // namespace

work::CheckedJob check_job(const work::Kind& kind, const JobRequest& request,
                           const work::CheckOptions& options, std::string* problems) {
  job::Diagnostics diagnostics;
  const job::Document document = job::Document::read(request.path, request.overrides, diagnostics);
  return check_document(kind, document, diagnostics, request, options, problems);
}

work::CheckedJob check_recorded_job(const work::Kind& kind, const JobRequest& request,
                                    const rundir::RunRecord& record, const work::CheckOptions& options) {
  job::Diagnostics diagnostics;
  const job::Document document{record.job_path, record.job_text, request.overrides, diagnostics,
                               record.job_folder};
  return check_document(kind, document, diagnostics, request, options, nullptr);
}

work::CheckedJob check_job_of_run(const work::Kind& kind, const JobRequest& request,
                                  const std::string& directory, const work::CheckOptions& options) {
  const auto record = rundir::RunRecord::read(directory);
  if (!record) {
    throw base::Error(base::ExitCode::no_input, fmt::format("`{}` is not the directory of a run", directory),
                      "specify a job file, or the directory of the run to resume with --run-dir");
  }
  return check_recorded_job(kind, request, *record, options);
}

work::CheckedJob with_builds(work::CheckedJob job) {
  job.identity.solver_build = file_fingerprint(job.plugin_file);
  job.identity.tessera = fmt::format("{} ({})", TESSERA_VERSION, file_fingerprint(host::program_path()));
  return job;
}

void broadcast_job(const transport::Communicator& comm, work::CheckedJob& checked) {
  std::string bytes;
  std::string version = TESSERA_VERSION;
  transport::collectively(comm, [&] {
    if (comm.is_root()) bytes = base::encode(checked);
  });
  for (std::string* text : {&version, &bytes}) comm.broadcast(*text);
  transport::collectively(comm, [&] {
    if (version != TESSERA_VERSION) {
      throw base::Error{
          base::ExitCode::unavailable,
          fmt::format("this rank runs tessera {}, but rank 0 runs tessera {}", TESSERA_VERSION, version),
          "install the same version on all hosts"};
    }
    if (comm.is_root()) return;
    checked = base::decode<work::CheckedJob>(bytes, "the job from rank 0");
    if (file_fingerprint(checked.plugin_file) != checked.identity.solver_build) {
      throw base::Error{
          base::ExitCode::unavailable,
          fmt::format("the solver file `{}` differs from the one on rank 0", checked.plugin_file),
          "install the same solver on all hosts"};
    }
  });
}

}  // namespace tessera::run
