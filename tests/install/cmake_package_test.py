# SPDX-License-Identifier: MIT OR Apache-2.0
"""A project that finds the installed ringline by CMake. Usage: cmake_package_test.py PREFIX PROGRAM.c PROGRAM.cpp"""
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

PREFIX, PROGRAM, CPP_PROGRAM = sys.argv[1:4]

PROJECT = """cmake_minimum_required(VERSION 3.25)
project(consumer LANGUAGES C CXX)
find_package(ringline {version} REQUIRED)
add_executable(shared roundtrip.c)
target_link_libraries(shared PRIVATE ringline::ringline)
add_executable(static roundtrip.c)
target_link_libraries(static PRIVATE ringline::static)
add_executable(cpp roundtrip.cpp)
target_compile_features(cpp PRIVATE cxx_std_17)
target_link_libraries(cpp PRIVATE ringline::ringline)
"""


def run(*command, **more):
    return subprocess.run(command, capture_output=True, text=True, check=False, **more)


class Package(unittest.TestCase):
    def setUp(self):
        self.scratch = tempfile.TemporaryDirectory(prefix="ringline-package-")
        self.addCleanup(self.scratch.cleanup)
        # Moved, as a package would be: nothing in it may name where it was installed first.
        self.prefix = os.path.join(self.scratch.name, "prefix")
        shutil.copytree(PREFIX, self.prefix, symlinks=True)
        self.source = os.path.join(self.scratch.name, "consumer")
        os.mkdir(self.source)
        shutil.copy(PROGRAM, os.path.join(self.source, "roundtrip.c"))
        shutil.copy(CPP_PROGRAM, os.path.join(self.source, "roundtrip.cpp"))

    def configure(self, version):
        with open(os.path.join(self.source, "CMakeLists.txt"), "w", encoding="utf-8") as file:
            file.write(PROJECT.format(version=version))
        self.build = os.path.join(self.scratch.name, "build")
        return run("cmake", "-S", self.source, "-B", self.build, "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={self.prefix}")

    def test_a_project_links_the_shared_and_the_static_library(self):
        configured = self.configure("0.1")
        self.assertEqual(configured.returncode, 0, configured.stderr)
        built = run("cmake", "--build", self.build)
        self.assertEqual(built.returncode, 0, built.stdout)
        image = os.path.join(self.scratch.name, "disk.img")
        made = run(os.path.join(self.prefix, "bin", "nvmectl"), "sim", "create", image, "--size", "1MiB")
        self.assertEqual(made.returncode, 0, made.stderr)
        data = os.path.join(self.scratch.name, "data")
        with open(data, "wb") as file:
            file.write(os.urandom(65536))
        for program in ("shared", "static"):
            ended = run(os.path.join(self.build, program), f"sim:{image}", data)
            self.assertEqual(ended.returncode, 0, ended.stderr)
            needed = run("readelf", "-d", os.path.join(self.build, program)).stdout
            self.assertEqual("libringline.so.0" in needed, program == "shared")
            self.assertNotIn("libstdc++", needed)
            self.assertNotIn("libgcc_s", needed, "linked as C++ would be")
        ended = run(os.path.join(self.build, "cpp"), f"sim:{image}")
        self.assertEqual(ended.returncode, 0, ended.stderr)
        self.assertIn("identical", ended.stdout)

    def test_another_minor_version_is_not_taken(self):
        configured = self.configure("0.2")
        self.assertNotEqual(configured.returncode, 0)
        self.assertIn("0.1.0", configured.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
