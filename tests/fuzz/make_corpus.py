#!/usr/bin/env python3
"""Makes the corpus of the fuzz targets from checkpoints.

Usage: tests/fuzz/make_corpus.py NAME=CHECKPOINT ...

Each CHECKPOINT is the folder of an uncompressed checkpoint. Its manifest, segments and indexes become the inputs NAME*.
The first checkpoint, which must have been written by two ranks, is also the basis of the inputs hostile-*, each of which
is invalid in one way. Their checksums are not updated, because the fuzz targets correct checksums themselves. Existing
inputs with the same names are replaced, and all others are kept.
"""

import copy
import pathlib
import struct
import sys

CORPUS = pathlib.Path(__file__).resolve().parent / "corpus"
MAGIC = b"TESSERA CHECKPOINT\n"
RECORD = struct.Struct("<qIQQQQd")  # chunk, piece, offset, stored bytes, raw bytes, hash, cost
U64_MAX = 2**64 - 1


def u32(value):
    return struct.pack("<I", value)


def u64(value):
    return struct.pack("<Q", value & U64_MAX)


class Reader:
    """Reads numbers and texts from bytes, starting at offset `at`."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def number(self, form):
        (value,) = struct.unpack_from("<" + form, self.data, self.at)
        self.at += struct.calcsize("<" + form)
        return value

    def text(self):
        size = self.number("Q")
        self.at += size
        return self.data[self.at - size:self.at]


class Segment:
    """A segment of a manifest. `false_counts`: counts to encode instead of the correct ones, by name."""

    NUMBERS = ("offset", "bytes", "index_offset", "block_count", "index_hash")

    def __init__(self, reader):
        self.part = reader.number("I")
        for name in self.NUMBERS:
            setattr(self, name, reader.number("Q"))
        self.chunks = [[reader.number("q"), reader.number("q")] for _ in range(reader.number("Q"))]
        self.false_counts = {}

    def encode(self):
        out = u32(self.part) + b"".join(u64(getattr(self, name)) for name in self.NUMBERS)
        out += u64(self.false_counts.get("chunks", len(self.chunks)))
        return out + b"".join(u64(number) for run in self.chunks for number in run)


class Manifest:
    """A manifest. `false_counts`: counts and lengths to encode instead of the correct ones, by name."""

    TEXTS = ("run", "solver", "solver_version", "solver_build", "tessera", "data", "job", "job_fingerprint")

    def __init__(self, data):
        reader = Reader(data)
        assert reader.text() == MAGIC
        self.format = reader.number("I")
        for name in self.TEXTS:
            setattr(self, name, reader.text())
        self.attempt, self.step = reader.number("I"), reader.number("q")
        self.has_time, self.time = reader.number("I"), reader.number("d")
        self.digest, self.ranks = reader.number("Q"), reader.number("I")
        self.parts = [reader.number("Q") for _ in range(reader.number("Q"))]
        self.segments = [Segment(reader) for _ in range(reader.number("Q"))]
        self.sections = [[reader.text(), reader.text()] for _ in range(reader.number("Q"))]
        self.checksum = data[reader.at:]
        self.false_counts = {}
        assert self.encode() == data, "the format of the manifest is not supported by this script"

    def encode_text(self, name, value):
        return u64(self.false_counts.get(name, len(value))) + value

    def encode(self):
        out = u64(len(MAGIC)) + MAGIC + u32(self.format)
        out += b"".join(self.encode_text(name, getattr(self, name)) for name in self.TEXTS)
        out += u32(self.attempt) + u64(self.step) + u32(self.has_time) + struct.pack("<d", self.time)
        out += u64(self.digest) + u32(self.ranks)
        out += u64(self.false_counts.get("parts", len(self.parts))) + b"".join(u64(part) for part in self.parts)
        out += u64(self.false_counts.get("segments", len(self.segments)))
        out += b"".join(segment.encode() for segment in self.segments)
        out += u64(self.false_counts.get("sections", len(self.sections)))
        out += b"".join(self.encode_text("owner", owner) + self.encode_text("section", data)
                        for owner, data in self.sections)
        return out + self.checksum


def write(target, name, data):
    folder = CORPUS / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)


def read_index(folder, segment):
    part = (folder / f"part-{segment.part:04}").read_bytes()
    return part[segment.index_offset:segment.index_offset + segment.block_count * RECORD.size]


def index_input(segment, index):
    first = segment.chunks[0][0]
    count = segment.chunks[-1][0] + segment.chunks[-1][1] - first
    return u64(segment.offset) + u64(segment.index_offset) + u64(first) + u64(count) + index


def encode_changed(good, change):
    bad = copy.deepcopy(good)
    change(bad)
    return bad.encode()


def write_hostile_manifests(good):
    def set_count(**false_counts):
        return lambda m: m.false_counts.update(false_counts)

    def set_in_segment(n=0, **values):
        return lambda m: vars(m.segments[n]).update(values)

    first, second = good.segments[0].chunks, good.segments[1].chunks
    changes = {
        "run-of-2-64-1": set_count(run=U64_MAX), "job-of-2-64-1": set_count(job=U64_MAX),
        "parts-of-2-64-1": set_count(parts=U64_MAX), "segments-of-2-64-1": set_count(segments=U64_MAX),
        "sections-of-2-64-1": set_count(sections=U64_MAX), "owner-of-2-64-1": set_count(owner=U64_MAX),
        "section-of-2-64-1": set_count(section=U64_MAX), "sections-of-2-32": set_count(sections=2**32),
        "part-of-2-64-1": lambda m: m.parts.__setitem__(0, U64_MAX),
        "segment-blocks": set_in_segment(block_count=U64_MAX), "segment-offset": set_in_segment(offset=U64_MAX - 100),
        "segment-chunks": lambda m: m.segments[0].false_counts.update(chunks=U64_MAX),
        "segment-of-2-64-1-bytes": lambda m: vars(m.segments[0]).update(
            offset=0, bytes=U64_MAX, index_offset=0, block_count=U64_MAX),
        "segment-of-missing-part": set_in_segment(part=len(good.parts)),
        "overlapping-segments": lambda m: vars(m.segments[1]).update(
            part=0, offset=0, bytes=m.segments[0].bytes, index_offset=m.segments[0].index_offset),
        "chunk-in-two-segments": set_in_segment(1, chunks=first),
        "chunk-twice": set_in_segment(chunks=[first[0], first[0]]),
        "chunks-descending": set_in_segment(chunks=[[first[0][0] + 10, 1], [first[0][0], 1]]),
        "chunks-adjacent": set_in_segment(chunks=[[0, 1], [1, 1]]), "chunk-of-minus-1": set_in_segment(1, chunks=[[-1, 1]]),
        "chunks-of-0": set_in_segment(1, chunks=[[second[0][0], 0]]),
        "chunks-of-minus-1": set_in_segment(1, chunks=[[second[0][0], -1]]),
        "chunks-of-2-62": set_in_segment(1, chunks=[[second[0][0], 2**62]]),
        "chunks-to-2-63-1": set_in_segment(1, chunks=[[2**63 - 1, 1]]),
        "step-of-minus-1": lambda m: setattr(m, "step", -1), "time-without-flag": lambda m: setattr(m, "has_time", 0),
        "time-flag-of-2": lambda m: setattr(m, "has_time", 2), "format-1": lambda m: setattr(m, "format", 1),
        "format-4": lambda m: setattr(m, "format", 4),
        "two-sections-of-one-owner": lambda m: m.sections.append(m.sections[0]),
    }
    for name, change in changes.items():
        write("manifest", f"hostile-{name}", encode_changed(good, change))
    data = good.encode()
    write("manifest", "hostile-truncated", data[:len(data) * 2 // 3])
    write("manifest", "hostile-additional-bytes", data[:-8] + b"more" + data[-8:])


def write_hostile_segments(good):
    changes = {"blocks": {"block_count": U64_MAX}, "bytes": {"bytes": U64_MAX}, "offset": {"offset": U64_MAX - 100},
               "chunk": {"chunks": [[-1, 1]]}, "chunk-twice": {"chunks": [good.chunks[0]] * 2},
               "chunks-of-0": {"chunks": [[0, 0]]}, "chunks-of-2-63-1": {"chunks": [[0, 2**63 - 1]]},
               "chunks": {"false_counts": {"chunks": U64_MAX}}}
    for name, values in changes.items():
        write("segment", f"hostile-{name}", encode_changed(good, lambda s, values=values: vars(s).update(values)))
    write("segment", "hostile-additional-bytes", good.encode() + b"more")


def write_hostile_indexes(segment, index):
    def with_record(n, **values):
        names = ("chunk", "piece", "offset", "stored", "raw", "hash", "cost")
        record = dict(zip(names, RECORD.unpack_from(index, n * RECORD.size))) | values
        return index[:n * RECORD.size] + RECORD.pack(*record.values()) + index[(n + 1) * RECORD.size:]

    last = index[-RECORD.size:]
    chunk, piece, offset = RECORD.unpack_from(index, 0)[:3]
    changes = {"bytes": with_record(0, stored=U64_MAX, raw=U64_MAX), "offset": with_record(0, offset=U64_MAX - 100),
               "chunk": with_record(0, chunk=-1), "chunk-of-another-segment": with_record(0, chunk=2**40),
               "raw-of-2-64-1": with_record(0, raw=U64_MAX), "raw-of-2-40": with_record(0, raw=2**40),
               "stored-0": with_record(0, stored=0), "raw-below-stored": with_record(0, raw=1),
               "overlap": with_record(1, offset=offset), "block-twice": with_record(1, chunk=chunk, piece=piece),
               "piece": with_record(0, piece=2**32 - 1), "cost-nan": with_record(0, cost=float("nan")),
               "truncated": index[:-7], "additional-record": index + last}
    for name, data in changes.items():
        write("index", f"hostile-{name}", index_input(segment, data))
    bad_segment = copy.deepcopy(segment)
    bad_segment.offset, bad_segment.index_offset = 0, U64_MAX
    write("index", "hostile-segment-of-2-64-1", index_input(bad_segment, index))


def main():
    if len(sys.argv) < 2 or sys.argv[1] in ("-h", "--help") or not all("=" in a for a in sys.argv[1:]):
        print(__doc__.strip())
        sys.exit(0 if len(sys.argv) > 1 and sys.argv[1] in ("-h", "--help") else 64)
    for n, argument in enumerate(sys.argv[1:]):
        name, folder = argument.split("=", 1)
        folder = pathlib.Path(folder)
        manifest = Manifest((folder / "manifest").read_bytes())
        write("manifest", name, manifest.encode())
        for rank, segment in enumerate(manifest.segments):
            write("segment", f"{name}-rank-{rank}", segment.encode())
            if segment.chunks:
                write("index", f"{name}-rank-{rank}", index_input(segment, read_index(folder, segment)))
        if n == 0:
            if len(manifest.segments) != 2 or len(manifest.parts) != 2:
                sys.exit(f"error: {folder} was not written by two ranks\n  = name a checkpoint of two ranks first")
            write_hostile_manifests(manifest)
            write_hostile_segments(manifest.segments[0])
            write_hostile_indexes(manifest.segments[0], read_index(folder, manifest.segments[0]))


if __name__ == "__main__":
    main()
