#include "transport/network_interfaces.h"

#include <catch2/catch.hpp>

#include <deque>
#include <string>
#include <vector>

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>

using tessera::transport::has_usable_ipv4;

namespace {

constexpr unsigned active = IFF_UP | IFF_RUNNING;
constexpr unsigned loopback = active | IFF_LOOPBACK;

struct Interface {
  unsigned flags;
  std::string address;  ///< empty: none, as for some tunnels
};

/// Whether a host with these interfaces uses IPv4.
bool uses_ipv4(const std::vector<Interface>& interfaces) {
  std::deque<sockaddr_storage> addresses;
  std::deque<ifaddrs> entries;
  for (const Interface& i : interfaces) {
    ifaddrs entry{};
    entry.ifa_flags = i.flags;
    if (!i.address.empty()) {
      sockaddr_storage& storage = addresses.emplace_back();
      auto& v4 = reinterpret_cast<sockaddr_in&>(storage);
      auto& v6 = reinterpret_cast<sockaddr_in6&>(storage);
      if (i.address.find(':') == std::string::npos) {
        v4.sin_family = AF_INET;
        REQUIRE(inet_pton(AF_INET, i.address.c_str(), &v4.sin_addr) == 1);
      } else {
        v6.sin6_family = AF_INET6;
        REQUIRE(inet_pton(AF_INET6, i.address.c_str(), &v6.sin6_addr) == 1);
      }
      entry.ifa_addr = reinterpret_cast<sockaddr*>(&storage);
    }
    entries.push_back(entry);
    if (entries.size() > 1) entries[entries.size() - 2].ifa_next = &entries.back();
  }
  return has_usable_ipv4(entries.empty() ? nullptr : &entries.front());
}

}  // namespace

TEST_CASE("IPv4 is used if an interface that is up and running has a routable IPv4 address") {
  CHECK(uses_ipv4({{loopback, "127.0.0.1"}, {active, "10.0.0.7"}, {active, "fd00::7"}}));
  CHECK(uses_ipv4({{active, ""}, {active, "fd00::7"}, {active, "169.253.1.1"}}));
  CHECK_FALSE(uses_ipv4({{loopback, "127.0.0.1"}, {IFF_UP, "172.17.0.1"}, {active, "fd00::7"}}));
  CHECK_FALSE(uses_ipv4({{loopback, "127.0.0.1"}, {IFF_RUNNING, "10.0.0.7"}, {active, "fd00::7"}}));
  CHECK_FALSE(uses_ipv4({{loopback, "127.0.0.1"}, {active, "169.254.10.20"}, {active, "fd00::7"}}));
  CHECK_FALSE(uses_ipv4({{active, "fd00::7"}}));
  CHECK_FALSE(uses_ipv4({}));
}

TEST_CASE("IPv4 on the loopback is used if there is no other interface to use") {
  CHECK(uses_ipv4({{loopback, "127.0.0.1"}, {loopback, "::1"}}));
  CHECK(uses_ipv4({{loopback, "127.0.0.1"}, {IFF_UP, "fd00::7"}, {active, ""}, {active, "fe80::1"}}));
  CHECK_FALSE(uses_ipv4({{loopback, "127.0.0.1"}, {active, "fd00::7"}}));
  CHECK_FALSE(uses_ipv4({{loopback, "::1"}}));
}
