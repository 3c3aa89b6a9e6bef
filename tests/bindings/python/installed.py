# SPDX-License-Identifier: MIT OR Apache-2.0
"""The example and the tests with an installed library and a copy of the package, the source tree out of sight.

Usage: installed.py BUILD PACKAGE. The library is found by its own name through what pkg-config says.
"""
import glob
import os
import shutil
import subprocess
import sys
import tempfile


def run(command, environment, directory):
    ended = subprocess.run(command, env=environment, cwd=directory, capture_output=True, text=True, timeout=100, check=False)
    if ended.returncode != 0:
        sys.exit(f"{' '.join(command)} gave {ended.returncode}\n{ended.stdout}{ended.stderr}")
    return ended.stdout


def main():
    build, package = sys.argv[1:]
    here = os.path.dirname(os.path.realpath(__file__))
    plain = {name: value for name, value in os.environ.items() if name not in ("RINGLINE_LIBRARY", "PYTHONPATH", "LD_LIBRARY_PATH")}
    with tempfile.TemporaryDirectory(prefix="ringline-python-") as scratch:
        prefix, site = os.path.join(scratch, "prefix"), os.path.join(scratch, "site")
        run(["cmake", "--install", build, "--prefix", prefix], plain, scratch)
        found = glob.glob(os.path.join(prefix, "lib*", "**", "pkgconfig"), recursive=True)
        libdir = run(["pkg-config", "--variable=libdir", "ringline"], dict(plain, PKG_CONFIG_PATH=":".join(found)), scratch).strip()
        shutil.copytree(os.path.join(package, "ringline"), os.path.join(site, "ringline"),
                        ignore=shutil.ignore_patterns("__pycache__"))
        example = shutil.copy(os.path.join(package, "example.py"), scratch)
        environment = dict(plain, PYTHONPATH=site, LD_LIBRARY_PATH=libdir)
        image = run([os.path.join(prefix, "bin", "nvmectl"), "sim", "create", "disk.img", "--size", "1MiB"], plain, scratch)
        print(image, run([sys.executable, example, "sim:disk.img"], environment, scratch), sep="", end="")
        loaded = run([sys.executable, "-c", "import ringline\nprint(open('/proc/self/maps').read())"], environment, scratch)
        if os.path.join(os.path.realpath(libdir), "libringline.so.0") not in loaded:
            sys.exit(f"the library that was loaded is not the one in {libdir}")
        # Without any library the message says what to do.
        if "libringline" not in run(["/sbin/ldconfig", "-p"], plain, scratch):
            ended = subprocess.run([sys.executable, "-c", "import ringline"], env=dict(plain, PYTHONPATH=site), cwd=scratch,
                                   capture_output=True, text=True, check=False)
            if ended.returncode == 0 or "install libringline, or let LD_LIBRARY_PATH name" not in ended.stderr:
                sys.exit(f"a missing library is not explained: {ended.stderr}")
        for noun in ("queue", "holding", "asyncio", "device"):
            for name in (f"test_{noun}.py", "support.py"):
                shutil.copy(os.path.join(here, name), scratch)
            run([sys.executable, f"test_{noun}.py"], environment, scratch)


if __name__ == "__main__":
    main()
