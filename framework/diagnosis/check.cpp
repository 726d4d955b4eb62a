#include "diagnosis/check.h"

#include <utility>

namespace tessera::diagnosis {

Check failed_check(std::string group, std::string name, const base::Error& error) {
  const std::string text = error.text().substr(error.text().starts_with("error: ") ? 7 : 0);
  const std::size_t end = std::min(text.find('\n'), text.size());
  Check check{std::move(group), std::move(name), State::bad, text.substr(0, end), {}};
  if (end < text.size()) check.advice = text.substr(end + 1);
  if (check.advice.starts_with("  = ")) check.advice.erase(0, 4);
  return check;
}

}  // namespace tessera::diagnosis
