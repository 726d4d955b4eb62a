// The mistakes in what a plugin declares.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace tessera::plugin {

/// Collects mistakes, so that an author sees all of them at once.
class Findings {
 public:
  void add(const std::string& problem) { problems_.push_back(problem); }
  bool none() const { return problems_.empty(); }
  /// All of them, separated by semicolons.
  std::string text() const;

  /// Adds a finding if `name` is not a valid name or is one of `names` already; else adds it to them. `what`:
  /// a singular.
  void check_name(std::set<std::string>& names, const std::string& name, const char* what);
  /// Adds a finding if `flags` has bits outside of `known`. `what`: whose flags they are.
  void check_flags(std::uint32_t flags, std::uint32_t known, const std::string& what);

 private:
  std::vector<std::string> problems_;
};

/// Whether a text can be a key of a job file: letters, digits and underscores, no digit first, at most 64.
bool is_key(const std::string& text);

}  // namespace tessera::plugin
