#include "support/world.h"
#include "transport/agreement.h"
#include "transport/envelope.h"

#include <catch2/catch.hpp>

#include <random>
#include <vector>

using namespace tessera;
using transport::Message;

namespace {

/// The message from one rank to another. Its payload is empty, small, or too large for the eager protocol.
Message message_from(int from, int to, int round) {
  Message e{to, "from " + std::to_string(from) + std::string(static_cast<std::size_t>(round), '\0'), {}};
  const std::size_t bytes = (from + to + round) % 3 == 0 ? 0 : (from + to + round) % 3 == 1 ? 17 : 300001;
  e.payload.resize(bytes);
  for (std::size_t n = 0; n < bytes; ++n) {
    e.payload[n] =
        static_cast<std::byte>((n * 7 + static_cast<std::size_t>(from * 31 + to * 17 + round)) & 0xffu);
  }
  return e;
}

}  // namespace

TEST_CASE("envelopes between any ranks arrive as they were sent") {
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

TEST_CASE("no envelopes at all") { CHECK(transport::exchange(world(), {}, {}).empty()); }

TEST_CASE("ranks that disagree about who sends to whom all find out") {
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

TEST_CASE("ranks that await an envelope from the wrong rank all find out", "[several-ranks]") {
  const int size = world().size();
  const int rank = world().rank();
  REQUIRE(size > 1);
  std::vector<Message> outgoing;
  if (rank == 0) outgoing.push_back(message_from(0, size - 1, 1));
  const std::vector<int> wrong = rank == 0 ? std::vector<int>{0} : std::vector<int>{};
  CHECK_THROWS_AS(transport::exchange(world(), outgoing, wrong), transport::AgreedError);
}
