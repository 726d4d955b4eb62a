// Reads the keys of a section by type and reports what is wrong with them.
#pragma once

#include "job/document.h"
#include "job/job_spec.h"
#include "job/solver_schema.h"

#include <cstdint>
#include <initializer_list>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tessera::job {

/// What to say of a problem.
struct Complaint {
  std::string message;
  std::string label = {};       ///< after the caret
  std::string note = {};        ///< below
  std::string suggestion = {};  ///< the word alone, for machines
};

/// What all parts of the check share.
class Context {
 public:
  /// `schema` may be nullptr: then nothing is said about what only a solver knows.
  Context(const Document& document, const SolverSchema* schema, Diagnostics& out);

  const Document& document() const { return *document_; }
  const SolverSchema* schema() const { return schema_; }

  /// `key` is the dotted path of the key; may be empty.
  void complain(const Place& place, std::string key, Complaint what);
  std::size_t complaints() const { return complaints_; }

  /// Checks that a text is a formula in the given variables; complains otherwise.
  bool is_formula(const Node& text, const std::string& key, const std::vector<std::string>& variables);

  /// Index of a field that a job may name, whose kind is among `kinds`. Complains otherwise; says
  /// nothing without a schema.
  std::optional<int> field(const std::string& name, const Place& place, const std::string& key,
                           std::initializer_list<FieldKind> kinds);

 private:
  const Document* document_;
  const SolverSchema* schema_;
  Diagnostics* out_;
  std::size_t complaints_ = 0;
};

/// A table of the job that takes certain keys. Reading a key that is absent gives nullopt and says
/// nothing; reading one of the wrong type complains.
class Section {
 public:
  /// A top-level section, which may be absent. Complains about keys that are not in `keys`.
  Section(Context& context, const std::string& name, std::vector<std::string> keys);
  /// A table below a section; `path` is its dotted path, `label` how messages call it ("[[probes.point]]").
  /// `place` is where a missing key is reported.
  Section(Context& context, const Node& table, Place place, std::string path, std::string label,
          std::vector<std::string> keys);

  bool present() const { return table_ != nullptr; }
  const Place& place() const { return place_; }
  const std::string& path() const { return path_; }
  Context& context() const { return *context_; }

  const Node* find(const std::string& key) const;
  /// As find(); complains when the key is absent. `example`: what to write.
  const Node* require(const std::string& key, const std::string& example) const;
  /// Where a key's name stands.
  Place key_place(const std::string& key) const;

  std::optional<std::string> text(const std::string& key) const;
  std::optional<std::string> choice(const std::string& key, std::span<const std::string> choices) const;
  std::optional<double> number(const std::string& key) const;
  std::optional<std::int64_t> integer(const std::string& key, std::int64_t least,
                                      std::int64_t most = std::numeric_limits<std::int64_t>::max()) const;
  std::optional<bool> boolean(const std::string& key) const;
  std::optional<double> duration(const std::string& key) const;
  std::optional<Cadence> cadence(const std::string& key) const;
  /// Names of fields, each once.
  std::optional<std::vector<int>> fields(const std::string& key,
                                         std::initializer_list<FieldKind> kinds) const;

  /// Complains about the value of `key`.
  void complain(const std::string& key, Complaint what) const;
  std::string path_of(const std::string& key) const { return path_ + "." + key; }

 private:
  void report_unknown(const std::vector<std::string>& keys) const;

  Context* context_;
  const Node* table_ = nullptr;
  Place place_;
  std::string path_;
  std::string label_;
};

/// A finite number, or nullopt after a complaint that `name` (the key as messages call it) wants one.
std::optional<double> read_number(Context& context, const Node& node, const std::string& key,
                                  const std::string& name);

/// "a, b, c", sorted.
std::string listed(std::vector<std::string> words);

}  // namespace tessera::job
