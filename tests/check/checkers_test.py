# SPDX-License-Identifier: MIT OR Apache-2.0
"""The checkers must find what they are for: each is given something to find."""
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
TOOLS = os.path.join(ROOT, "tools")
SPDX = "SPDX-License-Identifier: MIT OR Apache-2.0"


def run(*command, **options):
    ended = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    return ended.returncode, ended.stdout + ended.stderr


def write(root, path, text):
    full = os.path.join(root, path)
    os.makedirs(os.path.dirname(full), exist_ok=True)
    with open(full, "w", encoding="utf-8") as file:
        file.write(text)
    return full


class Spdx(unittest.TestCase):
    def check(self, files):
        with tempfile.TemporaryDirectory() as root:
            for path, text in files.items():
                write(root, path, text)
            return run(sys.executable, os.path.join(TOOLS, "check-spdx"), root)

    def test_a_file_without_the_line_is_named(self):
        code, output = self.check({"src/a.c": f"/* {SPDX} */\n", "src/b.c": "int b;\n"})
        self.assertEqual(code, 1)
        self.assertEqual(output, f"src/b.c:1: lacks the line {SPDX}\n")

    def test_another_licence_is_not_enough(self):
        code, _ = self.check({"a.py": "# SPDX-License-Identifier: MIT\n"})
        self.assertEqual(code, 1)

    def test_a_line_that_is_far_down_is_not_found(self):
        code, _ = self.check({"a.py": "\n" * 40 + f"# {SPDX}\n"})
        self.assertEqual(code, 1)

    def test_licences_json_and_what_is_built_are_exempt(self):
        code, output = self.check({"LICENSE-MIT": "x\n", "a.json": "{}\n", "build/a.c": "int a;\n", "b.c": f"// {SPDX}\n"})
        self.assertEqual((code, output), (0, ""))


class Tidy(unittest.TestCase):
    """On a small tree with the project's own list of checks."""

    def setUp(self):
        self.tree = tempfile.TemporaryDirectory()
        self.root = self.tree.name
        self.build = os.path.join(self.root, "build")
        with open(os.path.join(ROOT, ".clang-tidy"), encoding="utf-8") as file:
            write(self.root, ".clang-tidy", file.read())
        write(self.root, "src/base/half.h", "#pragma once\ninline int half(int n) { return n / 2; }\n")
        self.list_files("src/base/probe.cpp")

    def tearDown(self):
        self.tree.cleanup()

    def list_files(self, *paths):
        entries = [{"directory": self.build, "file": os.path.join(self.root, path),
                    "command": f"c++ -std=c++20 -I{self.root}/src -c {os.path.join(self.root, path)}"} for path in paths]
        write(self.build, "compile_commands.json", json.dumps(entries))

    def check(self, text):
        write(self.root, "src/base/probe.cpp", text)
        return run(sys.executable, os.path.join(TOOLS, "check-tidy"), self.build, self.root)

    CLEAN = '#include "base/half.h"\nint quarter(int n)\n{\n\treturn half(half(n));\n}\n'

    def test_a_clean_file_passes_and_is_not_looked_at_again(self):
        self.assertEqual(self.check(self.CLEAN), (0, "clang-tidy: 1 files, 1 looked at, 0 with findings\n"))
        self.assertEqual(self.check(self.CLEAN), (0, "clang-tidy: 1 files, 0 looked at, 0 with findings\n"))

    def test_a_finding_fails_every_time(self):
        text = "int *nothing()\n{\n\treturn 0;\n}\n"
        for _ in range(2):
            code, output = self.check(text)
            self.assertEqual(code, 1)
            self.assertIn("modernize-use-nullptr", output)

    def test_a_missing_brace_is_a_finding(self):
        code, output = self.check("int f(int n)\n{\n\tif (n > 2)\n\t\treturn 1;\n\treturn n;\n}\n")
        self.assertEqual(code, 1)
        self.assertIn("readability-braces-around-statements", output)

    def test_files_of_a_folder_are_looked_at_together_and_each_is_seen(self):
        write(self.root, "tools/nvmectl/.clang-tidy", "Checks: '-misc-no-recursion'\nInheritParentConfig: true\n")
        names = [f"tools/nvmectl/part{number}.cpp" for number in range(6)]
        for number, name in enumerate(names):
            write(self.root, name, f"int part{number}(int n)\n{{\n\treturn n > 0 ? part{number}(n - 1) : n;\n}}\n")
        self.list_files("src/base/probe.cpp", *names)
        self.assertEqual(self.check(self.CLEAN), (0, "clang-tidy: 7 files, 7 looked at, 0 with findings\n"))
        self.assertEqual(self.check(self.CLEAN), (0, "clang-tidy: 7 files, 0 looked at, 0 with findings\n"))
        for number, name in enumerate(names):
            write(self.root, name, f"int *part{number}()\n{{\n\treturn 0;\n}}\n")
        code, output = self.check(self.CLEAN)
        self.assertEqual(code, 1)
        for name in names:
            self.assertRegex(output, re.escape(name) + r":3:.*modernize-use-nullptr")

    def test_files_that_are_compiled_as_one_are_each_seen(self):
        names = [os.path.join(self.root, f"tools/nvmectl/part{number}.cpp") for number in range(2)]
        for number, name in enumerate(names):
            write(self.root, name, f"int *part{number}()\n{{\n\treturn 0;\n}}\n")
        unity = "build/nvmectl.dir/Unity/unity_0_cxx.cxx"
        write(self.root, unity, "".join(f'/* NOLINT */\n#include "{name}"\n\n' for name in names))
        self.list_files("src/base/probe.cpp", unity)
        code, output = self.check(self.CLEAN)
        self.assertEqual(code, 1)
        for name in names:
            self.assertRegex(output, re.escape(name) + r":3:.*modernize-use-nullptr")
        self.assertIn("3 files, 3 looked at", output)

    def test_a_changed_header_is_looked_at_again(self):
        self.assertEqual(self.check(self.CLEAN)[0], 0)
        write(self.root, "src/base/half.h", "#pragma once\ninline int half(int n) { if (n) return n / 2; return 0; }\n")
        code, output = self.check(self.CLEAN)
        self.assertEqual(code, 1)
        self.assertIn("half.h", output)

    def test_an_empty_list_of_files_is_an_error_not_a_pass(self):
        self.list_files()
        code, output = self.check(self.CLEAN)
        self.assertEqual(code, 2)
        self.assertIn("names no file", output)

    def test_a_file_that_is_gone_is_an_error_not_a_pass(self):
        self.list_files("src/base/gone.cpp")
        code, output = self.check(self.CLEAN)
        self.assertEqual(code, 2)
        self.assertIn("is gone", output)


if __name__ == "__main__":
    unittest.main()
