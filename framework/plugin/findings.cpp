#include "plugin/findings.h"

#include "base/text.h"

#include <algorithm>
#include <cstddef>

#include <fmt/format.h>

namespace tessera::plugin {

std::string Findings::text() const {
  constexpr std::size_t max_shown = 20;
  const auto shown = static_cast<std::ptrdiff_t>(std::min(problems_.size(), max_shown));
  std::string text = fmt::format("{}", fmt::join(problems_.begin(), problems_.begin() + shown, "; "));
  if (problems_.size() > max_shown) text += fmt::format("; and {} more", problems_.size() - max_shown);
  return text;
}

void Findings::check_name(std::set<std::string>& names, const std::string& name, const char* kind) {
  if (!is_key(name)) {
    add(fmt::format(
        "invalid {} name `{}` (use at most 64 letters, digits and underscores, not starting with a digit)",
        kind, base::printable(name, 80)));
  } else if (!names.insert(name).second) {
    add(std::string("two ") + kind + "s are called `" + name + "`");
  }
}

void Findings::check_flags(std::uint32_t flags, std::uint32_t known, const std::string& owner) {
  if (const std::uint32_t unknown = flags & ~known; unknown != 0)
    add(fmt::format("{} has unknown flags ({:#x}), which require a newer Tessera", owner, unknown));
}

bool is_key(const std::string& s) {
  constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";
  return !s.empty() && s.size() <= 64 && s.find_first_not_of(allowed) == std::string::npos &&
         (s[0] < '0' || s[0] > '9');
}

}  // namespace tessera::plugin
