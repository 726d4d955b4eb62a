#include "base/error.h"

#include "base/text.h"

namespace tessera::base {

namespace {

constexpr std::string_view hint_prefix = "\n  = ";

}  // namespace

Error::Error(ExitCode code, std::string_view problem, std::string_view hint)
    : code_{code}, text_{std::string{prefix} + printable(problem, unlimited, Newlines::indented)} {
  if (!hint.empty()) {
    text_ += hint_prefix;
    text_ += printable(hint, unlimited, Newlines::indented);
  }
}

std::string Error::problem() const {
  const std::string all = message();
  return all.substr(0, all.find(hint_prefix));
}

std::string Error::hint() const {
  const std::size_t begin = text_.find(hint_prefix);
  return begin == std::string::npos ? std::string{} : text_.substr(begin + hint_prefix.size());
}

}  // namespace tessera::base
