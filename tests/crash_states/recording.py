"""Records the file operations of a command below a folder, with strace.

The operations are complete: apply them to the initial content of the folder, and the result is its final content byte for
byte (`Recording.check`). What the recorder cannot follow (files that are mapped writable, links, io_uring, files opened with
O_SYNC) is an error.
"""

import dataclasses
import os
import pathlib
import re
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from file_system import FileSystem, Link, Rename, Resize, Sync, Unlink, Write  # noqa: E402

CALLS = ("open", "openat", "openat2", "creat", "close", "lseek", "write", "pwrite64", "writev", "pwritev", "pwritev2", "ftruncate",
         "truncate", "fallocate", "fsync", "fdatasync", "sync", "syncfs", "msync", "rename", "renameat", "renameat2",
         "link", "linkat", "symlink", "symlinkat", "unlink", "unlinkat", "rmdir", "mkdir", "mkdirat", "mknod", "mknodat",
         "copy_file_range", "sendfile", "splice", "mmap", "io_uring_setup")
# Calls that are an error if they concern the folder.
UNSUPPORTED = {"openat2", "pwritev2", "truncate", "fallocate", "link", "linkat", "symlink", "symlinkat", "mknod", "mknodat",
               "copy_file_range", "sendfile", "splice", "syncfs"}
COMMAND = ("strace", "-f", "--seccomp-bpf", "-y", "-xx", "-s", "1000000000", "-e", "signal=none",
           "-e", "trace=" + ",".join(CALLS))


def missing_requirement():
    """@return why commands cannot be recorded on this machine; an empty string if they can."""
    if shutil.which("strace") is None:
        return "strace is not installed"
    attempt = subprocess.run([*COMMAND, "-o", os.devnull, "true"], capture_output=True, text=True, check=False)
    return "" if attempt.returncode == 0 else f"strace does not work here: {attempt.stderr.strip()[-200:]}"


class Unsupported(Exception):
    """The command does something that the recorder cannot follow."""


@dataclasses.dataclass
class Recording:
    """`operations` begin with the content `initial` of the folder."""
    initial: FileSystem
    operations: list
    result: object

    def check(self, folder):
        """@raise AssertionError: unless the operations lead to the current content of the folder."""
        system = self.initial.copy()
        for operation in self.operations:
            system.apply(operation)
        recorded, actual = system.files(), FileSystem.load(folder).files()
        different = sorted(name for name in recorded.keys() | actual.keys()
                           if name not in recorded or name not in actual or recorded[name] != actual[name])
        if different:
            raise AssertionError(f"the recording is incomplete: it does not lead to the content of {different}")


def record(folder, run, trace):
    """Records a command that changes files in `folder`, an absolute path without links. @return the recording.

    `run`: runs a command with the given prefix in `folder`, and returns its result. `trace`: a path for strace's output.
    """
    initial = FileSystem.load(folder)
    result = run([*COMMAND, "-o", str(trace)])
    with open(trace, encoding="ascii") as lines:
        operations = TraceReader(str(folder), initial.copy()).read(lines)
    return Recording(initial, operations, result)


def decoded(text):
    """@return the text of a string that strace printed with -xx."""
    return bytes.fromhex(text.replace("\\x", ""))


def split_arguments(text):
    """@return the arguments of a call. Strings are in hexadecimal and contain no commas or brackets."""
    arguments, depth, begin = [], 0, 0
    for n, character in enumerate(text):
        if character in "[{":
            depth += 1
        elif character in "]}":
            depth -= 1
        elif character == "," and depth == 0:
            arguments.append(text[begin:n].strip())
            begin = n + 1
    return [*arguments, text[begin:].strip()]


class TraceReader:
    """Converts the output of strace to operations on the files in a folder."""

    def __init__(self, folder, system):
        self.folder = folder
        self.system = system
        self.operations = []
        self.unfinished = {}   # process: the beginning of its call, the number of operations then, the inode of its file
        self.descriptions = {} # number of the descriptor and inode: [process, offset, flags], for open files

    def read(self, lines):
        for line in lines:
            process, text = line.rstrip("\n").split(None, 1)
            if text.startswith("???"):  # killed before strace could see which call it was about to make
                continue
            if text.startswith("+++"):
                self.unfinished.pop(process, None)
                self.descriptions = {key: value for key, value in self.descriptions.items() if value[0] != process}
            elif text.endswith("<unfinished ...>"):
                text = text.removesuffix("<unfinished ...>").rstrip()
                self.unfinished[process] = (text, len(self.operations), self.inode_of_first(text))
            elif resumed := re.match(r"<\.\.\. \w+ resumed>(.*)", text):
                begin, covers, inode = self.unfinished.pop(process)
                self.call(process, begin + resumed[1], covers, inode)
            else:
                self.call(process, text, len(self.operations), self.inode_of_first(text))
        return self.operations

    def inode_of_first(self, text):
        """@return the inode of the file descriptor that is the first argument of a call, if it is in the folder."""
        found = re.match(r"\w+\(\d+<((?:\\x..)+)>(?!\(deleted\))", text)
        path = self.relative(os.fsdecode(decoded(found[1]))) if found else None
        return self.existing(path) if path is not None else None

    def existing(self, path):
        inode = self.system.find(path)
        if inode is None and not path.endswith(" (deleted)"):
            raise Unsupported(f"`{path}` was not recorded")
        return inode

    def relative(self, path):
        """@return an absolute path relative to the folder, or None if it is elsewhere or not a path."""
        path = os.path.normpath(path)
        if path == self.folder:
            return ""
        return path[len(self.folder) + 1:] if path.startswith(self.folder + "/") else None

    def paths(self, arguments):
        """@return for each path among the arguments: its path relative to the folder, or None if it is elsewhere."""
        found, start = [], self.folder
        for argument in arguments:
            if descriptor := re.fullmatch(r"(?:AT_FDCWD|\d+)<((?:\\x..)*)>", argument):
                start = os.fsdecode(decoded(descriptor[1]))
            elif string := re.fullmatch(r'"((?:\\x..)*)"', argument):
                found.append(self.relative(os.path.join(start, os.fsdecode(decoded(string[1])))))
        return found

    def place(self, path):
        """@return the inode of the folder of a relative path, and the name in it."""
        parent, name = os.path.split(path)
        return self.existing(parent), name

    def add(self, operation):
        self.system.apply(operation)
        self.operations.append(operation)

    def call(self, process, text, covers, inode):
        parsed = re.match(r"(\w+)\((.*)\)\s+= (-?\d+|\?|0x[0-9a-f]+)", text)
        if not parsed:
            raise Unsupported(f"cannot parse {text[:200]}")
        name, argument_text, result = parsed.groups()
        if result in ("?", "-1"):
            return
        if name == "io_uring_setup":
            raise Unsupported("io_uring")
        handler = getattr(self, "on_" + name, None)
        if handler is None and (name in UNSUPPORTED or name in ("sync", "msync")):
            concerned = inode is not None or any(p is not None for p in self.paths(split_arguments(argument_text)))
            if concerned or name == "sync":
                raise Unsupported(f"{name}: {text[:200]}")
            return
        if name in ("write", "pwrite64", "writev", "pwritev", "ftruncate", "lseek", "close", "fsync", "fdatasync") and inode is None:
            return
        handler(process, split_arguments(argument_text), int(result, 0), covers, inode)

    def on_openat(self, process, arguments, result, covers, inode):
        self.opened(process, self.paths(arguments[:2]), arguments[2], result)

    def on_open(self, process, arguments, result, covers, inode):
        self.opened(process, self.paths(arguments[:1]), arguments[1], result)

    def on_creat(self, process, arguments, result, covers, inode):
        self.opened(process, self.paths(arguments[:1]), "O_WRONLY|O_CREAT|O_TRUNC", result)

    def opened(self, process, paths, flags, descriptor):
        if not paths or paths[0] is None:
            return
        flags = flags.split("|")
        if "O_TMPFILE" in flags or "O_SYNC" in flags or "O_DSYNC" in flags:
            raise Unsupported(f"{flags} of {paths[0]}")
        inode = self.system.find(paths[0])
        if inode is None and "O_CREAT" in flags:
            inode = len(self.system.inodes)
            self.add(Link(*self.place(paths[0]), inode))
        elif inode is None:
            raise Unsupported(f"`{paths[0]}` was not recorded")
        elif "O_TRUNC" in flags and self.system.inodes[inode]:
            self.add(Resize(inode, 0))
        key = descriptor, inode
        ambiguous = key in self.descriptions and self.descriptions[key][0] != process
        self.descriptions[key] = [process, None if ambiguous else 0, flags]

    def on_close(self, process, arguments, result, covers, inode):
        self.descriptions.pop((self.number(arguments[0]), inode), None)

    def on_lseek(self, process, arguments, result, covers, inode):
        if description := self.descriptions.get((self.number(arguments[0]), inode)):
            description[1] = result

    @staticmethod
    def number(argument):
        return int(argument.partition("<")[0])

    def write(self, inode, offset, text, count):
        """Adds a write of the strings in `text`, of which `count` bytes were written."""
        data = b"".join(decoded(string) for string in re.findall(r'"((?:\\x..)*)"', text))[:count]
        if len(data) != count:
            raise Unsupported(f"{count} bytes were written, but {len(data)} were recorded")
        if data:
            self.add(Write(inode, offset, data))

    def write_at_position(self, arguments, result, inode):
        _, offset, flags = description = self.descriptions.get((self.number(arguments[0]), inode), [None, None, []])
        # Logs grow at their end, also those that a process inherits or opens twice.
        if "O_APPEND" in flags or "/logs/" in os.fsdecode(decoded(arguments[0].partition("<")[2].rstrip(">"))):
            offset = len(self.system.inodes[inode])
        elif offset is None or "O_RDWR" in flags:  # the position may have been changed by another process, or by read()
            raise Unsupported(f"write() at an unknown position of {arguments[0][:200]}")
        self.write(inode, offset, arguments[1], result)
        description[1] = offset + result

    def on_write(self, process, arguments, result, covers, inode):
        self.write_at_position(arguments, result, inode)

    def on_writev(self, process, arguments, result, covers, inode):
        self.write_at_position(arguments, result, inode)

    def on_pwrite64(self, process, arguments, result, covers, inode):
        self.write(inode, int(arguments[3]), arguments[1], result)

    def on_pwritev(self, process, arguments, result, covers, inode):
        self.write(inode, int(arguments[3]), arguments[1], result)

    def on_ftruncate(self, process, arguments, result, covers, inode):
        if int(arguments[1]) != len(self.system.inodes[inode]):
            self.add(Resize(inode, int(arguments[1])))

    def on_fsync(self, process, arguments, result, covers, inode):
        self.add(Sync(inode, covers))

    on_fdatasync = on_fsync

    def on_mkdir(self, process, arguments, result, covers, inode):
        path = self.paths(arguments)[0]
        if path is not None:
            self.add(Link(*self.place(path), len(self.system.inodes), True))

    on_mkdirat = on_mkdir

    def on_unlink(self, process, arguments, result, covers, inode):
        path = self.paths(arguments)[0]
        if path is not None:
            self.add(Unlink(*self.place(path)))

    on_unlinkat = on_rmdir = on_unlink

    def on_rename(self, process, arguments, result, covers, inode):
        paths = self.paths(arguments)
        if paths == [None, None]:
            return
        if None in paths or "EXCHANGE" in arguments[-1]:
            raise Unsupported(f"rename of {paths}")
        self.add(Rename(*self.place(paths[0]), *self.place(paths[1])))

    on_renameat = on_renameat2 = on_rename

    def on_mmap(self, process, arguments, result, covers, inode):
        file = re.fullmatch(r"\d+<((?:\\x..)*)>", arguments[4])
        if not file or "PROT_WRITE" not in arguments[2] or "MAP_SHARED" not in arguments[3]:
            return
        path = os.fsdecode(decoded(file[1]))
        if self.relative(path) is not None:
            raise Unsupported(f"{path} is mapped writable")
