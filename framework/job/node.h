// The values in a job file as a tree, with the location of each value.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tessera::job {

/// The location of a key or value.
struct Location {
  int source = 0;  ///< 0: the file; n: the n-th override on the command line
  int line = 0;    ///< 1-based; 0: the document as a whole
  int column = 0;  ///< 1-based, in characters
  int length = 0;  ///< in characters, within the line
};

struct Key {
  std::string name;
  Location location;
};

struct Node {
  enum class Kind { text, integer, real, boolean, date, array, table };
  Kind kind = Kind::table;
  Location location;
  std::string text;  ///< text: the string; date: the date in TOML notation
  std::int64_t integer = 0;
  double real = 0.0;
  bool boolean = false;
  std::vector<Key> keys;    ///< table: one key per item, in file order
  std::vector<Node> items;  ///< array: its elements; table: its values

  bool is(Kind k) const { return kind == k; }
  bool is_text() const { return kind == Kind::text; }
  bool is_array() const { return kind == Kind::array; }
  bool is_table() const { return kind == Kind::table; }
  bool is_number() const { return kind == Kind::integer || kind == Kind::real; }
  double number() const { return kind == Kind::integer ? static_cast<double>(integer) : real; }
  /// Returns the value of `key` in a table; nullptr if there is none.
  const Node* find(std::string_view key) const;
  Node* find(std::string_view key);
};

/// Returns the name of a kind, with an article: "an integer", "a string", "an array".
const char* kind_name(Node::Kind kind);

/// Whether `key` can be written without quotes in TOML.
bool is_bare_key(std::string_view key);
/// Returns the tree as a TOML document.
std::string to_toml(const Node& root);

}  // namespace tessera::job
