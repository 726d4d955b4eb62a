// Reads the keys of a job's sections by type and reports problems in them.
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

/// The texts of a problem; see Problem.
struct Complaint {
  std::string message;
  std::string label = {};       ///< printed after the carets
  std::string note = {};        ///< printed below
  std::string suggestion = {};  ///< only the replacement word, for programs
};

/// The only section in which a key is valid, for a hint if the key appears in another section.
struct KeyHint {
  const char* key;
  const char* section;
};

/// The document being checked, and its problems so far. The constructor's arguments must outlive the object.
class Context {
 public:
  Context(const Document& document, Diagnostics& out, std::span<const KeyHint> key_hints = {});

  const Document& document() const { return *document_; }
  std::span<const KeyHint> key_hints() const { return key_hints_; }

  /// Reports a problem. `key` is the dotted path of the key; may be empty.
  void complain(const Place& place, std::string key, Complaint what);
  /// Calls complain(), and returns nullopt for the caller to return.
  std::nullopt_t refuse(const Place& place, std::string key, Complaint what);
  /// Complains about a value of the wrong kind. `name`: the key as it appears in messages. `wanted`: the
  /// right kind, such as "an array of strings".
  std::nullopt_t refuse_kind(const Node& node, std::string key, const std::string& name,
                             const std::string& wanted, std::string hint = {});
  std::size_t complaint_count() const { return complaint_count_; }

 private:
  const Document* document_;
  Diagnostics* out_;
  std::span<const KeyHint> key_hints_;
  std::size_t complaint_count_ = 0;
};

/// Returns the number in a node. Complains and returns nullopt if it is not a finite number. `name`: the key
/// as it appears in messages.
std::optional<double> read_number(Context& context, const Node& node, const std::string& key,
                                  const std::string& name);

/// Returns the words in sorted order, as "a, b, c".
std::string listed(std::vector<std::string> words);
/// Returns a complaint about a word that is not among `candidates`. Suggests a similar one, if any.
Complaint unknown_word(std::string message, const std::string& word, std::span<const std::string> candidates,
                       std::string note);

/// A table of the job. Complains about unknown keys. Reading an absent key returns nullopt
/// without a complaint; reading a value of the wrong type returns nullopt and complains.
class Section {
 public:
  /// A top-level section, which may be absent. `keys`: the valid keys.
  Section(Context& context, const std::string& name, std::vector<std::string> keys);
  /// A table below a section; `path` is its dotted path, `label` its name in messages ("[[probes.point]]").
  /// `place` is where a missing key is reported.
  Section(Context& context, const Node& table, Place place, std::string path, std::string label,
          std::vector<std::string> keys);

  bool present() const { return table_ != nullptr; }
  const Place& place() const { return place_; }
  Context& context() const { return *context_; }

  const Node* find(const std::string& key) const;
  /// As find(), but complains if the key is absent. `example`: what the user could write.
  const Node* require(const std::string& key, const std::string& example) const;
  /// The location of a key's name.
  Place key_place(const std::string& key) const;

  std::optional<std::string> text(const std::string& key) const;
  std::optional<std::string> choice(const std::string& key, std::span<const std::string> choices) const;
  std::optional<double> number(const std::string& key) const;
  std::optional<std::int64_t> integer(const std::string& key, std::int64_t min,
                                      std::int64_t max = std::numeric_limits<std::int64_t>::max()) const;
  std::optional<bool> boolean(const std::string& key) const;
  std::optional<double> duration(const std::string& key) const;
  std::optional<Cadence> cadence(const std::string& key) const;

  /// Returns the value of `key` if it is an array; nullptr if the key is absent, or if the value is of
  /// another kind, about which it complains. `wanted`: what the array should be, such as "an array of
  /// strings".
  const Node* array(const std::string& key, const std::string& wanted, std::string hint = {}) const;
  /// Complains about the value of `key`.
  void complain(const std::string& key, Complaint what) const;
  /// Complains about the name of `key` rather than its value.
  void complain_name(const std::string& key, Complaint what) const;
  /// Calls complain(), and returns nullopt for the caller to return.
  std::nullopt_t refuse(const std::string& key, Complaint what) const;
  /// Complains that the value of `key`, which must be present, is not of the kind `wanted`.
  std::nullopt_t refuse_kind(const std::string& key, const std::string& wanted, std::string hint = {}) const;
  std::string path_of(const std::string& key) const { return path_ + "." + key; }

 private:
  void report_unknown(const std::vector<std::string>& keys) const;

  Context* context_;
  const Node* table_ = nullptr;
  Place place_;
  std::string path_;
  std::string label_;
};

}  // namespace tessera::job
