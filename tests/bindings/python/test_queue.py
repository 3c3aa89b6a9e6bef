# SPDX-License-Identifier: MIT OR Apache-2.0
"""Reading and writing, blocking and by completions, on simulated devices with faults and on null:."""
import errno
import threading
import time
import unittest

import ringline
from support import BLOCK, MEDIA_ERROR, Simulated, pattern


class Blocking(Simulated):
    def test_what_was_written_is_read_back(self):
        for queue in self.each_engine():
            data = pattern(8 * BLOCK)
            queue.write(self.device, 16, data)
            queue.flush(self.device)
            back = bytearray(len(data))
            queue.read(self.device, 16, memoryview(back))
            self.assertEqual(back, data)

    def test_a_transfer_in_pieces_arrives_in_order(self):
        for queue in self.each_engine():
            data = pattern(4 * BLOCK, 3)
            queue.write(self.device, 0, [data[:700], data[700:]], fua=True)
            pieces = [bytearray(100), bytearray(4 * BLOCK - 100)]
            queue.read(self.device, 0, pieces)
            self.assertEqual(pieces[0] + pieces[1], data)

    def test_a_library_buffer_works_attached_and_is_only_freed_afterwards(self):
        for queue in self.each_engine():
            with ringline.Buffer(8192) as buffer:
                queue.attach_buffer(buffer)
                buffer.view[:] = pattern(8192)
                queue.write(self.device, 0, buffer.view[:4096])
                buffer.view[:] = bytes(8192)
                queue.read(self.device, 0, buffer.view[:4096])
                self.assertEqual(buffer.view[:4096], pattern(8192)[:4096])
                with self.assertRaises(ringline.Error) as caught:
                    buffer.close()
                self.assertEqual(caught.exception.errno, errno.EBUSY)
                queue.detach_buffer(buffer)
                part = buffer.view[:4]
            # The slice keeps the memory of the closed buffer.
            self.assertEqual(bytes(part), pattern(4))
            del part
            with self.assertRaises(ringline.Error) as caught:
                buffer.info()
            self.assertEqual(caught.exception.errno, errno.ESTALE)

    def test_a_part_of_a_buffer_is_its_memory(self):
        with ringline.Buffer(8192) as buffer, ringline.Queue(self.device) as queue:
            buffer[:BLOCK] = pattern(BLOCK)
            queue.write(self.device, 0, buffer[:BLOCK])
            queue.read(self.device, 0, buffer[4096:4096 + BLOCK])
            self.assertEqual((buffer[4096:4096 + BLOCK], buffer[4097]), (pattern(BLOCK), pattern(BLOCK)[1]))

    def test_all_errors_are_ringline_errors_and_those_of_calls_os_errors(self):
        queue = self.queue()
        self.device.fault_set(ringline.FAULT_STATUS, opcode=ringline.OPCODE_READ, status=MEDIA_ERROR)
        self.device.fault_set(ringline.FAULT_ERROR, opcode=ringline.OPCODE_WRITE, error=-errno.EIO)
        for call, kind, of_a_call in ((lambda: queue.read(self.device, 0, bytearray(BLOCK)), ringline.NvmeError, False),
                                      (lambda: queue.write(self.device, 0, bytes(BLOCK)), ringline.CommandError, True),
                                      (lambda: queue.read(self.device, 1 << 20, bytearray(BLOCK)), ringline.Error, True)):
            with self.assertRaises(ringline.RinglineError) as caught:
                call()
            self.assertIs(type(caught.exception), kind)
            self.assertEqual(isinstance(caught.exception, OSError), of_a_call)

    def test_a_status_is_raised_with_its_name_and_whether_to_retry(self):
        for queue in self.each_engine():
            self.device.fault_set(ringline.FAULT_STATUS, opcode=ringline.OPCODE_READ, lba=5, blocks=1, status=MEDIA_ERROR | 0x4000)
            with self.assertRaises(ringline.NvmeError) as caught:
                queue.read(self.device, 5, bytearray(BLOCK))
            self.assertEqual(caught.exception.name, "unrecovered-read-error")
            self.assertEqual(caught.exception.status, MEDIA_ERROR | 0x4000)
            self.assertEqual(caught.exception.retry, ringline.RETRY_NEVER)
            self.assertFalse(caught.exception.outcome_unknown)
            self.assertIn("unrecovered-read-error", str(caught.exception))
            queue.read(self.device, 6, bytearray(BLOCK))

    def test_an_errno_is_raised_with_whether_it_was_sent(self):
        for queue in self.each_engine():
            for flags, unknown in ((0, False), (ringline.FAULT_EXECUTED, True)):
                self.device.fault_clear()
                self.device.fault_set(ringline.FAULT_ERROR, opcode=ringline.OPCODE_WRITE, error=-errno.EIO, flags=flags)
                with self.assertRaises(ringline.CommandError) as caught:
                    queue.write(self.device, 0, bytes(BLOCK))
                self.assertIsInstance(caught.exception, OSError)
                self.assertEqual(caught.exception.errno, errno.EIO)
                self.assertEqual((caught.exception.outcome_unknown, caught.exception.not_sent), (unknown, not unknown))

    def test_a_device_that_vanishes_is_outcome_unknown_once_and_then_refused(self):
        for queue in self.each_engine():
            device = self.new_device()
            queue.attach(device)
            device.fault_set(ringline.FAULT_VANISH, flags=ringline.FAULT_ANY_OPCODE)
            with self.assertRaises(ringline.CommandError) as caught:
                queue.read(device, 0, bytearray(BLOCK))
            self.assertTrue(caught.exception.outcome_unknown)
            with self.assertRaises(ringline.Error) as caught:
                queue.read(device, 0, bytearray(BLOCK))
            self.assertEqual(caught.exception.errno, errno.ENODEV)

    def test_a_full_queue_makes_a_blocking_call_wait_for_room(self):
        for queue in self.each_engine(depth=2):
            self.device.fault_set(ringline.FAULT_DELAY, opcode=ringline.OPCODE_READ, delay_ns=3_000_000)
            tokens = [queue.push_read(self.device, lba, bytearray(BLOCK)) for lba in range(2)]
            with self.assertRaises(ringline.Error) as caught:
                queue.push_read(self.device, 2, bytearray(BLOCK))
            self.assertEqual((caught.exception.errno, caught.exception.name), (errno.EAGAIN, "EAGAIN"))
            queue.read(self.device, 3, bytearray(BLOCK))
            # Their completions are not lost to the call that waited.
            taken = queue.wait(2)
            self.assertEqual(sorted(completion.token for completion in taken), sorted(tokens))


class Refusals(Simulated):
    def test_a_refused_call_says_by_how_much(self):
        queue = self.queue()
        with self.assertRaises(ringline.Error) as caught:
            queue.read(self.device, 4095, bytearray(2 * BLOCK))
        self.assertEqual(caught.exception.errno, errno.ERANGE)
        self.assertIn("4096", str(caught.exception))
        with self.assertRaises(ringline.Error) as caught:
            queue.read(self.device, 0, bytearray(BLOCK + 1))
        self.assertEqual(caught.exception.errno, errno.ENOBUFS)
        with self.assertRaisesRegex(ValueError, "lba"):
            queue.read(self.device, 1 << 64, bytearray(BLOCK))
        with self.assertRaises(BufferError):
            queue.read(self.device, 0, bytes(BLOCK))
        self.assertEqual(queue.info().in_flight, 0)

    def test_a_missing_device_is_named(self):
        with self.assertRaises(ringline.Error) as caught:
            ringline.Device("/dev/ng987n1")
        self.assertEqual(caught.exception.errno, errno.ENOENT)
        self.assertIn("/dev/ng987n1", str(caught.exception))

    def test_closed_things_say_so(self):
        queue = self.queue()
        queue.close()
        queue.close()
        for call in (lambda: queue.read(self.device, 0, bytearray(BLOCK)), queue.poll, queue.submit, queue.wait, queue.wakeup,
                     queue.info):
            with self.assertRaisesRegex(ValueError, "closed"):
                call()
        other = self.queue()
        self.device.close()
        with self.assertRaises(ringline.Error) as caught:
            other.read(self.device, 0, bytearray(BLOCK))
        self.assertEqual(caught.exception.errno, errno.ESTALE)

    def test_an_option_that_makes_no_sense_is_refused_with_its_reason(self):
        with self.assertRaisesRegex(ValueError, "engine"):
            ringline.Queue(engine="steam")
        with self.assertRaises(ringline.Error) as caught:
            ringline.Queue(depth=40000)
        self.assertEqual(caught.exception.errno, errno.EINVAL)
        self.assertIn("40000", str(caught.exception).replace(",", ""))

    def test_a_path_in_the_place_of_a_device_is_refused_with_what_to_do(self):
        with self.assertRaisesRegex(TypeError, "'sim:disk.img'.*ringline.Device"):
            ringline.Queue("sim:disk.img")

    def test_a_read_only_device_is_not_written(self):
        with ringline.Device(self.device.info().node, simulated=True, read_only=True) as device, ringline.Queue(device) as queue:
            with self.assertRaises(ringline.Error) as caught:
                queue.write(device, 0, bytes(BLOCK))
            self.assertEqual(caught.exception.errno, errno.EROFS)


class Completions(Simulated):
    def test_completions_bring_the_users_object_back(self):
        for queue in self.each_engine():
            marks = [object() for _ in range(10)]
            for lba, mark in enumerate(marks):
                queue.push_write(self.device, lba, pattern(BLOCK, lba), user_data=mark)
            taken = []
            while len(taken) < 10:
                taken += queue.wait(10 - len(taken))
            self.assertEqual({completion.user_data for completion in taken}, set(marks))
            self.assertTrue(all(completion.ok and completion.device is self.device for completion in taken))
            self.assertEqual(queue.poll(), [])

    def test_wait_ends_by_time_by_wakeup_and_when_nothing_is_in_flight(self):
        for queue in self.each_engine():
            self.assertEqual(queue.wait(1), [])
            self.device.fault_set(ringline.FAULT_DROP, opcode=ringline.OPCODE_READ)
            token = queue.push_read(self.device, 0, bytearray(BLOCK))
            self.assertEqual(queue.wait(1, timeout=0.01), [])
            timer = threading.Timer(0.02, queue.wakeup)
            timer.start()
            self.assertEqual(queue.wait(1), [])
            timer.join()
            self.assertEqual(queue.cancel(token), 1)
            completion, = queue.wait(1)
            self.assertEqual(completion.error, errno.ECANCELED)
            self.assertNotEqual(completion.outcome_unknown, completion.not_sent, "the latter if no worker had begun it")

    def test_other_threads_run_while_one_waits(self):
        for queue in self.each_engine():
            self.device.fault_set(ringline.FAULT_DELAY, opcode=ringline.OPCODE_READ, delay_ns=100_000_000)
            ticks = []
            end = threading.Event()

            def tick():
                while not end.wait(0.001):
                    ticks.append(time.monotonic())

            thread = threading.Thread(target=tick)
            thread.start()
            before = time.monotonic()
            queue.read(self.device, 0, bytearray(BLOCK))
            after = time.monotonic()
            end.set()
            thread.join()
            # If the wait kept the interpreter, none could be in the middle of it.
            self.assertTrue([moment for moment in ticks if before + 0.01 < moment < after - 0.01])

    def test_another_thread_is_refused_and_a_movable_queue_moves(self):
        for movable in (False, True):
            queue = self.queue(movable=movable)
            caught = []

            def use():
                try:
                    queue.read(self.device, 0, bytearray(BLOCK))
                except ringline.Error as error:
                    caught.append(error.errno)

            thread = threading.Thread(target=use)
            thread.start()
            thread.join()
            self.assertEqual(caught, [] if movable else [errno.EPERM])

    def test_null_devices_and_the_list_work(self):
        with ringline.Device("null:", block_size=4096) as device, ringline.Queue(device) as queue:
            queue.read(device, 0, bytearray(4096))
            self.assertEqual(device.info().kind, "null")
            self.assertEqual(queue.info().in_flight, 0)
        self.assertIsInstance(ringline.list_devices(), list)

    def test_identify_answers_an_admin_command(self):
        page = bytearray(4096)
        self.device.admin(0x06, buffer=page, cdw10=1).check()
        self.assertIn(self.device.info().serial.encode(), bytes(page[4:24]))


class Batches(Simulated):
    def filled(self, queue, count, data=None):
        batch = queue.batch(count)
        for lba in range(count):
            batch.write(self.device, lba, pattern(BLOCK, lba) if data is None else data, user_data=lba)
        return batch

    def test_a_batch_is_filled_once_and_run_many_times(self):
        for queue in self.each_engine():
            memory = bytearray(pattern(32 * BLOCK))
            batch = queue.batch(32)
            for lba in range(32):
                batch.write(self.device, lba, memoryview(memory)[lba * BLOCK:(lba + 1) * BLOCK])
            for turn in range(3):
                memory[0] = turn
                self.assertEqual(queue.run(batch), [])
                back = bytearray(len(memory))
                queue.read(self.device, 0, back)
                self.assertEqual(back, memory)

    def test_a_batch_longer_than_the_queue_goes_in_parts(self):
        for queue in self.each_engine(depth=4):
            self.assertEqual(queue.run(self.filled(queue, 50)), [])
            back = bytearray(50 * BLOCK)
            queue.read(self.device, 0, back)
            self.assertEqual(back, b"".join(pattern(BLOCK, lba) for lba in range(50)))

    def test_what_failed_in_a_batch_is_told(self):
        for queue in self.each_engine():
            self.device.fault_set(ringline.FAULT_STATUS, opcode=ringline.OPCODE_WRITE, lba=7, blocks=2, status=MEDIA_ERROR)
            failed = queue.run(self.filled(queue, 20))
            self.assertEqual(sorted(completion.user_data for completion in failed), [7, 8])
            self.assertEqual({completion.status for completion in failed}, {MEDIA_ERROR})
            self.device.fault_clear()
            self.assertEqual(queue.run(self.filled(queue, 20)), [])

    def test_a_refused_command_of_a_batch_is_raised_after_those_before_it(self):
        for queue in self.each_engine():
            batch = queue.batch(3)
            batch.write(self.device, 0, pattern(BLOCK, 9)).write(self.device, 1 << 20, bytes(BLOCK)).flush(self.device)
            with self.assertRaises(ringline.Error) as caught:
                queue.run(batch)
            self.assertEqual(caught.exception.errno, errno.ERANGE)
            self.assertEqual((batch.in_flight, queue.info().in_flight), (0, 0))
            back = bytearray(BLOCK)
            queue.read(self.device, 0, back)
            self.assertEqual(back, pattern(BLOCK, 9))

    def test_batches_and_single_commands_mix(self):
        for queue in self.each_engine():
            batch = self.filled(queue, 8)
            single = queue.push_write(self.device, 100, pattern(BLOCK))
            self.assertEqual(queue.push(batch), 8)
            self.assertEqual(queue.run(self.filled(queue, 4)), [])
            taken = []
            while len(taken) < 9:
                taken += queue.wait(9 - len(taken))
            self.assertIn(single, [completion.token for completion in taken])
            self.assertEqual(batch.in_flight, 0)

    def test_a_batch_belongs_to_its_queue(self):
        queue, other = self.queue(), self.queue()
        with self.assertRaisesRegex(ValueError, "another queue"):
            other.run(self.filled(queue, 1))
        with self.assertRaises(ValueError):
            queue.batch(0)


if __name__ == "__main__":
    unittest.main()
