// Writes arbitrary text, such as names, in the formats of output files. For terminals, see base/print.h.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace tessera::base {

/// Serialises `json` as valid UTF-8. Bytes in its strings that are not UTF-8 are replaced; control
/// characters, including those that reorder text, are escaped. `indent`: spaces per level; -1: everything on
/// one line.
std::string json_text(const nlohmann::json& json, int indent = 2);
std::string json_text(const nlohmann::ordered_json& json, int indent = 2);

/// A field of a CSV file (RFC 4180): quoted if necessary. Bytes that are not UTF-8 and control characters are
/// replaced. A text that a spreadsheet would take for a formula gets a leading apostrophe.
std::string csv_field(std::string_view text);

/// The text for an attribute or the content of an XML element. Bytes that are not UTF-8 and control
/// characters, which XML cannot represent, are replaced.
std::string xml_text(std::string_view text);

/// Quotes `text` so that a POSIX shell reads it as one word; all bytes except NUL are preserved.
std::string shell_word(std::string_view text);
/// Joins the words of a command into one line, quoted for a POSIX shell.
std::string shell_line(const std::vector<std::string>& words);

}  // namespace tessera::base
