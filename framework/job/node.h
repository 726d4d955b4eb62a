// The values in a job file, as a tree with the location of each value.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tessera::job {

/// The location of a key or value.
struct Place {
  int source = 0;  ///< 0: the file; n: the n-th override of the command line
  int line = 0;    ///< from 1; 0: the document as a whole
  int column = 0;  ///< from 1, in characters
  int length = 0;  ///< in characters, within that line
};

struct Key {
  std::string name;
  Place place;
};

struct Node {
  enum class Kind { text, integer, real, boolean, date, array, table };
  Kind kind = Kind::table;
  Place place;
  std::string text;  ///< text: its value; date: as written in TOML
  std::int64_t integer = 0;
  double real = 0.0;
  bool boolean = false;
  std::vector<Key> keys;    ///< table: one per item, in the order of the file
  std::vector<Node> items;  ///< array, table

  bool is(Kind k) const { return kind == k; }
  bool is_text() const { return kind == Kind::text; }
  bool is_array() const { return kind == Kind::array; }
  bool is_table() const { return kind == Kind::table; }
  bool is_number() const { return kind == Kind::integer || kind == Kind::real; }
  double number() const { return kind == Kind::integer ? static_cast<double>(integer) : real; }
  /// Returns the item `key` of a table; nullptr if there is none.
  const Node* find(std::string_view key) const;
  Node* find(std::string_view key);
};

/// Returns the name of a kind, with an article: "an integer", "a string", "an array".
const char* kind_name(Node::Kind kind);

/// Whether `key` needs no quotes in TOML.
bool is_bare_key(std::string_view key);
/// Returns the tree as a TOML document.
std::string to_toml(const Node& root);

}  // namespace tessera::job
