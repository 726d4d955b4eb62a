#include "grid/input/word_reader.h"

namespace tessera::input {

std::string_view WordReader::word() {
  const std::size_t start = at_;
  while (at_ < text_.size() && !is_space(text_[at_])) ++at_;
  return text_.substr(start, at_ - start);
}

std::string_view WordReader::next() {
  while (at_ < text_.size() && is_space(text_[at_])) {
    if (text_[at_] == '\n') ++line_;
    ++at_;
  }
  return word();
}

std::string_view WordReader::next_in_line() {
  while (at_ < text_.size() && is_space(text_[at_]) && text_[at_] != '\n') ++at_;
  return word();
}

std::string excerpt(std::string_view word) {
  std::string text{word.substr(0, 24)};
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7e) c = '?';
  }
  return text;
}

}  // namespace tessera::input
