# SPDX-License-Identifier: MIT OR Apache-2.0
"""The program of the README, as compiled by install.py, on a simulated device. Usage: readme_test.py SOURCE PREFIX DIRECTORY"""
import os
import re
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
import install  # noqa: E402

SOURCE, PREFIX, DIRECTORY = sys.argv[1:4]
with open(os.path.join(SOURCE, "README.md"), encoding="utf-8") as page:
    README = page.read()
PROGRAMS = {link: os.path.join(DIRECTORY, f"roundtrip-{link}") for link in ("shared", "static", "all_static")}
MIB = 1 << 20
# One program in each language: the block of the README, and the file that the tests of that language compile and run.
EXAMPLES = (("c", "tools/doc/examples/roundtrip.c"), ("cpp", "bindings/cpp/examples/roundtrip.cpp"),
            ("rust", "bindings/rust/libringline/examples/roundtrip.rs"), ("go", "bindings/go/example/roundtrip/main.go"),
            ("python", "bindings/python/example.py"))


def needed(program):
    said = subprocess.run(["readelf", "--dynamic", program], capture_output=True, text=True, check=True).stdout
    return sorted(line.split("[")[1].rstrip("]") for line in said.splitlines() if "(NEEDED)" in line)


class Readme(unittest.TestCase):
    def setUp(self):
        self.scratch = tempfile.TemporaryDirectory()
        self.image = os.path.join(self.scratch.name, "disk.img")
        self.file = os.path.join(self.scratch.name, "data")
        self.data = os.urandom(8 * MIB)
        with open(self.image, "wb") as file:
            file.truncate(len(self.data))
        with open(self.file, "wb") as file:
            file.write(self.data)

    def tearDown(self):
        self.scratch.cleanup()

    def run_program(self, link, file=None):
        return subprocess.run([PROGRAMS[link], f"sim:{self.image}", file or self.file], capture_output=True, text=True,
                              timeout=60, check=False)

    def set_fault(self, rule):
        with open(f"{self.image}.faults", "w", encoding="utf-8") as file:
            file.write(f"ringline-faults 1\n{rule}\n")

    def test_it_has_at_most_60_lines(self):
        self.assertLessEqual(install.program_of(os.path.join(SOURCE, "README.md")).count("\n"), 60)

    def test_it_shows_the_examples_as_they_are_in_at_most_25_lines(self):
        for language, path in EXAMPLES:
            with self.subTest(language=language), open(os.path.join(SOURCE, path), encoding="utf-8") as file:
                # Without the licence and what the README says in its own words.
                text = re.sub(r"\A(?:(?:#!|# |// |//! |/\* ).*\n)+", "", file.read())
                self.assertIn(f"```{language}\n{text}```\n", README)
                self.assertLessEqual(text.count("\n"), 25)

    def test_the_data_is_on_the_device_however_the_program_is_linked(self):
        for link in PROGRAMS:
            with self.subTest(link=link):
                with open(self.image, "wb") as file:
                    file.truncate(len(self.data))
                ended = self.run_program(link)
                self.assertEqual((ended.returncode, ended.stderr), (0, ""))
                self.assertEqual(ended.stdout, f"{len(self.data)} bytes written, flushed and read back: identical\n")
                with open(self.image, "rb") as file:
                    self.assertTrue(file.read() == self.data, "the image holds something else")

    def test_the_shared_program_needs_the_library_by_its_soname(self):
        self.assertEqual(needed(PROGRAMS["shared"]), ["libc.so.6", "libringline.so.0"])

    def test_the_static_program_needs_no_ringline(self):
        self.assertNotIn("libringline.so.0", needed(PROGRAMS["static"]))
        self.assertNotIn("libstdc++.so.6", needed(PROGRAMS["static"]))

    def test_the_all_static_program_needs_nothing(self):
        self.assertEqual(needed(PROGRAMS["all_static"]), [])

    def test_a_media_error_is_reported(self):
        self.set_fault("action=status opcode=read lba=4096 blocks=8 status=0x281")
        ended = self.run_program("shared")
        self.assertEqual(ended.returncode, 1)
        self.assertIn("device: ", ended.stderr)
        self.assertEqual(ended.stdout, "")

    def test_a_failing_flush_is_reported(self):
        self.set_fault("action=status opcode=flush status=0x280")
        self.assertEqual(self.run_program("shared").returncode, 1)

    def test_a_file_that_is_longer_than_the_device_is_refused(self):
        with open(self.file, "ab") as file:
            file.write(os.urandom(MIB))
        ended = self.run_program("shared")
        self.assertEqual(ended.returncode, 1)
        self.assertIn("push: ", ended.stderr)

    def test_a_file_of_half_a_block_is_refused_and_nothing_is_written(self):
        with open(self.file, "ab") as file:
            file.write(b"x")
        ended = self.run_program("shared")
        self.assertEqual(ended.returncode, 1)
        self.assertIn("whole number of blocks", ended.stderr)
        with open(self.image, "rb") as file:
            self.assertTrue(file.read() == bytes(len(self.data)), "something was written")

    def test_the_fault_rules_of_the_readme_are_accepted(self):
        rules = re.search(r"^```\nringline-faults 1\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
        self.set_fault(rules.group(1))
        ended = self.run_program("shared")
        self.assertEqual(ended.returncode, 1)
        self.assertIn("device: ", ended.stderr)  # the unreadable block, not the file of rules

    def test_the_nvmectl_commands_of_the_readme_that_need_no_hardware_work(self):
        commands = [line for line in README.splitlines() if re.match(r"nvmectl (sim|status) |nvmectl \w+ sim:", line)]
        self.assertEqual(len(commands), 5, commands)
        with open(os.path.join(self.scratch.name, "data.bin"), "wb") as file:
            file.write(os.urandom(64 * MIB))
        os.unlink(self.image)
        environment = dict(os.environ, PATH=os.path.join(PREFIX, "bin") + ":" + os.environ["PATH"])
        for command in commands:
            ended = subprocess.run(command, shell=True, cwd=self.scratch.name, env=environment, capture_output=True, text=True,
                                   timeout=60, check=False)
            self.assertEqual(ended.returncode, 0, f"{command}: {ended.stderr}")
        subprocess.run(["cmp", "data.bin", "copy.bin"], cwd=self.scratch.name, check=True)

    def test_a_device_that_is_not_there_is_reported(self):
        ended = subprocess.run([PROGRAMS["shared"], "sim:/nowhere/disk.img", self.file], capture_output=True, text=True,
                               timeout=60, check=False)
        self.assertEqual(ended.returncode, 1)
        self.assertIn("/nowhere/disk.img", ended.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
