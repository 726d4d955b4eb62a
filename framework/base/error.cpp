#include "base/error.h"

#include "base/text.h"

namespace tessera::base {

Error::Error(ExitCode code, std::string_view problem, std::string_view hint)
    : code_{code}, text_{std::string{prefix} + printable(problem, unlimited, Newlines::indented)} {
  if (!hint.empty()) text_ += "\n  = " + printable(hint, unlimited, Newlines::indented);
}

}  // namespace tessera::base
