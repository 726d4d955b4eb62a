"""A model of a file system: its content, and the operations that change it."""

import dataclasses
import os
import pathlib


@dataclasses.dataclass(frozen=True)
class Link:
    """Gives a file or folder a name. A new inode is created."""
    folder: int
    name: str
    inode: int
    is_folder: bool = False


@dataclasses.dataclass(frozen=True)
class Unlink:
    folder: int
    name: str


@dataclasses.dataclass(frozen=True)
class Rename:
    folder: int
    name: str
    new_folder: int
    new_name: str


@dataclasses.dataclass(frozen=True)
class Write:
    inode: int
    offset: int
    data: bytes


@dataclasses.dataclass(frozen=True)
class Resize:
    inode: int
    size: int


@dataclasses.dataclass(frozen=True)
class Sync:
    """fsync. It covers the operations before number `covers`, those that were complete when it was called."""
    inode: int
    covers: int


class FileSystem:
    """Files and folders in memory. A folder is a dict from names to inodes; a file is a bytearray."""

    ROOT = 0

    def __init__(self):
        self.inodes = {self.ROOT: {}}

    @classmethod
    def load(cls, path):
        """@return the content of the folder `path`, which must contain only files and folders."""
        system = cls()

        def add(folder, inode):
            for entry in sorted(os.scandir(folder), key=lambda e: e.name):
                number = len(system.inodes)
                system.inodes[inode][entry.name] = number
                if entry.is_dir(follow_symlinks=False):
                    system.inodes[number] = {}
                    add(entry.path, number)
                elif entry.is_file(follow_symlinks=False):
                    system.inodes[number] = bytearray(pathlib.Path(entry.path).read_bytes())
                else:
                    raise ValueError(f"{entry.path} is neither a file nor a folder")

        add(path, cls.ROOT)
        return system

    def copy(self):
        other = FileSystem()
        other.inodes = {number: content.copy() for number, content in self.inodes.items()}
        return other

    def find(self, path):
        """@return the inode of a path relative to the root, or None."""
        inode = self.ROOT
        for name in pathlib.PurePosixPath(path).parts:
            content = self.inodes[inode]
            if not isinstance(content, dict) or name not in content:
                return None
            inode = content[name]
        return inode

    def apply(self, operation):
        match operation:
            case Link(folder, name, inode, is_folder):
                self.inodes[inode] = {} if is_folder else bytearray()
                self.inodes[folder][name] = inode
            case Unlink(folder, name):
                del self.inodes[folder][name]
            case Rename(folder, name, new_folder, new_name):
                self.inodes[new_folder][new_name] = self.inodes[folder].pop(name)
            case Write(inode, offset, data):
                content = self.inodes[inode]
                content.extend(bytes(max(0, offset - len(content))))
                content[offset:offset + len(data)] = data
            case Resize(inode, size):
                content = self.inodes[inode]
                del content[size:]
                content.extend(bytes(size - len(content)))
            case Sync():
                pass

    def files(self, inode=ROOT, prefix=""):
        """@return the content of each file that has a path, and None for each folder, by path."""
        found = {}
        for name, child in sorted(self.inodes[inode].items()):
            content = self.inodes[child]
            if isinstance(content, dict):
                found[prefix + name] = None
                found.update(self.files(child, f"{prefix}{name}/"))
            else:
                found[prefix + name] = bytes(content)
        return found


def store(files, path):
    """Creates the files and folders that FileSystem.files() returned in the empty folder `path`."""
    for name, content in files.items():  # a folder comes before its content
        if content is None:
            os.mkdir(f"{path}/{name}")
        else:
            pathlib.Path(path, name).write_bytes(content)
