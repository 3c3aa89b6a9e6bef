// SPDX-License-Identifier: MIT OR Apache-2.0

package ringline

import (
	"bytes"
	"context"
	"errors"
	"os"
	"runtime"
	"syscall"
	"testing"
	"time"

	"ringline/raw"
)

const (
	slow = 400 * time.Millisecond // Enough for a busy machine to look at a command that is in flight.
	// Enough for a worker of the threads engine to have dropped a command. One that it has but did not drop yet is not cancelled.
	dropping = 300 * time.Millisecond
)

func shortly() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), 10*time.Millisecond)
}

// giveUp calls until a context has ended while the device had the command; one that it did not have yet was cancelled.
func giveUp(t *testing.T, n *Namespace, call func(context.Context) error) {
	t.Helper()
	for try := 0; try < 50; try++ {
		limited, cancel := shortly()
		err := call(limited)
		cancel()
		if err != context.DeadlineExceeded {
			t.Fatal(err)
		}
		if heldBy(n.queue) == 1 {
			return
		}
	}
	t.Fatal("it was always cancelled")
}

func isIdle(s *slabs, wanted *memory) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range s.lists[len(wanted.bytes)] {
		if m == wanted {
			return true
		}
	}
	return false
}

// slabInFlight is that of the one batch that is held.
func slabInFlight(t *testing.T, q *Queue) *memory {
	t.Helper()
	q.state.mu.Lock()
	defer q.state.mu.Unlock()
	if len(q.state.held) != 1 {
		t.Fatalf("%d batches are held", len(q.state.held))
	}
	for _, b := range q.state.held {
		return b.slab
	}
	return nil
}

func TestAReadWhoseContextEndsReturnsAndItsMemoryIsHeld(t *testing.T) {
	onEachEngine(t, QueueOptions{}, func(t *testing.T, n *Namespace) {
		delay(t, n, OpRead, slow)
		p := bytes.Repeat([]byte{'x'}, blockSize)
		giveUp(t, n, func(limited context.Context) error {
			count, err := n.ReadAtContext(limited, p, 0)
			if count != 0 {
				t.Fatal(count)
			}
			return err
		})
		slab := slabInFlight(t, n.queue)
		if slab == nil || !exists(slab) || isIdle(&n.queue.state.slabs, slab) {
			t.Fatal("the device may still write to memory that was given back")
		}
		// A command that comes meanwhile has other memory.
		copy(slab.bytes, "mine")
		must(t, func() error { _, err := n.WriteAt(pattern(blockSize, 1), blockSize); return err }())
		if heldBy(n.queue) == 1 && string(slab.bytes[:4]) != "mine" {
			t.Fatal("its memory was used again")
		}
		soon(t, "the read completes", func() bool { return heldBy(n.queue) == 0 })
		if !exists(slab) || !isIdle(&n.queue.state.slabs, slab) {
			t.Fatal("its memory was not taken back")
		}
		same(t, p, bytes.Repeat([]byte{'x'}, blockSize))
	})
}

func TestABufferThatIsClosedInFlightIsFreedAtTheCompletion(t *testing.T) {
	onEachEngine(t, QueueOptions{}, func(t *testing.T, n *Namespace) {
		delay(t, n, OpRead, slow)
		buffer := newBuffer(t, blockSize)
		giveUp(t, n, func(limited context.Context) error { return n.ReadBuffer(limited, buffer, 0) })
		must(t, buffer.Close())
		if !exists(buffer.memory) && heldBy(n.queue) == 1 {
			t.Fatal("it was freed in flight")
		}
		soon(t, "the read completes", func() bool { return heldBy(n.queue) == 0 })
		if exists(buffer.memory) {
			t.Fatal("it was not freed")
		}
	})
}

func TestABufferIsKeptWhileAnAdminCommandUsesIt(t *testing.T) {
	n := newNamespace(t, QueueOptions{})
	buffer := newBuffer(t, 4096)
	fault(t, n, raw.FaultRule{Action: raw.RINGLINE_FAULT_DELAY, Flags: raw.RINGLINE_FAULT_ADMIN, Opcode: identify, DelayNs: uint64(slow)})
	ended := make(chan error, 1)
	go func() {
		_, err := n.device.Admin(raw.NvmeCommand{Opcode: identify, Nsid: 1}, buffer)
		ended <- err
	}()
	soon(t, "the command has it", func() bool {
		buffer.memory.mu.Lock()
		defer buffer.memory.mu.Unlock()
		return buffer.memory.uses == 1
	})
	must(t, buffer.Close())
	if !exists(buffer.memory) && len(ended) == 0 {
		t.Fatal("it was freed while the command ran")
	}
	must(t, <-ended)
	if exists(buffer.memory) {
		t.Fatal("it was not freed")
	}
	if _, err := n.device.Admin(raw.NvmeCommand{Opcode: identify, Nsid: 1}, buffer); !errors.Is(err, os.ErrClosed) {
		t.Fatal(err)
	}
}

func TestABatchWhoseContextEndsIsBusyUntilAllOfItHasCompleted(t *testing.T) {
	onEachEngine(t, QueueOptions{}, func(t *testing.T, n *Namespace) {
		fault(t, n, raw.FaultRule{Action: raw.RINGLINE_FAULT_DELAY, Opcode: OpRead, Lba: 1, Blocks: 1, DelayNs: uint64(slow)})
		batch := n.queue.NewBatch()
		buffer := newBuffer(t, 3*blockSize)
		for lba := 0; lba < 3; lba++ {
			must(t, batch.Read(n, uint64(lba), buffer.Slice(lba*blockSize, (lba+1)*blockSize)))
		}
		giveUp(t, n, batch.Run)
		must(t, buffer.Close())
		if batch.Busy() {
			for _, err := range []error{batch.Run(ctx), batch.Clear(), batch.Flush(n)} {
				if !errors.Is(err, syscall.EBUSY) && batch.Busy() {
					t.Fatal(err)
				}
			}
			if err := batch.Err(1); !errors.Is(err, syscall.EINPROGRESS) && batch.Busy() {
				t.Fatal(err)
			}
		}
		soon(t, "all of it completes", func() bool { return !batch.Busy() })
		for i := 0; i < 3; i++ {
			if err := batch.Err(i); err != nil && !errors.Is(err, syscall.ECANCELED) {
				t.Fatal(err)
			}
		}
		must(t, batch.Clear())
		if exists(buffer.memory) {
			t.Fatal("it was not freed")
		}
	})
}

func TestAContextThatEndsCancelsWhatNoDeviceHas(t *testing.T) {
	onEachEngine(t, QueueOptions{}, func(t *testing.T, n *Namespace) {
		drop(t, n, OpRead)
		limited, cancel := context.WithTimeout(ctx, dropping)
		defer cancel()
		if _, err := n.ReadAtContext(limited, make([]byte, blockSize), 0); err != context.DeadlineExceeded {
			t.Fatal(err)
		}
		soon(t, "the command ends", func() bool { return heldBy(n.queue) == 0 })
		ended, cancel := context.WithCancel(ctx)
		cancel()
		before, err := n.queue.Info()
		must(t, err)
		_, read := n.ReadAtContext(ended, make([]byte, blockSize), 0)
		_, written := n.WriteAtContext(ended, make([]byte, blockSize), 0)
		for _, err := range []error{read, written, n.SyncContext(ended), n.queue.NewBatch().Run(ended)} {
			if err != context.Canceled {
				t.Fatal(err)
			}
		}
		after, err := n.queue.Info()
		must(t, err)
		if after.Enters != before.Enters {
			t.Fatal("something was submitted after the end")
		}
	})
}

func TestMuchIsCancelledInParts(t *testing.T) {
	const size = 5 * cancelMost
	onEachEngine(t, QueueOptions{Depth: size}, func(t *testing.T, n *Namespace) {
		drop(t, n, OpRead)
		buffer := newBuffer(t, blockSize)
		defer buffer.Close()
		batch := n.queue.NewBatch()
		for lba := uint64(0); lba < size; lba++ {
			must(t, batch.Read(n, lba, buffer))
		}
		start := func() (context.CancelFunc, chan error) {
			limited, cancel := context.WithCancel(ctx)
			ended := make(chan error, 1)
			go func() { ended <- batch.Run(limited) }()
			soon(t, "it is in flight", func() bool { return heldBy(n.queue) == 1 })
			time.Sleep(dropping)
			return cancel, ended
		}
		cancel, ended := start()
		s := n.queue.state
		s.mu.Lock()
		if next := s.cancelSome(batch, 0); next != cancelMost || batch.outstanding != size-cancelMost {
			t.Errorf("%d commands were tried and %d are in flight of %d", next, batch.outstanding, size)
		}
		s.mu.Unlock()
		cancel()
		if err := <-ended; err != context.Canceled {
			t.Fatal(err)
		}
		soon(t, "all is cancelled", func() bool { return !batch.Busy() })
		_, ended = start()
		must(t, n.queue.Close())
		if err := <-ended; !errors.Is(err, ErrOutcomeUnknown) {
			t.Fatal(err)
		}
	})
}

func TestWaitingForRoomEndsWithTheContext(t *testing.T) {
	onEachEngine(t, QueueOptions{Depth: 1}, func(t *testing.T, n *Namespace) {
		drop(t, n, OpRead)
		first, endFirst := context.WithCancel(ctx)
		ended := make(chan error)
		go func() {
			_, err := n.ReadAtContext(first, make([]byte, blockSize), 0)
			ended <- err
		}()
		soon(t, "the first is in flight", func() bool { return heldBy(n.queue) == 1 })
		limited, cancel := shortly()
		defer cancel()
		if err := n.SyncContext(limited); err != context.DeadlineExceeded {
			t.Fatal(err)
		}
		n.queue.state.mu.Lock()
		waiting := len(n.queue.state.rooms)
		n.queue.state.mu.Unlock()
		if heldBy(n.queue) != 1 || waiting != 0 {
			t.Fatal("who does not wait any more is still waited for")
		}
		// The others have their turn when there is room.
		for i := 0; i < 3; i++ {
			go func() { ended <- n.Sync() }()
		}
		soon(t, "they wait for room", func() bool { return heldBy(n.queue) == 4 })
		time.Sleep(dropping)
		endFirst()
		for i, cancelled := 0, 0; i < 4; i++ {
			if err := <-ended; err == context.Canceled && cancelled == 0 {
				cancelled++
			} else if err != nil {
				t.Fatal(err)
			}
		}
	})
}

// One completion wakes one of those who wait for room, who may turn out not to need it.
func TestTheRoomOfARefusedCommandIsTheNextOnes(t *testing.T) {
	onEachEngine(t, QueueOptions{Depth: 1}, func(t *testing.T, n *Namespace) {
		device := newSimulated(t)
		other, err := n.queue.Attach(device)
		must(t, err)
		drop(t, n, OpRead)
		first, endFirst := context.WithCancel(ctx)
		results := [3]chan error{make(chan error, 1), make(chan error, 1), make(chan error, 1)}
		for i, call := range []func() error{
			func() error { _, err := n.ReadAtContext(first, make([]byte, blockSize), 0); return err },
			func() error { return other.Sync() },
			func() error { return n.Sync() },
		} {
			go func(result chan error, call func() error) { result <- call() }(results[i], call)
			soon(t, "it is in flight or waits for room", func() bool { return heldBy(n.queue) == i+1 })
		}
		must(t, device.Close())
		time.Sleep(dropping)
		endFirst()
		for i, wanted := range []error{context.Canceled, ErrNotSent, nil} {
			select {
			case err := <-results[i]:
				if !errors.Is(err, wanted) {
					t.Fatal(i, err)
				}
			case <-time.After(20 * time.Second):
				t.Fatal(i, "it waits for ever")
			}
		}
	})
}

func TestClosingWaitsForWhatIsInFlight(t *testing.T) {
	onEachEngine(t, QueueOptions{Depth: 3}, func(t *testing.T, n *Namespace) {
		delay(t, n, OpWrite, 50*time.Millisecond)
		drop(t, n, OpRead)
		ended := make(chan error)
		buffer := newBuffer(t, blockSize)
		go func() { ended <- n.WriteBuffer(ctx, buffer, 0) }()
		go func() { ended <- n.ReadBuffer(ctx, buffer, 0) }()
		soon(t, "they are in flight", func() bool { return heldBy(n.queue) == 2 })
		must(t, buffer.Close())
		must(t, n.queue.Close())
		if heldBy(n.queue) != 0 {
			t.Fatal("it did not wait")
		}
		for i := 0; i < 2; i++ {
			if err := <-ended; err != nil && !errors.Is(err, syscall.ECANCELED) {
				t.Fatal(err)
			}
		}
		soon(t, "the buffer is freed", func() bool { return !exists(buffer.memory) })
	})
}

func TestClosingEndsThoseWhoWaitForRoom(t *testing.T) {
	n := newNamespace(t, QueueOptions{Depth: 1})
	drop(t, n, OpRead)
	ended := make(chan error)
	for i := 0; i < 5; i++ {
		go func() {
			_, err := n.ReadAt(make([]byte, blockSize), 0)
			ended <- err
		}()
	}
	soon(t, "they wait", func() bool { return heldBy(n.queue) == 5 })
	must(t, n.queue.Close())
	refusedOnes := 0
	for i := 0; i < 5; i++ {
		if err := <-ended; errors.Is(err, os.ErrClosed) && errors.Is(err, ErrNotSent) {
			refusedOnes++
		} else if !errors.Is(err, ErrOutcomeUnknown) {
			t.Fatal(err)
		}
	}
	if refusedOnes != 4 {
		t.Fatal(refusedOnes)
	}
}

// leaveBehind drops a queue with a read in flight, and all that could close anything.
func leaveBehind(t *testing.T) (*state, *memory, raw.Device) {
	device := newDroppedDevice(t)
	queue, err := NewQueue(nil)
	must(t, err)
	n, err := queue.Attach(device)
	must(t, err)
	delay(t, n, OpRead, slow)
	batch := queue.NewBatch()
	buffer := newBuffer(t, blockSize)
	must(t, batch.Read(n, 0, buffer))
	limited, cancel := shortly()
	defer cancel()
	if err := batch.Run(limited); err != context.DeadlineExceeded {
		t.Fatal(err)
	}
	return queue.state, &memory{handle: buffer.memory.handle}, device.handle
}

func newDroppedDevice(t *testing.T) *Device {
	path := t.TempDir() + "/disk.img"
	must(t, CreateSimulated(path, blockCount, blockSize))
	device, err := OpenDevice("sim:"+path, nil)
	must(t, err)
	return device
}

func TestWhatIsDroppedIsClosedByTheCollectorAfterItsCompletion(t *testing.T) {
	s, m, device := leaveBehind(t)
	for i := 0; i < 5; i++ {
		runtime.GC()
		s.mu.Lock()
		held, gone := len(s.held), s.destroyed
		s.mu.Unlock()
		if held == 1 && (gone || !exists(m)) {
			t.Fatal("something was closed while a command was in flight")
		}
	}
	soon(t, "the queue is destroyed", func() bool {
		runtime.GC()
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.destroyed
	})
	s = nil
	soon(t, "the buffer is freed and the device closed", func() bool {
		runtime.GC()
		info := raw.DeviceInfo{StructSize: 288}
		return !exists(m) && raw.DeviceInfoGet(device, &info) == -int32(syscall.ESTALE)
	})
}

func TestMemoryWhoseSliceWasHandedOutIsNotFreedByTheCollector(t *testing.T) {
	handle := func() raw.Buffer {
		buffer := newBuffer(t, 4096)
		buffer.Bytes()[0] = 1
		return buffer.memory.handle
	}()
	for i := 0; i < 5; i++ {
		runtime.GC()
		time.Sleep(time.Millisecond)
	}
	if !exists(&memory{handle: handle}) {
		t.Fatal("it was freed")
	}
	raw.BufferFree(handle)
}
