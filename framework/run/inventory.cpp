#include "run/inventory.h"

#include "base/digest.h"
#include "base/error.h"
#include "base/record.h"
#include "host/durable_file.h"
#include "host/output_file.h"

#include <span>

#include <fmt/format.h>

namespace tessera::run {

namespace {

constexpr std::string_view magic = "TESSERA INVENTORY\n";
constexpr std::uint32_t format_version = 1;
constexpr std::uint64_t max_bytes = std::uint64_t{1} << 32;

std::string path_in(const std::string& run_directory) { return run_directory + "/" + Inventory::file_name; }

}  // namespace

std::string Inventory::write(const std::string& run_directory) const {
  base::RecordWriter out;
  out.text(magic);
  out.u32(format_version);
  out.u64(report_bytes);
  out.u64(report_hash);
  out.u64(outputs.size());
  for (const checkpoint::Section& s : outputs) {
    out.text(s.owner);
    out.text(s.bytes);
  }
  host::write_whole_file(path_in(run_directory), out.bytes(), host::Durability::on_disk);
  return base::fingerprint(out.bytes());
}

Inventory Inventory::read(const std::string& run_directory, const std::string& fingerprint) {
  const std::string path = path_in(run_directory);
  const std::string bytes = host::read_small_file(path, max_bytes);
  if (base::fingerprint(bytes) != fingerprint) {
    throw base::Error(base::ExitCode::bad_data,
                      fmt::format("`{}` does not have the checksum in the run record", path));
  }
  base::RecordReader in{bytes, fmt::format("`{}`", path)};
  if (in.text() != magic || in.u32() != format_version) in.fail("it has an unsupported format");
  Inventory inventory;
  inventory.report_bytes = in.u64();
  inventory.report_hash = in.u64();
  inventory.outputs.resize(in.count(16));
  for (checkpoint::Section& s : inventory.outputs) {
    s.owner = in.text();
    s.bytes = in.text(base::RecordReader::unlimited);
  }
  in.expect_end();
  return inventory;
}

bool Inventory::has_report(const std::string& content) const {
  return content.size() == report_bytes && base::hash_of(std::as_bytes(std::span{content})) == report_hash;
}

}  // namespace tessera::run
