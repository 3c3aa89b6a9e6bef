#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""A client of the previous baseline (abi/previous) runs with the library that was built: compiled against the headers of then, and
linked to stubs with the version map of then, so that it asks for each symbol in the version that it had.

Then the check itself: compiled against headers that disagree with the library, the client must say so. Usage: old_client.py ROOT LIBRARY
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile

RINGLINE = "ringline/ringline.h"
# What differs between the client's headers or map and the library, from what, to what, and what the client must say.
DISAGREEMENTS = (
    ("a completion is larger", "\tuint16_t flags;\n} ringline_completion;", "\tuint16_t flags;\n\tuint64_t added;\n} ringline_completion;",
     "ringline_completion::error: "),
    ("a command is larger", "} ringline_command;", "\tuint64_t added;\n} ringline_command;", "ringline_push: "),
    ("two fields have changed places", "\tuint32_t block_size;          /**< Data bytes of a block. */\n\tuint32_t metadata_size;",
     "\tuint32_t metadata_size;\n\tuint32_t block_size;", "ringline_device_info::block_size: 0 instead of 512"),
    ("a field is wider", "\tuint32_t attachments;", "\tuint64_t attachments;", "ringline_buffer_info"),
    ("an engine has another number", "RINGLINE_ENGINE_THREADS 2u", "RINGLINE_ENGINE_THREADS 3u", "ringline_queue_create: "),
    ("a fault has another number", "RINGLINE_FAULT_STATUS 1u", "RINGLINE_FAULT_STATUS 6u", "ringline_sim_fault_set: "),
    ("a rule has another number", "RINGLINE_RULE_NOT_NVME 16u", "RINGLINE_RULE_NOT_NVME 15u", "ringline_diagnosis::rule"),
    ("options lack a member that they always had", "uint64_t address;   /**< 0: allocate.", "/**< 0: allocate.",
     "ringline_buffer_create: -22 instead of 0"),
    ("a function is gone", "ringline_sim_fault_clear", "ringline_sim_fault_remove", "undefined symbol: ringline_sim_fault_remove"),
    ("the symbols are in another node", "RINGLINE_0.1 {", "RINGLINE_0.0 {", "version `RINGLINE_0.0' not found"),
)


def link_stubs(version_map, library):
    """What stands for the library of then: a linker takes only names and versions from it."""
    with open(version_map, encoding="utf-8") as file:
        names = re.findall(r"^\s*(ringline_\w+);", file.read(), re.M)
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, f"-Wl,-soname,{os.path.basename(library)}",
                    f"-Wl,--version-script={version_map}", "-x", "c", "-"],
                   input="".join(f"void {name}(void) {{}}\n" for name in names), text=True, check=True)


def build(root, include, library, client):
    """None, or what the compiler or linker said."""
    source = os.path.join(root, "tests", "abi", "old_client.c")
    with open(source, encoding="utf-8") as file:
        text = file.read()
    with open(os.path.join(include, RINGLINE), encoding="utf-8") as file:
        if "ringline_sim_fault_remove" in file.read():
            text = text.replace("ringline_sim_fault_clear(device", "ringline_sim_fault_remove(device")
    ended = subprocess.run(["cc", "-std=c11", "-Wall", "-Wno-missing-field-initializers", "-I", include, "-x", "c", "-", "-o", client,
                            "-x", "none", library], input=text, capture_output=True, text=True, check=False)
    return None if ended.returncode == 0 else ended.stderr


def run(root, previous, library, scratch):
    """Whether the client was content, and what it said."""
    client, image = os.path.join(scratch, "client"), os.path.join(scratch, "disk.img")
    stubs = os.path.join(scratch, os.path.basename(library))
    link_stubs(os.path.join(previous, "ringline.map"), stubs)
    said = build(root, previous, stubs, client)
    if said is not None:
        return False, said
    for path in (image, image + ".ringline"):
        if os.path.exists(path):
            os.remove(path)
    environment = dict(os.environ, LD_LIBRARY_PATH=os.path.dirname(library), LD_BIND_NOW="1")
    ended = subprocess.run([client, image], env=environment, capture_output=True, text=True, check=False, timeout=30)
    return ended.returncode == 0, ended.stderr or f"ended with {ended.returncode}"


def replace(path, old, new):
    """Whether it was there to be replaced."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    with open(path, "w", encoding="utf-8") as file:
        file.write(text.replace(old, new))
    return old in text


def disagree(root, library, scratch, disagreement):
    """None, or what is wrong with the check."""
    name, old, new, wanted = disagreement
    previous = os.path.join(scratch, "previous")
    shutil.rmtree(previous, ignore_errors=True)
    shutil.copytree(os.path.join(root, "abi", "previous"), previous)
    if not any([replace(os.path.join(previous, path), old, new) for path in (RINGLINE, "ringline.map")]):
        return f"{name}: \"{old}\" is not in abi/previous any more: the disagreement has to be adapted"
    content, said = run(root, previous, library, scratch)
    if content:
        return f"{name}: the client did not notice"
    if wanted not in said:
        return f"{name}: \"{wanted}\" was expected, but this was said:\n{said}"
    print(f"{name}: {next((line for line in said.splitlines() if wanted in line), said)}")
    return None


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    root, library = sys.argv[1], os.path.abspath(sys.argv[2])
    with tempfile.TemporaryDirectory(prefix="ringline-old-") as scratch:
        content, said = run(root, os.path.join(root, "abi", "previous"), library, scratch)
        if not content:
            sys.exit("a client that was compiled against abi/previous does not run with this library:\n" + said +
                     "If that is meant, and abi/README.md allows it: tools/abi/baseline break, and another SONAME")
        print("a client of the previous baseline runs")
        wrong = [said for said in (disagree(root, library, scratch, each) for each in DISAGREEMENTS) if said is not None]
    print("\n".join(wrong), file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
