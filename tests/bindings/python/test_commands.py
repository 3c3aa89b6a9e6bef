# SPDX-License-Identifier: MIT OR Apache-2.0
"""Every command of the library, admin pages and transfers, on simulated devices."""
import asyncio
import errno
import os
import tempfile
import unittest

import ringline
from ringline import _raw, command
from support import BLOCK, ENGINES, MEDIA_ERROR, Simulated, is_held, pattern

CONTROLLER = _raw.RINGLINE_PAGE_IDENTIFY + 1


class Commands(Simulated):
    def fails(self, status, queue, wanted):
        with self.assertRaises(ringline.NvmeError) as caught:
            queue.execute(wanted)
        self.assertEqual(caught.exception.status & _raw.RINGLINE_STATUS_CODE_MASK, status)

    def refuses(self, code, text, call, *arguments, **more):
        with self.assertRaises(ringline.Error) as caught:
            call(*arguments, **more)
        self.assertEqual(caught.exception.errno, code, caught.exception)
        self.assertIn(text, str(caught.exception))

    def block(self, queue, lba):
        data = bytearray(BLOCK)
        queue.read(self.device, lba, data)
        return data

    def images(self, **options):
        """A queue of each engine on an image of one's own, which is self.device meanwhile."""
        for engine in ENGINES:
            with tempfile.TemporaryDirectory() as scratch:
                path = os.path.join(scratch, "disk.img")
                ringline.sim_create(path, 1024, **options)
                with ringline.Device("sim:" + path) as self.device, ringline.Queue(self.device, engine=engine) as queue:
                    yield queue

    def test_compare_finds_a_difference(self):
        for queue in self.each_engine():
            queue.write(self.device, 3, pattern(BLOCK, 7))
            queue.execute(command.compare(self.device, 3, pattern(BLOCK, 7)))
            self.fails(0x285, queue, command.compare(self.device, 3, pattern(BLOCK, 8)))
            self.refuses(errno.ERANGE, "past the end", queue.execute, command.compare(self.device, 4096, bytes(BLOCK)))

    def test_write_zeroes_and_deallocate_leave_zeros(self):
        for queue in self.each_engine():
            queue.write(self.device, 0, b"\5" * (8 * BLOCK))
            queue.execute(command.write_zeroes(self.device, 0, 2, deallocate=True))
            queue.execute(command.deallocate(self.device, [(3, 1), (5, 2)]))
            for lba, value in enumerate((0, 0, 5, 0, 5, 0, 0, 5)):
                self.assertEqual(self.block(queue, lba), bytes([value]) * BLOCK, lba)
        with self.assertRaises(ValueError):
            command.deallocate(self.device, [])
        with self.assertRaises(ValueError):
            command.deallocate(self.device, [(0, 1 << 32)])

    def test_what_is_uncorrectable_does_not_verify(self):
        for queue in self.each_engine():
            queue.write(self.device, 0, bytes(16 * BLOCK))
            queue.execute(command.verify(self.device, 0, 16))
            queue.execute(command.write_uncorrectable(self.device, 4, 1))
            self.fails(MEDIA_ERROR, queue, command.verify(self.device, 0, 16))
            queue.execute(command.verify(self.device, 5, 11))

    def test_copy_gathers_ranges(self):
        for queue in self.each_engine():
            queue.write(self.device, 10, b"\1" * BLOCK)
            queue.write(self.device, 20, b"\2" * BLOCK)
            queue.execute(command.copy(self.device, 100, [(20, 1), ringline.CopyRange(10, 1)]))
            self.assertEqual(self.block(queue, 100), b"\2" * BLOCK)
            self.assertEqual(self.block(queue, 101), b"\1" * BLOCK)

    def test_zones_are_appended_to_managed_and_reported(self):
        for queue in self.images(zone_blocks=256, zone_capacity_blocks=200):
            self.assertEqual(self.device.info().zone_blocks, 256)
            append = command.zone_append(self.device, 256, b"\3" * (2 * BLOCK))
            self.assertEqual([queue.execute(append), queue.execute(append)], [256, 258])
            report = bytearray(64 + 8 * 64)
            queue.execute(command.zone_report(self.device, 0, report))
            zones = ringline.zones(report)
            self.assertEqual((len(zones), zones[1]), (4, ringline.Zone(256, 200, 260, 2, 2, 0)))
            queue.execute(command.zone(self.device, 256, "finish"))
            queue.execute(command.zone_report(self.device, 0, report, "full"))
            self.assertEqual(len(ringline.zones(report)), 1)
            queue.execute(command.zone(self.device, None, "reset"))
            queue.execute(command.zone_report(self.device, 0, report, "empty"))
            self.assertEqual(len(ringline.zones(report)), 4)
            self.refuses(errno.EINVAL, "first of a zone", queue.execute, command.zone(self.device, 1, "open"))
        with self.assertRaises(ValueError):
            command.zone(self.device, 0, "explode")
        self.assertEqual(ringline.zones(b"\xff" * (64 + 63)), [])

    def test_tags_are_checked_by_the_device_and_metadata_is_held(self):
        checks = _raw.RINGLINE_CHECK_GUARD | _raw.RINGLINE_CHECK_APPLICATION_TAG | _raw.RINGLINE_CHECK_REFERENCE_TAG
        for queue in self.images(metadata_size=8, pi_type=1):
            self.assertEqual((self.device.info().pi_type, self.device.info().guard_bits), (1, 16))
            tags = ringline.Tags(reference=6, application=0x1234, application_mask=0xFFFF)
            queue.execute(command.write(self.device, 6, pattern(BLOCK), flags=_raw.RINGLINE_PROTECTION_ACTION, tags=tags))
            data, metadata = bytearray(BLOCK), bytearray(8)
            read = command.read(self.device, 6, data, metadata=metadata, flags=checks, tags=tags)
            token = queue.push_command(read, user_data="mine")
            self.assertTrue(is_held(data) and is_held(metadata))
            completion, = queue.wait()
            self.assertEqual((completion.token, completion.user_data, completion.ok), (token, "mine", True))
            self.assertFalse(is_held(data) or is_held(metadata))
            self.assertEqual((data, metadata[2:4]), (pattern(BLOCK), b"\x12\x34"))
            read.tags = tags._replace(application=0x1235)
            self.fails(0x283, queue, read)
            write = command.write(self.device, 6, bytearray(BLOCK), flags=_raw.RINGLINE_PROTECTION_ACTION, tags=tags._replace(storage=1))
            self.refuses(errno.EINVAL, "storage_tag", queue.execute, write)
            self.assertFalse(is_held(write.buffer))

    def test_a_transfer_takes_any_length_and_tells_what_failed(self):
        for queue in self.each_engine():
            data = pattern(4096 * BLOCK)
            done = queue.transfer(self.device, _raw.RINGLINE_NVME_WRITE, buffer=data, max_blocks=1000)
            self.assertEqual((done.complete, done.commands, done.done_blocks), (True, 5, 4096))
            queue.execute(command.write_uncorrectable(self.device, 77, 1))
            flags = _raw.RINGLINE_TRANSFER_CONTINUE | _raw.RINGLINE_TRANSFER_NARROW
            back = bytearray(len(data))
            done = queue.transfer(self.device, _raw.RINGLINE_NVME_READ, buffer=back, flags=flags)
            self.assertEqual([(one.lba, one.blocks) for one in done.failures], [(77, 1)])
            self.assertFalse(done.complete)
            self.assertEqual(back[78 * BLOCK:], data[78 * BLOCK:])
            self.refuses(errno.ERANGE, "", queue.transfer, self.device, _raw.RINGLINE_NVME_VERIFY, lba=4000, blocks=97)

    def test_identify_is_a_page_with_fields(self):
        page = ringline.Page(CONTROLLER, self.device.identify(cns=1).data)
        self.assertEqual(page.text("mn"), "ringline simulated NVMe")
        self.assertEqual(page.text("sn"), self.device.info().serial)
        self.assertEqual(page.number("nn"), 1)
        self.assertIsNone(page.text("nn"))
        self.refuses(errno.EINVAL, "", page.number, "mn")
        with self.assertRaises(KeyError):
            page.number("no_such_field")
        self.assertIsNone(ringline.Page(CONTROLLER, b"").text("mn"))
        self.assertEqual(list(ringline.Page(0, b"").fields()), [])

    def test_logs_and_features_are_read(self):
        smart = ringline.Page(_raw.RINGLINE_PAGE_LOG + 2, self.device.log_read(512, lid=2).data)
        self.assertEqual(smart.number("avail_spare"), 100)
        self.assertEqual(smart.number("temperature", "temperature_sensors", 7), 0)
        with self.assertRaises(ringline.NvmeError):
            self.device.log_read(512, lid=0x7F)
        self.assertEqual(self.device.feature(fid=6).result, 1)
        with self.assertRaises(ringline.NvmeError):
            self.device.set_feature(fid=6)
        self.refuses(errno.ENOBUFS, "4096", self.device.feature, 8, fid=0xC0)

    def test_a_format_makes_the_geometry_unknown_until_a_refresh(self):
        for queue in self.each_engine():
            self.device.format()
            self.refuses(errno.ESTALE, "", queue.execute, command.verify(self.device, 0, 1))
            self.device.refresh()
            queue.execute(command.verify(self.device, 0, 1))
        self.refuses(errno.EINVAL, "", self.device.sanitize)
        for call in (lambda: self.device.self_test(0, _raw.RINGLINE_SELF_TEST_SHORT), lambda: self.device.attach_namespace(1, [0]),
                     lambda: self.device.detach_namespace(1, [0])):
            with self.assertRaises(ringline.NvmeError):
                call()

    def test_admin_commands_are_pushed_beside_others(self):
        for queue in self.each_engine():
            page = bytearray(4096)
            queue.push_command(command.identify(self.device, page, cns=1))
            queue.push_read(self.device, 0, bytearray(BLOCK))
            queue.push_command(command.feature(self.device, fid=6), user_data="feature")
            self.assertTrue(is_held(page))
            completions = queue.wait(3)
            self.assertEqual([one.ok for one in completions], [True] * 3)
            self.assertEqual([one.result for one in completions if one.user_data == "feature"], [1])
            self.assertEqual(ringline.Page(CONTROLLER, page).text("mn"), "ringline simulated NVMe")
            self.refuses(errno.ENOBUFS, "4096", queue.execute, command.identify(self.device, bytearray(512), cns=1))
            self.fails(0x109, queue, command.log_page(self.device, bytearray(512), lid=0x7F))

    def test_commands_are_awaited(self):
        async def ask(queue):
            page = bytearray(4096)
            await queue.aexecute(command.identify(self.device, page, cns=1))
            await queue.aexecute(command.write_zeroes(self.device, 0, 1))
            return ringline.Page(CONTROLLER, page).text("mn"), await queue.aexecute(command.feature(self.device, fid=6))
        for queue in self.each_engine():
            self.assertEqual(asyncio.run(ask(queue)), ("ringline simulated NVMe", 1))

    def test_a_device_that_takes_no_admin_commands_is_explained(self):
        with ringline.Device("null:") as null, ringline.Queue(null) as queue:
            self.refuses(errno.ENOTTY, "/dev/nvme0", queue.execute, command.identify(null, bytearray(4096), cns=1))


if __name__ == "__main__":
    unittest.main()
