"""The states in which a crash of the host may leave a file system.

The model follows ALICE (Pillai et al., "All File Systems Are Not Created Equal", OSDI 2014). It assumes only what POSIX
promises, and is therefore weaker than ext4, XFS or btrfs:

- fsync of a file makes its data and its size durable, but not its name. fsync of a folder makes the names in it durable.
- Everything else may be lost, or become durable in any order. An operation is split into parts that become durable
  independently: each block of 4 KiB, the size of a file, and each change of a name. A rename is one part.
- Changes of the same block, of the size of the same file, or of the same name become durable in their order.
- A block within the size of a file that was never written to disk contains zeros, or data of other files.

A crash state is the content of the disk after the first n operations of a recording, without some of the parts that were
not durable by then.
"""

import dataclasses
import itertools
import pathlib
import random
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from file_system import FileSystem, Link, Rename, Resize, Sync, Unlink, Write  # noqa: E402

BLOCK = 4096


@dataclasses.dataclass
class Part:
    """A part of an operation that becomes durable independently of the others."""
    operation: int       # number of the operation
    kind: str            # "name", "size" or "block"
    objects: tuple       # inodes whose fsync makes the part durable
    keys: tuple          # parts with a common key become durable in their order
    value: object        # what is on disk then
    text: str            # description
    durable: float = float("inf")  # number of operations after which the part is durable


class CrashModel:
    """The crash states of a recorded sequence of operations that began with the file system `initial`."""

    def __init__(self, initial, operations):
        self.initial = initial
        self.operations = operations
        self.parts = []
        self.last_part = []  # for each number of operations, the number of parts
        system = initial.copy()
        paths = {number: path for path, number in self._paths(initial)}
        for n, operation in enumerate(operations):
            self.last_part.append(len(self.parts))
            if isinstance(operation, Sync):
                for part in self.parts:
                    if operation.inode in part.objects and part.operation < operation.covers:
                        part.durable = min(part.durable, n + 1)
                continue
            before = system.inodes.get(getattr(operation, "inode", None))
            old_size = len(before) if isinstance(before, bytearray) else 0
            self._add_parts(n, operation, system, old_size, paths)
        self.last_part.append(len(self.parts))

    @staticmethod
    def _paths(system, inode=FileSystem.ROOT, prefix=""):
        for name, child in system.inodes[inode].items():
            yield prefix + name, child
            if isinstance(system.inodes[child], dict):
                yield from CrashModel._paths(system, child, f"{prefix}{name}/")

    def _add_parts(self, n, operation, system, old_size, paths):
        def name_key(folder, name):
            return "name", folder, name

        def path_in(folder, name):
            return f"{paths[folder]}/{name}" if folder in paths else name

        match operation:
            case Link(folder, name, inode, is_folder):
                system.apply(operation)
                paths[inode] = path_in(folder, name)
                self._add(n, "name", (folder,), (name_key(folder, name),), (None, (folder, name), inode, is_folder),
                          f"{'mkdir' if is_folder else 'create'} {paths[inode]}")
            case Unlink(folder, name):
                system.apply(operation)
                self._add(n, "name", (folder,), (name_key(folder, name),), ((folder, name), None, None, False),
                          f"remove {path_in(folder, name)}")
            case Rename(folder, name, new_folder, new_name):
                inode = system.inodes[folder][name]
                system.apply(operation)
                text = f"rename {path_in(folder, name)} to {path_in(new_folder, new_name)}"
                paths[inode] = path_in(new_folder, new_name)
                self._add(n, "name", (folder, new_folder), (name_key(folder, name), name_key(new_folder, new_name)),
                          ((folder, name), (new_folder, new_name), inode, isinstance(system.inodes[inode], dict)), text)
            case Write(inode, offset, data):
                system.apply(operation)
                content = system.inodes[inode]
                if len(content) != old_size:
                    self._add(n, "size", (inode,), (("size", inode),), (inode, len(content), False),
                              f"size {len(content)} of {paths[inode]}")
                for block in range(offset // BLOCK, (offset + len(data) + BLOCK - 1) // BLOCK):
                    self._add(n, "block", (inode,), (("block", inode, block),),
                              (inode, block, bytes(content[block * BLOCK:(block + 1) * BLOCK])),
                              f"block {block} of {paths[inode]}")
            case Resize(inode, size):
                system.apply(operation)
                self._add(n, "size", (inode,), (("size", inode),), (inode, size, size < old_size),
                          f"size {size} of {paths[inode]}")

    def _add(self, *arguments):
        self.parts.append(Part(*arguments))

    def pending(self, count):
        """@return the parts of the first `count` operations that are not durable after them."""
        return [part for part in self.parts[:self.last_part[count]] if part.durable > count]

    def state(self, count, lost, garbage):
        """@return the files after a crash after `count` operations without the parts whose id() is in `lost`.

        `garbage`: a random generator for the content of blocks that were never written; None: zeros.
        """
        folders, files = {}, {}
        for number, content in self.initial.inodes.items():
            if isinstance(content, dict):
                folders[number] = dict(content)
            else:
                blocks = {n: bytes(content[n * BLOCK:(n + 1) * BLOCK]) for n in range((len(content) + BLOCK - 1) // BLOCK)}
                files[number] = [len(content), blocks]
        parts = self.parts[:self.last_part[count]]
        for part in parts:
            if part.kind == "name" and part.value[2] is not None:
                (folders if part.value[3] else files).setdefault(part.value[2], {} if part.value[3] else [0, {}])
            if id(part) in lost:
                continue
            if part.kind == "name":
                old, new, inode, _ = part.value
                if old is not None and (inode is None or folders[old[0]].get(old[1]) == inode):
                    folders[old[0]].pop(old[1], None)
                if new is not None:
                    folders[new[0]][new[1]] = inode
            elif part.kind == "size":
                inode, size, shrinks = part.value
                files[inode][0] = size
                if shrinks:
                    kept = {n: data[:max(0, size - n * BLOCK)] for n, data in files[inode][1].items() if n * BLOCK < size}
                    files[inode][1] = kept
            else:
                inode, block, data = part.value
                files[inode][1][block] = data
        system = FileSystem()
        system.inodes = {number: self._content(size, blocks, garbage) for number, (size, blocks) in files.items()}
        system.inodes.update(folders)
        return system.files()

    @staticmethod
    def _content(size, blocks, garbage):
        content = bytearray()
        for n in range((size + BLOCK - 1) // BLOCK):
            data = blocks.get(n)
            if data is None:
                data = garbage.randbytes(BLOCK) if garbage else bytes(BLOCK)
            content += data.ljust(BLOCK, b"\0")
        return content[:size]

    def random_loss(self, count, rng):
        """@return random parts that may be lost in a crash after `count` operations, in their order."""
        pending = self.pending(count)
        if not pending:
            return []
        mode = rng.choice(("each", "each", "one", "all but one", "kinds", "objects"))
        if mode == "each":
            share = rng.choice((0.1, 0.3, 0.5, 0.7, 0.9))
            lost = [rng.random() < share for _ in pending]
        elif mode == "one":
            chosen = rng.randrange(len(pending))
            lost = [n == chosen for n in range(len(pending))]
        elif mode == "all but one":
            keys = set(rng.choice(pending).keys)
            # Its predecessors are kept as well.
            lost = []
            for part in reversed(pending):
                kept = not keys.isdisjoint(part.keys)
                keys |= set(part.keys) if kept else set()
                lost.append(not kept)
            lost.reverse()
        else:
            group = (lambda part: part.kind) if mode == "kinds" else (lambda part: part.objects)
            is_lost = {key: rng.random() < 0.5 for key in sorted({group(part) for part in pending})}
            lost = [is_lost[group(part)] for part in pending]
        # A part is also lost if an earlier one with the same key is.
        blocked, parts = set(), []
        for part, is_lost in zip(pending, lost):
            if is_lost or not blocked.isdisjoint(part.keys):
                blocked.update(part.keys)
                parts.append(part)
        return parts

    def prefixes(self):
        """Yields each state in which no operation is lost: number of operations, no lost parts, files."""
        system = self.initial.copy()
        yield 0, [], system.files()
        for count, operation in enumerate(self.operations, 1):
            if not isinstance(operation, Sync):
                system.apply(operation)
                yield count, [], system.files()

    def random_states(self, seed):
        """Yields random crash states without end: number of operations, lost parts, files."""
        for n in itertools.count():
            rng = random.Random(f"{seed}-{n}")
            count = rng.randrange(len(self.operations) + 1)
            lost = self.random_loss(count, rng)
            garbage = rng if rng.random() < 0.5 else None
            yield count, lost, self.state(count, set(map(id, lost)), garbage)
