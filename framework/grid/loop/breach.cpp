#include "grid/loop/breach.h"

#include "base/contract.h"

#include <array>

namespace tessera::loop {

namespace {

struct Description {
  Breach breach;
  std::string_view phrase;
  const char* advice;
};

constexpr std::array<Description, 5> descriptions{
    {{Breach::reads_beyond, "beyond its declared radius", "declare the radius that the stage actually reads"},
     {Breach::writes_outside, ", outside its region", "write only to cells of the region"},
     {Breach::changes_input, ", which it may only read",
      "declare that the stage writes the field, and write to its view for writing"},
     {Breach::skips_cell, " does not write field `",
      "write every cell of the region, including cells whose value does not change"},
     {Breach::uses_old_value, "a value that an earlier step left in memory",
      "compute it in the same step; a value that must persist belongs in a state field, which the stage "
      "reads"}}};

const Description& description_of(Breach breach) { return descriptions[static_cast<std::size_t>(breach)]; }

}  // namespace

std::string_view phrase_of(Breach breach) { return description_of(breach).phrase; }

base::Error breach_error(Breach breach, const std::string& sentence) {
  base::expects(sentence.find(phrase_of(breach)) != std::string::npos,
                "the sentence contains the phrase of the breach");
  return {base::ExitCode::internal, sentence, description_of(breach).advice};
}

std::optional<Breach> breach_of(std::string_view text) {
  for (const Description& d : descriptions) {
    if (text.find(d.phrase) != std::string_view::npos) return d.breach;
  }
  return std::nullopt;
}

}  // namespace tessera::loop
