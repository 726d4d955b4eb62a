// File descriptors that the ranks of a node pass to each other.
#include "support/world.h"
#include "transport/descriptor_exchange.h"

#include <catch2/catch.hpp>

#include <array>
#include <string>

#include <sys/mman.h>
#include <unistd.h>

using tessera::base::Descriptor;
using tessera::transport::exchange_descriptors;

namespace {

std::string text_of(int rank) { return "rank " + std::to_string(rank); }

/// Creates a file in memory that contains the text of this rank.
Descriptor create_file() {
  Descriptor file{memfd_create("test", MFD_CLOEXEC)};
  const std::string text = text_of(world().rank());
  REQUIRE(write(file.number(), text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  return file;
}

std::string read_text(const Descriptor& file) {
  std::array<char, 32> buffer{};
  const ssize_t bytes = pread(file.number(), buffer.data(), buffer.size(), 0);
  return bytes < 0 ? std::string{} : std::string{buffer.data(), static_cast<std::size_t>(bytes)};
}

}  // namespace

TEST_CASE("every rank receives the descriptors of all others") {
  for (int repetition = 0; repetition < 20; ++repetition) {
    const Descriptor own = create_file();
    std::string problem = "stale";
    const std::vector<Descriptor> files = exchange_descriptors(world(), own.number(), problem);
    CHECK(problem.empty());
    REQUIRE(files.size() == static_cast<std::size_t>(world().size()));
    for (int rank = 0; rank < world().size(); ++rank) {
      const Descriptor& file = files[static_cast<std::size_t>(rank)];
      CHECK(file.is_open() == (rank != world().rank()));
      if (file.is_open()) CHECK(read_text(file) == text_of(rank));
    }
  }
}

TEST_CASE("a descriptor that a rank does not send is missing on all others", "[several-ranks]") {
  REQUIRE(world().size() > 1);
  const Descriptor own = create_file();
  std::string problem;
  const std::vector<Descriptor> files =
      exchange_descriptors(world(), world().rank() == 0 ? -1 : own.number(), problem);
  CHECK(problem == (world().rank() == 0 ? "" : "no file descriptor arrived from another rank on this node"));
  for (int rank = 0; rank < world().size(); ++rank) {
    CHECK(files[static_cast<std::size_t>(rank)].is_open() == (rank != 0 && rank != world().rank()));
  }
}
