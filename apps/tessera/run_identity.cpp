#include "run_identity.h"

#include "output/output_file.h"

#include <fstream>
#include <random>

#include <fmt/format.h>

namespace tessera::app {

RunIdentity RunIdentity::of(const std::string& directory) {
  RunIdentity identity;
  std::ifstream file{directory + "/run.id"};
  if (file >> identity.text && identity.text.size() <= 64 && identity.text.find('/') == std::string::npos) {
    if (!(file >> identity.since)) identity.since = 0;
    return identity;
  }
  std::random_device random;
  identity.text = fmt::format("{:08x}{:08x}", random(), random());
  identity.write(directory);
  return identity;
}

void RunIdentity::write(const std::string& directory) const {
  output::write_whole_file(directory + "/run.id", fmt::format("{} {}\n", text, since));
}

}  // namespace tessera::app
