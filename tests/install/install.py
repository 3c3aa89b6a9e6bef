# SPDX-License-Identifier: MIT OR Apache-2.0
"""Takes the C program out of the README and compiles it as its reader would. Usage: install.py compile README PREFIX DIRECTORY

It leaves DIRECTORY/roundtrip.c and three programs: roundtrip-shared; roundtrip-static, against libringline.a; and
roundtrip-all_static, without any shared library at all. `install.py example SOURCE PREFIX PROGRAM` does the same with a source
file, and leaves PROGRAM-shared and so on.
"""
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

WARNINGS = ["-Wall", "-Wextra", "-Werror"]


def program_of(readme):
    """The README's one block of C, which begins with the program's name."""
    with open(readme, encoding="utf-8") as file:
        blocks = re.findall(r"^```c\n(.*?)^```$", file.read(), re.DOTALL | re.MULTILINE)
    programs = [block for block in blocks if block.startswith("/* roundtrip ")]
    if len(programs) != 1:
        sys.exit(f"{readme}: {len(programs)} blocks of C begin with '/* roundtrip '; there must be one")
    return programs[0]


def pkg_config(prefix, *arguments):
    """What pkg-config says when it looks below the prefix first, as words."""
    found = glob.glob(os.path.join(prefix, "lib*", "**", "pkgconfig"), recursive=True)
    environment = dict(os.environ, PKG_CONFIG_PATH=":".join(found))
    said = subprocess.run(["pkg-config", *arguments, "ringline"], env=environment, capture_output=True, text=True, check=False)
    if said.returncode != 0:
        sys.exit(f"pkg-config {' '.join(arguments)} ringline: {said.stderr}")
    return said.stdout.split()


def library_directory(prefix):
    return pkg_config(prefix, "--variable=libdir")[0]


def compile_program(source, program, words):
    compiler = ["c++", "-std=c++17"] if source.endswith(".cpp") else ["cc"]
    command = [*compiler, *WARNINGS, "-o", program, source, *words]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode != 0:
        sys.exit(f"{' '.join(command)}\n{ended.stderr}")


def compile_readme(readme, prefix, directory):
    source = os.path.join(directory, "roundtrip.c")
    with open(source, "w", encoding="utf-8") as file:
        file.write(program_of(readme))
    compile_all(source, prefix, os.path.join(directory, "roundtrip"))


def compile_all(source, prefix, program):
    # A prefix of one's own needs a run path, as it would for any library.
    compile_program(source, f"{program}-shared", pkg_config(prefix, "--cflags", "--libs")
                    + [f"-Wl,-rpath,{os.path.realpath(library_directory(prefix))}"])
    compile_program(source, f"{program}-all_static", ["-static", *pkg_config(prefix, "--cflags", "--libs", "--static")])
    # The linker takes libringline.a for -lringline where there is no shared library: in a prefix that has none.
    with tempfile.TemporaryDirectory() as scratch:
        only_static = os.path.join(scratch, "prefix")
        shutil.copytree(prefix, only_static, symlinks=True)
        for library in glob.glob(os.path.join(library_directory(only_static), "libringline.so*")):
            os.unlink(library)
        compile_program(source, f"{program}-static", pkg_config(only_static, "--cflags", "--libs", "--static"))


if __name__ == "__main__":
    actions = {"compile": compile_readme, "example": compile_all}
    if len(sys.argv) != 5 or sys.argv[1] not in actions:
        sys.exit(__doc__.strip())
    actions[sys.argv[1]](*sys.argv[2:])
