# SPDX-License-Identifier: MIT OR Apache-2.0
"""tools/check-layers must find each kind of violation: it is fed small trees that break one rule each."""
import os
import subprocess
import sys
import tempfile
import unittest

CHECKER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tools", "check-layers")

# A tree that breaks nothing: every layer, both engines, two device kinds, the tool and a public header.
CLEAN = {
    "include/ringline/ringline.h": "",
    "src/base/fd.h": "#include <unistd.h>\n",
    "src/nvme/command.h": "#include <ringline/ringline.h>\n",
    "src/nvme/command.cpp": '#include "nvme/command.h"\n#include <linux/nvme_ioctl.h>\n',
    "src/device/device.h": '#include "base/fd.h"\n#include "nvme/command.h"\n',
    "src/device/passthrough.cpp": '#include "device/device.h"\n#include <linux/nvme_ioctl.h>\n',
    "src/device/simulated.h": '#include "device/device.h"\n',
    "src/device/simulated.cpp": '#include "simulated.h"\n',
    "src/engine/engine.h": '#include "device/device.h"\n',
    "src/engine/uring.h": '#include "engine/engine.h"\n',
    "src/engine/uring.cpp": '#include "engine/uring.h"\n#include <liburing.h>\n',
    "src/engine/threads.h": '#include "engine/engine.h"\n',
    "src/engine/threads.cpp": '#include "engine/threads.h"\nint x = pthread_create(0, 0, 0, 0);\n',
    "src/core/queue.h": '#include "engine/engine.h"\n',
    "src/capi/queue.cpp": '#include "core/queue.h"\nextern "C" int f() { return 0; }\n',
    "tools/nvmectl/main.cpp": "#include <ringline/ringline.h>\n#include <fmt/core.h>\n",
    "bindings/cpp/queue.hpp": "#include <ringline/ringline.h>\n",
    "tests/capi/queue_test.c": "#include <ringline/ringline.h>\n#include <cmocka.h>\n",
}


def run_on(changes):
    """Exit code and output of the checker for the clean tree with these files replaced or added."""
    with tempfile.TemporaryDirectory() as root:
        for path, text in {**CLEAN, **changes}.items():
            full = os.path.join(root, path)
            os.makedirs(os.path.dirname(full), exist_ok=True)
            with open(full, "w", encoding="utf-8") as file:
                file.write(text)
        ended = subprocess.run([sys.executable, CHECKER, root], capture_output=True, text=True, check=False)
        return ended.returncode, ended.stdout + ended.stderr


class CheckLayers(unittest.TestCase):
    def assert_refused(self, path, text, message):
        code, output = run_on({path: text})
        self.assertEqual(code, 1, output)
        self.assertEqual(len(output.splitlines()), 1, output)
        self.assertRegex(output, "^" + path + r":\d+: ")
        self.assertIn(message, output)

    def test_a_tree_that_keeps_the_layers_passes(self):
        self.assertEqual(run_on({}), (0, ""))

    def test_each_include_that_goes_upwards_is_refused(self):
        upwards = [
            ("src/base/a.h", "nvme/command.h"), ("src/nvme/a.cpp", "device/device.h"),
            ("src/device/a.cpp", "engine/engine.h"), ("src/engine/a.cpp", "core/queue.h"),
            ("src/base/b.h", "core/queue.h"),
        ]
        for path, include in upwards:
            with self.subTest(path=path):
                self.assert_refused(path, f'#include "{include}"\n', "goes upwards")

    def test_an_include_of_the_shim_from_the_core_is_refused(self):
        code, output = run_on({"src/capi/shim.h": "", "src/core/a.cpp": '#include "capi/shim.h"\n'})
        self.assertEqual(code, 1)
        self.assertIn("core may not know capi", output)

    def test_a_relative_path_does_not_hide_an_upward_include(self):
        self.assert_refused("src/base/a.h", '#include "../core/queue.h"\n', "goes upwards")

    def test_angle_brackets_do_not_hide_an_upward_include(self):
        self.assert_refused("src/base/a.h", "#include <core/queue.h>\n", "goes upwards")

    def test_blanks_in_the_directive_do_not_hide_an_upward_include(self):
        self.assert_refused("src/base/a.h", '\t#  include\t"core/queue.h"\n', "goes upwards")

    def test_engines_that_know_each_other_are_refused(self):
        self.assert_refused("src/engine/uring_setup.cpp", '#include "engine/threads.h"\n', "goes sideways")
        self.assert_refused("src/engine/threads.cpp", '#include "uring.h"\n', "goes sideways")

    def test_device_kinds_that_know_each_other_are_refused(self):
        self.assert_refused("src/device/null.cpp", '#include "device/simulated.h"\n', "goes sideways")
        self.assert_refused("src/device/passthrough.cpp", '#include "device/simulated.h"\n', "goes sideways")

    def test_the_parts_of_one_engine_may_know_each_other(self):
        self.assertEqual(run_on({"src/engine/uring_setup.cpp": '#include "engine/uring.h"\n'}), (0, ""))

    def test_io_uring_outside_the_uring_engine_is_refused(self):
        self.assert_refused("src/core/queue.cpp", "#include <linux/io_uring.h>\n", "src/engine/uring* only")
        self.assert_refused("src/engine/threads.h", "#include <liburing.h>\n", "src/engine/uring* only")
        self.assert_refused("src/base/a.cpp", "#include <liburing/io_uring.h>\n", "src/engine/uring* only")

    def test_nvme_ioctls_outside_the_passthrough_device_are_refused(self):
        self.assert_refused("src/device/simulated.cpp", "#include <linux/nvme_ioctl.h>\n", "src/device/passthrough*")
        self.assert_refused("src/nvme/limits.cpp", "#include <linux/nvme_ioctl.h>\n", "src/device/passthrough*")

    def test_threads_started_elsewhere_are_refused(self):
        self.assert_refused("src/core/queue.cpp", "int x = pthread_create(0, 0, 0, 0);\n", "starts threads")

    def test_entry_points_outside_the_shim_are_refused(self):
        self.assert_refused("src/core/queue.cpp", 'extern "C" int f();\n', "src/capi defines entry points")

    def test_handle_casts_outside_the_shim_are_refused(self):
        self.assert_refused("src/core/queue.cpp", "auto *q = reinterpret_cast<const ringline_queue *>(p);\n",
                            "casts handles")

    def test_a_system_call_in_the_pure_layer_is_refused(self):
        self.assert_refused("src/nvme/limits.cpp", "#include <sys/ioctl.h>\n", "functions on values")

    def test_clients_that_reach_into_the_library_are_refused(self):
        self.assert_refused("tools/nvmectl/a.cpp", '#include "core/queue.h"\n', "installed headers and src/nvme")
        self.assert_refused("bindings/cpp/a.hpp", '#include "nvme/command.h"\n', "only the installed headers")
        self.assert_refused("tests/capi/a.c", '#include "../../src/base/fd.h"\n', "only the installed headers")

    def test_nvmectl_may_use_the_pure_layer(self):
        self.assertEqual(run_on({"tools/nvmectl/a.cpp": '#include "nvme/command.h"\n'}), (0, ""))

    def test_the_library_may_not_know_its_tools(self):
        self.assert_refused("src/capi/a.cpp", '#include "../../tools/nvmectl/main.cpp"\n', "only src and the public headers")

    def test_a_file_in_no_layer_is_refused(self):
        self.assert_refused("src/stray.cpp", "", "is in no layer")
        self.assert_refused("src/helpers/a.h", "", "is in no layer")

    def test_comments_and_strings_are_not_code(self):
        text = ('// #include "core/queue.h"\n/*\n#include "core/queue.h"\npthread_create\n*/\n'
                "const char *s = \"/*\"; char c = '\"'; // pthread_create\n")
        self.assertEqual(run_on({"src/base/a.cpp": text}), (0, ""))

    def test_code_behind_a_comment_marker_in_a_string_is_seen(self):
        self.assert_refused("src/base/a.cpp", 'const char *s = "/*";\n#include "core/queue.h"\n', "goes upwards")

    def test_a_tree_without_sources_is_an_error_not_a_pass(self):
        with tempfile.TemporaryDirectory() as root:
            ended = subprocess.run([sys.executable, CHECKER, root], capture_output=True, text=True, check=False)
        self.assertEqual(ended.returncode, 2)


if __name__ == "__main__":
    unittest.main()
