#include "run/verification.h"

#include "base/error.h"
#include "checkpoint/examination.h"
#include "host/durable_file.h"
#include "run/inventory.h"
#include "rundir/batch_record.h"
#include "rundir/run_directory.h"
#include "rundir/run_record.h"
#include "rundir/run_status.h"
#include "rundir/seal.h"

#include <filesystem>
#include <optional>

#include <fmt/format.h>

namespace tessera::run {

namespace {

namespace fs = std::filesystem;
using rundir::Examination;
using rundir::RunRecord;
using rundir::Seal;

constexpr const char* records = "records";
constexpr const char* others = "other files";
constexpr const char* record_name = "record.json";
constexpr const char* report_name = "run.json";
constexpr const char* history_name = "supervision.json";
constexpr const char* batch_name = "batch.json";
constexpr const char* progress_name = "progress.json";
constexpr const char* job_name = "job.toml";
constexpr std::uint64_t max_bytes = std::uint64_t{1} << 30;
constexpr const char* log_folder = "logs";

/// Calls `examine`. If it cannot read the file, adds the file as damaged.
template <class Examine>
void examine_file(Examination& examination, const std::string& file, const Examine& examine) {
  examination.claim(file);
  try {
    examine();
  } catch (const base::Error& e) {
    examination.add_damaged(records, file, e);
  }
}

std::optional<RunRecord> examine_record(Examination& examination) {
  std::optional<RunRecord> record;
  examine_file(examination, record_name, [&] {
    if (!examination.expect_regular(records, record_name)) return;
    record = RunRecord::read(examination.directory());  // checks every byte
    examination.add_intact(records, record_name);
  });
  return record;
}

void examine_job(Examination& examination, const std::optional<RunRecord>& record) {
  constexpr const char* advice = "it is only a copy for people; the job is in record.json";
  examine_file(examination, job_name, [&] {
    if (!examination.expect_regular(records, job_name, advice)) return;
    if (!record) {
      examination.add_unrecorded(records, job_name);
    } else if (host::read_small_file(examination.path_of(job_name), max_bytes) == record->job_text) {
      examination.add_intact(records, job_name);
    } else {
      examination.add_damaged(records, job_name, "is not the job in record.json", advice);
    }
  });
}

/// Examines a file that contains its own checksum. `advice`: what to do if it is damaged.
void examine_sealed(Examination& examination, const std::string& file, const std::string& advice) {
  examine_file(examination, file, [&] {
    if (!examination.expect_regular(records, file, advice)) return;
    const std::string content = host::read_small_file(examination.path_of(file), max_bytes);
    const Seal seal = rundir::seal_of(content);
    // The batch script changes the job id in batch.json, and removes the checksum.
    const auto is_changed_by_script = [&] {
      const auto batch = rundir::BatchRecord::read(examination.directory());
      return seal == Seal::missing && file == batch_name && batch && content == batch->json() + "\n";
    };
    if (seal == Seal::intact) {
      examination.add_intact(records, file);
    } else if (is_changed_by_script()) {
      examination.add_unrecorded(records, file);
    } else {
      examination.add_damaged(records, file, "has been changed: its checksum is wrong", advice);
    }
  });
}

void examine_histories(Examination& examination) {
  for (const char* name : {history_name, batch_name, progress_name}) examination.claim(name);
  if (examination.exists(history_name))
    examine_sealed(examination, history_name, "only the history of attempts and faults is lost; remove it");
  if (examination.exists(batch_name))
    examine_sealed(examination, batch_name, "restore it from a backup, or submit the run again");
  if (examination.exists(progress_name))
    examine_sealed(examination, progress_name, "only the progress of the last attempt is lost; remove it");
}

std::optional<Inventory> examine_inventory(Examination& examination, const std::optional<RunRecord>& record) {
  std::optional<Inventory> inventory;
  examine_file(examination, Inventory::file_name, [&] {
    if (!record || record->inventory.empty()) {
      if (examination.exists(Inventory::file_name) &&
          examination.expect_regular(records, Inventory::file_name))
        examination.add_unrecorded(records, Inventory::file_name);
      return;
    }
    if (!examination.expect_regular(records, Inventory::file_name)) return;
    inventory = Inventory::read(examination.directory(), record->inventory);
    examination.add_intact(records, Inventory::file_name);
  });
  return inventory;
}

void examine_report(Examination& examination, const std::optional<Inventory>& inventory) {
  examine_file(examination, report_name, [&] {
    if (inventory && inventory->report_bytes > 0) {
      examination.compare(records, report_name, inventory->report_bytes, inventory->report_hash,
                          "the results do not depend on it; restore it from a backup");
    } else if (examination.exists(report_name) && examination.expect_regular(records, report_name)) {
      examination.add_unrecorded(records, report_name);
    }
  });
}

/// Examines the rest of the files at the top level of the run directory.
void examine_others(Examination& examination) {
  std::error_code ec;
  for (fs::directory_iterator entry{examination.directory(), ec}, end; !ec && entry != end;
       entry.increment(ec)) {
    const std::string name = entry->path().filename().string();
    if (examination.is_claimed(name) || rundir::RunDirectory::belongs_to_volume(name)) continue;
    if (!rundir::RunDirectory::is_file_of_run(name)) {
      examination.add_damaged(others, name, "is not a file of the run", "move it elsewhere");
    } else if (name == log_folder ? examination.expect_folder(others, name)
                                  : examination.expect_regular(others, name)) {
      examination.add_unrecorded(others, name);
    }
  }
}

}  // namespace

Verification verify(const std::string& directory, const work::Kind& kind) {
  Examination examination{fs::path{directory}.lexically_normal().string()};
  if (!examination.exists(record_name) && !rundir::RunDirectory::is_run(directory)) {
    throw base::Error(base::ExitCode::no_input, fmt::format("`{}` is not the directory of a run", directory),
                      "specify a run directory");
  }
  const rundir::RunStatus status = rundir::status_of(directory);
  const std::optional<RunRecord> record = examine_record(examination);
  examine_job(examination, record);
  examine_histories(examination);
  const std::optional<Inventory> inventory = examine_inventory(examination, record);
  examine_report(examination, inventory);
  examination.claim("checkpoints");
  const std::optional<checkpoint::Manifest> newest = checkpoint::examine(examination, status.active);
  if (inventory) {
    kind.examine_outputs({inventory->outputs, true, record->step}, examination);
  } else if (newest) {
    kind.examine_outputs({newest->sections, false, newest->step}, examination);
  } else {
    kind.examine_outputs({{}, false, -1}, examination);
  }
  examine_others(examination);
  // The run may have started since the first look.
  return {status.active || rundir::status_of(directory).active, status.state(), examination.findings()};
}

}  // namespace tessera::run
