#include "base/error.h"
#include "grid/input/cf_values.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <limits>
#include <string>
#include <utility>

using Catch::Contains;
using tessera::base::Error;
using tessera::input::Attribute;
using tessera::input::Attributes;
using tessera::input::CfValues;
using tessera::input::NumberType;

namespace {

CfValues values(NumberType type, std::vector<Attribute> attributes) {
  return CfValues{Attributes{std::move(attributes)}, type, "variable `v`"};
}

Attribute number(const char* name, double value, NumberType type = NumberType::float64) {
  return {name, std::vector<double>{value}, type};
}
Attribute text(const char* name, const char* value) { return {name, std::string{value}, NumberType::int8}; }

}  // namespace

TEST_CASE("missing values are compared in the type of the data") {
  const auto stored = static_cast<double>(-999.9F);
  for (const char* name : {"_FillValue", "missing_value"}) {
    const CfValues v = values(NumberType::float32, {number(name, -999.9)});
    CHECK_FALSE(v.value(stored));
    CHECK(v.value(-999.5) == -999.5);
    CHECK_THAT(v.missing_because(stored), Contains(std::string{"a missing value ("} + name));
  }
  // The largest 64-bit integers are rounded up, both in attributes and in data.
  for (const auto& [type, largest] : {std::pair{NumberType::int64, 9223372036854775807.0},
                                      std::pair{NumberType::uint64, 18446744073709551615.0}}) {
    CHECK_FALSE(values(type, {number("_FillValue", largest, type)}).value(largest));
    CHECK_FALSE(values(type, {number("missing_value", largest, type)}).value(largest));
  }
  // A short cannot be -999.9, and a byte cannot be 300.
  CHECK(values(NumberType::int16, {number("missing_value", -999.9)}).value(-999) == -999.0);
  CHECK(values(NumberType::int8, {number("missing_value", 300)}).value(44) == 44.0);
}

TEST_CASE("missing_value may be a list or a text") {
  const Attribute list{"missing_value", std::vector<double>{-1, -2}, NumberType::int16};
  for (const Attribute& attribute : {list, text("missing_value", "-1, -2")}) {
    const CfValues v = values(NumberType::int16, {attribute});
    CHECK_FALSE(v.value(-1));
    CHECK_FALSE(v.value(-2));
    CHECK(v.value(-3) == -3.0);
  }
  CHECK_THROWS_WITH(values(NumberType::int16, {text("missing_value", "none")}),
                    Contains("`none`, not a number"));
}

TEST_CASE("values that were never written are missing, except bytes") {
  CHECK_FALSE(values(NumberType::int16, {}).value(-32767));
  CHECK_FALSE(values(NumberType::float32, {}).value(static_cast<double>(9.9692099683868690e+36F)));
  CHECK(values(NumberType::int8, {}).value(-127) == -127.0);
  CHECK(values(NumberType::int16, {number("_FillValue", 0, NumberType::int16)}).value(-32767) == -32767.0);
  CHECK_FALSE(values(NumberType::uint64, {}).value(18446744073709551614.0));
  CHECK(values(NumberType::uint64, {}).value(7) == 7.0);
  CHECK_FALSE(values(NumberType::float64, {}).value(std::nan("")));
  CHECK_FALSE(values(NumberType::float64, {}).value(std::numeric_limits<double>::infinity()));
}

TEST_CASE("values outside of the valid range are missing") {
  const Attribute range{"valid_range", std::vector<double>{-11000, 9000}, NumberType::int16};
  const CfValues v = values(NumberType::int16, {range});
  CHECK_FALSE(v.value(-32000));
  CHECK(v.value(-11000) == -11000.0);
  CHECK(v.value(9000) == 9000.0);
  CHECK_FALSE(v.value(9001));
  CHECK_THAT(v.missing_because(-32000), Contains("below the valid range, which begins at -11000"));
  CHECK_FALSE(values(NumberType::int16, {number("valid_min", 0, NumberType::int16)}).value(-1));
  CHECK_FALSE(values(NumberType::int16, {number("valid_max", 0, NumberType::int16)}).value(1));
  // A range of the unpacked values, in a packed variable: programs disagree.
  CHECK_THROWS_WITH(values(NumberType::int16, {number("valid_min", 0), number("scale_factor", 0.1)}),
                    Contains("the type of its attribute valid_min is not that of the stored numbers"));
  CHECK_THROWS_WITH(values(NumberType::int16, {number("valid_min", 0, NumberType::int16),
                                               number("valid_max", 100), number("scale_factor", 0.1)}),
                    Contains("the type of its attribute valid_max is not that of the stored numbers"));
  CHECK_THROWS_WITH(values(NumberType::int16, {range, number("valid_min", 0)}), Contains("valid_range"));
}

TEST_CASE("values are unpacked, and depths are turned into heights") {
  const CfValues packed = values(NumberType::int16, {number("scale_factor", 0.5), number("add_offset", 100)});
  CHECK(packed.value(-4) == 98.0);
  CHECK(values(NumberType::float32, {text("positive", "down")}).value(4000) == -4000.0);
  CHECK(values(NumberType::float32, {text("positive", "down    ")}).value(4000) == -4000.0);
  CHECK(values(NumberType::float32, {text("positive", "    ")}).value(4000) == 4000.0);
  CHECK_FALSE(std::signbit(*values(NumberType::float32, {text("positive", "down")}).value(0)));
  CHECK(std::signbit(*values(NumberType::float64, {}).value(-0.0)));
  CHECK_THROWS_WITH(values(NumberType::int16, {number("scale_factor", 0)}), Contains("is 0"));
  CHECK_THROWS_WITH(values(NumberType::int16, {text("scale_factor", "0.1")}), Contains("is not a number"));
}

TEST_CASE("_Unsigned changes the meaning of integers") {
  const CfValues bytes =
      values(NumberType::int8, {text("_Unsigned", "true"), number("_FillValue", -1, NumberType::int8)});
  CHECK(bytes.value(-2) == 254.0);
  CHECK(bytes.value(2) == 2.0);
  CHECK_FALSE(bytes.value(-1));
  // Markers of missing data may be given as the numbers that the bytes mean.
  CHECK_FALSE(
      values(NumberType::int8, {text("_Unsigned", "true"), number("missing_value", 255, NumberType::int16)})
          .value(-1));
  CHECK_FALSE(
      values(NumberType::uint8, {text("_Unsigned", "false"), number("missing_value", -1, NumberType::int16)})
          .value(255));
  CHECK(values(NumberType::uint8, {text("_Unsigned", "false")}).value(254) == -2.0);
}
