#include "plugin/elf_file.h"

#include "machine/instruction_sets.h"

#include <tessera/instruction_sets.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <vector>

#include <fmt/format.h>
#include <link.h>

namespace tessera::plugin {

namespace {

/// Reads `to` from a file at the given offset. Returns false if the file is too short.
template <class T>
bool read_at(std::ifstream& file, std::uint64_t offset, T& to) {
  file.clear();
  file.seekg(static_cast<std::streamoff>(offset));
  return static_cast<bool>(file.read(reinterpret_cast<char*>(&to), sizeof to));
}

bool is_elf(const ElfW(Ehdr) & header) { return std::memcmp(header.e_ident, ELFMAG, SELFMAG) == 0; }

/// Whether two files have the same word size, byte order and processor.
bool is_same_machine(const ElfW(Ehdr) & a, const ElfW(Ehdr) & b) {
  return a.e_ident[EI_CLASS] == b.e_ident[EI_CLASS] && a.e_ident[EI_DATA] == b.e_ident[EI_DATA] &&
         a.e_machine == b.e_machine;
}

/// The size in bytes that a file must have: the offset of the end of its headers and segments.
std::uint64_t required_bytes(std::ifstream& file, const ElfW(Ehdr) & header) {
  std::uint64_t end = header.e_phoff + std::uint64_t{header.e_phnum} * sizeof(ElfW(Phdr));
  for (unsigned n = 0; n < header.e_phnum; ++n) {
    ElfW(Phdr) segment{};
    if (!read_at(file, header.e_phoff + n * sizeof segment, segment)) return end;
    if (segment.p_type == PT_LOAD) end = std::max<std::uint64_t>(end, segment.p_offset + segment.p_filesz);
  }
  return end;
}

/// The instruction sets that a file needs, separated by blanks: the text of the notes that
/// tessera/instruction_sets.h records.
std::string needed_instruction_sets(std::ifstream& file, const ElfW(Ehdr) & header) {
  constexpr std::uint64_t max_note_bytes = std::uint64_t{1} << 20;
  std::string sets;
  for (unsigned n = 0; n < header.e_phnum; ++n) {
    ElfW(Phdr) segment{};
    if (!read_at(file, header.e_phoff + n * sizeof segment, segment)) break;
    if (segment.p_type != PT_NOTE || segment.p_align > 4 || segment.p_filesz > max_note_bytes) continue;
    tessera_instruction_set_note note{};
    const std::uint64_t end = segment.p_offset + segment.p_filesz;
    const auto padded = [](std::uint64_t size) { return (size + 3) / 4 * 4; };
    for (std::uint64_t at = segment.p_offset; at + sizeof(ElfW(Nhdr)) <= end;) {
      ElfW(Nhdr) note_header{};
      if (!read_at(file, at, note_header)) break;
      const bool is_ours = note_header.n_namesz == sizeof note.owner &&
                           note_header.n_descsz == sizeof note.sets && note_header.n_type == 1 &&
                           read_at(file, at, note) &&
                           std::memcmp(note.owner, "Tessera", sizeof note.owner) == 0;
      if (is_ours) sets += " " + std::string(note.sets, strnlen(note.sets, sizeof note.sets));
      at += sizeof note_header + padded(note_header.n_namesz) + padded(note_header.n_descsz);
    }
  }
  return sets;
}

/// The instruction sets among `sets` that this processor lacks, each once, separated by blanks.
std::string missing_instruction_sets(const std::string& sets) {
  std::vector<std::string> missing;
  machine::Word word = machine::find_missing_instruction_set(sets.c_str());
  for (; word.length > 0; word = machine::find_missing_instruction_set(word.begin + word.length)) {
    const std::string name{word.begin, word.length};
    if (std::find(missing.begin(), missing.end(), name) == missing.end()) missing.push_back(name);
  }
  return fmt::format("{}", fmt::join(missing, " "));
}

}  // namespace

std::string find_defect(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  ElfW(Ehdr) header{};
  if (!read_at(file, 0, header) || !is_elf(header)) return {};
  std::ifstream own{"/proc/self/exe", std::ios::binary};
  ElfW(Ehdr) own_header{};
  if (read_at(own, 0, own_header) && is_elf(own_header) && !is_same_machine(header, own_header))
    return "was built for another kind of processor";
  if (header.e_phentsize != sizeof(ElfW(Phdr))) return {};
  const std::uint64_t required = required_bytes(file, header);
  file.clear();
  file.seekg(0, std::ios::end);
  const auto bytes = static_cast<std::uint64_t>(file.tellg());
  if (bytes < required) return fmt::format("is incomplete: it has {} of {} bytes", bytes, required);
  const std::string missing = missing_instruction_sets(needed_instruction_sets(file, header));
  return missing.empty() ? std::string{} : "was built for another processor: this one lacks " + missing;
}

}  // namespace tessera::plugin
