# SPDX-License-Identifier: MIT OR Apache-2.0
"""The queue holds the memory from push to completion, whatever the program drops, interrupts, forks or leaves to the collector."""
import errno
import gc
import os
import signal
import subprocess
import sys
import threading
import unittest
import warnings
import weakref

import ringline
from support import BLOCK, Simulated, is_held


class Memory(bytearray):
    """A bytearray that can be watched."""


class Interrupted(Exception):
    pass


class Holding(Simulated):
    def dropped(self, queue, memory):
        """A read that does not complete until it is cancelled."""
        self.device.fault_clear()
        self.device.fault_set(ringline.FAULT_DROP, opcode=ringline.OPCODE_READ)
        token = queue.push_read(self.device, 0, memory)
        queue.submit()
        return token

    def test_memory_is_held_from_push_to_completion_and_no_longer(self):
        for queue in self.each_engine():
            memory = bytearray(BLOCK)
            token = self.dropped(queue, memory)
            self.assertTrue(is_held(memory))
            self.assertEqual(queue.wait(timeout=0.01), [])
            self.assertTrue(is_held(memory))
            queue.cancel(token)
            self.assertEqual(len(queue.wait()), 1)
            self.assertFalse(is_held(memory))

    def test_memory_that_the_program_dropped_lives_until_its_completion(self):
        for queue in self.each_engine():
            memory = Memory(BLOCK)
            watch = weakref.ref(memory)
            token = self.dropped(queue, memory)
            del memory
            gc.collect()
            self.assertIsNotNone(watch())
            queue.cancel(token)
            queue.wait()
            self.assertIsNone(watch())

    def test_a_refused_command_holds_nothing(self):
        for queue in self.each_engine():
            memory = bytearray(BLOCK)
            with self.assertRaises(ringline.Error):
                queue.push_read(self.device, 5000, memory)
            self.assertFalse(is_held(memory))
            with self.assertRaises(ringline.Error):
                queue.read(self.device, 5000, memory, metadata=bytearray(8))
            with self.assertRaises(BufferError):
                queue.read(self.device, 0, [memory, bytes(BLOCK)])
            self.assertFalse(is_held(memory))

    def test_closing_a_queue_waits_and_then_lets_go(self):
        for queue in self.each_engine():
            self.device.fault_set(ringline.FAULT_DELAY, opcode=ringline.OPCODE_READ, delay_ns=30_000_000)
            memory = bytearray(BLOCK)
            queue.push_read(self.device, 0, memory)
            queue.submit()
            queue.close()
            self.assertFalse(is_held(memory))

    def test_a_queue_that_was_dropped_is_destroyed_with_a_warning(self):
        memory = bytearray(BLOCK)
        queue = ringline.Queue(self.device)
        self.dropped(queue, memory)
        watch = weakref.ref(queue)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            del queue
            gc.collect()
        self.assertIsNone(watch())
        self.assertIn(ResourceWarning, [warning.category for warning in caught])
        self.assertFalse(is_held(memory))

    def test_a_queue_that_is_dropped_by_another_thread_keeps_its_memory(self):
        memory = bytearray(BLOCK)
        kept = []

        def own():
            kept.append(ringline.Queue(self.device))
            self.dropped(kept[0], memory)

        thread = threading.Thread(target=own)
        thread.start()
        thread.join()
        with self.assertRaises(ringline.Error) as caught:
            kept[0].close()
        self.assertEqual(caught.exception.errno, errno.EPERM)
        self.assertFalse(kept[0].closed)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            kept.clear()
            gc.collect()
        # Its owner is gone: nobody can destroy it, and what the device might still write to is kept for good.
        self.assertTrue(is_held(memory))

    def test_a_batch_holds_its_memory_and_is_held_while_in_flight(self):
        for queue in self.each_engine():
            self.device.fault_set(ringline.FAULT_DROP, opcode=ringline.OPCODE_READ, lba=1, blocks=1)
            memory = [Memory(BLOCK) for _ in range(3)]
            watch = [weakref.ref(part) for part in memory]
            batch = queue.batch(3)
            for lba, part in enumerate(memory):
                batch.read(self.device, lba, part)
            self.assertEqual(queue.push(batch), 3)
            self.assertEqual(len(queue.wait(2, timeout=5)), 2)
            with self.assertRaises(ValueError):
                batch.clear()
            with self.assertRaises(ringline.Error) as caught:
                queue.run(batch)
            self.assertEqual(caught.exception.errno, errno.EBUSY)
            token = batch.commands[1].user_data
            del batch, memory, part
            gc.collect()
            self.assertTrue(all(part() is not None for part in watch))
            queue.cancel(token)
            self.assertEqual(len(queue.wait()), 1)
            self.assertTrue(all(part() is None for part in watch))

    def interrupt(self, call):
        """Calls, and lets a signal's handler raise in the middle."""
        def handler(*_):
            raise Interrupted

        before = signal.signal(signal.SIGALRM, handler)
        try:
            signal.setitimer(signal.ITIMER_REAL, 0.02, 0.02)
            with self.assertRaises(Interrupted):
                try:
                    call()
                finally:
                    signal.setitimer(signal.ITIMER_REAL, 0)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)

    def test_an_interrupted_read_leaves_its_memory_to_the_queue(self):
        for queue in self.each_engine():
            self.device.fault_set(ringline.FAULT_DELAY, opcode=ringline.OPCODE_READ, delay_ns=100_000_000)
            memory = bytearray(b"x" * BLOCK)
            self.interrupt(lambda: queue.read(self.device, 0, memory))
            self.assertTrue(is_held(memory))
            # Its completion comes, and goes to nobody.
            self.assertEqual(queue.wait(1, timeout=5), [])
            self.assertFalse(is_held(memory))
            self.assertEqual(memory, bytes(BLOCK))

    def test_an_interrupted_batch_leaves_its_memory_to_the_queue(self):
        for queue in self.each_engine():
            self.device.fault_set(ringline.FAULT_DELAY, opcode=ringline.OPCODE_READ, delay_ns=100_000_000)
            memory = [bytearray(BLOCK) for _ in range(4)]
            batch = queue.batch(4)
            for lba, part in enumerate(memory):
                batch.read(self.device, lba, part)
            self.interrupt(lambda: queue.run(batch))
            self.assertEqual(batch.in_flight, 4)
            self.assertEqual(queue.wait(4, timeout=5), [])
            self.assertEqual(batch.in_flight, 0)
            batch.clear()
            self.assertFalse(any(is_held(part) for part in memory))
            self.device.fault_clear()
            self.assertEqual(queue.run(batch.read(self.device, 0, memory[0])), [])

    def test_a_signal_whose_handler_returns_does_not_end_a_wait(self):
        for queue in self.each_engine():
            self.device.fault_set(ringline.FAULT_DELAY, opcode=ringline.OPCODE_READ, delay_ns=80_000_000)
            seen = []
            before = signal.signal(signal.SIGALRM, lambda *_: seen.append(1))
            try:
                signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)
                queue.read(self.device, 0, bytearray(BLOCK))
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
                signal.signal(signal.SIGALRM, before)
            self.assertTrue(seen)

    def test_what_was_taken_when_an_exception_came_is_delivered_by_the_next_call(self):
        queue = self.queue()
        tokens = [queue.push_write(self.device, lba, bytes(BLOCK)) for lba in range(3)]
        deliver = queue._deliver

        def fail(_):
            raise Interrupted

        queue._deliver = fail
        with self.assertRaises(Interrupted):
            queue.wait(3)
        queue._deliver = deliver
        self.assertEqual(queue.info().in_flight, 0)
        self.assertEqual([completion.token for completion in queue.poll()], tokens)

    def test_the_child_of_a_fork_is_refused_and_the_parent_goes_on(self):
        buffer = ringline.Buffer(4096)
        queue = self.queue()
        queue.write(self.device, 0, bytes(BLOCK))
        child = os.fork()
        if child == 0:
            wrong = 1
            try:
                codes = []
                for call in (lambda: queue.read(self.device, 0, bytearray(BLOCK)), queue.poll, self.device.info,
                             lambda: buffer.view):
                    try:
                        call()
                    except ringline.Error as error:
                        codes.append(error.errno)
                queue.close()
                self.device.close()
                buffer.close()
                wrong = 0 if codes == [errno.ECHILD] * 4 else 2
            finally:
                os._exit(wrong)
        self.assertEqual(os.waitpid(child, 0)[1], 0)
        queue.read(self.device, 0, buffer.view[:BLOCK])
        queue.close()
        buffer.close()

    def test_an_interpreter_that_ends_with_commands_in_flight_ends_well(self):
        program = ("import sys, ringline\n"
                   "device = ringline.Device(sys.argv[1])\n"
                   "device.fault_set(ringline.FAULT_DELAY, flags=ringline.FAULT_ANY_OPCODE, delay_ns=50_000_000)\n"
                   "queue = ringline.Queue(device, engine=sys.argv[2])\n"
                   "buffer = ringline.Buffer(4096)\n"
                   "queue.attach_buffer(buffer)\n"
                   "queue.push_read(device, 0, bytearray(512))\n"
                   "queue.push_read(device, 0, buffer)\n"
                   "queue.submit()\n")
        node = self.device.info().node
        self.device.close()
        for engine in ("uring", "threads"):
            ended = subprocess.run([sys.executable, "-c", program, node if node.startswith("sim:") else "sim:" + node, engine],
                                   env=dict(os.environ, PYTHONWARNINGS="ignore"), capture_output=True, text=True, timeout=30,
                                   check=False)
            self.assertEqual((ended.returncode, ended.stderr), (0, ""))


if __name__ == "__main__":
    unittest.main()
