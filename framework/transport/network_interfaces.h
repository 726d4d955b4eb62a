// The network interfaces of this host.
#pragma once

struct ifaddrs;

namespace tessera::transport {

/// Whether hosts can communicate by IPv4 through one of the interfaces in the list, as returned by
/// getifaddrs(): it is up and running, and has an address that is not link-local. The loopback counts only if
/// no other interface has such an address, neither of IPv4 nor of IPv6.
bool has_usable_ipv4(const ifaddrs* interfaces);

/// The same for the interfaces of this host; false if they are unknown.
bool has_usable_ipv4();

}  // namespace tessera::transport
