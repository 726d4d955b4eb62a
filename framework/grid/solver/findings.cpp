#include "grid/solver/findings.h"

#include <fmt/format.h>

namespace tessera::solver {

std::string Findings::text() const { return fmt::format("{}", fmt::join(problems_, "; ")); }

bool Findings::readable(const void* table, std::int32_t count, const char* what, std::int32_t most) {
  if (count < 0 || count > most) {
    add(fmt::format("it declares {} {} (0 to {} are allowed)", count, what, most));
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
    add(fmt::format("a {} is called `{}` (letters, digits and underscores, no digit first)", what, name));
  } else if (!names.insert(name).second) {
    add(std::string("two ") + what + "s are called `" + name + "`");
  }
}

bool is_key(const std::string& s) {
  constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";
  return !s.empty() && s.size() <= 64 && s.find_first_not_of(allowed) == std::string::npos &&
         (s[0] < '0' || s[0] > '9');
}

}  // namespace tessera::solver
