#include "grid/solver/findings.h"

namespace tessera::solver {

std::string Findings::text() const {
  std::string all;
  for (const std::string& p : problems_) all += (all.empty() ? "" : "; ") + p;
  return all;
}

bool Findings::readable(const void* table, std::int32_t count, const char* what, std::int32_t most) {
  if (count < 0 || count > most) {
    add("it declares " + std::to_string(count) + " " + what + " (0 to " + std::to_string(most) +
        " are allowed)");
    return false;
  }
  if (count > 0 && table == nullptr) {
    add("its table of " + std::string(what) + " is NULL");
    return false;
  }
  return true;
}

void Findings::check_name(std::set<std::string>& names, const std::string& name, const char* what) {
  if (!is_key(name)) {
    add(std::string("a ") + what + " is called `" + name +
        "` (letters, digits and underscores, no digit first)");
  } else if (!names.insert(name).second) {
    add(std::string("two ") + what + "s are called `" + name + "`");
  }
}

bool is_key(const std::string& s) {
  if (s.empty()) return false;
  for (const char c : s) {
    const bool fine = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    if (!fine) return false;
  }
  return (s[0] < '0' || s[0] > '9') && s.size() <= 64;
}

}  // namespace tessera::solver
