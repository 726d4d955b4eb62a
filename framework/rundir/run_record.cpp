#include "rundir/run_record.h"

#include "base/contract.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/escape.h"
#include "base/utf8.h"
#include "host/access.h"
#include "host/durable_file.h"
#include "host/output_file.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <map>
#include <random>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tessera::rundir {

namespace {

using base::Error;
using base::ExitCode;
using Status = RunRecord::Status;

constexpr std::int64_t format_version = 3;
/// Job files are limited to 16 MiB, and their text takes at most twice as much space in JSON.
constexpr std::uint64_t max_bytes = std::uint64_t{64} << 20;
constexpr std::size_t id_digits = 16;
/// In the order of Status.
constexpr std::array statuses{"created", "running", "done", "stopped", "failed"};
/// Suffix of the key of a string that is stored in hexadecimal because it is not UTF-8, for example a path.
constexpr const char* hex_suffix = "_hex";

/// The strings and integers of a flat JSON object. Parsing stops at any other value, which limits the memory
/// use.
class FlatObject : public nlohmann::json_sax<nlohmann::json> {
 public:
  std::map<std::string, std::string> strings;
  std::map<std::string, std::int64_t> numbers;

  bool null() override { return false; }
  bool boolean(bool) override { return false; }
  bool number_integer(number_integer_t value) override {
    numbers[key_] = value;
    return inside_;
  }
  bool number_unsigned(number_unsigned_t value) override {
    numbers[key_] = static_cast<std::int64_t>(
        std::min<number_unsigned_t>(value, std::numeric_limits<std::int64_t>::max()));
    return inside_;
  }
  bool number_float(number_float_t, const string_t&) override { return false; }
  bool string(string_t& value) override {
    strings[key_] = std::move(value);
    return inside_;
  }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return !std::exchange(inside_, true); }
  bool key(string_t& key) override {
    key_ = std::move(key);
    return true;
  }
  bool end_object() override { return true; }
  bool start_array(std::size_t) override { return false; }
  bool end_array() override { return false; }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override {
    return false;
  }

 private:
  bool inside_ = false;
  std::string key_;
};

bool is_id(const std::string& text) {
  return text.size() == id_digits && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

std::string to_hex(const std::string& bytes) {
  std::string hex;
  for (const char c : bytes) hex += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return hex;
}

std::optional<std::string> from_hex(const std::string& hex) {
  if (hex.size() % 2 != 0) return std::nullopt;
  const auto digit = [](char c) { return c >= '0' && c <= '9' ? c - '0' : c - 'a' + 10; };
  if (hex.find_first_not_of("0123456789abcdef") != std::string::npos) return std::nullopt;
  std::string bytes;
  for (std::size_t n = 0; n < hex.size(); n += 2)
    bytes += static_cast<char>(digit(hex[n]) * 16 + digit(hex[n + 1]));
  return bytes;
}

/// The keys and the string members of a record. The longest strings are last.
template <class Record>
auto string_members(Record& r) {
  return std::array{std::pair{"id", &r.id},
                    std::pair{"name", &r.name},
                    std::pair{"solver", &r.solver},
                    std::pair{"solver_version", &r.solver_version},
                    std::pair{"job_path", &r.job_path},
                    std::pair{"job_folder", &r.job_folder},
                    std::pair{"inventory", &r.inventory},
                    std::pair{"data", &r.data},
                    std::pair{"data_files", &r.data_files},
                    std::pair{"identity", &r.identity},
                    std::pair{"job_text", &r.job_text}};
}

/// A checksum of all members, which does not depend on the formatting of the JSON.
std::string checksum_of(const RunRecord& r) {
  std::string all =
      fmt::format("{} {} {} {} {}", format_version, r.since, name_of(r.status), r.step, r.attempt);
  for (const auto& [key, text] : string_members(r)) all += fmt::format(" {}:{}", text->size(), *text);
  return base::fingerprint(all);
}

/// Writes the copy of the job, unless it exists. Ignores failures, because the record itself contains the
/// job.
void write_job(const std::string& path, const std::string& text) {
  try {
    if (host::read_small_file(path, max_bytes) == text) return;
  } catch (const Error&) {
    // It is missing or damaged.
  }
  try {
    host::write_whole_file(path, text, host::Durability::on_disk);
  } catch (const Error&) {
  }
}

[[noreturn]] void throw_damaged(const std::string& path, const std::string& why) {
  throw Error(ExitCode::bad_data, fmt::format("the run record `{}` is damaged: {}", path, why),
              "restore the file from a backup, or start a new run in another directory; nothing was changed");
}

std::int64_t number_in(const FlatObject& object, const char* key, std::int64_t max, const std::string& path) {
  const auto found = object.numbers.find(key);
  if (found == object.numbers.end() || found->second < 0 || found->second > max)
    throw_damaged(path, fmt::format("it has no valid `{}`", key));
  return found->second;
}

std::string string_in(const FlatObject& object, const std::string& key, const std::string& path) {
  if (const auto found = object.strings.find(key); found != object.strings.end()) return found->second;
  if (const auto found = object.strings.find(key + hex_suffix); found != object.strings.end()) {
    if (const auto bytes = from_hex(found->second)) return *bytes;
  }
  throw_damaged(path, fmt::format("it has no valid `{}`", key));
}

Status status_in(const FlatObject& object, const std::string& path) {
  const auto found = std::find(statuses.begin(), statuses.end(), string_in(object, "status", path));
  if (found == statuses.end()) throw_damaged(path, "it has no valid `status`");
  return static_cast<Status>(found - statuses.begin());
}

void check_format(const FlatObject& object, const std::string& path) {
  const auto found = object.numbers.find("format");
  if (found == object.numbers.end()) throw_damaged(path, "it has no valid `format`");
  if (found->second == format_version) return;
  throw Error(ExitCode::bad_data,
              fmt::format("the run record `{}` has format {}, written by another version of Tessera; "
                          "this version reads format {}",
                          path, found->second, format_version),
              "use the version that wrote it, or start a new run in another directory; nothing was changed");
}

}  // namespace

const char* name_of(Status status) { return statuses[static_cast<std::size_t>(status)]; }

RunRecord RunRecord::create() {
  std::random_device random;
  RunRecord record;
  record.id = fmt::format("{:08x}{:08x}", random(), random());
  return record;
}

std::optional<RunRecord> RunRecord::read(const std::string& run_directory) {
  const std::string path = path_in(run_directory);
  std::string bytes;
  try {
    bytes = host::read_small_file(path, max_bytes);
  } catch (const host::SystemError& e) {
    if (e.error_number() == ENOENT || e.error_number() == ENOTDIR) return std::nullopt;
    if (e.error_number() == EACCES) host::require_readable(path);
    // Unlike a damaged checkpoint, the record has no substitute. EIO may be transient, for example on a file
    // server, and must not end the run permanently.
    if (e.error_number() == EIO) throw Error{ExitCode::io_error, e.message()};
    throw;
  }
  FlatObject object;
  if (!nlohmann::json::sax_parse(bytes, &object)) {
    // The record of another version need not be flat.
    if (object.numbers.contains("format")) check_format(object, path);
    throw_damaged(path, "it is not a flat JSON object");
  }
  check_format(object, path);
  constexpr std::int64_t max_uint32 = std::numeric_limits<std::uint32_t>::max();
  RunRecord record;
  record.status = status_in(object, path);
  record.step = number_in(object, "step", std::numeric_limits<std::int64_t>::max(), path);
  record.attempt = static_cast<std::uint32_t>(number_in(object, "attempt", max_uint32, path));
  record.since = static_cast<std::uint32_t>(number_in(object, "since", max_uint32, path));
  for (const auto& [key, text] : string_members(record)) *text = string_in(object, key, path);
  if (!is_id(record.id)) throw_damaged(path, "it has no valid `id`");
  if (string_in(object, "checksum", path) != checksum_of(record))
    throw_damaged(path, "its checksum does not match its content");
  if (record.json() != bytes) throw_damaged(path, "it is not formatted as it was written");
  return record;
}

std::string RunRecord::json() const {
  nlohmann::ordered_json out;
  out["format"] = format_version;
  out["status"] = name_of(status);
  out["step"] = step;
  out["attempt"] = attempt;
  out["since"] = since;
  for (const auto& [key, text] : string_members(*this)) {
    if (base::is_utf8(*text)) {
      out[key] = *text;
    } else {
      out[std::string{key} + hex_suffix] = to_hex(*text);
    }
  }
  out["checksum"] = checksum_of(*this);
  return base::json_text(out, 1) + "\n";
}

void RunRecord::write(const std::string& run_directory) const {
  base::expects(is_id(id) && step >= 0, "a record has an id and a step");
  const std::string text = json();
  base::expects(text.size() <= max_bytes, "a record can be read back");
  host::write_whole_file(path_in(run_directory), text, host::Durability::on_disk);
  write_job(run_directory + "/job.toml", job_text);
}

}  // namespace tessera::rundir
