#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Changes the public headers in a scratch copy, one way at a time, and demands that tools/abi/generate --check says so.

Usage: mutations.py ROOT. A check that lets one of these pass would not guard the ABI.
"""

import os
import shutil
import subprocess
import sys
import tempfile

RINGLINE, NVME = "include/ringline/ringline.h", "include/ringline/nvme.h"
STALE = "is not what the headers say"
# What is done, in which file, from what, to what, and what must be said.
MUTATIONS = (
    ("a field is added to a struct", RINGLINE, "\tuint64_t enters; ", "\tuint64_t added;\n\tuint64_t enters; ", STALE),
    ("a field changes its place", NVME, "\tuint32_t cdw2;\n\tuint32_t cdw3;", "\tuint32_t cdw3;\n\tuint32_t cdw2;", STALE),
    ("a field changes its width", RINGLINE, "\tuint16_t status;\n\tuint16_t reserved0;",
     "\tuint32_t status;", STALE),
    ("a constant changes its value", RINGLINE, "#define RINGLINE_ENGINE_THREADS 2u", "#define RINGLINE_ENGINE_THREADS 3u",
     STALE),
    ("a function is removed", RINGLINE, "RINGLINE_API uint32_t ringline_version(void);", "", STALE),
    ("a function is renamed", RINGLINE, "ringline_version(void)", "ringline_get_version(void)", STALE),
    ("a parameter changes its type", RINGLINE, "ringline_cancel(ringline_queue *queue, uint64_t user_data)",
     "ringline_cancel(ringline_queue *queue, uint32_t user_data)", STALE),
    ("an error is no longer said", RINGLINE, "@retval -EALREADY the device has them all", "", STALE),
    ("a generated file is edited", "abi/ringline.map", "ringline_cancel;", "ringline_cancel2;", STALE),
    ("a page of a function that is no more is kept", "abi/man3/ringline_cancel.3", None, "abi/man3/ringline_old.3",
     "there is no such function"),
    ("an error has no words", RINGLINE, "@retval -EALREADY the device has them all", "@retval -EALREADY", "has no words"),
    ("padding has no name", RINGLINE, "\tuint16_t reserved0;\n\tuint32_t reserved1;", "\tuint32_t reserved1;",
     "bytes of padding before ringline_fault_rule::reserved1 have no name"),
    ("padding at the end has no name", RINGLINE, "\tuint8_t reserved0[80];", "\tuint8_t reserved0[77];",
     "bytes of padding at the end of ringline_device_entry have no name"),
    ("a field is a bit-field", RINGLINE, "\tuint32_t hold;", "\tuint32_t hold : 32;", "hold is a bit-field"),
    ("a field is a pointer", RINGLINE, "\tuint64_t delay_ns;", "\tvoid *delay_ns;", "delay_ns is of type \"void *\""),
    ("a field is a long", RINGLINE, "\tuint64_t delay_ns;", "\tunsigned long delay_ns;", "depends on the machine"),
    ("a field is a bool", NVME, "\tuint8_t more;", "\t_Bool more;", "more is of type \"_Bool\""),
    ("a field is an enum", RINGLINE, "\tuint32_t hold;", "\tenum { zero } hold;", "hold is of type"),
    ("a function is inline", RINGLINE, "RINGLINE_API uint32_t ringline_version(void);",
     "static inline uint32_t ringline_version(void) { return 1; }", "other languages cannot call an inline function"),
    ("a parameter has no direction", RINGLINE, "@param[in] user_data As pushed", "@param user_data As pushed",
     "has no direction and name"),
    ("a parameter is not documented", RINGLINE, "@param[in] user_data As pushed; duplicates are all meant.", "",
     "parameter user_data has no @param"),
    ("a read-only parameter is an output", RINGLINE, "@param[in] path NUL-terminated, without", "@param[out] path NUL-terminated, without",
     "nothing can be written through"),
    ("a function has no thread rule", RINGLINE, "@threadsafety{any thread, async-signal-safe}", "", "has no @threadsafety"),
    ("a comment has a command that is not known", RINGLINE, "@brief Cancels", "@short Cancels", "@short is not one"),
    ("a constant is an expression", RINGLINE, "#define RINGLINE_FAULT_DROP 5u", "#define RINGLINE_FAULT_DROP (4u + 1u)",
     "is not one integer"),
)


def check(root):
    return subprocess.run([sys.executable, os.path.join(root, "tools", "abi", "generate"), "--check", "--root", root],
                          capture_output=True, text=True, check=False)


def mutate(root, mutation):
    """None, or what is wrong with the check."""
    name, path, old, new, wanted = mutation
    full = os.path.join(root, path)
    if old is None:
        return judge(name, wanted, with_copy(root, full, os.path.join(root, new)))
    with open(full, encoding="utf-8") as file:
        text = file.read()
    if old not in text:
        return f"{name}: \"{old}\" is not in {path} any more: the mutation has to be adapted"
    with open(full, "w", encoding="utf-8") as file:
        file.write(text.replace(old, new, 1))
    ended = check(root)
    with open(full, "w", encoding="utf-8") as file:
        file.write(text)
    return judge(name, wanted, ended)


def with_copy(root, path, other):
    shutil.copy(path, other)
    ended = check(root)
    os.remove(other)
    return ended


def judge(name, wanted, ended):
    """None, or what is wrong with what the check said."""
    if ended.returncode == 0:
        return f"{name}: nobody noticed"
    if wanted not in ended.stderr:
        return f"{name}: \"{wanted}\" was expected, but this was said:\n{ended.stderr}"
    print(f"{name}: {ended.stderr.splitlines()[0]}")
    return None


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory(prefix="ringline-abi-") as scratch:
        for folder in ("include", "abi", "tools/abi", "bindings"):
            shutil.copytree(os.path.join(sys.argv[1], folder), os.path.join(scratch, folder))
        untouched = check(scratch)
        if untouched.returncode != 0:
            sys.exit(f"the unchanged headers are refused:\n{untouched.stderr}")
        wrong = [said for said in (mutate(scratch, mutation) for mutation in MUTATIONS) if said is not None]
    print("\n".join(wrong), file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
