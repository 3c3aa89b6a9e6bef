// SPDX-License-Identifier: MIT OR Apache-2.0

package ringline

import (
	"context"
	"errors"
	"strings"
	"syscall"
	"testing"
	"time"

	"ringline/raw"
)

var ctx = context.Background()

func TestABatchIsRunAgainAndAgain(t *testing.T) {
	// More commands than the queue has room for, too.
	onEachEngine(t, QueueOptions{Depth: 8}, func(t *testing.T, n *Namespace) {
		for _, size := range []int{1, 8, 50} {
			buffer, back := newBuffer(t, size*blockSize), newBuffer(t, size*blockSize)
			writes, reads := n.queue.NewBatch(), n.queue.NewBatch()
			for i := 0; i < size; i++ {
				must(t, writes.Write(n, uint64(size-i), buffer.Slice(i*blockSize, (i+1)*blockSize)))
				must(t, reads.Read(n, uint64(size-i), back.Slice(i*blockSize, (i+1)*blockSize)))
			}
			for turn := 0; turn < 5; turn++ {
				copy(buffer.Bytes(), pattern(size*blockSize, turn))
				must(t, writes.Run(ctx))
				must(t, reads.Run(ctx))
				same(t, back.Bytes(), buffer.Bytes())
			}
			must(t, writes.Clear())
			must(t, buffer.Close())
			must(t, back.Close())
			if exists(buffer.memory) || !exists(back.memory) {
				t.Fatal("a buffer goes when no batch names it, and not before")
			}
			must(t, reads.Clear())
			if exists(back.memory) {
				t.Fatal("it was not freed")
			}
		}
	})
}

func TestWhatABatchIsAskedForIsWhatTheLibraryIsGiven(t *testing.T) {
	n := newNamespace(t, QueueOptions{})
	data := newBuffer(t, 2*blockSize)
	batch := n.queue.NewBatch()
	must(t, batch.Add(n, Command{Opcode: OpWrite, Flags: FUA | LimitedRetry, LBA: 7, Data: data, Timeout: 9 * time.Millisecond}))
	given := batch.commands[0]
	wanted := raw.Command{UserData: given.UserData, Device: n.device.handle, Opcode: 1, Flags: 3, Lba: 7, Address: data.address(),
		Length: 2 * blockSize, Blocks: 2, TimeoutMs: 9}
	if given != wanted {
		t.Fatalf("%+v, not %+v", given, wanted)
	}
	if FUA != 1 || LimitedRetry != 2 || RetryNever != 0 || RetryIfIdempotent != 1 || RetryOtherPath != 2 {
		t.Fatal("a constant is another one's")
	}
}

func TestEachCommandOfABatchHasItsError(t *testing.T) {
	onEachEngine(t, QueueOptions{}, func(t *testing.T, n *Namespace) {
		fault(t, n, raw.FaultRule{Action: raw.RINGLINE_FAULT_STATUS, Opcode: OpRead, Lba: 2, Blocks: 1, Status: mediaError})
		fault(t, n, raw.FaultRule{Action: raw.RINGLINE_FAULT_ERROR, Opcode: OpRead, Lba: 3, Blocks: 1, Error: -int32(syscall.EIO)})
		batch := n.queue.NewBatch()
		buffer := newBuffer(t, blockSize)
		defer buffer.Close()
		for _, lba := range []uint64{0, 3, 2, 1, blockCount, 0} {
			must(t, batch.Read(n, lba, buffer))
		}
		if err := batch.Run(ctx); !errors.Is(err, syscall.EIO) {
			t.Fatal(err)
		}
		for place, wanted := range []error{nil, syscall.EIO, StatusCode(mediaError), nil, syscall.ERANGE, syscall.ECANCELED} {
			if err := batch.Err(place); !errors.Is(err, wanted) {
				t.Fatal(place, err)
			}
		}
		_, err := n.device.ClearFault(0)
		must(t, err)
		must(t, batch.Clear())
		must(t, batch.Add(n, Command{Opcode: OpWrite, Flags: FUA, LBA: 1, Data: buffer}))
		must(t, batch.Flush(n))
		must(t, batch.Run(ctx))
		must(t, batch.Err(0))
	})
}

func TestACommandThatWasInNoRunSaysSo(t *testing.T) {
	n := newNamespace(t, QueueOptions{})
	batch := n.queue.NewBatch()
	notRun := func(place int) {
		t.Helper()
		if err := batch.Err(place); !errors.Is(err, syscall.ECANCELED) || !errors.Is(err, ErrNotSent) || !strings.Contains(err.Error(), "not run") {
			t.Fatal(err)
		}
	}
	must(t, batch.Flush(n))
	notRun(0)
	must(t, batch.Run(ctx))
	must(t, batch.Flush(n))
	must(t, batch.Err(0))
	notRun(1)
	must(t, batch.Run(ctx))
	must(t, batch.Clear())
	must(t, batch.Flush(n))
	notRun(0)
}

func TestABatchTakesOnlyWhatCanBe(t *testing.T) {
	n, other := newNamespace(t, QueueOptions{}), newNamespace(t, QueueOptions{})
	buffer := newBuffer(t, blockSize)
	defer buffer.Close()
	batch := n.queue.NewBatch()
	for _, err := range []error{
		batch.Read(other, 0, buffer),
		batch.Read(n, 0, buffer.Slice(0, 100)),
		batch.Add(n, Command{Opcode: OpRead, Data: buffer, Timeout: -1}),
	} {
		if !errors.Is(err, syscall.EINVAL) {
			t.Fatal(err)
		}
	}
	if batch.Len() != 0 {
		t.Fatal(batch.Len())
	}
	must(t, batch.Run(ctx)) // Of nothing.
}

func TestABatchAllocatesNothingWhenItIsRun(t *testing.T) {
	device, err := OpenDevice("null:", nil)
	must(t, err)
	defer device.Close()
	queue, err := NewQueue(nil)
	must(t, err)
	defer queue.Close()
	n, err := queue.Attach(device)
	must(t, err)
	batch := queue.NewBatch()
	buffer := newBuffer(t, blockSize)
	defer buffer.Close()
	for i := 0; i < 32; i++ {
		must(t, batch.Read(n, uint64(i), buffer))
	}
	if info, err := queue.Info(); err != nil || Engine(info.Engine) != EngineURing {
		t.Skip("only a ring completes these at once")
	}
	if count := testing.AllocsPerRun(100, func() { must(t, batch.Run(ctx)) }); count != 0 {
		t.Fatal(count)
	}
}
