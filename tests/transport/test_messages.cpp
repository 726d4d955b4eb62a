#include "support/world.h"
#include "transport/persistent_messages.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <set>
#include <vector>

using namespace tessera;
using transport::PersistentMessages;

namespace {

/// Byte `n` of the message that one rank sends to another in a round.
std::byte message_byte(int from, int to, int round, std::size_t n) {
  return static_cast<std::byte>((static_cast<std::size_t>(from * 31 + to * 17 + round * 7) + n) & 0xffu);
}

}  // namespace

TEST_CASE("messages between all pairs of ranks arrive in every round") {
  const int size = world().size();
  const int rank = world().rank();
  const std::size_t bytes = GENERATE(1u, 1000u, 300000u);  // for the eager and the rendezvous protocol
  std::vector<std::vector<std::byte>> out(static_cast<std::size_t>(size));
  std::vector<std::vector<std::byte>> in(static_cast<std::size_t>(size));
  PersistentMessages messages{world()};
  for (int peer = 0; peer < size; ++peer) {  // including itself
    out[static_cast<std::size_t>(peer)].resize(bytes);
    in[static_cast<std::size_t>(peer)].resize(bytes);
    CHECK(messages.add_send(peer, 3, out[static_cast<std::size_t>(peer)]) == peer);
    CHECK(messages.add_receive(peer, 3, in[static_cast<std::size_t>(peer)]) == peer);
  }
  for (int round = 0; round < 20; ++round) {
    messages.start_receives();
    for (int peer = size - 1; peer >= 0; --peer) {
      auto& buffer = out[static_cast<std::size_t>(peer)];
      for (std::size_t n = 0; n < bytes; ++n) buffer[n] = message_byte(rank, peer, round, n);
      messages.start_send(peer);
    }
    messages.progress();
    std::set<int> seen;
    for (int m = messages.next_received(); m >= 0; m = messages.next_received()) {
      CHECK(seen.insert(m).second);
      const auto& buffer = in[static_cast<std::size_t>(m)];
      bool same = true;
      for (std::size_t n = 0; n < bytes; ++n) same = same && buffer[n] == message_byte(m, rank, round, n);
      CHECK(same);
    }
    CHECK(seen.size() == static_cast<std::size_t>(size));
    CHECK(messages.next_received() == -1);
    messages.wait_sends();
  }
}

TEST_CASE("a set of messages may be empty or contain empty messages") {
  PersistentMessages none{world()};
  none.start_receives();
  CHECK(none.next_received() == -1);
  none.wait_sends();

  const int next = (world().rank() + 1) % world().size();
  const int previous = (world().rank() + world().size() - 1) % world().size();
  std::vector<std::byte> empty;
  std::vector<std::byte> out(8, std::byte{7});
  std::vector<std::byte> in(8);
  PersistentMessages messages{world()};
  const int empty_send = messages.add_send(next, 1, empty);
  messages.add_receive(previous, 1, empty);
  const int full_send = messages.add_send(next, 2, out);
  const int full_receive = messages.add_receive(previous, 2, in);
  for (int round = 0; round < 3; ++round) {
    std::fill(in.begin(), in.end(), std::byte{0});
    messages.start_receives();
    messages.start_send(empty_send);
    messages.start_send(full_send);
    CHECK(messages.next_received() == full_receive);
    CHECK(messages.next_received() == -1);
    CHECK(in == out);
    messages.wait_sends();
  }
}

TEST_CASE("a set of messages can be moved before its first use") {
  std::vector<std::byte> out{std::byte{1}};
  std::vector<std::byte> in{std::byte{0}};
  PersistentMessages first{world()};
  first.add_send(world().rank(), 9, out);
  first.add_receive(world().rank(), 9, in);
  PersistentMessages messages{std::move(first)};
  messages.start_receives();
  messages.start_send(0);
  CHECK(messages.next_received() == 0);
  messages.wait_sends();
  CHECK(in == out);
}

TEST_CASE("next_received() must still return the messages after all_received()") {
  PersistentMessages none{world()};
  none.start_receives();
  CHECK(none.all_received());

  const int next = (world().rank() + 1) % world().size();
  const int previous = (world().rank() + world().size() - 1) % world().size();
  std::vector<std::byte> out(50000, std::byte{5});
  std::vector<std::byte> in(out.size());
  PersistentMessages messages{world()};
  messages.add_send(next, 4, out);
  messages.add_receive(previous, 4, in);
  for (int round = 0; round < 3; ++round) {
    std::fill(in.begin(), in.end(), std::byte{0});
    messages.start_receives();
    CHECK_FALSE(messages.all_received());
    world().barrier();  // no rank sends before all ranks have checked
    messages.start_send(0);
    while (!messages.all_received()) messages.progress();
    CHECK(in == out);
    CHECK(messages.next_received() == 0);
    CHECK(messages.next_received() == -1);
    messages.wait_sends();
    world().barrier();
  }
}
