#include "support/world.h"
#include "transport/agreement.h"
#include "transport/message_exchange.h"

#include <catch2/catch.hpp>

#include <random>
#include <vector>

using namespace tessera;
using transport::Message;

namespace {

/// A message from one rank to another. Its payload is empty, small, or too large for the eager protocol.
Message message_from(int from, int to, int round) {
  Message message{
      to, "from " + std::to_string(from) + std::string(static_cast<std::size_t>(round), '\0'), {}};
  const std::size_t bytes = (from + to + round) % 3 == 0 ? 0 : (from + to + round) % 3 == 1 ? 17 : 300001;
  message.payload.resize(bytes);
  for (std::size_t n = 0; n < bytes; ++n) {
    message.payload[n] =
        static_cast<std::byte>((n * 7 + static_cast<std::size_t>(from * 31 + to * 17 + round)) & 0xffu);
  }
  return message;
}

}  // namespace

TEST_CASE("messages between any ranks arrive unchanged") {
  std::mt19937 random{5};  // the same on all ranks
  const int size = world().size();
  const int rank = world().rank();
  for (int round = 0; round < 40; ++round) {
    std::vector<Message> outgoing;
    std::vector<int> sources;
    for (int from = 0; from < size; ++from) {
      for (int to = 0; to < size; ++to) {  // including itself
        if (random() % 3 == 0) continue;
        if (from == rank) outgoing.push_back(message_from(from, to, round));
        if (to == rank) sources.insert(round % 2 == 0 ? sources.end() : sources.begin(), from);
      }
    }
    const std::vector<Message> incoming = transport::exchange(world(), std::move(outgoing), sources);
    REQUIRE(incoming.size() == sources.size());
    for (std::size_t n = 0; n < sources.size(); ++n) {
      const Message expected = message_from(sources[n], rank, round);
      CHECK(incoming[n].peer == sources[n]);
      CHECK(incoming[n].header == expected.header);
      CHECK((incoming[n].payload == expected.payload));
    }
  }
}

TEST_CASE("an exchange may contain no messages") { CHECK(transport::exchange(world(), {}, {}).empty()); }

TEST_CASE("a missing or unexpected message is an error on all ranks") {
  const int size = world().size();
  const int rank = world().rank();
  // The last rank expects a message from rank 0 that rank 0 does not send.
  const std::vector<int> expected = rank == size - 1 ? std::vector<int>{0} : std::vector<int>{};
  CHECK_THROWS_AS(transport::exchange(world(), {}, expected), transport::AgreedError);
  // Rank 0 sends a message that no rank expects.
  std::vector<Message> outgoing;
  if (rank == 0) outgoing.push_back(message_from(0, size - 1, 1));
  CHECK_THROWS_AS(transport::exchange(world(), outgoing, {}), transport::AgreedError);
}

TEST_CASE("a message expected from the wrong rank is an error on all ranks", "[several-ranks]") {
  const int size = world().size();
  const int rank = world().rank();
  REQUIRE(size > 1);
  std::vector<Message> outgoing;
  if (rank == 0) outgoing.push_back(message_from(0, size - 1, 1));
  const std::vector<int> wrong_sources = rank == 0 ? std::vector<int>{0} : std::vector<int>{};
  CHECK_THROWS_AS(transport::exchange(world(), outgoing, wrong_sources), transport::AgreedError);
}
