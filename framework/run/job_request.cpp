#include "run/job_request.h"

#include "base/archive.h"
#include "base/digest.h"
#include "base/error.h"
#include "job/header_codec.h"
#include "transport/agreement.h"

#include <fstream>
#include <optional>
#include <sstream>

#include <fmt/format.h>

namespace tessera::work {

/// The members of a checked job that are sent to other ranks. Found by argument-dependent lookup.
void describe(auto& archive, base::MaybeConst<CheckedJob> auto& job) {
  archive(job.header, job.identity.solver, job.identity.solver_version, job.identity.job, job.plugin_file,
          job.savable, job.spec);
}

}  // namespace tessera::work

namespace tessera::run {

namespace {

work::CheckedJob check_document(const work::Kind& kind, const job::Document& document,
                                job::Diagnostics& problems, const JobRequest& request,
                                work::CheckOptions options, std::string* json) {
  const auto refusal = [&](base::ExitCode code) {
    if (json != nullptr) *json = problems.json();
    return base::Error::with_text(code, problems.render("Nothing was started.", request.colour));
  };
  if (!document.readable()) throw refusal(base::ExitCode::bad_job);
  options.plugin_folders = request.plugin_folders;
  std::optional<work::CheckedJob> checked;
  try {
    checked = kind.check(document, options, problems);
  } catch (const base::Error& e) {
    if (problems.empty()) throw;
    throw refusal(e.code());
  }
  if (!checked || !problems.empty()) throw refusal(base::ExitCode::bad_job);
  return std::move(*checked);
}

std::string fingerprint_of(const std::string& path) {
  if (path.empty()) return {};
  std::ostringstream content;
  content << std::ifstream{path, std::ios::binary}.rdbuf();
  return base::fingerprint(content.str());
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
  const job::Document document{record.job_path, record.job_text, {}, diagnostics, record.job_folder};
  return check_document(kind, document, diagnostics, request, options, nullptr);
}

void share_job(const transport::Communicator& comm, work::CheckedJob& checked) {
  std::string bytes;
  std::string version = TESSERA_VERSION;
  std::string fingerprint;
  transport::collectively(comm, [&] {
    if (!comm.is_root()) return;
    bytes = base::encode(checked);
    fingerprint = fingerprint_of(checked.plugin_file);
  });
  for (std::string* text : {&version, &bytes, &fingerprint}) comm.broadcast(*text);
  transport::collectively(comm, [&] {
    if (version != TESSERA_VERSION) {
      throw base::Error{
          base::ExitCode::unavailable,
          fmt::format("this rank runs tessera {}, rank 0 runs tessera {}", TESSERA_VERSION, version),
          "install the same version on all hosts"};
    }
    if (comm.is_root()) return;
    checked = base::decode<work::CheckedJob>(bytes, "the job that rank 0 checked");
    if (fingerprint_of(checked.plugin_file) != fingerprint) {
      throw base::Error{
          base::ExitCode::unavailable,
          fmt::format("the solver file `{}` differs from the one on rank 0", checked.plugin_file),
          "install the same solver on all hosts"};
    }
  });
}

}  // namespace tessera::run
