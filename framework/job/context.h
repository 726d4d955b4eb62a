// Where the parts of a job's check report what is wrong.
#pragma once

#include "job/diagnostics.h"
#include "job/document.h"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tessera::job {

/// The text of a problem.
struct Complaint {
  std::string message;
  std::string label = {};       ///< after the caret
  std::string note = {};        ///< below
  std::string suggestion = {};  ///< the word alone, for machines
};

/// A key that belongs to one section only, for a hint if it is written in another.
struct Home {
  const char* key;
  const char* section;
};

/// The document being checked, and its problems so far. Everything that it is made of must outlive it.
class Context {
 public:
  Context(const Document& document, Diagnostics& out, std::span<const Home> homes = {});

  const Document& document() const { return *document_; }
  std::span<const Home> homes() const { return homes_; }

  /// Reports a problem. `key` is the dotted path of the key; may be empty.
  void complain(const Place& place, std::string key, Complaint what);
  std::size_t complaints() const { return complaints_; }

 private:
  const Document* document_;
  Diagnostics* out_;
  std::span<const Home> homes_;
  std::size_t complaints_ = 0;
};

/// The finite number in a node, or nullopt after a complaint. `name` is the key as messages call it.
std::optional<double> read_number(Context& context, const Node& node, const std::string& key,
                                  const std::string& name);

/// "a, b, c", sorted.
std::string listed(std::vector<std::string> words);

}  // namespace tessera::job
