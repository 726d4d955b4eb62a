// Every key of a job: its limits, and whether it may change when a run is resumed.
#include "base/error.h"
#include "grid/kind/grid_kind.h"
#include "job_keys.h"
#include "run/session.h"
#include "rundir/field_files.h"
#include "rundir/run_record.h"
#include "support/hdf5_writer.h"
#include "support/temporary_folder.h"
#include "support/world.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <optional>
#include <regex>
#include <set>
#include <sstream>

using namespace tessera;
using base::ExitCode;
using job::Problem;
using test::JobKey;
using test::Restart;
using test::Type;

namespace {

namespace fs = std::filesystem;
using Overrides = std::vector<std::string>;

Overrides joined(Overrides first, const Overrides& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

/// The result of checking a job.
struct Checked {
  std::optional<work::CheckedJob> job;
  std::vector<Problem> problems;
};

/// The sample jobs in a folder, and runs of them.
class Jobs {
 public:
  Jobs() {
    for (const auto& [name, text] : test::sample_jobs()) folder_.write(name + ".toml", text);
    write_data("bed.h5", -1.0);
    write_data("other.h5", -2.0);
    write_run("source");
    folder_.write("tide.csv", "time,level,other,hours [h]\n0,1,2,0\n1e7,1.5,1,3000\n");
    folder_.write("other.csv", "time,level\n0,2\n1e7,2.5\n");
  }

  std::string path(const std::string& name) const { return folder_.file(name); }

  Checked check(const std::string& name, const Overrides& overrides) const {
    job::Diagnostics problems;
    const auto document = job::Document::read(path(name + ".toml"), overrides, problems);
    work::CheckOptions options;
    options.plugin_folders = {TESSERA_SOLVERS_DIR};
    options.limits = {{"host", 0, {1e9, "a limit of this test"}, {}}};
    Checked checked;
    if (document.parsed()) checked.job = grid::GridKind{}.check(document, options, problems);
    checked.problems = problems.problems();
    return checked;
  }

  /// Runs a job in the directory `run`, and returns the exit code. Throws base::Error.
  ExitCode run(const std::string& name, const Overrides& overrides, const std::string& run,
               run::Resume resume = run::Resume::never, double deadline = 0.0) const {
    run::Options options;
    options.job.path = path(name + ".toml");
    options.job.overrides = overrides;
    options.job.plugin_folders = {TESSERA_SOLVERS_DIR};
    options.run_directory = path(run);
    options.resume = resume;
    options.deadline = deadline;
    options.quiet = true;
    const grid::GridKind kind{};
    const run::Terminal terminal;
    const host::BoardSlot board;
    return run::Session{world(), kind, options, terminal, board}.run();
  }

  /// The state digest of a run that has ended.
  std::string digest_of(const std::string& run) const {
    return nlohmann::json::parse(test::bytes_of(path(run) + "/run.json")).at("digest").at("state");
  }
  /// The state digest of a run of the job without interruption.
  std::string undisturbed_digest(const std::string& name, const Overrides& overrides = {}) const {
    const std::string run = "undisturbed";
    REQUIRE(this->run(name, overrides, run) == ExitCode::done);
    const std::string digest = digest_of(run);
    fs::remove_all(path(run));
    return digest;
  }

 private:
  /// Writes data that cover the domains of the jobs, at the times 0 and 10.
  void write_data(const std::string& name, double value) const {
    test::Hdf5Writer file{path(name)};
    std::vector<double> bed;
    std::vector<double> other;
    std::vector<double> parts;
    for (const double rise : {0.0, 0.125}) {
      for (int n = 0; n < 9 * 7; ++n) bed.push_back(rise + (n % 9 < 7 ? value + 0.01 * (n % 9) : 1.0));
      other.insert(other.end(), 9 * 7, value + rise);
      for (int n = 0; n < 9 * 7 * 3; ++n) parts.push_back(value - n % 3);
    }
    file.write_reals("bed", {2, 7, 9}, bed);
    file.write_reals("other", {2, 7, 9}, other);
    file.write_reals("parts", {2, 7, 9, 3}, parts);
    file.write_reals("time", {2}, {0, 10});
    file.write_reals("x", {9}, {0, 1, 2, 3, 4, 5, 6, 7, 8});
    file.write_reals("wide_x", {9}, {0, 2, 4, 6, 8, 10, 12, 14, 16});
    file.write_reals("y", {7}, {0, 1, 2, 3, 4, 5, 6});
  }

  /// Writes the directory of a run that is done, with one field file.
  void write_run(const std::string& name) const {
    fs::create_directories(path(name) + "/fields");
    rundir::RunRecord record = rundir::RunRecord::create();
    record.status = rundir::RunRecord::Status::done;
    record.step = 7;
    record.write(path(name));
    test::Hdf5Writer file{path(name) + "/" + rundir::field_file_name(7)};
    file.write_reals("bed", {6, 8}, std::vector<double>(6 * 8, -1.5));
    file.write_reals("ground", {6, 8}, std::vector<double>(6 * 8, -2.5));
    file.write_reals("x", {8}, {0.5, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5});
    file.write_reals("y", {6}, {0.5, 1.5, 2.5, 3.5, 4.5, 5.5});
  }

  test::TemporaryFolder folder_;
};

const Jobs& jobs() {
  static const Jobs all;
  return all;
}

std::string text_of(const std::vector<Problem>& problems) {
  std::string text;
  for (const Problem& p : problems) text += p.key + ": " + p.message + "\n";
  return text;
}

/// The words after "valid keys in ...:" and similar notes.
std::vector<std::string> words_of(const std::string& note) {
  std::vector<std::string> words;
  const auto colon = note.rfind(": ");
  if (colon == std::string::npos) return words;
  std::istringstream list{note.substr(colon + 2)};
  for (std::string word; std::getline(list >> std::ws, word, ',');) words.push_back(word);
  return words;
}

/// Adds the paths of `node` and of all tables in it, for overrides.
void list_tables(const job::Node& node, const std::string& path, std::vector<std::string>& paths) {
  if (node.is_table()) {
    paths.push_back(path);
    for (std::size_t n = 0; n < node.items.size(); ++n)
      list_tables(node.items[n], path + "." + node.keys[n].name, paths);
  } else if (node.is_array()) {
    for (std::size_t n = 0; n < node.items.size(); ++n)
      list_tables(node.items[n], path + "." + std::to_string(n), paths);
  }
}

/// All keys that the check accepts, from what it says about unknown keys.
std::set<std::string> accepted_keys() {
  std::set<std::string> keys;
  for (const auto& [name, text] : test::sample_jobs()) {
    job::Diagnostics ignored;
    const job::Document document{"job.toml", text, {}, ignored};
    const Checked sections = jobs().check(name, {"zz=0"});
    REQUIRE(sections.problems.size() == 1);
    Overrides overrides;
    for (const std::string& section : words_of(sections.problems[0].note)) {
      const job::Node* node = document.root().find(section);
      std::vector<std::string> tables{section};
      if (node != nullptr) tables.clear(), list_tables(*node, section, tables);
      for (const std::string& table : tables) overrides.push_back(table + ".zz=0");
    }
    for (const Problem& p : jobs().check(name, overrides).problems) {
      if (!p.key.ends_with(".zz")) continue;
      std::string table = p.key.substr(0, p.key.size() - 2);
      table = std::regex_replace(table, std::regex{"^initial\\.[^.]+\\."}, "initial.*.");
      table = std::regex_replace(table, std::regex{"^domain.boundary\\.[^.]+\\."}, "domain.boundary.*.");
      if (p.message.find("unknown key `zz`") != 0) continue;  // a table of fields
      for (const std::string& word : words_of(p.note)) keys.insert(table + word);
    }
  }
  // Fields that shallow_water computes and, when it is configured, rejects in [initial].
  for (const char* name : {"wave", "speed", "energy"}) keys.erase(std::string("initial.") + name);
  return keys;
}

/// Values of the wrong type.
std::vector<std::string> wrong_values(Type type) {
  switch (type) {
    case Type::integer:
      return {"true", "\"x\"", "1.5", "inf", "nan", "1e400", "9223372036854775808", "-9223372036854775809",
              "{}"};
    case Type::number:
      return {"true", "\"x\"", "[1]", "{}", "inf", "-inf", "nan", "1e400", "-1e400"};
    case Type::duration:
      return {"true", "\"x\"", "\"1 km\"", "\"1e400 s\"", "[1]", "{}", "inf", "nan", "1e400"};
    case Type::cadence:
      return {"true",          "inf",         "nan",       "1e400",         "\"x\"", "\"1\"",
              "\"1.5 steps\"", "\"1e400 s\"", "\"inf s\"", "\"nan steps\"", "[1]",   "{}"};
    case Type::time:
      return {"true", "\"\"", "[1]", "{}", "inf", "nan"};
    case Type::boolean:
      return {"0", "1.0", "\"true\"", "[true]", "{}"};
    case Type::text:
      return {"0", "1.5", "true", "[\"x\"]", "1979-05-27"};
    case Type::array:
      return {"true", "1.5", "\"x\"", "1979-05-27"};
    case Type::table:
    case Type::formula:
      return {"true", "1979-05-27", "[[]]"};
    case Type::date:
      return {"true", "1", "1.5", "\"1979-05-27\"", "[1979-05-27]", "{}"};
  }
  return {};
}

/// Checks that a value is rejected at its position on the command line.
void check_rejected(const JobKey& key, const std::string& value, bool states_limits) {
  const std::string path = test::override_path(key.path);
  const std::string setting = path + "=" + value;
  CAPTURE(setting);
  const Checked checked = jobs().check(key.job, joined(key.with, {setting}));
  CHECK_FALSE(checked.job);
  const auto is_about_key = [&](const Problem& p) {
    // The value may not be valid TOML, or may contradict the opposite corner of the domain.
    const bool same_key = p.key.empty() || p.key.starts_with(key.path) || p.key.starts_with(path) ||
                          p.key == "domain.lower" || p.key == "domain.upper";
    return same_key && p.is_override && p.file == setting && p.column > 0;
  };
  INFO(text_of(checked.problems));
  const auto problem = std::find_if(checked.problems.begin(), checked.problems.end(), is_about_key);
  CHECK(problem != checked.problems.end());
  if (!states_limits || problem == checked.problems.end()) return;
  static const std::regex limits{
      "at least|at most|above|below|between| from |too |1 to|narrow|finite|expects|would need|ends "
      "of|differ|any|not representable|could not be interpreted|unexpected|controlled by|must be the "
      "absolute"};
  CHECK(std::regex_search(problem->message + " " + problem->label, limits));
}

/// The keys of each column of the table of restarts in docs/job-file.md, by section.
std::map<std::string, std::array<std::set<std::string>, 3>> documented_restarts() {
  std::map<std::string, std::array<std::set<std::string>, 3>> sections;
  std::istringstream page{test::bytes_of(TESSERA_SOURCE_DIR "/docs/job-file.md")};
  std::string line;
  while (std::getline(page, line) && line != "## Changes at a restart") {
  }
  while (std::getline(page, line) && !line.starts_with("## ")) {
    if (!line.starts_with("| `[")) continue;
    std::istringstream cells{line.substr(1)};
    std::string cell;
    std::getline(cells, cell, '|');
    auto& columns = sections[cell.substr(3, cell.find(']') - 3)];
    for (std::set<std::string>& column : columns) {
      std::getline(cells, cell, '|');
      const std::regex word{"`([a-z_]+)`|all"};
      for (std::sregex_iterator at{cell.begin(), cell.end(), word}; at != std::sregex_iterator{}; ++at)
        column.insert((*at)[1].matched ? (*at)[1].str() : "all");
    }
  }
  return sections;
}

}  // namespace

TEST_CASE("the table contains every key of a job") {
  std::set<std::string> table;
  for (const JobKey& key : test::job_keys()) {
    CAPTURE(key.path);
    CHECK(table.insert(key.path).second);
  }
  CHECK(table == accepted_keys());
}

TEST_CASE("values of the wrong type are rejected") {
  for (const JobKey& key : test::job_keys()) {
    for (const std::string& value : wrong_values(key.type)) check_rejected(key, value, false);
  }
}

TEST_CASE("values beyond the limits are rejected") {
  for (const JobKey& key : test::job_keys()) {
    for (const std::string& value : key.rejected) check_rejected(key, value, true);
  }
}

TEST_CASE("a job with any value within the limits takes a step") {
  for (const JobKey& key : test::job_keys()) {
    for (const std::string& value : key.accepted) {
      Overrides overrides = joined({"time.max_steps=1"}, key.with);
      overrides.push_back(test::override_path(key.path) + "=" + value);
      CAPTURE(overrides.back());
      try {
        CHECK(jobs().run(key.job, overrides, "limit") == ExitCode::done);
      } catch (const base::Error& e) {
        FAIL_CHECK(e.text());
      }
      fs::remove_all(jobs().path("limit"));
    }
  }
}

TEST_CASE("exactly the keys that may not change are part of the identity") {
  std::map<std::string, checkpoint::Identity> originals;
  const auto identity_of = [](const std::string& name, const Overrides& overrides) {
    const Checked checked = jobs().check(name, overrides);
    INFO(text_of(checked.problems));
    REQUIRE(checked.job);
    checkpoint::Identity identity = checked.job->identity;
    identity.data = grid::GridKind{}.data_identity(*checked.job);
    return identity;
  };
  for (const auto& [name, text] : test::sample_jobs()) originals[name] = identity_of(name, {});
  for (const JobKey& key : test::job_keys()) {
    CAPTURE(key.path);
    const auto difference = checkpoint::mismatch(originals[key.job], identity_of(key.job, key.change));
    CHECK(static_cast<bool>(difference) == (key.restart == Restart::refused));
    CHECK(difference.reason.find(key.refusal) != std::string::npos);
  }
}

TEST_CASE("a run resumes if a key that may change has changed, and otherwise is refused") {
  std::map<std::string, std::string> digests;
  for (const auto& [name, text] : test::sample_jobs()) {
    digests[name] = jobs().undisturbed_digest(name);
    // The deadline has passed, so the run stops as soon as it can.
    REQUIRE(jobs().run(name, {}, "stopped-" + name, run::Resume::never, 1e-9) == ExitCode::resumable);
    REQUIRE(jobs().digest_of("stopped-" + name) != digests[name]);
  }
  for (const JobKey& key : test::job_keys()) {
    CAPTURE(key.path);
    const std::string run = jobs().path("resumed");
    fs::copy(jobs().path("stopped-" + key.job), run, fs::copy_options::recursive);
    const auto resume = [&] { return jobs().run(key.job, key.change, "resumed", run::Resume::automatic); };
    if (key.restart == Restart::refused) {
      try {
        resume();
        FAIL_CHECK("the run was resumed");
      } catch (const base::Error& e) {
        INFO(e.text());
        CHECK(e.code() == ExitCode::bad_data);
        CHECK(e.text().find(key.refusal) != std::string::npos);
      }
    } else {
      try {
        CHECK(resume() == ExitCode::done);
      } catch (const base::Error& e) {
        FAIL_CHECK(e.text());
      }
      if (key.restart == Restart::free) CHECK(jobs().digest_of("resumed") == digests[key.job]);
      if (key.path.starts_with("time."))
        CHECK(jobs().digest_of("resumed") == jobs().undisturbed_digest(key.job, key.change));
      if (key.restart == Restart::steps) CHECK(jobs().digest_of("resumed") != digests[key.job]);
    }
    fs::remove_all(run);
  }
}

TEST_CASE("the manual states which keys may change when a run is resumed") {
  std::map<std::string, std::array<std::set<std::string>, 3>> expected;
  for (const JobKey& key : test::job_keys()) {
    const auto dot = key.path.find('.');
    const std::string name = key.path.substr(dot + 1);
    if (name.find('.') == std::string::npos)
      expected[key.path.substr(0, dot)][static_cast<std::size_t>(key.restart)].insert(name);
  }
  auto documented = documented_restarts();
  for (auto& [section, columns] : documented) {
    for (std::size_t n = 0; n < columns.size(); ++n) {
      if (columns[n] == std::set<std::string>{"all"}) columns[n] = expected[section][n];
    }
  }
  CHECK(documented == expected);
}
