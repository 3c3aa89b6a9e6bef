#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Changes the public headers in a scratch copy, one way at a time, and demands that tools/abi/generate --check says so.

Usage: mutations.py ROOT. A check that lets one of these pass would not guard the ABI.
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

RINGLINE, NVME = "include/ringline/ringline.h", "include/ringline/nvme.h"
# The generated files that tell of a change of the headers.
JSON, LAYOUT, MAP, RAW = "abi/ringline.json", "abi/layout.h", "abi/ringline.map", "bindings/python/ringline/_raw.py"
SYMBOLS = "abi/libringline0.symbols"
RUST, GO = "bindings/rust/libringline-sys/src/raw.rs", "bindings/go/raw/raw.go"
RAWS = (RAW, RUST, GO)
# Said of whatever is stale: what to do.
STALE = "not what the headers say: run tools/abi/generate, and review what it changes"
# What is done, in which file, from what, to what, and what must be said: words, or the names of the files that are stale.
MUTATIONS = (
    ("a field is added to a struct", RINGLINE, "\tuint64_t enters; ", "\tuint64_t added;\n\tuint64_t enters; ", (JSON, LAYOUT, *RAWS)),
    ("a field changes its place", NVME, "\tuint32_t cdw2;\n\tuint32_t cdw3;", "\tuint32_t cdw3;\n\tuint32_t cdw2;",
     (JSON, LAYOUT, *RAWS)),
    ("a field changes its width", RINGLINE, "\tuint16_t status;\n\tuint16_t reserved0;",
     "\tuint32_t status;", (JSON, LAYOUT, *RAWS)),
    ("a constant changes its value", RINGLINE, "#define RINGLINE_ENGINE_THREADS 2u", "#define RINGLINE_ENGINE_THREADS 3u",
     (JSON, LAYOUT, *RAWS)),
    ("a function is removed", RINGLINE, "RINGLINE_API uint32_t ringline_version(void);", "",
     (JSON, MAP, SYMBOLS, *RAWS, "abi/man3/ringline_version.3")),
    ("a function is renamed", RINGLINE, "ringline_version(void)", "ringline_get_version(void)",
     (JSON, MAP, SYMBOLS, *RAWS, "abi/man3/ringline_version.3", "abi/man3/ringline_get_version.3")),
    ("a parameter changes its type", RINGLINE, "ringline_cancel(ringline_queue *queue, uint64_t user_data)",
     "ringline_cancel(ringline_queue *queue, uint32_t user_data)", (JSON, *RAWS, "abi/man3/ringline_cancel.3")),
    ("an error is no longer said", RINGLINE, "@retval -EALREADY the device has them all", "",
     (JSON, "abi/man3/ringline_cancel.3")),
    ("a symbol is missing from the map", MAP, "\t\tringline_cancel;\n", "", (MAP,)),
    ("the map is edited", MAP, "ringline_cancel;", "ringline_cancel2;", (MAP,)),
    ("the JSON is edited", JSON, "\"name\": \"ringline_cancel\"", "\"name\": \"ringline_cancel2\"", (JSON,)),
    ("an assertion is edited", LAYOUT, "RINGLINE_ASSERT(sizeof(ringline_command) == 64);", "", (LAYOUT,)),
    ("Debian's list is edited", SYMBOLS, " ringline_cancel@RINGLINE_0.1 0.1\n", "", (SYMBOLS,)),
    ("a page is edited", "abi/man3/ringline_cancel.3", ".SH ERRORS", ".SH FAULTS", ("abi/man3/ringline_cancel.3",)),
    ("Python's binding is out of step", RAW, "RINGLINE_ENGINE_THREADS = 2", "RINGLINE_ENGINE_THREADS = 3", (RAW,)),
    ("a constant of Rust's raw layer is edited", RUST, "RINGLINE_FUA: u32 = 0x1;", "RINGLINE_FUA: u32 = 0x3;", (RUST,)),
    ("a field of Rust's raw layer is removed", RUST, "\tpub hold: u32,\n", "", (RUST,)),
    ("Go's binding is out of step", GO, "const RINGLINE_ENGINE_THREADS = 2", "const RINGLINE_ENGINE_THREADS = 3", (GO,)),
    ("a page of a function that is no more is kept", "abi/man3/ringline_cancel.3", None, "abi/man3/ringline_old.3",
     "there is no such function"),
    ("a header is included by none", NVME, None, "include/ringline/extra.h",
     "include/ringline/extra.h:1: ringline/ringline.h does not include it"),
    ("an error has no words", RINGLINE, "@retval -EALREADY the device has them all", "@retval -EALREADY", "include/ringline/ringline.h: ringline_cancel(): @retval -EALREADY has no words"),
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
    ("a constant is octal", RINGLINE, "#define RINGLINE_FAULT_DROP 5u", "#define RINGLINE_FAULT_DROP 05u", "RINGLINE_FAULT_DROP is 05u, which is octal"),
    ("a constant has more than 32 bits", RINGLINE, "#define RINGLINE_FAULT_DROP 5u", "#define RINGLINE_FAULT_DROP 0x123456789u",
     "RINGLINE_FAULT_DROP is 0x123456789u, which does not fit"),
    ("a field is a union", RINGLINE, "\tuint64_t delay_ns;", "\tunion { uint64_t delay_ns; uint64_t other; } delay;", "delay is a union"),
    ("a union has no name", RINGLINE, "\tuint64_t delay_ns;", "\tunion { uint64_t delay_ns; uint64_t other; };",
     "a field without a name is a union"),
    ("a field is a struct without a name", RINGLINE, "\tuint64_t delay_ns;", "\tstruct { uint64_t delay_ns; } inner;",
     "inner is a struct without a typedef"),
    ("a field is an array of arrays", NVME, "\tuint8_t reserved0[4];\n} ringline_status_info", "\tuint8_t reserved0[2][2];\n} ringline_status_info",
     "reserved0 is of type \"uint8_t[2][2]\", an array of arrays"),
    ("an array has no size", NVME, "\tuint8_t reserved0[4];\n} ringline_status_info", "\tuint8_t reserved0[4];\n\tuint8_t more_of_it[];\n} ringline_status_info",
     "more_of_it is an array without a size"),
    ("a parameter is a long", RINGLINE, "ringline_cancel(ringline_queue *queue, uint64_t user_data)",
     "ringline_cancel(ringline_queue *queue, unsigned long user_data)", "ringline_cancel(): parameter user_data is of type \"unsigned long\""),
    ("a parameter is a bool", RINGLINE, "ringline_cancel(ringline_queue *queue, uint64_t user_data)",
     "ringline_cancel(ringline_queue *queue, _Bool user_data)", "ringline_cancel(): parameter user_data is of type \"_Bool\""),
    ("a parameter is a size_t", RINGLINE, "ringline_cancel(ringline_queue *queue, uint64_t user_data)",
     "ringline_cancel(ringline_queue *queue, __SIZE_TYPE__ user_data)", "ringline_cancel(): parameter user_data is of type \"unsigned long\""),
    ("a function is variadic", RINGLINE, "ringline_cancel(ringline_queue *queue, uint64_t user_data)", "ringline_cancel(ringline_queue *queue, uint64_t user_data, ...)",
     "ringline_cancel() takes any number of arguments"),
    ("a function has no prototype", RINGLINE, "ringline_version(void)", "ringline_version()", "ringline_version() says nothing of its parameters"),
    ("a result is a long", RINGLINE, "RINGLINE_API uint32_t ringline_version(", "RINGLINE_API unsigned long ringline_version(",
     "ringline_version() returns \"unsigned long\""),
    ("a function is not exported", RINGLINE, "RINGLINE_API uint32_t ringline_version(", "uint32_t ringline_version(",
     "ringline_version() is declared without RINGLINE_API"),
)


class Tool:
    """The generator of the scratch copy, called without starting a Python each time, which is most of what it takes."""

    def __init__(self, root):
        self.root = root
        path = os.path.join(root, "tools", "abi", "generate")
        sys.path.insert(0, os.path.dirname(path))
        loader = importlib.machinery.SourceFileLoader("generate", path)
        self.module = importlib.util.module_from_spec(importlib.util.spec_from_loader("generate", loader))
        loader.exec_module(self.module)

    def check(self):
        """What it ends with, and what it says."""
        said = io.StringIO()
        with contextlib.redirect_stderr(said):
            code = self.module.main(["--check", "--root", self.root])
        return code, said.getvalue()


def mutate(tool, mutation):
    """None, or what is wrong with the check."""
    name, path, old, new, wanted = mutation
    full = os.path.join(tool.root, path)
    if old is None:
        return judge(name, wanted, with_copy(tool, full, os.path.join(tool.root, new)))
    with open(full, encoding="utf-8") as file:
        text = file.read()
    if old not in text:
        return f"{name}: \"{old}\" is not in {path} any more: the mutation has to be adapted"
    with open(full, "w", encoding="utf-8") as file:
        file.write(text.replace(old, new, 1))
    ended = tool.check()
    with open(full, "w", encoding="utf-8") as file:
        file.write(text)
    return judge(name, wanted, ended)


def with_copy(tool, path, other):
    shutil.copy(path, other)
    ended = tool.check()
    os.remove(other)
    return ended


def judge(name, wanted, ended):
    """None, or what is wrong with what the check said."""
    code, said = ended
    if code == 0:
        return f"{name}: nobody noticed"
    message = [line for line in said.splitlines() if not line.startswith("  ")]
    if isinstance(wanted, str):
        # A refusal names the place, and no place is less than none.
        right = wanted in said and ": -" not in said and (not said.startswith("include/") or re.match(r"include/\S+:(\d+: | ringline_)", said) is not None)
    else:
        # One line says it all; what differs is indented below it.
        right = len(message) == 1 and message[0].endswith(STALE) and set(re.split(", | (?:is|are) ", message[0])) >= set(wanted)
    if not right:
        return f"{name}: \"{wanted}\" was expected, but this was said:\n{said}"
    print(f"{name}: {message[0]}")
    return None


def another_soname(tool):
    """None, or what is wrong with what is said when the library gets another name."""
    tool.module.headers.SOVERSION = 1
    ended = tool.check()
    tool.module.headers.SOVERSION = 0
    return judge("the library has another name", (JSON, RAW, SYMBOLS, "abi/libringline1.symbols"), ended)


def without_modules(root):
    """What is wrong with what is said where Python has no libclang (-S: it sees no installed module)."""
    for script in (["tools/abi/generate", "--check"], ["tests/abi/previous_interface.py", root]):
        ended = subprocess.run([sys.executable, "-S", os.path.join(root, script[0]), *script[1:]], capture_output=True, text=True,
                               check=False)
        if ended.returncode != 1 or "python3-clang" not in ended.stderr or "Traceback" in ended.stderr:
            yield f"{script[0]} without libclang ended with {ended.returncode} and said:\n{ended.stderr}"


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory(prefix="ringline-abi-") as scratch:
        for folder in ("include", "abi", "tools/abi", "bindings"):
            shutil.copytree(os.path.join(sys.argv[1], folder), os.path.join(scratch, folder),
                            ignore=shutil.ignore_patterns("target"))
        tool = Tool(scratch)
        code, said = tool.check()
        if code != 0:
            sys.exit(f"the unchanged headers are refused:\n{said}")
        wrong = [said for said in (mutate(tool, mutation) for mutation in MUTATIONS) if said is not None]
        wrong += [said for said in (another_soname(tool),) if said is not None]
    wrong += without_modules(sys.argv[1])
    print("\n".join(wrong), file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
