# SPDX-License-Identifier: MIT OR Apache-2.0
"""Every option arrives in its field of the struct that the library is given, and nothing else does."""
import asyncio
import contextlib
import ctypes
import errno
import unittest
from unittest import mock

import ringline
from ringline import _raw
from support import BLOCK, Simulated, is_held


def fields(struct):
    """What is set in a struct, by name."""
    found = {name: getattr(struct, name) for name, _ in struct._fields_}
    return {name: value for name, value in found.items() if isinstance(value, int) and value and name != "struct_size"}


@contextlib.contextmanager
def options_of(function):
    """Notes the struct that a function of the library is given, which is then not called: EINVAL."""
    given = []

    def note(*arguments):
        given.extend(fields(argument) for argument in arguments
                     if isinstance(argument, ctypes.Structure) and type(argument).__name__.endswith("_options"))
        return -errno.EINVAL
    with mock.patch.object(_raw, function, note):
        yield given


class Options(unittest.TestCase):
    def given(self, function, call, *arguments, **options):
        with options_of(function) as given, self.assertRaises(ringline.Error):
            call(*arguments, **options)
        self.assertEqual(len(given), 1)
        return given[0]

    def test_those_of_a_queue(self):
        always = {"max_devices": 4}
        for options, expected in (
                ({}, {}),
                ({"engine": "uring"}, {"engine": 1}),
                ({"engine": "threads"}, {"engine": 2}),
                ({"depth": 7}, {"depth": 7}),
                ({"movable": True}, {"flags": 1}),
                ({"iopoll": True}, {"flags": 2}),
                ({"sqpoll": True}, {"flags": 4}),
                ({"sqpoll_cpu": 0}, {"flags": 8}),
                ({"sqpoll_cpu": 3}, {"flags": 8, "sqpoll_cpu": 3}),
                ({"sqpoll_idle_ms": 9}, {"sqpoll_idle_ms": 9}),
                ({"max_devices": 11}, {"max_devices": 11}),
                ({"max_buffers": 13}, {"max_buffers": 13}),
                ({"workers": 17}, {"workers": 17})):
            with self.subTest(options):
                self.assertEqual(self.given("ringline_queue_create", ringline.Queue, **options), {**always, **expected})

    def test_those_of_a_device(self):
        for options, expected in (({}, {}), ({"read_only": True}, {"flags": _raw.RINGLINE_OPEN_READ_ONLY}),
                                  ({"simulated": True}, {"flags": _raw.RINGLINE_OPEN_SIMULATED}), ({"nsid": 5}, {"nsid": 5}),
                                  ({"block_size": 4096}, {"block_size": 4096})):
            with self.subTest(options):
                self.assertEqual(self.given("ringline_device_open", ringline.Device, "null:", **options), expected)

    def test_those_of_an_image(self):
        given = self.given("ringline_sim_create", ringline.sim_create, "image", 77, block_size=4096, mdts_bytes=8192)
        self.assertEqual(given, {"blocks": 77, "block_size": 4096, "mdts_bytes": 8192})

    def test_what_may_be_done_about_a_status(self):
        for word, retry in ((0x002, 0), (0x004, 1), (0x370, 2)):
            self.assertEqual(ringline.decode_status(word).retry, retry)
        self.assertEqual((ringline.RETRY_NEVER, ringline.RETRY_IF_IDEMPOTENT, ringline.RETRY_OTHER_PATH), (0, 1, 2))


class Commands(Simulated):
    """What is pushed, by each way to push: blocking, by completions, in a batch, awaited."""

    def pushed(self, noun, *arguments, **options):
        """The struct of each way, which the library never sees."""
        given = []

        def note(_, command, count):
            self.assertEqual(count, 1)
            given.append(fields(command))
            return -errno.EINVAL

        queue = self.queue()

        def batched():
            batch = queue.batch(1)
            getattr(batch, noun)(self.device, *arguments, **options)
            queue.push(batch)

        ways = (lambda: getattr(queue, noun)(self.device, *arguments, **options),
                lambda: getattr(queue, "push_" + noun)(self.device, *arguments, **options), batched,
                lambda: asyncio.run(getattr(queue, "a" + noun)(self.device, *arguments, **options)))
        with mock.patch.object(_raw, "ringline_push", note):
            for way in ways:
                with self.assertRaises(ringline.Error):
                    way()
        self.assertEqual(len(given), len(ways))
        for command in given:
            self.assertNotEqual(command.pop("user_data"), 0)
        return given

    def test_flags_and_times_arrive(self):
        place = {"lba": 9, "blocks": 2, "length": 2 * BLOCK}
        read, write = {**place, "opcode": 2}, {**place, "opcode": 1}
        for noun, options, expected in (
                ("read", {}, read),
                ("read", {"limited_retry": True}, {**read, "flags": 2}),
                ("read", {"timeout_ms": 50}, {**read, "timeout_ms": 50}),
                ("write", {}, write),
                ("write", {"fua": True}, {**write, "flags": 1}),
                ("write", {"limited_retry": True}, {**write, "flags": 2}),
                ("write", {"fua": True, "limited_retry": True}, {**write, "flags": 3}),
                ("write", {"timeout_ms": 50}, {**write, "timeout_ms": 50})):
            for command in self.pushed(noun, 9, bytearray(2 * BLOCK), **options):
                with self.subTest(noun, **options):
                    self.assertNotEqual(command.pop("address"), 0)
                    self.assertEqual(command, expected)
        for command in self.pushed("flush", timeout_ms=50):
            self.assertEqual(command, {"timeout_ms": 50})

    def test_metadata_is_named(self):
        metadata = bytearray(16)
        where = ctypes.addressof(ctypes.c_char.from_buffer(metadata))
        for noun in ("read", "write"):
            for command in self.pushed(noun, 0, bytearray(2 * BLOCK), metadata=metadata):
                with self.subTest(noun):
                    self.assertEqual((command["metadata_address"], command["metadata_length"]), (where, 16))

    def test_metadata_is_held_until_the_completion(self):
        # No simulated device has any: the command goes on without it.
        push = _raw.ringline_push

        def bare(queue, command, count):
            self.assertEqual(command.metadata_length, 8)
            command.metadata_address = command.metadata_length = 0
            return push(queue, command, count)

        for queue in self.each_engine():
            self.device.fault_set(ringline.FAULT_DROP, opcode=ringline.OPCODE_READ)
            metadata = bytearray(8)
            with mock.patch.object(_raw, "ringline_push", bare):
                token = queue.push_read(self.device, 0, bytearray(BLOCK), metadata=metadata)
            queue.submit()
            self.assertTrue(is_held(metadata))
            queue.cancel(token)
            self.assertEqual(len(queue.wait(1)), 1)
            self.assertFalse(is_held(metadata))


if __name__ == "__main__":
    unittest.main()
