// Typed access to the sections of a job, with checks that report problems.
#pragma once

#include "job/diagnostics.h"
#include "job/document.h"
#include "job/node.h"
#include "job/units.h"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tessera::job {

/// The text of a problem; see Problem.
struct ProblemText {
  std::string message;
  std::string label = {};       ///< printed after the carets
  std::string note = {};        ///< printed below the quoted line
  std::string suggestion = {};  ///< the replacement word alone, for other programs
};

/// A key and the only section in which it is valid, for a hint if the key appears in another section.
struct KeyHint {
  const char* key;
  const char* section;
};

/// The document being checked, and where to report its problems. The constructor's arguments must outlive the
/// object.
class Context {
 public:
  Context(const Document& document, Diagnostics& out, std::span<const KeyHint> key_hints = {});

  const Document& document() const { return *document_; }
  std::span<const KeyHint> key_hints() const { return key_hints_; }

  /// Reports a problem. `key`: dotted path of the key; may be empty.
  void report(const Location& location, std::string key, ProblemText problem);
  /// Reports a problem and returns nullopt, which the caller can return in turn.
  std::nullopt_t reject(const Location& location, std::string key, ProblemText problem);
  /// Rejects a value of the wrong kind. `name`: the key as it appears in messages. `expected`: the right
  /// kind, such as "an array of strings".
  std::nullopt_t reject_kind(const Node& node, std::string key, const std::string& name,
                             const std::string& expected, std::string hint = {});
  /// The number of problems reported so far.
  std::size_t problem_count() const { return problem_count_; }

 private:
  const Document* document_;
  Diagnostics* out_;
  std::span<const KeyHint> key_hints_;
  std::size_t problem_count_ = 0;
};

/// Returns the number in a node. If it is not a finite number, reports a problem and returns nullopt. `name`:
/// the key as it appears in messages.
std::optional<double> read_number(Context& context, const Node& node, const std::string& key,
                                  const std::string& name);

/// Returns the string in a node, without control characters. Reports any other value and returns nullopt;
/// `key` and `name` as for read_number().
std::optional<std::string> read_text(Context& context, const Node& node, const std::string& key,
                                     const std::string& name);
/// As read_text(), for a string that must be one of `choices`.
std::optional<std::string> read_choice(Context& context, const Node& node, const std::string& key,
                                       const std::string& name, std::span<const std::string> choices);
/// Returns the duration in a node, in seconds. Reports any other value and returns nullopt.
std::optional<double> read_duration(Context& context, const Node& node, const std::string& key,
                                    const std::string& name);
/// Returns why `text`, the value of `name`, is not printable; an empty string if it is.
std::string unprintable_text(const std::string& name, const std::string& text);

/// Returns the words in sorted order, as "a, b, c".
std::string join_sorted(std::vector<std::string> words);
/// Returns the text of a problem with a word that is not among `candidates`. Suggests a similar candidate, if
/// there is one.
ProblemText unknown_word(std::string message, const std::string& word,
                         std::span<const std::string> candidates, std::string note);

/// A table in a job. The constructor reports unknown keys. Reading an absent key returns nullopt and reports
/// nothing; reading a value of the wrong type returns nullopt and reports a problem.
class Section {
 public:
  /// A top-level section, which may be absent. `keys`: the valid keys.
  Section(Context& context, const std::string& name, std::vector<std::string> keys);
  /// A table below a section. `location`: where missing keys are reported. `path`: dotted path of the table.
  /// `label`: name of the table in messages, such as "[[probes.point]]".
  Section(Context& context, const Node& table, Location location, std::string path, std::string label,
          std::vector<std::string> keys);

  bool present() const { return table_ != nullptr; }
  const Location& location() const { return location_; }
  Context& context() const { return *context_; }

  const Node* find(const std::string& key) const;
  /// As find(), but reports a problem if the key is absent. `example`: the line suggested to the user.
  const Node* require(const std::string& key, const std::string& example) const;
  /// The location of a key's name.
  Location key_location(const std::string& key) const;

  /// A string without control characters, such as a name.
  std::optional<std::string> text(const std::string& key) const;
  /// A string that may have several lines, such as a description.
  std::optional<std::string> lines(const std::string& key) const;
  std::optional<std::string> choice(const std::string& key, std::span<const std::string> choices) const;
  std::optional<double> number(const std::string& key) const;
  std::optional<std::int64_t> integer(const std::string& key, std::int64_t min,
                                      std::int64_t max = std::numeric_limits<std::int64_t>::max()) const;
  std::optional<bool> boolean(const std::string& key) const;
  std::optional<double> duration(const std::string& key) const;
  /// A cadence in a string, or an interval of simulated time as a number of seconds.
  std::optional<Cadence> cadence(const std::string& key) const;

  /// Returns the value of `key`, which should be an array; nullptr if the key is absent. If the value is of
  /// another kind, reports a problem and returns nullptr. `expected`: the right kind, such as "an array of
  /// strings".
  const Node* array(const std::string& key, const std::string& expected, std::string hint = {}) const;
  /// Reports a problem with the value of `key`, at the location of the value.
  void report(const std::string& key, ProblemText problem) const;
  /// Reports a problem with `key` itself, at the location of the key.
  void report_at_key(const std::string& key, ProblemText problem) const;
  /// As report(), but returns nullopt, which the caller can return in turn.
  std::nullopt_t reject(const std::string& key, ProblemText problem) const;
  /// Rejects the value of `key`, which must be present, because it is not of the kind `expected`.
  std::nullopt_t reject_kind(const std::string& key, const std::string& expected,
                             std::string hint = {}) const;
  /// The dotted path of `key`.
  std::string path_of(const std::string& key) const { return path_ + "." + key; }

 private:
  void report_unknown_keys(const std::vector<std::string>& keys) const;

  Context* context_;
  const Node* table_ = nullptr;
  Location location_;
  std::string path_;
  std::string label_;
};

}  // namespace tessera::job
