#include "grid/loop/violation.h"

#include "base/contract.h"

#include <array>

namespace tessera::loop {

namespace {

struct Description {
  Violation violation;
  std::string_view phrase;
  const char* advice;
};

constexpr std::array<Description, 5> descriptions{
    {{Violation::reads_beyond, "beyond its declared radius",
      "declare the radius that the stage actually reads"},
     {Violation::writes_outside, ", outside its region", "write only to cells of the region"},
     {Violation::changes_input, ", which it may only read",
      "declare that the stage writes the field, and write to its view for writing"},
     {Violation::skips_cell, " does not write field `",
      "write every cell of the region, including cells whose value does not change"},
     {Violation::uses_old_value, "a value that an earlier step left in memory",
      "compute it in the same step; a value that must persist belongs in a state field, which the stage "
      "reads"}}};

const Description& description_of(Violation violation) {
  return descriptions[static_cast<std::size_t>(violation)];
}

}  // namespace

std::string_view phrase_of(Violation violation) { return description_of(violation).phrase; }

const char* advice_for(Violation violation) { return description_of(violation).advice; }

base::Error violation_error(Violation violation, const std::string& sentence) {
  base::expects(sentence.find(phrase_of(violation)) != std::string::npos,
                "the sentence contains the phrase of the violation");
  return {base::ExitCode::internal, sentence, advice_for(violation)};
}

std::optional<Violation> find_violation(std::string_view text) {
  for (const Description& d : descriptions) {
    if (text.find(d.phrase) != std::string_view::npos) return d.violation;
  }
  return std::nullopt;
}

}  // namespace tessera::loop
