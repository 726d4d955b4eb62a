// The mistakes in what a plugin declares.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace tessera::solver {

/// Collects mistakes, so that an author sees all of them at once.
class Findings {
 public:
  void add(const std::string& problem) { problems_.push_back(problem); }
  bool none() const { return problems_.empty(); }
  /// All of them, separated by semicolons.
  std::string text() const;

  /// Whether a table of `count` entries can be read: `count` is 0 to `most` and the table is not NULL. If it
  /// cannot, adds a finding about `what`, a plural.
  bool readable(const void* table, std::int32_t count, const char* what, std::int32_t most);
  /// Adds a finding if `name` is not a valid name or is one of `names` already; else adds it to them. `what`:
  /// a singular.
  void check_name(std::set<std::string>& names, const std::string& name, const char* what);

 private:
  std::vector<std::string> problems_;
};

/// Whether a text can be a key of a job file: letters, digits and underscores, no digit first, at most 64.
bool is_key(const std::string& text);

}  // namespace tessera::solver
