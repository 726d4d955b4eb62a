// Tests of parameters that are declared and read through the C++ adapter.
#include <tessera/grid.hpp>

#include <catch2/catch.hpp>

#include <array>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

TEST_CASE("integer parameters have the range of their type, up to 64 bits") {
  tessera::detail::Parameters all;
  const tessera::Parameter<std::int64_t> wide = all.add<std::int64_t>("wide");
  const tessera::Parameter<unsigned> narrow = all.add<unsigned>("narrow").at_most(7u);
  all.add<int>("above").above(3);
  const std::vector<tessera_parameter>& table = all.table();
  CHECK(table[0].flags == 0);
  CHECK(table[1].flags == (TESSERA_HAS_MINIMUM | TESSERA_HAS_MAXIMUM));
  CHECK((table[1].minimum.integer == 0 && table[1].maximum.integer == 7));
  CHECK(table[2].flags == (TESSERA_HAS_MINIMUM | TESSERA_MINIMUM_OPEN | TESSERA_HAS_MAXIMUM));
  const std::array<std::int64_t, 3> numbers{9007199254740993, 3, 4};
  std::array<tessera_values, 3> values{};
  for (std::size_t n = 0; n < 3; ++n) values[n] = {1, nullptr, &numbers[n], nullptr, nullptr};
  all.bind(values.data(), 3, sizeof(tessera_values));
  CHECK(wide.value() == 9007199254740993);
  CHECK(narrow.value() == 3u);
}

TEST_CASE("lists, columns and series are declared, and read after they have been set") {
  tessera::detail::Parameters all;
  const tessera::List<double> rates =
      all.add<double>("rates", TESSERA_LIST).at_least(0.0).size_at_least(1).size_at_most(4);
  const tessera::List<int> marks = all.add<int>("marks", TESSERA_LIST).default_values({3, -1});
  const tessera::List<std::string> names =
      all.add<std::string>("names", TESSERA_LIST).default_values({"a", "b"});
  const tessera::Series inflow = all.add<double>("inflow", TESSERA_SERIES);
  const tessera::Column<double> depth =
      all.add_table("layer").rows_at_least(2).rows_at_most(9).column<double>("depth");
  const std::vector<tessera_parameter>& table = all.table();
  CHECK(table[0].flags ==
        (TESSERA_LIST | TESSERA_HAS_MINIMUM | TESSERA_HAS_MINIMUM_COUNT | TESSERA_HAS_MAXIMUM_COUNT));
  CHECK((table[0].minimum_count == 1 && table[0].maximum_count == 4));
  REQUIRE(table[1].default_count == 2);
  CHECK((table[1].default_numbers[0].integer == 3 && table[1].default_numbers[1].integer == -1));
  REQUIRE(table[2].default_count == 2);
  CHECK((table[2].default_texts[0] == std::string{"a"} && table[2].default_texts[1] == std::string{"b"}));
  CHECK(table[3].flags == TESSERA_SERIES);
  CHECK((table[4].minimum_count == 2 && table[4].maximum_count == 9));

  CHECK(rates.size() == 0);
  CHECK_THROWS_WITH(inflow.at(0.0), "parameter `inflow` was read before configure()");
  const std::array<double, 4> reals{1.0, 3.0, -2.0, 8.0};
  const std::array<double, 4> times{-1.0, 0.0, 10.0, 11.0};
  const std::array<std::int64_t, 2> integers{5, 6};
  const std::array<const char*, 1> texts{"c"};
  const std::array<tessera_values, 5> values{{{3, reals.data(), nullptr, nullptr, nullptr},
                                              {2, nullptr, integers.data(), nullptr, nullptr},
                                              {1, nullptr, nullptr, texts.data(), nullptr},
                                              {4, reals.data(), nullptr, nullptr, times.data()},
                                              {2, &reals[2], nullptr, nullptr, nullptr}}};
  all.bind(values.data(), 5, sizeof(tessera_values));
  CHECK(std::vector<double>(rates.span().begin(), rates.span().end()) == std::vector<double>{1.0, 3.0, -2.0});
  CHECK((marks.size() == 2 && marks[1] == 6));
  CHECK((names.size() == 1 && names[0] == "c"));
  CHECK((depth.size() == 2 && depth[1] == 8.0));
  CHECK(inflow.at(-5.0) == 1.0);
  CHECK(inflow.at(-1.0) == 1.0);
  CHECK(inflow.at(-0.5) == 2.0);
  CHECK(inflow.at(0.0) == 3.0);
  CHECK(inflow.at(2.5) == 1.75);
  CHECK(inflow.at(10.0) == -2.0);
  CHECK(inflow.at(10.25) == 0.5);
  CHECK(inflow.at(11.0) == 8.0);
  CHECK(inflow.at(1e9) == 8.0);
}

TEST_CASE("a series with a single time is constant") {
  const double value = 2.5;
  const double time = 0.0;
  const tessera_values series{1, &value, nullptr, nullptr, &time};
  for (const double t : {-1.0, 0.0, 7.0}) CHECK(tessera_series_at(&series, t) == 2.5);
}

TEST_CASE("a list or a series cannot be stored as a number") {
  tessera::detail::Parameters all;
  const auto list = all.add<double>("rates", TESSERA_LIST);
  CHECK_THROWS_WITH(
      tessera::Parameter<double>{list},
      "parameter `rates` cannot be stored in a tessera::Parameter: a list needs a tessera::List, a "
      "series a tessera::Series");
  CHECK_THROWS_AS(tessera::Series{list}, std::logic_error);
  CHECK_THROWS_WITH(all.add<double>("a", TESSERA_LIST).default_value(1.0),
                    "default_value() cannot be called for `a`, which is a list");
  CHECK_THROWS_WITH(all.add<double>("b").default_values({1.0}),
                    "default_values() cannot be called for `b`, which is not a list");
  CHECK_THROWS_AS(tessera::List<double>{all.add<double>("speed")}, std::logic_error);
}

TEST_CASE("values are read correctly if the structs have additional members") {
  struct Appended {
    tessera_values values;
    double new_member;
  };
  tessera::detail::Parameters all;
  const tessera::Parameter<double> a = all.add<double>("a");
  const tessera::Parameter<double> b = all.add<double>("b");
  const std::array<double, 2> numbers{1.5, 2.5};
  const std::array<Appended, 2> values{{{{1, numbers.data(), nullptr, nullptr, nullptr}, 0},
                                        {{1, &numbers[1], nullptr, nullptr, nullptr}, 0}}};
  all.bind(&values[0].values, 2, sizeof(Appended));
  CHECK(a.value() == 1.5);
  CHECK(b.value() == 2.5);
}
