#include "base/print.h"
#include "support/temporary_folder.h"

#include <catch2/catch.hpp>

#include <cstdio>
#include <string>

using namespace tessera::base;
using tessera::test::bytes_of;
using tessera::test::TemporaryFolder;

TEST_CASE("printed strings are one line without control characters, and text of the program is unchanged") {
  const TemporaryFolder folder;
  std::FILE* file = std::fopen(folder.file("out").c_str(), "wb");
  REQUIRE(file != nullptr);
  const std::string name = "a\nb\x1b[31m\xff";
  print(file, "{}{:>3}{} {:<9}|\n", "\x1b[1m", 7, "\x1b[0m", name);
  print(file, "{}", Lines{"one\ntwo\x1b\n"});
  print_verbatim(file, "exact \xff\x1b\n");
  std::fclose(file);
  CHECK(bytes_of(folder.file("out")) ==
        "\x1b[1m  7\x1b[0m a\uFFFDb\uFFFD[31m\uFFFD|\none\ntwo\uFFFD\nexact \xff\x1b\n");
}
