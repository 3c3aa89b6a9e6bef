// SPDX-License-Identifier: MIT OR Apache-2.0

package ringline

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// onDevice runs a test on the namespace that RINGLINE_TEST_DEVICE names, whose first blocks are overwritten, or on simulated ones.
func onDevice(t *testing.T, options QueueOptions, test func(*testing.T, *Namespace)) {
	path := os.Getenv("RINGLINE_TEST_DEVICE")
	if path == "" {
		onEachEngine(t, options, test)
		return
	}
	for _, engine := range []Engine{EngineURing, EngineThreads} {
		t.Run(engine.String(), func(t *testing.T) {
			device, err := OpenDevice(path, nil)
			must(t, err)
			defer device.Close()
			options.Engine = engine
			queue, err := NewQueue(&options)
			must(t, err)
			defer func() { must(t, queue.Close()) }()
			n, err := queue.Attach(device)
			must(t, err)
			test(t, n)
		})
	}
}

func TestOnDeviceSlicesAndBuffersTellTheSame(t *testing.T) {
	onDevice(t, QueueOptions{}, func(t *testing.T, n *Namespace) {
		data := pattern(1<<20, 5)
		if count, err := n.WriteAt(data, 0); count != len(data) || err != nil {
			t.Fatal(count, err)
		}
		must(t, n.Sync())
		back := make([]byte, len(data))
		if count, err := n.ReadAt(back, 0); count != len(back) || err != nil {
			t.Fatal(count, err)
		}
		same(t, back, data)
		buffer := newBuffer(t, 8*n.BlockSize())
		defer buffer.Close()
		_, err := n.queue.AttachBuffer(buffer)
		must(t, err)
		must(t, n.ReadBuffer(ctx, buffer, int64(n.BlockSize())))
		same(t, buffer.Bytes(), data[n.BlockSize():9*n.BlockSize()])
		must(t, n.queue.DetachBuffer(buffer))
	})
}

func TestOnDeviceAPieceThatIsNotAlignedIsReadOrRefusedWithTheReason(t *testing.T) {
	onDevice(t, QueueOptions{}, func(t *testing.T, n *Namespace) {
		buffer := newBuffer(t, 2*n.BlockSize())
		defer buffer.Close()
		err := n.ReadBuffer(ctx, buffer.Slice(1, 1+n.BlockSize()), 0)
		if err == nil {
			return
		}
		var e *Error
		if !errors.As(err, &e) || e.Errno != syscall.EINVAL || !e.NotSent || !strings.Contains(e.Text, "multiple of 4") {
			t.Fatal(err)
		}
		t.Log(err)
	})
}

func TestOnDeviceBatchesComeBackWhole(t *testing.T) {
	onDevice(t, QueueOptions{Depth: 16}, func(t *testing.T, n *Namespace) {
		const size = 32
		block := n.BlockSize()
		buffer, back := newBuffer(t, size*block), newBuffer(t, size*block)
		defer buffer.Close()
		defer back.Close()
		writes, reads := n.queue.NewBatch(), n.queue.NewBatch()
		for i := 0; i < size; i++ {
			must(t, writes.Write(n, uint64(i*3), buffer.Slice(i*block, (i+1)*block)))
			must(t, reads.Read(n, uint64(i*3), back.Slice(i*block, (i+1)*block)))
		}
		for turn := 0; turn < 3; turn++ {
			copy(buffer.Bytes(), pattern(size*block, turn))
			must(t, writes.Run(ctx))
			must(t, reads.Run(ctx))
			same(t, back.Bytes(), buffer.Bytes())
		}
	})
}

// Each goroutine writes its own byte to its own blocks, and gives up in the middle of some: never may another's byte get there.
func TestOnDeviceManyGoroutinesShareAQueue(t *testing.T) {
	onDevice(t, QueueOptions{Depth: 8}, func(t *testing.T, n *Namespace) {
		const count, rounds, blocks = 32, 20, 4
		size := blocks * n.BlockSize()
		var all sync.WaitGroup
		for g := 0; g < count; g++ {
			all.Add(1)
			go func(g int) {
				defer all.Done()
				if err := writeAndGiveUp(n, g, rounds, size); err != nil {
					t.Error(err)
				}
			}(g)
		}
		all.Wait()
		soon(t, "what was given up completes", func() bool { return heldBy(n.queue) == 0 })
		for g := 0; g < count; g++ {
			if err := readsOnly(n, g, size); err != nil {
				t.Error(err)
			}
		}
	})
}

// A slow device still reads memory after the call has returned: what is written meanwhile must not get to where that belongs.
func TestOnASlowDeviceMemoryIsNotUsedAgain(t *testing.T) {
	if os.Getenv("RINGLINE_TEST_DEVICE") == "" {
		t.Skip("a simulated device has carried a command out before it delays it")
	}
	onDevice(t, QueueOptions{}, func(t *testing.T, n *Namespace) {
		const count = 40
		block, givenUp := n.BlockSize(), 0
		zeros := make([]byte, count*block)
		_, err := n.WriteAt(zeros, 0)
		must(t, err)
		for i := 0; i < count; i++ {
			limited, cancel := context.WithTimeout(ctx, 2*time.Millisecond)
			_, err := n.WriteAtContext(limited, bytes.Repeat([]byte{byte(i + 1)}, block), int64(i*block))
			cancel()
			if err == context.DeadlineExceeded {
				givenUp++
			} else {
				must(t, err)
			}
		}
		if givenUp < count/4 || heldBy(n.queue) == 0 {
			t.Fatalf("%d were given up, %d are in flight: the device is not slow", givenUp, heldBy(n.queue))
		}
		soon(t, "what was given up completes", func() bool { return heldBy(n.queue) == 0 })
		back := make([]byte, count*block)
		_, err = n.ReadAt(back, 0)
		must(t, err)
		for i, b := range back {
			if b != 0 && int(b) != i/block+1 {
				t.Fatalf("block %d has what was written to block %d", i/block, b-1)
			}
		}
		t.Logf("%d of %d were given up", givenUp, count)
	})
}

func writeAndGiveUp(n *Namespace, g, rounds, size int) error {
	random := rand.New(rand.NewSource(int64(g)))
	mine := bytes.Repeat([]byte{byte(g + 1)}, size)
	if _, err := n.WriteAt(mine, int64(g*size)); err != nil {
		return err
	}
	for round := 0; round < rounds; round++ {
		limited, cancel := context.WithTimeout(ctx, time.Duration(random.Intn(400))*time.Microsecond)
		_, err := n.WriteAtContext(limited, mine, int64(g*size))
		cancel()
		if err != nil && err != context.DeadlineExceeded {
			return err
		}
		if err = readsOnly(n, g, size); err != nil {
			return err
		}
	}
	return n.Sync()
}

func readsOnly(n *Namespace, g, size int) error {
	p := make([]byte, size)
	if _, err := n.ReadAt(p, int64(g*size)); err != nil {
		return err
	}
	if at := bytes.IndexFunc(p, func(r rune) bool { return r != rune(g+1) }); at >= 0 {
		return fmt.Errorf("the blocks of %d have a %d at %d", g+1, p[at], at)
	}
	return nil
}
