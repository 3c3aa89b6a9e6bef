# SPDX-License-Identifier: MIT OR Apache-2.0
"""What `cmake --install` put where. Usage: tree_test.py SOURCE BUILD PREFIX"""
import glob
import gzip
import os
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
import install  # noqa: E402

SOURCE, BUILD, PREFIX = sys.argv[1:4]


def below(*parts):
    return os.path.join(PREFIX, *parts)


class Tree(unittest.TestCase):
    def setUp(self):
        self.libraries = install.library_directory(PREFIX)

    def test_the_public_headers_are_there_and_no_others(self):
        public = sorted(os.listdir(os.path.join(SOURCE, "include", "ringline")))
        self.assertIn("ringline.h", public)
        binding = sorted(os.listdir(os.path.join(SOURCE, "bindings", "cpp", "cpp")))
        self.assertIn("queue.hpp", binding)
        self.assertEqual(sorted(os.listdir(below("include", "ringline"))), sorted(public + ["cpp", "ringline.hpp"]))
        self.assertEqual(sorted(os.listdir(below("include", "ringline", "cpp"))), binding)
        self.assertEqual(os.listdir(below("include")), ["ringline"])

    def test_the_shared_library_has_its_links(self):
        names = {os.path.basename(path): path for path in glob.glob(os.path.join(self.libraries, "libringline.so*"))}
        version = subprocess.run([below("bin", "nvmectl"), "--version"], capture_output=True, text=True, check=True).stdout
        real = [name for name, path in names.items() if not os.path.islink(path)]
        self.assertEqual(len(real), 1, names)
        self.assertIn(real[0].removeprefix("libringline.so."), version)
        self.assertEqual(sorted(names), sorted(["libringline.so", "libringline.so.0", real[0]]))
        for name in ("libringline.so", "libringline.so.0"):
            self.assertEqual(os.path.realpath(names[name]), os.path.realpath(names[real[0]]))
            self.assertFalse(os.path.isabs(os.readlink(names[name])))

    def test_the_static_library_is_there(self):
        self.assertTrue(os.path.isfile(os.path.join(self.libraries, "libringline.a")))

    def test_the_tool_runs_and_finds_its_library(self):
        environment = dict(os.environ, LD_LIBRARY_PATH=self.libraries)
        ended = subprocess.run([below("bin", "nvmectl"), "status", "0x4281"], env=environment, capture_output=True, text=True,
                               check=False)
        self.assertEqual(ended.returncode, 0, ended.stderr)
        self.assertIn("unrecovered-read-error", ended.stdout)

    def test_the_manual_page_is_there_and_names_every_command(self):
        pages = glob.glob(below("share", "man", "man1", "nvmectl.1*"))
        self.assertEqual(len(pages), 1)
        with (gzip.open if pages[0].endswith(".gz") else open)(pages[0], "rb") as file:
            text = file.read().decode()
        for command in ("list", "info", "read", "write", "flush", "status", "sim", "completion"):
            self.assertRegex(text, rf"\b{command}\b")

    def test_the_completions_are_where_the_shells_look(self):
        for shell, path in (("bash", "bash-completion/completions/nvmectl"), ("zsh", "zsh/site-functions/_nvmectl"),
                            ("fish", "fish/vendor_completions.d/nvmectl.fish")):
            with open(below("share", path), encoding="utf-8") as file:
                self.assertIn(f"made by: nvmectl completion {shell}\n", file.read())

    def test_the_overview_is_a_manual_page(self):
        self.assertEqual(len(glob.glob(below("share", "man", "man7", "ringline.7*"))), 1)

    def test_each_function_has_its_manual_page(self):
        exported = subprocess.run(["nm", "-D", "--defined-only", os.path.join(self.libraries, "libringline.so")],
                                  capture_output=True, text=True, check=True).stdout
        functions = {line.split()[2].split("@")[0] for line in exported.splitlines() if " T " in line}
        pages = {name.split(".")[0] for name in os.listdir(below("share", "man", "man3"))}
        self.assertGreater(len(functions), 40)
        self.assertEqual(pages, functions)

    def test_the_documentation_is_there(self):
        doc = below("share", "doc", "ringline")
        self.assertEqual(sorted(os.listdir(os.path.join(doc, "examples"))),
                         sorted(os.listdir(os.path.join(SOURCE, "tools", "doc", "examples")) + ["60-ringline.rules"]))
        self.assertLessEqual({"LICENSE-MIT", "LICENSE-APACHE", "CHANGELOG.md"}, set(os.listdir(doc)))
        for page in ("index.html", "group__queue.html", "ownership.html"):
            self.assertTrue(os.path.isfile(os.path.join(doc, "html", page)), page)

    def test_no_installed_text_names_the_source_or_the_build(self):
        with tempfile.TemporaryDirectory() as elsewhere:
            # Below another prefix, so that the paths of this one, which is in the build, do not count.
            moved = os.path.join(elsewhere, "prefix")
            subprocess.run(["cmake", "--install", BUILD, "--prefix", moved], capture_output=True, check=True)
            texts = [os.path.join(directory, name) for directory, _, names in os.walk(moved) for name in names
                     if name.endswith((".pc", ".h", ".hpp", ".1", ".cmake", ".html", ".js", ".rules"))]
            self.assertTrue(any(path.endswith("ringline.pc") for path in texts))
            for path in texts:
                with open(path, encoding="utf-8") as file:
                    text = file.read()
                self.assertNotIn(SOURCE, text, path)
                self.assertNotIn(BUILD, text, path)

    def test_pkg_config_finds_the_prefix_wherever_it_was_moved_to(self):
        with tempfile.TemporaryDirectory() as elsewhere:
            moved = os.path.join(elsewhere, "prefix")
            subprocess.run(["cp", "-a", PREFIX, moved], check=True)
            include = [os.path.realpath(word[2:]) for word in install.pkg_config(moved, "--cflags") if word.startswith("-I")]
            self.assertEqual(include, [os.path.realpath(os.path.join(moved, "include"))])
            self.assertTrue(os.path.isdir(install.library_directory(moved)))

    def test_static_linking_names_liburing_and_shared_linking_does_not(self):
        self.assertNotIn("-luring", install.pkg_config(PREFIX, "--libs"))
        self.assertIn("-luring", install.pkg_config(PREFIX, "--libs", "--static"))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
