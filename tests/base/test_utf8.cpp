#include "base/utf8.h"

#include <catch2/catch.hpp>

using namespace tessera::base;

TEST_CASE("every character is decoded as it was encoded") {
  for (char32_t code_point = 0; code_point <= 0x10FFFF; ++code_point) {
    if (code_point >= 0xD800 && code_point <= 0xDFFF) continue;
    const std::string text = to_utf8(code_point);
    const Character read = character_at(text, 0);
    if (read.code_point != code_point || read.bytes != text.size() || count_characters(text) != 1) {
      FAIL("U+" << std::hex << static_cast<std::uint32_t>(code_point));
    }
  }
  CHECK(to_utf8(U'ö') == "ö");
  CHECK(to_utf8(U'€') == "€");
  CHECK(to_utf8(U'𝄞') == "𝄞");
}

TEST_CASE("invalid UTF-8 is decoded as one U+FFFD per byte") {
  for (const char* bad :
       {"\x80", "\xc0\xaf", "\xc3", "\xe2\x82", "\xed\xa0\x80", "\xf0\x80\x80\xaf", "\xf4\x90\x80\x80",
        "\xf5\x80\x80\x80", "\xfe", "\xff", "\xc3\x28", "\xe0\x80\xaf"}) {
    const Character c = character_at(bad, 0);
    CHECK(c.code_point == 0xFFFD);
    CHECK(c.bytes == 1);
  }
  CHECK(count_characters("a\xff\xfe€") == 4);
}

TEST_CASE("two bytes are decoded as one character only if they form a valid sequence") {
  for (int a = 0; a < 256; ++a) {
    for (int b = 0; b < 256; ++b) {
      const std::string text{static_cast<char>(a), static_cast<char>(b)};
      const Character first = character_at(text, 0);
      const std::size_t expected = a >= 0xC2 && a < 0xE0 && b >= 0x80 && b < 0xC0 ? 2u : 1u;
      if (first.bytes != expected) FAIL(a << ' ' << b);
    }
  }
}

TEST_CASE("valid and printable text is recognised") {
  for (const char* text : {"", "plain", "Malé", "\uFFFD"}) {
    CHECK(is_utf8(text));
    CHECK(is_printable(text));
  }
  for (const char* text : {"\xff", "\xc3", "a\xe2\x82"}) {
    CHECK_FALSE(is_utf8(text));
    CHECK_FALSE(is_printable(text));
  }
  for (const char* text : {"a\n", "\x1b[31m", "\u202E", "\u009b"}) {
    CHECK(is_utf8(text));
    CHECK_FALSE(is_printable(text));
  }
}

TEST_CASE("control characters and character widths are recognised") {
  for (const char32_t c :
       {U'\0', U'\n', U'\x1b', U'\x7f', U'\x9b', U'\u200b', U'\u202e', U'\u2066', U'\ufeff'}) {
    CHECK(is_control(c));
  }
  for (const char32_t c : {U' ', U'a', U'é', U'—', U'漢'}) CHECK_FALSE(is_control(c));
  CHECK(width_of(U'a') == 1);
  CHECK(width_of(U'é') == 1);
  CHECK(width_of(U'\u0301') == 0);
  CHECK(width_of(U'漢') == 2);
  CHECK(width_of(U'🌊') == 2);
}
