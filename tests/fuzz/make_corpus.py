#!/usr/bin/env python3
"""Makes the corpus of the fuzz targets from checkpoints.

Usage: tests/fuzz/make_corpus.py NAME=CHECKPOINT ...

Each CHECKPOINT is the folder of one, without compression; its manifest, segments and indexes become the inputs NAME*.
The first one, which must be of two ranks, is also the base of the inputs hostile-*: each lies about one thing. Their
checksums are left wrong: the targets correct them. Inputs of these names are replaced, others are kept.
"""

import copy
import pathlib
import struct
import sys

CORPUS = pathlib.Path(__file__).resolve().parent / "corpus"
MAGIC = b"TESSERA CHECKPOINT\n"
RECORD = struct.Struct("<qIQQQQd")  # chunk, piece, offset, stored bytes, raw bytes, hash, cost
MOST = 2**64 - 1


def u32(value):
    return struct.pack("<I", value)


def u64(value):
    return struct.pack("<Q", value & MOST)


class Reader:
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
    NUMBERS = ("offset", "bytes", "index_offset", "block_count", "index_hash")

    def __init__(self, reader):
        self.part = reader.number("I")
        for name in self.NUMBERS:
            setattr(self, name, reader.number("Q"))
        self.chunks = [[reader.number("q"), reader.number("q")] for _ in range(reader.number("Q"))]
        self.lies = {}

    def encoded(self):
        out = u32(self.part) + b"".join(u64(getattr(self, name)) for name in self.NUMBERS)
        out += u64(self.lies.get("chunks", len(self.chunks)))
        return out + b"".join(u64(number) for run in self.chunks for number in run)


class Manifest:
    TEXTS = ("run", "solver", "solver_version", "job")

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
        self.seal = data[reader.at:]
        self.lies = {}
        assert self.encoded() == data, "not a manifest of the format that this script knows"

    def text(self, name, value):
        return u64(self.lies.get(name, len(value))) + value

    def encoded(self):
        out = u64(len(MAGIC)) + MAGIC + u32(self.format)
        out += b"".join(self.text(name, getattr(self, name)) for name in self.TEXTS)
        out += u32(self.attempt) + u64(self.step) + u32(self.has_time) + struct.pack("<d", self.time)
        out += u64(self.digest) + u32(self.ranks)
        out += u64(self.lies.get("parts", len(self.parts))) + b"".join(u64(part) for part in self.parts)
        out += u64(self.lies.get("segments", len(self.segments)))
        out += b"".join(segment.encoded() for segment in self.segments)
        out += u64(self.lies.get("sections", len(self.sections)))
        out += b"".join(self.text("owner", owner) + self.text("section", data) for owner, data in self.sections)
        return out + self.seal


def write(target, name, data):
    folder = CORPUS / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)


def index_of(folder, segment):
    part = (folder / f"part-{segment.part:04}").read_bytes()
    return part[segment.index_offset:segment.index_offset + segment.block_count * RECORD.size]


def index_input(segment, index):
    first = segment.chunks[0][0]
    count = segment.chunks[-1][0] + segment.chunks[-1][1] - first
    return u64(segment.offset) + u64(segment.index_offset) + u64(first) + u64(count) + index


def hostile(good, change):
    bad = copy.deepcopy(good)
    change(bad)
    return bad.encoded()


def write_hostile_manifests(good):
    def lie(**lies):
        return lambda m: m.lies.update(lies)

    def of_segment(n=0, **values):
        return lambda m: vars(m.segments[n]).update(values)

    first, second = good.segments[0].chunks, good.segments[1].chunks
    changes = {
        "run-of-2-64-1": lie(run=MOST), "job-of-2-64-1": lie(job=MOST), "parts-of-2-64-1": lie(parts=MOST),
        "segments-of-2-64-1": lie(segments=MOST), "sections-of-2-64-1": lie(sections=MOST),
        "owner-of-2-64-1": lie(owner=MOST), "section-of-2-64-1": lie(section=MOST), "sections-of-2-32": lie(sections=2**32),
        "part-of-2-64-1": lambda m: m.parts.__setitem__(0, MOST),
        "segment-blocks": of_segment(block_count=MOST), "segment-offset": of_segment(offset=MOST - 100),
        "segment-chunks": lambda m: m.segments[0].lies.update(chunks=MOST),
        "segment-everything": lambda m: vars(m.segments[0]).update(offset=0, bytes=MOST, index_offset=0, block_count=MOST),
        "segment-of-no-part": of_segment(part=len(good.parts)),
        "overlapping-segments": lambda m: vars(m.segments[1]).update(
            part=0, offset=0, bytes=m.segments[0].bytes, index_offset=m.segments[0].index_offset),
        "chunk-in-two-segments": of_segment(1, chunks=first), "chunk-twice": of_segment(chunks=[first[0], first[0]]),
        "chunks-descending": of_segment(chunks=[[first[0][0] + 10, 1], [first[0][0], 1]]),
        "chunks-adjacent": of_segment(chunks=[[0, 1], [1, 1]]), "chunk-of-minus-1": of_segment(1, chunks=[[-1, 1]]),
        "chunks-of-0": of_segment(1, chunks=[[second[0][0], 0]]), "chunks-of-minus-1": of_segment(1, chunks=[[second[0][0], -1]]),
        "chunks-of-2-62": of_segment(1, chunks=[[second[0][0], 2**62]]), "chunks-to-2-63-1": of_segment(1, chunks=[[2**63 - 1, 1]]),
        "step-of-minus-1": lambda m: setattr(m, "step", -1), "time-of-a-missing-one": lambda m: setattr(m, "has_time", 0),
        "time-neither": lambda m: setattr(m, "has_time", 2), "format-1": lambda m: setattr(m, "format", 1),
        "format-3": lambda m: setattr(m, "format", 3),
        "two-sections-of-one-owner": lambda m: m.sections.append(m.sections[0]),
    }
    for name, change in changes.items():
        write("manifest", f"hostile-{name}", hostile(good, change))
    data = good.encoded()
    write("manifest", "hostile-cut", data[:len(data) * 2 // 3])
    write("manifest", "hostile-end", data[:-8] + b"more" + data[-8:])


def write_hostile_segments(good):
    changes = {"blocks": {"block_count": MOST}, "bytes": {"bytes": MOST}, "offset": {"offset": MOST - 100},
               "chunk": {"chunks": [[-1, 1]]}, "chunk-twice": {"chunks": [good.chunks[0]] * 2},
               "chunks-of-0": {"chunks": [[0, 0]]}, "chunks-of-2-63-1": {"chunks": [[0, 2**63 - 1]]},
               "chunks": {"lies": {"chunks": MOST}}}
    for name, values in changes.items():
        write("segment", f"hostile-{name}", hostile(good, lambda s, values=values: vars(s).update(values)))
    write("segment", "hostile-end", good.encoded() + b"more")


def write_hostile_indexes(segment, index):
    def with_record(n, **values):
        names = ("chunk", "piece", "offset", "stored", "raw", "hash", "cost")
        record = dict(zip(names, RECORD.unpack_from(index, n * RECORD.size))) | values
        return index[:n * RECORD.size] + RECORD.pack(*record.values()) + index[(n + 1) * RECORD.size:]

    last = index[-RECORD.size:]
    chunk, piece, offset = RECORD.unpack_from(index, 0)[:3]
    changes = {"bytes": with_record(0, stored=MOST, raw=MOST), "offset": with_record(0, offset=MOST - 100),
               "chunk": with_record(0, chunk=-1), "chunk-of-another": with_record(0, chunk=2**40),
               "raw-of-2-64-1": with_record(0, raw=MOST), "raw-of-2-40": with_record(0, raw=2**40),
               "stored-0": with_record(0, stored=0), "raw-less": with_record(0, raw=1),
               "overlap": with_record(1, offset=offset), "twice": with_record(1, chunk=chunk, piece=piece),
               "piece": with_record(0, piece=2**32 - 1), "cost": with_record(0, cost=float("nan")),
               "cut": index[:-7], "more": index + last}
    for name, data in changes.items():
        write("index", f"hostile-{name}", index_input(segment, data))
    liar = copy.deepcopy(segment)
    liar.offset, liar.index_offset = 0, MOST
    write("index", "hostile-segment-of-2-64-1", index_input(liar, index))


def main():
    if len(sys.argv) < 2 or sys.argv[1] in ("-h", "--help") or not all("=" in a for a in sys.argv[1:]):
        print(__doc__.strip())
        sys.exit(0 if len(sys.argv) > 1 and sys.argv[1] in ("-h", "--help") else 64)
    for n, argument in enumerate(sys.argv[1:]):
        name, folder = argument.split("=", 1)
        folder = pathlib.Path(folder)
        manifest = Manifest((folder / "manifest").read_bytes())
        write("manifest", name, manifest.encoded())
        for rank, segment in enumerate(manifest.segments):
            write("segment", f"{name}-rank-{rank}", segment.encoded())
            if segment.chunks:
                write("index", f"{name}-rank-{rank}", index_input(segment, index_of(folder, segment)))
        if n == 0:
            if len(manifest.segments) != 2 or len(manifest.parts) != 2:
                sys.exit(f"error: {folder} is not of two ranks\n  = name one that is first")
            write_hostile_manifests(manifest)
            write_hostile_segments(manifest.segments[0])
            write_hostile_indexes(manifest.segments[0], index_of(folder, manifest.segments[0]))


if __name__ == "__main__":
    main()
