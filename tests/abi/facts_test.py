#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""exported.sh and needed.sh themselves: libraries with one thing wrong, and what must be said. Usage: facts_test.py FOLDER-OF-THEM"""

import os
import subprocess
import sys
import tempfile

HEADER = "#define RINGLINE_API __attribute__((visibility(\"default\")))\nRINGLINE_API int ringline_one(void);\nRINGLINE_API int ringline_two(void);\n"
SOURCE = "int ringline_one(void) { return 1; }\nint ringline_two(void) { return 2; }\n"
MAP = "RINGLINE_0.1 {\n\tglobal:\n\t\tringline_one;\n\t\tringline_two;\n\tlocal:\n\t\t*;\n};\n"
OPEN_MAP = MAP.replace("\tlocal:\n\t\t*;\n", "")
# What is wrong, who must say so, what: None if nothing is; header, source, map that is read, map that is linked, and libraries.
CASES = (
    ("nothing is wrong", "exported.sh", None, HEADER, SOURCE, MAP, MAP, ()),
    ("the map lacks a function", "exported.sh", "of the headers and of the map differ", HEADER, SOURCE,
     MAP.replace("\t\tringline_two;\n", ""), MAP, ()),
    ("the library lacks a function", "exported.sh", "of the headers and of the library differ", HEADER,
     SOURCE.replace("ringline_two", "ringline_2"), MAP, MAP, ()),
    ("the library exports more", "exported.sh", "+ringline_three", HEADER, SOURCE + "int ringline_three(void) { return 3; }\n", MAP, OPEN_MAP,
     ()),
    ("a symbol has no version", "exported.sh", "have no version", HEADER, SOURCE, MAP, None, ()),
    ("a declaration is not recognised", "exported.sh", "3 declarations in the headers, but 2 were recognised",
     HEADER + "int RINGLINE_API ringline_three(void);\n", SOURCE, MAP, MAP, ()),
    ("nothing else is needed", "needed.sh", None, HEADER, SOURCE, MAP, MAP, ()),
    ("another library is needed", "needed.sh", "needs libm.so.6", HEADER, SOURCE, MAP, MAP, ("-lm",)),
)


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def run(folder, case, scratch):
    """None, or what is wrong with the check."""
    name, script, wanted, header, source, read_map, linked_map, libraries = case
    write(os.path.join(scratch, "include", "ringline", "ringline.h"), header)
    write(os.path.join(scratch, "abi", "ringline.map"), read_map)
    write(os.path.join(scratch, "stubs.c"), source)
    options = []
    if linked_map is not None:
        write(os.path.join(scratch, "linked.map"), linked_map)
        # A map that names what is not there is no error of the linker's.
        options = [f"-Wl,--version-script={os.path.join(scratch, 'linked.map')}"]
    library = os.path.join(scratch, "libringline.so.0")
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, os.path.join(scratch, "stubs.c"), "-Wl,--no-as-needed", *options, *libraries],
                   check=True)
    ended = subprocess.run(["sh", os.path.join(folder, script), library, scratch], capture_output=True, text=True, check=False)
    said = ended.stdout + ended.stderr
    if (ended.returncode == 0) != (wanted is None) or (wanted or "") not in said:
        return f"{name}: {script} ended with {ended.returncode} and said:\n{said}"
    return None


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory(prefix="ringline-abi-") as scratch:
        wrong = [said for said in (run(sys.argv[1], case, scratch) for case in CASES) if said is not None]
    print("\n".join(wrong), file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
