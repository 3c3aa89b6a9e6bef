#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Builds and tests the Go package as a user would: a copy of it, the distribution's go, no network, and an installed ringline.

Usage: driver.py DIRECTORY PREFIX SOURCE ACTION. All that is made is below DIRECTORY. Actions:
  build    copies SOURCE (bindings/go) to DIRECTORY/module, and makes DIRECTORY/roundtrip and DIRECTORY/ringline.test
  sources  gofmt and go vet have nothing to say
  race     the tests, with the race detector
  cgocheck the tests, with each pointer that reaches memory of C looked at
  static   the example without libringline.so, and without any shared library
  layout   a struct or a constant that differs from the library's stops the build, and a cold struct that grew does not
"""
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

DIRECTORY, PREFIX, SOURCE = (os.path.realpath(path) for path in sys.argv[1:4])
MODULE = os.path.join(DIRECTORY, "module")
EXAMPLE = "./example/roundtrip"
EXAMPLE_TEST = os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "example.sh")
RAW, HEADER = "raw/raw.go", "include/ringline/ringline.h"
# What is changed, in which file, from what, to what, and whether it builds all the same.
CHANGES = (
    ("a field of Go's struct is wider", RAW, "\tPlacement       uint16", "\tPlacement       uint32", False),
    ("a hot struct of the library grew", HEADER, "\tuint16_t placement; ", "\tuint16_t placement; uint64_t added; ", False),
    ("a constant of the library differs", HEADER, "#define RINGLINE_FUA 0x0001u", "#define RINGLINE_FUA 0x0010u", False),
    ("a cold struct of the library shrank", HEADER, "\tuint64_t enters; ", "", False),
    ("a cold struct of the library grew", HEADER, "\tuint64_t enters; ", "\tuint64_t enters; uint64_t added; ", True),
)


def environment(prefix):
    libraries = os.path.dirname(glob.glob(os.path.join(prefix, "lib*", "**", "libringline.a"), recursive=True)[0])
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GO", "CGO_", "LD_LIBRARY_PATH"))}
    return dict(kept, PKG_CONFIG_PATH=os.path.join(libraries, "pkgconfig"), GOFLAGS="-mod=mod", GOPROXY="off", GOTOOLCHAIN="local",
                GOCACHE=os.path.join(DIRECTORY, "cache"), GOPATH=os.path.join(DIRECTORY, "path"), GOENV="off",
                # A prefix of one's own needs a run path, as it would for any library.
                CGO_LDFLAGS=f"-O2 -g -Wl,-rpath,{libraries}")


def run(*command, module=MODULE, prefix=PREFIX, **more):
    ended = subprocess.run(command, cwd=module, env=dict(environment(prefix), **more), stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT, text=True, check=False)
    if ended.returncode != 0:
        sys.exit(f"{' '.join(command)} gave {ended.returncode}\n{ended.stdout}")
    return ended.stdout


def build():
    shutil.rmtree(MODULE, ignore_errors=True)
    shutil.copytree(SOURCE, MODULE)
    run("go", "build", "-o", os.path.join(DIRECTORY, "roundtrip"), EXAMPLE)
    run("go", "test", "-c", "-o", os.path.join(DIRECTORY, "ringline.test"), ".")


def sources():
    unformatted = run("gofmt", "-l", ".")
    if unformatted:
        sys.exit(f"gofmt would change {unformatted}")
    run("go", "vet", "./...")


def race():
    print(run("go", "test", "-race", "-count=1", "-timeout=200s", "."))


def cgocheck():
    version = re.search(r"go1\.(\d+)", run("go", "version"))
    # What was a setting of the running program became one of the compiler.
    setting = {"GODEBUG": "cgocheck=2"} if int(version[1]) < 21 else {"GOEXPERIMENT": "cgocheck2"}
    print(run("go", "test", "-count=1", "-timeout=100s", ".", **setting))


def needed(program):
    said = subprocess.run(["readelf", "--dynamic", program], capture_output=True, text=True, check=True).stdout
    return sorted(re.findall(r"NEEDED.*\[(.*)\]", said))


def static():
    with tempfile.TemporaryDirectory() as scratch:
        program = os.path.join(scratch, "roundtrip")
        run("go", "build", "-tags=ringline_static", "-o", program, EXAMPLE)
        if any(library.startswith("libringline") for library in needed(program)):
            sys.exit(f"it needs {needed(program)}")
        print(run("sh", EXAMPLE_TEST, program))
        run("go", "build", "-tags=ringline_static", "-ldflags=-linkmode external -extldflags -static", "-o", program, EXAMPLE)
        if needed(program):
            sys.exit(f"it needs {needed(program)}")
        print(run("sh", EXAMPLE_TEST, program))


def change(name, path, old, new, builds):
    with tempfile.TemporaryDirectory() as scratch:
        module, prefix = os.path.join(scratch, "module"), os.path.join(scratch, "prefix")
        shutil.copytree(MODULE, module)
        shutil.copytree(PREFIX, prefix, symlinks=True)
        full = os.path.join(module if path == RAW else prefix, path)
        with open(full, encoding="utf-8") as file:
            text = file.read()
        if old not in text:
            sys.exit(f"{name}: \"{old}\" is not in {path} any more: the change has to be adapted")
        with open(full, "w", encoding="utf-8") as file:
            file.write(text.replace(old, new, 1))
        ended = subprocess.run(["go", "build", "./raw"], cwd=module, env=environment(prefix), stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True, check=False)
    # The assertions are lines of raw.go; anything else is not what was to be shown.
    if (ended.returncode == 0) != builds or not builds and not re.search(r"^raw/raw\.go:\d+", ended.stdout, re.MULTILINE):
        sys.exit(f"{name}: go build gave {ended.returncode}\n{ended.stdout}")
    print(f"{name}: {'builds' if builds else ended.stdout.splitlines()[1]}")


def layout():
    for one in CHANGES:
        change(*one)


def main():
    if shutil.which("go") is None:
        print("there is no go: the Debian package golang-go is needed")
        return 77
    {"build": build, "sources": sources, "race": race, "cgocheck": cgocheck, "static": static, "layout": layout}[sys.argv[4]]()
    return 0


if __name__ == "__main__":
    sys.exit(main())
