#include "rundir/seal.h"

#include "base/contract.h"
#include "base/digest.h"

namespace tessera::rundir {

namespace {

constexpr std::string_view opening = "{\n  \"checksum\": \"";
constexpr std::string_view closing = "\",";
constexpr std::size_t digits = 16;

}  // namespace

std::string sealed(std::string_view json) {
  base::expects(json.starts_with('{'), "only an object can be sealed");
  return std::string{opening} + base::fingerprint(json) + std::string{closing} + std::string{json.substr(1)};
}

Seal seal_of(std::string_view content) {
  if (!content.starts_with(opening)) return Seal::missing;
  const std::string_view rest = content.substr(opening.size());
  if (rest.size() < digits || rest.substr(digits, closing.size()) != closing) return Seal::broken;
  const std::string json = "{" + std::string{rest.substr(digits + closing.size())};
  return base::fingerprint(json) == rest.substr(0, digits) ? Seal::intact : Seal::broken;
}

}  // namespace tessera::rundir
