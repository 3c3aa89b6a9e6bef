# SPDX-License-Identifier: MIT OR Apache-2.0
"""Reads the kernel's own messages for signs of a kernel that went wrong."""

import re

TROUBLE = re.compile(r"WARNING:|BUG:|Oops|Kernel panic|general protection fault|blocked for more than \d+ seconds"
                     r"|refcount_t:|list_(add|del) corruption")
LINES_AFTER = 30
LINES_SHOWN = 120
# Bits of /proc/sys/kernel/tainted: bad page, died (Oops or BUG), warned, soft lockup.
TAINTS = {5: "bad page", 7: "Oops or BUG", 9: "WARNING", 14: "soft lockup"}
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]|\x1bc|\r")


def read(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return _ESCAPES.sub("", file.read()).splitlines()
    except FileNotFoundError:
        return []


def trouble(lines, taint=0):
    """The lines that tell of a kernel's failure, with what follows them; empty when all is well."""
    shown = set()
    for number, line in enumerate(lines):
        if TROUBLE.search(line):
            shown.update(range(number, min(number + LINES_AFTER, len(lines))))
    found = [lines[number] for number in sorted(shown)][:LINES_SHOWN]
    flags = [meaning for bit, meaning in TAINTS.items() if taint >> bit & 1]
    return found + ([f"the kernel is tainted: {', '.join(flags)}"] if flags else [])
