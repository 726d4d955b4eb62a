// Errors in the declarations of a plugin.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace tessera::plugin {

/// Collects errors, so that the author of a plugin sees all of them at once.
class Findings {
 public:
  void add(const std::string& problem) { problems_.push_back(problem); }
  bool empty() const { return problems_.empty(); }
  /// The findings, separated by semicolons: at most the first 20, then the number of the others.
  std::string text() const;

  /// Adds a finding if `name` is invalid or already in `names`; otherwise adds it to `names`. `kind`: the
  /// kind of object, such as "field".
  void check_name(std::set<std::string>& names, const std::string& name, const char* kind);
  /// Adds a finding if `flags` has bits outside `known`. `owner`: the object that has the flags, such as
  /// "field `height`".
  void check_flags(std::uint32_t flags, std::uint32_t known, const std::string& owner);

 private:
  std::vector<std::string> problems_;
};

/// Whether a text can be a key of a job file: at most 64 letters, digits and underscores, not starting with a
/// digit.
bool is_key(const std::string& text);

}  // namespace tessera::plugin
