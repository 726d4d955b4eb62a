#include "run/node_facts.h"

#include "base/archive.h"
#include "base/text.h"
#include "transport/environment.h"

#include <set>
#include <span>
#include <sstream>

#include <fmt/format.h>

namespace tessera::host {

/// Encodes or decodes the limits of a rank. Found by argument-dependent lookup.
void describe(auto& archive, base::MaybeConst<MemoryLimit> auto& limit) {
  archive(limit.bytes, limit.source);
}
void describe(auto& archive, base::MaybeConst<RankLimits> auto& limits) {
  archive(limits.host, limits.node, limits.node_memory, limits.process.address_space, limits.process.data);
}

}  // namespace tessera::host

namespace tessera::run {

std::vector<host::RankLimits> gather_memory_limits(const transport::Communicator& comm) {
  const int node = comm.node_leaders()[static_cast<std::size_t>(comm.rank())];
  const host::RankLimits own{transport::Environment::host(), node,
                             comm.rank() == node ? host::available_memory() : host::MemoryLimit{},
                             host::process_memory()};
  std::vector<host::RankLimits> all;
  for (const std::string& text : comm.gather(base::encode(own)))
    all.push_back(base::decode<host::RankLimits>(text, "the memory limits of a rank"));
  return all;
}

std::string describe_node(const transport::Communicator& comm, const std::vector<int>& nodes,
                          const machine::Topology& topology) {
  const int own_node = nodes[static_cast<std::size_t>(comm.rank())];
  std::string ranks;
  for (int r = 0; r < comm.size(); ++r) {
    if (nodes[static_cast<std::size_t>(r)] == own_node) ranks += fmt::format(" {}", r);
  }
  const std::size_t cores = topology.cores.size();
  return fmt::format("on {}: ranks{} of {}, {} core{} for this rank, {} free", transport::Environment::host(),
                     ranks, comm.size(), cores, cores == 1 ? "" : "s",
                     base::format_bytes(host::available_memory().bytes));
}

std::string describe_oversubscription(const transport::Communicator& comm,
                                      const machine::Topology& topology) {
  const transport::Communicator node = comm.node();
  std::string own_cores;
  for (const unsigned core : topology.cores) own_cores += fmt::format("{} ", core);
  std::set<std::string> cores;
  for (const std::string& text : node.gather(own_cores)) {
    std::istringstream words{text};
    for (std::string core; words >> core;) cores.insert(core);
  }
  if (!node.is_root() || cores.empty() || cores.size() >= static_cast<std::size_t>(node.size())) return {};
  return fmt::format("{} ranks on {} core{} of {}", node.size(), cores.size(), cores.size() == 1 ? "" : "s",
                     transport::Environment::host());
}

}  // namespace tessera::run
