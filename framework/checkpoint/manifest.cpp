#include "checkpoint/manifest.h"

#include "base/text.h"
#include "checkpoint/record.h"

#include <bit>
#include <span>

#include <fmt/format.h>

namespace tessera::checkpoint {

namespace {

constexpr std::string_view magic = "TESSERA CHECKPOINT\n";
constexpr std::int64_t most_cells = std::int64_t{1} << 40;  // along an axis

void write(RecordWriter& out, const grid::Index& index) {
  for (int a = 0; a < 3; ++a) out.i64(index[a]);
}

grid::Index read_index(RecordReader& in, std::int64_t least, std::int64_t most) {
  grid::Index index;
  for (int a = 0; a < 3; ++a) {
    index[a] = in.i64();
    if (index[a] < least || index[a] > most) in.refuse("a size in it is out of range");
  }
  return index;
}

void write(RecordWriter& out, const std::optional<double>& value) {
  out.u32(value ? 1 : 0);
  out.f64(value.value_or(0.0));
}

std::optional<double> read_optional(RecordReader& in) {
  const std::uint32_t there = in.u32();
  const double value = in.f64();
  if (there > 1 || (there == 0 && std::bit_cast<std::uint64_t>(value) != 0)) {
    in.refuse("a value in it is neither there nor missing");
  }
  return there == 1 ? std::optional{value} : std::nullopt;
}

void write(RecordWriter& out, const RunState& s) {
  out.i64(s.step);
  out.f64(s.time);
  write(out, s.stable_dt);
  out.i64(s.stable_asked_at);
  for (const double v : {s.held_dt, s.smallest_dt, s.largest_dt}) out.f64(v);
  out.u64(s.first_diagnostics.size());
  for (const double v : s.first_diagnostics) out.f64(v);
  out.u64(s.probes.size());
  for (const ProbeState& p : s.probes) {
    write(out, p.first);
    write(out, p.arrival);
    out.f64(p.highest);
  }
  out.u64(s.tables.size());
  for (const TableMark& t : s.tables) {
    out.text(t.name);
    out.u64(t.bytes);
  }
  out.u64(s.snapshots.size());
  for (const SnapshotMark& f : s.snapshots) {
    out.text(f.name);
    out.f64(f.time);
  }
  out.u64(s.pictures);
}

/// Whether a name is of a file in the folder itself.
bool is_file_name(const std::string& name) {
  return !name.empty() && name != "." && name != ".." &&
         name.find_first_of(std::string_view{"/\0", 2}) == std::string::npos;
}

RunState read_state(RecordReader& in) {
  RunState s;
  s.step = in.i64();
  if (s.step < 0) in.refuse("its step is negative");
  s.time = in.f64();
  s.stable_dt = read_optional(in);
  s.stable_asked_at = in.i64();
  for (double* v : {&s.held_dt, &s.smallest_dt, &s.largest_dt}) *v = in.f64();
  s.first_diagnostics.resize(in.count(8));
  for (double& v : s.first_diagnostics) v = in.f64();
  s.probes.resize(in.count(32));
  for (ProbeState& p : s.probes) {
    p.first = read_optional(in);
    p.arrival = read_optional(in);
    p.highest = in.f64();
  }
  s.tables.resize(in.count(16));
  for (TableMark& t : s.tables) {
    t.name = in.text();
    t.bytes = in.u64();
    if (!is_file_name(t.name)) in.refuse("it names a table elsewhere");
  }
  s.snapshots.resize(in.count(16));
  for (SnapshotMark& f : s.snapshots) {
    f.name = in.text();
    f.time = in.f64();
    if (f.name.empty() || f.name.starts_with("/") || f.name.find("..") != std::string::npos ||
        f.name.find('\0') != std::string::npos) {
      in.refuse("it names a file elsewhere");
    }
  }
  s.pictures = in.u64();
  return s;
}

void write(RecordWriter& out, const Segment& s) {
  out.u32(s.part);
  for (const std::uint64_t v : {s.offset, s.bytes, s.index_offset, s.blocks, s.index_hash}) out.u64(v);
  out.u64(s.bricks.size());
  for (const grid::Box& b : s.bricks) {
    write(out, b.lower);
    write(out, b.upper);
  }
}

/// Whether [offset, offset + bytes) lies within [0, size), without overflow.
bool within(std::uint64_t offset, std::uint64_t bytes, std::uint64_t size) {
  return offset <= size && bytes <= size - offset;
}

Segment read_segment(RecordReader& in) {
  Segment s;
  s.part = in.u32();
  for (std::uint64_t* v : {&s.offset, &s.bytes, &s.index_offset, &s.blocks, &s.index_hash}) *v = in.u64();
  s.bricks.resize(in.count(48));
  for (grid::Box& b : s.bricks) {
    b.lower = read_index(in, 0, most_cells);
    b.upper = read_index(in, 0, most_cells);
  }
  return s;
}

void check_segment(const RecordReader& in, const Segment& s, const Manifest& m) {
  if (s.part >= m.parts.size()) in.refuse("it names a part that it does not have");
  if (!within(s.offset, s.bytes, m.parts[s.part]) || s.index_offset < s.offset ||
      !within(s.index_offset - s.offset, 0, s.bytes) ||
      s.blocks > (s.bytes - (s.index_offset - s.offset)) / index_record_bytes) {
    in.refuse("a segment reaches beyond its part");
  }
  for (const grid::Box& b : s.bricks) {
    for (int a = 0; a < 3; ++a) {
      if (b.lower[a] >= b.upper[a] || b.upper[a] > m.lattice[a]) in.refuse("a brick lies outside the domain");
    }
  }
}

}  // namespace

std::string part_name(std::uint32_t part) { return fmt::format("part-{:04}", part); }

std::string encoded(const Segment& segment) {
  RecordWriter out;
  write(out, segment);
  return out.bytes();
}

Segment decoded_segment(std::string_view bytes) {
  RecordReader in{bytes, "a rank's segment"};
  Segment segment = read_segment(in);
  if (in.left() != 0) in.refuse("there is more in it than belongs there");
  return segment;
}

std::string encoded(const std::vector<IndexRecord>& records) {
  RecordWriter out;
  for (const IndexRecord& r : records) {
    out.i64(r.chunk);
    out.u32(r.field);
    for (const std::uint64_t v : {r.offset, r.bytes, r.hash}) out.u64(v);
    out.f64(r.cost);
  }
  return out.bytes();
}

std::vector<IndexRecord> decoded_index(std::string_view bytes, const Segment& segment, std::size_t fields,
                                       const std::string& what) {
  RecordReader in{bytes, what};
  std::vector<IndexRecord> records(bytes.size() / index_record_bytes);
  for (IndexRecord& r : records) {
    r.chunk = in.i64();
    r.field = in.u32();
    for (std::uint64_t* v : {&r.offset, &r.bytes, &r.hash}) *v = in.u64();
    r.cost = in.f64();
    if (r.field >= fields || r.offset < segment.offset ||
        !within(r.offset - segment.offset, r.bytes, segment.bytes)) {
      in.refuse("a block lies outside its segment");
    }
  }
  if (in.left() != 0) in.refuse("there is more in it than belongs there");
  return records;
}

std::string Manifest::encoded() const {
  RecordWriter out;
  out.text(magic);
  out.u32(format);
  out.text(run);
  out.text(identity.solver);
  out.text(identity.solver_version);
  out.text(identity.job);
  out.u32(attempt);
  out.u32(ranks);
  write(out, cells);
  write(out, chunk);
  write(out, lattice);
  out.u64(fields.size());
  for (const FieldEntry& f : fields) {
    out.text(f.name);
    out.u32(f.scalar == field::Scalar::float64 ? 8 : 4);
    out.u32(static_cast<std::uint32_t>(f.components));
  }
  out.u64(parts.size());
  for (const std::uint64_t bytes : parts) out.u64(bytes);
  out.u64(segments.size());
  for (const Segment& s : segments) write(out, s);
  out.u64(digest);
  write(out, state);
  RecordWriter end;
  end.u64(hash_of(std::as_bytes(std::span{out.bytes()})));
  return out.bytes() + end.bytes();
}

Manifest Manifest::decoded(std::string_view bytes, const std::string& path) {
  const std::string what = fmt::format("the manifest `{}`", path);
  if (bytes.size() < 8 + 8 + magic.size()) RecordReader{bytes, what}.refuse("it is cut off");
  RecordReader end{bytes.substr(bytes.size() - 8), what};
  const std::string_view body = bytes.substr(0, bytes.size() - 8);
  RecordReader in{body, what};
  if (in.text() != magic) in.refuse("it is not a checkpoint of Tessera");
  const std::uint32_t version = in.u32();
  if (version != format) {
    in.refuse(fmt::format("it has format {}, this program reads format {}", version, format));
  }
  if (end.u64() != hash_of(std::as_bytes(std::span{body}))) in.refuse("its checksum is wrong");

  Manifest m;
  m.run = in.text();
  m.identity.solver = in.text();
  m.identity.solver_version = in.text();
  m.identity.job = in.text(std::size_t{1} << 24);
  m.attempt = in.u32();
  m.ranks = in.u32();
  m.cells = read_index(in, 1, most_cells);
  m.chunk = read_index(in, 1, most_cells);
  m.lattice = read_index(in, 1, most_cells);
  m.fields.resize(in.count(16));
  for (FieldEntry& f : m.fields) {
    f.name = in.text();
    const std::uint32_t width = in.u32();
    if (width != 8 && width != 4) in.refuse("a field has scalars of no known size");
    f.scalar = width == 8 ? field::Scalar::float64 : field::Scalar::float32;
    const std::uint32_t components = in.u32();
    if (components < 1 || components > 64) in.refuse("a field has an impossible number of components");
    f.components = static_cast<int>(components);
  }
  m.parts.resize(in.count(8));
  for (std::uint64_t& p : m.parts) p = in.u64();
  m.segments.resize(in.count(52));
  for (Segment& s : m.segments) {
    s = read_segment(in);
    check_segment(in, s, m);
  }
  m.digest = in.u64();
  m.state = read_state(in);
  if (in.left() != 0) in.refuse("there is more in it than belongs there");
  return m;
}

}  // namespace tessera::checkpoint
