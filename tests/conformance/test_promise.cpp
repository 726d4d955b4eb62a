#include "conformance/promise.h"

#include <catch2/catch.hpp>

#include <set>
#include <string>

using namespace tessera;
using conformance::Promise;

TEST_CASE("each promise has its own name and text") {
  std::set<std::string> names;
  std::set<std::string> texts;
  for (const Promise p : conformance::promises) {
    names.insert(conformance::name_of(p));
    texts.insert(conformance::text_of(p));
  }
  CHECK(names == std::set<std::string>{"radius", "cells", "memory", "bits", "restart"});
  CHECK(texts.size() == 5);
  CHECK(conformance::name_of(Promise::memory) == std::string("memory"));
}

TEST_CASE("each violation breaks one promise") {
  using loop::Violation;
  CHECK(conformance::promise_broken_by(Violation::reads_beyond) == Promise::radius);
  CHECK(conformance::promise_broken_by(Violation::writes_outside) == Promise::cells);
  CHECK(conformance::promise_broken_by(Violation::skips_cell) == Promise::cells);
  CHECK(conformance::promise_broken_by(Violation::uses_old_value) == Promise::memory);
}
