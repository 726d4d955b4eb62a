#include "transport/network_interfaces.h"

#include <cstdint>

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>

namespace tessera::transport {

namespace {

bool is_ipv4(const ifaddrs& entry) { return entry.ifa_addr->sa_family == AF_INET; }

/// Whether the entry is an address of an interface in use, and not valid on one link only.
bool is_usable(const ifaddrs& entry) {
  constexpr unsigned in_use = IFF_UP | IFF_RUNNING;
  if (entry.ifa_addr == nullptr || (entry.ifa_flags & in_use) != in_use) return false;
  if (is_ipv4(entry)) {
    const auto& address = *reinterpret_cast<const sockaddr_in*>(entry.ifa_addr);
    const std::uint32_t bits = ntohl(address.sin_addr.s_addr);
    return bits >> 16 != 0xa9fe;  // 169.254.0.0/16
  }
  if (entry.ifa_addr->sa_family != AF_INET6) return false;
  const auto& address = *reinterpret_cast<const sockaddr_in6*>(entry.ifa_addr);
  return address.sin6_addr.s6_addr[0] != 0xfe || (address.sin6_addr.s6_addr[1] & 0xc0) != 0x80;  // fe80::/10
}

}  // namespace

bool has_usable_ipv4(const ifaddrs* interfaces) {
  bool loopback_has_ipv4 = false;
  bool others_are_usable = false;
  for (const ifaddrs* entry = interfaces; entry != nullptr; entry = entry->ifa_next) {
    if (!is_usable(*entry)) continue;
    if ((entry->ifa_flags & IFF_LOOPBACK) != 0) {
      loopback_has_ipv4 = loopback_has_ipv4 || is_ipv4(*entry);
    } else if (is_ipv4(*entry)) {
      return true;
    } else {
      others_are_usable = true;
    }
  }
  return loopback_has_ipv4 && !others_are_usable;
}

bool has_usable_ipv4() {
  ifaddrs* all = nullptr;
  if (getifaddrs(&all) != 0) return false;
  const bool found = has_usable_ipv4(all);
  freeifaddrs(all);
  return found;
}

}  // namespace tessera::transport
