# SPDX-License-Identifier: MIT OR Apache-2.0
"""The calls for asyncio, on simulated devices with faults."""
import asyncio
import errno
import time
import unittest

import ringline
from support import BLOCK, MEDIA_ERROR, Simulated, is_held, pattern


class Asyncio(Simulated):
    def run_on_each(self, work, **options):
        for queue in self.each_engine(**options):
            asyncio.run(asyncio.wait_for(work(queue), 20))
            self.assertIsNone(queue._loop)

    def test_what_was_written_is_read_back(self):
        async def work(queue):
            await queue.awrite(self.device, 3, pattern(4 * BLOCK))
            await queue.aflush(self.device)
            back = bytearray(4 * BLOCK)
            await queue.aread(self.device, 3, back)
            self.assertEqual(back, pattern(4 * BLOCK))
            self.assertFalse(is_held(back))
        self.run_on_each(work)

    def test_more_tasks_than_the_queue_has_room_for_all_end(self):
        async def work(queue):
            await asyncio.gather(*(queue.awrite(self.device, lba, pattern(BLOCK, lba)) for lba in range(100)))
            back = [bytearray(BLOCK) for _ in range(100)]
            await asyncio.gather(*(queue.aread(self.device, lba, part) for lba, part in enumerate(back)))
            self.assertEqual(back, [pattern(BLOCK, lba) for lba in range(100)])
        self.run_on_each(work, depth=4)

    def test_the_loop_runs_while_a_command_is_slow(self):
        self_ticks = []

        async def tick():
            while True:
                self_ticks.append(1)
                await asyncio.sleep(0.002)

        async def work(queue):
            self.device.fault_set(ringline.FAULT_DELAY, opcode=ringline.OPCODE_READ, delay_ns=60_000_000)
            self_ticks.clear()
            task = asyncio.ensure_future(tick())
            before = time.monotonic()
            await queue.aread(self.device, 0, bytearray(BLOCK))
            self.assertGreater(time.monotonic() - before, 0.05)
            task.cancel()
            self.assertGreater(len(self_ticks), 2)
        self.run_on_each(work)

    def test_the_loop_sleeps_while_nothing_completes(self):
        async def work(queue):
            looks = []
            readable = queue._readable
            queue._readable = lambda: (looks.append(1), readable())
            self.device.fault_set(ringline.FAULT_DELAY, opcode=ringline.OPCODE_READ, lba=1, blocks=1, delay_ns=60_000_000)
            await asyncio.gather(*(queue.aread(self.device, lba, bytearray(BLOCK)) for lba in range(2)))
            self.assertLess(len(looks), 10)
        self.run_on_each(work)

    def test_failures_are_raised_where_they_are_awaited(self):
        async def work(queue):
            self.device.fault_set(ringline.FAULT_STATUS, opcode=ringline.OPCODE_READ, lba=1, blocks=1, status=MEDIA_ERROR)
            self.device.fault_set(ringline.FAULT_ERROR, opcode=ringline.OPCODE_READ, lba=2, blocks=1, error=-errno.EIO)
            good, media, lost, refused = await asyncio.gather(
                *(queue.aread(self.device, lba, bytearray(BLOCK)) for lba in (0, 1, 2, 9999)), return_exceptions=True)
            self.assertIsNone(good)
            self.assertEqual(media.status, MEDIA_ERROR)
            self.assertEqual((lost.errno, lost.not_sent), (errno.EIO, True))
            self.assertEqual(refused.errno, errno.ERANGE)
        self.run_on_each(work)

    def test_a_cancelled_task_leaves_its_memory_to_the_queue(self):
        async def work(queue):
            self.device.fault_set(ringline.FAULT_DELAY, opcode=ringline.OPCODE_READ, delay_ns=400_000_000)
            memory = bytearray(b"x" * BLOCK)
            task = asyncio.ensure_future(queue.aread(self.device, 0, memory))
            await asyncio.sleep(0.005)
            task.cancel()
            with self.assertRaises(asyncio.CancelledError):
                await task
            held = is_held(memory)
            # Either the device had it, and it is held until its end, or it was cancelled and its completion was taken.
            for _ in range(200):
                if not is_held(memory):
                    break
                await asyncio.sleep(0.005)
            self.assertFalse(is_held(memory))
            self.assertEqual(queue.poll(), [])
            return held
        for queue in self.each_engine():
            self.assertTrue(asyncio.run(work(queue)))
            self.assertIsNone(queue._loop)

    def test_a_cancelled_task_ends_a_command_that_would_never_complete(self):
        async def work(queue):
            self.device.fault_set(ringline.FAULT_DROP, opcode=ringline.OPCODE_READ)
            memory = bytearray(BLOCK)
            with self.assertRaises(asyncio.TimeoutError):
                await asyncio.wait_for(queue.aread(self.device, 0, memory), 0.01)
            for _ in range(200):
                if not is_held(memory):
                    return
                await asyncio.sleep(0.005)
            self.fail("the command did not end")
        self.run_on_each(work)

    def test_a_command_may_outlive_its_loop(self):
        for queue in self.each_engine():
            self.device.fault_set(ringline.FAULT_DELAY, opcode=ringline.OPCODE_READ, lba=0, blocks=1, delay_ns=60_000_000)
            self.device.fault_set(ringline.FAULT_DELAY, opcode=ringline.OPCODE_READ, lba=1, blocks=1, delay_ns=120_000_000)
            memory = bytearray(BLOCK)

            async def leave(queue=queue, memory=memory):
                asyncio.ensure_future(queue.aread(self.device, 0, memory))
                await asyncio.sleep(0.005)

            async def other(queue=queue):
                # The other loop's command completes meanwhile, which must not end this one's watch.
                await queue.aread(self.device, 1, bytearray(BLOCK))

            asyncio.run(leave())
            self.assertTrue(is_held(memory))
            asyncio.run(asyncio.wait_for(other(), 5))
            self.assertFalse(is_held(memory))

    def test_closing_the_queue_ends_those_who_wait(self):
        for engine in ("uring", "threads"):
            async def work(engine=engine):
                self.device.fault_set(ringline.FAULT_DROP, opcode=ringline.OPCODE_READ)
                queue = ringline.Queue(self.device, engine=engine)
                task = asyncio.ensure_future(queue.aread(self.device, 0, bytearray(BLOCK)))
                batch = queue.batch(2).read(self.device, 0, bytearray(BLOCK)).read(self.device, 1, bytearray(BLOCK))
                many = asyncio.ensure_future(queue.arun(batch))
                await asyncio.sleep(0.005)
                queue.close()
                with self.assertRaises(ringline.CommandError) as caught:
                    await task
                self.assertTrue(caught.exception.outcome_unknown)
                self.assertEqual(len(await many), 2)
            asyncio.run(asyncio.wait_for(work(), 20))

    def test_batches_are_awaited_whole(self):
        async def work(queue):
            self.device.fault_set(ringline.FAULT_STATUS, opcode=ringline.OPCODE_WRITE, lba=5, blocks=1, status=MEDIA_ERROR)
            batch = queue.batch(20)
            for lba in range(20):
                batch.write(self.device, lba, pattern(BLOCK, lba), user_data=lba)
            failed = await queue.arun(batch)
            self.assertEqual([completion.user_data for completion in failed], [5])
            self.device.fault_clear()
            self.assertEqual(await queue.arun(batch), [])
            batch.clear()
            batch.write(self.device, 0, bytes(BLOCK)).write(self.device, 1 << 30, bytes(BLOCK))
            with self.assertRaises(ringline.Error) as caught:
                await queue.arun(batch)
            self.assertEqual((caught.exception.errno, batch.in_flight), (errno.ERANGE, 0))
            self.assertEqual(await queue.arun(queue.batch(1)), [])
        self.run_on_each(work, depth=8)


if __name__ == "__main__":
    unittest.main()
