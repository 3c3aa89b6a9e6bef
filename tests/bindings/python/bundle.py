# SPDX-License-Identifier: MIT OR Apache-2.0
"""Puts what a Python program needs to run elsewhere into one folder: the interpreter, the modules of the standard library that a
run of the program loads, and the shared libraries. Usage: bundle.py FOLDER PROGRAM

The virtual machine has no Python. There: PYTHONHOME=FOLDER LD_LIBRARY_PATH=FOLDER/shared FOLDER/python PROGRAM
"""
import glob
import os
import re
import runpy
import shutil
import subprocess
import sys
import sysconfig


def copy(path, target):
    os.makedirs(os.path.dirname(target), exist_ok=True)
    shutil.copy(path, target)


def main():
    folder, program = sys.argv[1:]
    shutil.rmtree(folder, ignore_errors=True)
    sys.argv = [program]
    sys.path.insert(0, os.path.dirname(program))
    try:
        runpy.run_path(program, run_name="__main__")
    except SystemExit as ended:
        if ended.code:
            raise
    library = sysconfig.get_path("stdlib")
    home = os.path.join(folder, sys.platlibdir, os.path.basename(library))
    # Also what is frozen into the interpreter, which looks for one of these to find its home.
    for module in list(sys.modules.values()):
        path = getattr(module, "__file__", None) or ""
        if path.startswith(library + os.sep):
            copy(path, os.path.join(home, os.path.relpath(path, library)))
    os.makedirs(os.path.join(home, "lib-dynload"), exist_ok=True)
    copy(os.path.realpath(sys.executable), os.path.join(folder, "python"))
    for extension in glob.glob(os.path.join(home, "lib-dynload", "*.so")):
        needed = subprocess.run(["ldd", extension], capture_output=True, text=True, check=True).stdout
        for name, path in re.findall(r"(\S+) => (/\S+)", needed):
            copy(path, os.path.join(folder, "shared", name))


if __name__ == "__main__":
    main()
