# SPDX-License-Identifier: MIT OR Apache-2.0
"""What any namespace must do: on a simulated device, or on the real one that RINGLINE_TEST_DEVICE names, whose data is lost."""
import asyncio
import errno
import os
import tempfile
import unittest

import ringline
from support import ENGINES, pattern


class AnyDevice(unittest.TestCase):
    def setUp(self):
        path = os.environ.get("RINGLINE_TEST_DEVICE")
        if not path:
            scratch = tempfile.TemporaryDirectory()
            self.addCleanup(scratch.cleanup)
            ringline.sim_create(os.path.join(scratch.name, "disk.img"), 4096)
            path = "sim:" + os.path.join(scratch.name, "disk.img")
        self.device = ringline.Device(path)
        self.addCleanup(self.device.close)
        self.block = self.device.block_size

    def queues(self, **options):
        for engine in ENGINES:
            with self.subTest(engine=engine), ringline.Queue(self.device, engine=engine, **options) as queue:
                yield queue

    def test_blocking_calls_bring_back_what_was_written(self):
        for seed, queue in enumerate(self.queues()):
            written, back = pattern(8 * self.block, seed), bytearray(8 * self.block)
            queue.write(self.device, 16, written, fua=True)
            queue.flush(self.device)
            queue.read(self.device, 16, back)
            self.assertEqual(back, written)

    def test_memory_in_pieces_brings_it_back_too(self):
        for seed, queue in enumerate(self.queues()):
            queue.write(self.device, 8, [pattern(self.block, seed), pattern(self.block, seed + 1)])
            pieces = [bytearray(self.block), bytearray(self.block)]
            queue.read(self.device, 8, pieces)
            self.assertEqual(pieces, [pattern(self.block, seed), pattern(self.block, seed + 1)])

    def test_a_batch_can_be_run_again(self):
        for seed, queue in enumerate(self.queues()):
            written = [pattern(self.block, seed + lba) for lba in range(32)]
            back = [bytearray(self.block) for _ in range(32)]
            writes, reads = queue.batch(32), queue.batch(32)
            for lba in range(32):
                writes.write(self.device, lba, written[lba])
                reads.read(self.device, lba, back[lba])
            self.assertFalse(queue.run(writes))
            for _ in range(3):
                for memory in back:
                    memory[:] = bytes(self.block)
                self.assertFalse(queue.run(reads))
                self.assertEqual(back, written)

    def test_a_hundred_tasks_share_a_small_queue(self):
        async def work(queue, seed):
            written = [pattern(self.block, seed + lba) for lba in range(100)]
            await asyncio.gather(*(queue.awrite(self.device, lba, data) for lba, data in enumerate(written)))
            await queue.aflush(self.device)
            back = [bytearray(self.block) for _ in range(100)]
            await asyncio.gather(*(queue.aread(self.device, lba, memory) for lba, memory in enumerate(back)))
            self.assertEqual(back, written)
        for seed, queue in enumerate(self.queues(depth=8)):
            asyncio.run(asyncio.wait_for(work(queue, seed), 60))

    def test_what_lies_beyond_the_end_is_refused(self):
        for queue in self.queues():
            with self.assertRaises(ringline.Error) as caught:
                queue.read(self.device, self.device.info().blocks, bytearray(self.block))
            self.assertEqual(caught.exception.errno, errno.ERANGE)


if __name__ == "__main__":
    unittest.main()
