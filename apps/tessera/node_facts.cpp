#include "node_facts.h"

#include "base/text.h"
#include "transport/environment.h"

#include <fstream>
#include <limits>
#include <set>
#include <sstream>

#include <fmt/format.h>

namespace tessera::app {

namespace {

/// Memory that this node can still give, bytes; infinity where the system does not say.
double available_memory() {
  std::ifstream file{"/proc/meminfo"};
  for (std::string key, unit; file >> key;) {
    double amount = 0.0;
    file >> amount >> unit;
    if (key == "MemAvailable:") return amount * 1024.0;
  }
  return std::numeric_limits<double>::infinity();
}

}  // namespace

double memory_of_all(const transport::Communicator& comm) {
  const transport::Communicator node = comm.node();
  double own = node.root() ? available_memory() : 0.0;
  comm.sum(std::span<double>{&own, 1});
  return own;
}

std::string place_text(const transport::Communicator& comm, const std::vector<int>& nodes,
                       std::uint32_t attempt, const driver::Attempt& fields) {
  const int own = nodes[static_cast<std::size_t>(comm.rank())];
  std::string ranks;
  for (int r = 0; r < comm.size(); ++r) {
    if (nodes[static_cast<std::size_t>(r)] == own) ranks += fmt::format(" {}", r);
  }
  const std::size_t cores = fields.topology().cores.size();
  return fmt::format("attempt {} on {}: ranks{} of {}, {} core{} for this one, {} free, {}", attempt,
                     transport::Environment::host(), ranks, comm.size(), cores, cores == 1 ? "" : "s",
                     base::format_bytes(available_memory()),
                     fields.decomposition().shares_memory() ? "shared memory" : "messages only");
}

std::string crowding(const transport::Communicator& comm, const machine::Topology& topology) {
  const transport::Communicator node = comm.node();
  std::string own;
  for (const unsigned core : topology.cores) own += fmt::format("{} ", core);
  std::set<std::string> cores;
  for (const std::string& text : node.gather(own)) {
    std::istringstream words{text};
    for (std::string core; words >> core;) cores.insert(core);
  }
  if (!node.root() || cores.empty() || cores.size() >= static_cast<std::size_t>(node.size())) return {};
  return fmt::format("{} ranks on {} core{} of {}", node.size(), cores.size(), cores.size() == 1 ? "" : "s",
                     transport::Environment::host());
}

std::string phases_text(const driver::PhaseTimes& phases) {
  std::string text;
  for (std::size_t p = 0; p < driver::phase_names.size(); ++p) {
    if (phases.seconds[p] < 1e-3) continue;
    text += fmt::format("{}{} {:.3g} s", text.empty() ? "" : ", ", driver::phase_names[p], phases.seconds[p]);
  }
  return text;
}

}  // namespace tessera::app
