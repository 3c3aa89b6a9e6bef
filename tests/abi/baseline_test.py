#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""What `tools/abi/baseline write` and `break` leave in abi/previous, in a scratch repository. Usage: baseline_test.py ROOT

Exit 77 (skipped) without git or libabigail.
"""

import contextlib
import importlib.machinery
import importlib.util
import io
import os
import re
import shutil
import subprocess
import sys
import tempfile


def load(root):
    """The tool of that tree, as a module."""
    loader = importlib.machinery.SourceFileLoader("baseline", os.path.join(root, "tools", "abi", "baseline"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("baseline", loader))
    loader.exec_module(module)
    return module


def commit(root):
    for arguments in (("init", "-q"), ("add", "-A"),
                      ("-c", "user.name=test", "-c", "user.email=test@localhost", "commit", "-q", "-m", "a baseline")):
        subprocess.run(["git", "-C", root, *arguments], check=True)


class Scratch:
    """A tree whose library is stubs."""

    def __init__(self, root, source):
        self.root = root
        for folder in ("include", "abi", "tools/abi"):
            shutil.copytree(os.path.join(source, folder), os.path.join(root, folder))
        shutil.copy(os.path.join(root, "abi", "ringline.map"), root)
        self.tool = load(root)
        self.header = os.path.join(root, "include", "ringline", "ringline.h")

    def grow(self, field):
        self.tool.replace(self.header, "} ringline_buffer_info;", f"\tuint64_t {field};\n}} ringline_buffer_info;")

    def write(self, breaks=False, version=0):
        library = self.tool.build_stubs(self.root, version=version)
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            assert self.tool.write(library, breaks) == 0
        assert self.tool.check(library) == 0, "what was written is not what it says"
        return said.getvalue()

    def version(self, node):
        """Gives the first node of the version map a name, in which the baselines differ."""
        version_map = os.path.join(self.root, "abi", "ringline.map")
        with open(version_map, encoding="utf-8") as file:
            text = file.read()
        with open(version_map, "w", encoding="utf-8") as file:
            file.write(re.sub("RINGLINE_[0-9.]+", f"RINGLINE_{node}", text, count=1))
        shutil.copy(version_map, self.root)

    def previous(self, name="ringline/ringline.h"):
        with open(os.path.join(self.root, "abi", "previous", name), encoding="utf-8") as file:
            return file.read()


def refuses_to_break(tree):
    """A break under the SONAME of before is refused, and leaves everything as it is."""
    before = tree.previous()
    try:
        tree.write(breaks=True)
    except tree.tool.Refused as error:
        assert "is still libringline.so.0" in str(error), error
    else:
        raise AssertionError("a break that keeps the SONAME was taken")
    assert tree.previous() == before, "what was refused was written all the same"


def check(root, source):
    tree = Scratch(root, source)
    tree.grow("first")
    commit(root)
    tree.write()
    commit(root)
    tree.grow("second")
    tree.version("0.2")
    assert tree.write() == ""
    assert "first" in tree.previous() and "second" not in tree.previous(), "not the headers of the baseline before"
    assert "RINGLINE_0.1 {" in tree.previous("ringline.map"), "not the version map of the baseline before"
    assert "nothing was written" in tree.write()
    commit(root)
    assert "nothing was written" in tree.write()
    assert "second" not in tree.previous(), "a baseline that says the same took the place of the one before"
    tree.grow("third")
    refuses_to_break(tree)
    tree.write(breaks=True, version=1)
    assert "third" in tree.previous(), "not the headers of today"
    assert "RINGLINE_0.2 {" in tree.previous("ringline.map"), "not the version map of today"


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    for tool in ("git", "abidiff"):
        if shutil.which(tool) is None:
            print(f"skipped: {tool} is not installed")
            return 77
    with tempfile.TemporaryDirectory(prefix="ringline-abi-") as scratch:
        check(scratch, sys.argv[1])
    return 0


if __name__ == "__main__":
    sys.exit(main())
