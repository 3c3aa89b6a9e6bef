#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""tools/commands/table: cells stand on results, and what is wrong is a failure. Usage: commands_table_test.py SOURCE"""

import contextlib
import importlib.machinery
import importlib.util
import io
import json
import os
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

SOURCE = sys.argv.pop(1)
PASS, SKIP, FAIL = "", "<skipped/>", "<failure/>"


def load_table():
    path = os.path.join(SOURCE, "tools", "commands", "table")
    loader = importlib.machinery.SourceFileLoader("table", path)
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("table", loader))
    sys.dont_write_bytecode = True
    loader.exec_module(module)
    return module


COMMAND = {"name": "Read", "opcode": "02h", "call": "ringline_read", "tool": "read", "library": ["capi.read"], "nvmectl": ["vm.tool.reads"],
           "simulated": [], "guest": ["on/Nvm.read/*"], "qemu10": "as guest"}
FACT = {"number": 4, "fact": "Writes may be lost.", "tests": ["engine.Traps.fact_4_*"]}


class Table(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory(prefix="ringline-table-")
        self.addCleanup(temporary.cleanup)
        self.folder = temporary.name
        self.commands, self.facts = [dict(COMMAND)], [dict(FACT)]
        self.native = {"capi.read": PASS, "engine.Traps.fact_4_a": PASS, "asan.capi.read": FAIL, "tsan.capi.read": FAIL}
        self.guests = {guest: {"on/Nvm.read/ringA_ng1": PASS, "tool.reads": PASS} for guest in ("6.1", "6.12", "6.1.qemu10", "6.12.qemu10")}

    def write(self, path, text):
        path = os.path.join(self.folder, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    def run_table(self, *options):
        self.write("tests.xml", "<testsuite>" + "".join(f'<testcase name="{name}">{result}</testcase>' for name, result in self.native.items()) + "</testsuite>")
        for guest, cases in self.guests.items():
            text = "".join(f'<testsuite name="{name.rpartition(".")[0]}"><testcase name="{name.rpartition(".")[2]}">{result}</testcase></testsuite>'
                           for name, result in cases.items())
            self.write(f"release/vm-results/{guest}/entry.xml", f"<testsuites>{text}</testsuites>")
        self.write("commands.json", json.dumps({"commands": self.commands}))
        self.write("facts.json", json.dumps({"facts": self.facts}))
        table = load_table()
        said = io.StringIO()
        with mock.patch.multiple(table, HERE=self.folder, ROOT=self.folder), mock.patch.object(sys, "argv", ["table", self.folder, *options]), \
                contextlib.redirect_stderr(said):
            code = table.main()
        return code, said.getvalue()

    def row(self):
        with open(os.path.join(self.folder, "COMMANDS.md"), encoding="utf-8") as file:
            return next(line for line in file if line.startswith("| Read")).strip()

    def test_what_was_written_is_found_unchanged(self):
        self.assertEqual(self.run_table(), (0, ""))
        self.assertEqual(self.row(), "| Read | 02h | `ringline_read`: yes | `read`: yes | – | yes | yes | yes |")
        self.assertEqual(self.run_table("--check"), (0, ""))

    def test_another_case_changes_nothing(self):
        self.run_table()
        self.guests["6.1"]["on/Nvm.read/ringA_ng2"] = PASS
        self.assertEqual(self.run_table("--check"), (0, ""))

    def test_a_case_that_failed_is_named(self):
        self.run_table()
        self.guests["6.1"]["on/Nvm.read/ringA_ng1"] = FAIL
        code, said = self.run_table("--check")
        self.assertEqual(code, 1)
        self.assertIn("Read, Linux 6.1: on/Nvm.read/ringA_ng1 failed", said)

    def test_a_test_that_is_gone_is_named(self):
        del self.native["capi.read"]
        code, said = self.run_table()
        self.assertEqual(code, 1)
        self.assertIn("there is no test like capi.read", said)

    def test_what_was_only_skipped_was_not_seen(self):
        self.guests["6.12"]["on/Nvm.read/ringA_ng1"] = SKIP
        self.run_table()
        self.assertTrue(self.row().endswith("| yes | not there | yes |"), self.row())
        code, said = self.run_table("--check")
        self.assertEqual((code, said), (0, ""))
        self.guests["6.12"]["on/Nvm.read/ringA_ng1"] = PASS
        self.assertEqual(self.run_table("--check")[0], 1)

    def test_a_fact_wants_a_test_with_its_number(self):
        self.facts[0]["tests"] = ["engine.Traps.*"]
        code, said = self.run_table()
        self.assertEqual(code, 1)
        self.assertIn("fact 4: no test has fact_4_ in its name", said)

    def test_nothing_is_said_when_a_guest_did_not_run(self):
        self.guests.pop("6.12.qemu10")
        self.assertEqual(self.run_table("--check")[0], 77)

    def test_each_of_the_25_facts_has_a_test_with_its_number(self):
        with open(os.path.join(SOURCE, "tools", "commands", "facts.json"), encoding="utf-8") as file:
            facts = json.load(file)["facts"]
        self.assertEqual([fact["number"] for fact in facts], list(range(1, 26)))
        listed = subprocess.run(["grep", "-rhoE", r"\bfact_[0-9]+_", os.path.join(SOURCE, "tests"), "--include=*.cpp", "--include=*.c"],
                                capture_output=True, text=True, check=True).stdout.split()
        for fact in facts:
            name = f"fact_{fact['number']}_"
            self.assertIn(name, listed)
            self.assertTrue(any(name in pattern for pattern in fact["tests"]), name)


if __name__ == "__main__":
    unittest.main(verbosity=2)
