#include "job/suggest.h"

#include <catch2/catch.hpp>

using tessera::job::edit_distance;
using tessera::job::suggest;

TEST_CASE("the edit distance counts insertions, deletions, substitutions and transpositions") {
  CHECK(edit_distance("", "") == 0);
  CHECK(edit_distance("", "abc") == 3);
  CHECK(edit_distance("abc", "abc") == 0);
  CHECK(edit_distance("kitten", "sitting") == 3);
  CHECK(edit_distance("bounday", "boundary") == 1);
  CHECK(edit_distance("slover", "solver") == 1);
  CHECK(edit_distance("ab", "ba") == 1);
  CHECK(edit_distance("ca", "abc") == 3);
}

TEST_CASE("a similar word is suggested, a dissimilar one is not") {
  const std::vector<std::string> keys{"boundary", "cells", "chunk", "dt", "end", "every"};
  CHECK(suggest("bounday", keys) == "boundary");
  CHECK(suggest("Cells", keys) == "cells");
  CHECK(suggest("cell", keys) == "cells");
  CHECK(suggest("evrey", keys) == "every");
  CHECK(suggest("edn", keys) == "end");
  CHECK(suggest("td", keys) == "dt");
  CHECK_FALSE(suggest("q", keys));
  CHECK_FALSE(suggest("", keys));
  CHECK_FALSE(suggest("temperature", keys));
  CHECK_FALSE(suggest(std::string(100000, 'x'), keys));
  CHECK_FALSE(suggest("x", std::vector<std::string>{}));
}
