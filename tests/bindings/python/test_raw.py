# SPDX-License-Identifier: MIT OR Apache-2.0
"""The raw layer against abi/ringline.json, and the package's version."""
import ctypes
import json
import os
import re
import unittest

import ringline
from ringline import _raw
from ringline.structs import new

ROOT = os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "..", "..")
with open(os.path.join(ROOT, "abi", "ringline.json"), encoding="utf-8") as file:
    ABI = json.load(file)


class Raw(unittest.TestCase):
    def test_every_struct_has_the_layout_of_the_library(self):
        self.assertGreater(len(ABI["structs"]), 10)
        for struct in ABI["structs"]:
            kind = getattr(_raw, struct["name"])
            self.assertEqual((ctypes.sizeof(kind), ctypes.alignment(kind)), (struct["size"], struct["align"]), struct["name"])
            self.assertEqual([name for name, _ in kind._fields_], [field["name"] for field in struct["fields"]])
            for field in struct["fields"]:
                place = getattr(kind, field["name"])
                self.assertEqual((place.offset, place.size), (field["offset"], field["size"]), (struct["name"], field["name"]))

    def test_every_constant_has_its_value(self):
        for constant in ABI["constants"]:
            self.assertEqual(getattr(_raw, constant["name"]), constant["value"], constant["name"])

    def test_every_function_is_there_with_all_its_parameters(self):
        for function in ABI["functions"]:
            self.assertEqual(len(getattr(_raw, function["name"]).argtypes), len(function["parameters"]), function["name"])

    def test_the_library_that_was_found_has_the_version_of_the_headers(self):
        self.assertEqual(ringline.library_version(), ABI["version"])

    def test_the_package_has_the_version_of_the_headers(self):
        with open(os.path.join(ROOT, "bindings", "python", "pyproject.toml"), encoding="utf-8") as project:
            self.assertEqual(re.search(r'^version = "(.*)"$', project.read(), re.MULTILINE)[1], ABI["version"])

    def test_a_value_that_a_field_would_cut_off_is_refused(self):
        with self.assertRaisesRegex(ValueError, "blocks: 4294967297 does not fit 32 bits"):
            new(_raw.ringline_command, blocks=(1 << 32) + 1)
        with self.assertRaisesRegex(TypeError, "no field colour"):
            new(_raw.ringline_command, colour=1)


if __name__ == "__main__":
    unittest.main()
