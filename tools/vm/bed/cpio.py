# SPDX-License-Identifier: MIT OR Apache-2.0
"""A tree of files that is collected in memory (by reference) and written as an initramfs (cpio, format newc).

Written here rather than by the cpio program because a tree that exists only as a list needs no copying, no root for
ownership and device nodes, and one tool less on the machine.
"""

import os
import shutil
import stat

ALIGNMENT = 4


class Tree:
    """Paths of the guest, each with its mode and where its bytes come from. The first file put at a path stays."""

    def __init__(self):
        self._entries = {}

    def __contains__(self, path):
        return path.strip("/") in self._entries

    def add_directory(self, path, mode=0o755):
        parts = path.strip("/").split("/")
        for depth in range(1, len(parts)):
            self._entries.setdefault("/".join(parts[:depth]), (stat.S_IFDIR | 0o755, b"", None))
        if parts != [""]:
            self._entries.setdefault("/".join(parts), (stat.S_IFDIR | mode, b"", None))

    def _add(self, path, mode, data, source=None):
        self.add_directory(os.path.dirname(path))
        self._entries.setdefault(path.strip("/"), (mode, data, source))

    def add_file(self, path, source, mode=None):
        """The file `source` of the host; its mode too unless another is given."""
        self._add(path, stat.S_IFREG | (mode or os.stat(source).st_mode & 0o777), b"", source)

    def add_text(self, path, text, mode=0o644):
        self._add(path, stat.S_IFREG | mode, text.encode())

    def add_link(self, path, target):
        self._add(path, stat.S_IFLNK | 0o777, target.encode())

    def add_character_device(self, path, major, minor):
        self._add(path, stat.S_IFCHR | 0o600, (major, minor))

    def size_bytes(self):
        return sum(os.path.getsize(source) if source else 0 for _, _, source in self._entries.values())

    def write_cpio(self, out):
        # Parents sort before their children, which is the order that the kernel needs.
        for number, path in enumerate(sorted(self._entries), start=1):
            mode, data, source = self._entries[path]
            if stat.S_ISCHR(mode):
                _write_header(out, number, path, mode, 0, device=data)
            elif source:
                _write_header(out, number, path, mode, os.path.getsize(source))
                with open(source, "rb") as file:
                    shutil.copyfileobj(file, out, 1 << 20)
            else:
                _write_header(out, number, path, mode, len(data))
                out.write(data)
            _pad(out)
        _write_header(out, 0, "TRAILER!!!", 0, 0)
        _pad(out)


def _write_header(out, inode, path, mode, length, device=(0, 0)):
    name = path.encode() + b"\0"
    links = 1
    fields = [inode, mode, 0, 0, links, 0, length, 0, 0, device[0], device[1], len(name), 0]
    out.write(b"070701" + b"".join(b"%08X" % field for field in fields) + name)
    _pad(out)


def _pad(out):
    out.write(b"\0" * (-out.tell() % ALIGNMENT))
