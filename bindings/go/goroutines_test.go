// SPDX-License-Identifier: MIT OR Apache-2.0

package ringline

import (
	"context"
	"os"
	"runtime"
	"sync"
	"testing"
	"time"
)

func threads(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/task")
	must(t, err)
	return len(entries)
}

func TestHundredWaitingGoroutinesBlockNoThread(t *testing.T) {
	onEachEngine(t, QueueOptions{}, func(t *testing.T, n *Namespace) {
		const count = 100
		must(t, n.Sync())
		drop(t, n, OpRead)
		limited, end := context.WithCancel(ctx)
		var all sync.WaitGroup
		before := threads(t)
		for i := 0; i < count; i++ {
			all.Add(1)
			go func(i int) {
				defer all.Done()
				if _, err := n.ReadAtContext(limited, make([]byte, blockSize), int64(i*blockSize)); err != context.Canceled {
					t.Error(err)
				}
			}(i)
		}
		soon(t, "all wait", func() bool { return heldBy(n.queue) == count })
		time.Sleep(50 * time.Millisecond)
		after := threads(t)
		end()
		all.Wait()
		// The runtime may have needed some more to get so far.
		if after > before+2*runtime.GOMAXPROCS(0)+4 {
			t.Fatalf("%d threads, and %d when all wait", before, after)
		}
		t.Logf("%d threads, and %d when all wait", before, after)
	})
}

func TestTheWaitingGoroutineSleepsWhileNothingCompletes(t *testing.T) {
	onEachEngine(t, QueueOptions{}, func(t *testing.T, n *Namespace) {
		delay(t, n, OpRead, 100*time.Millisecond)
		before, err := n.queue.Info()
		must(t, err)
		_, err = n.ReadAt(make([]byte, blockSize), 0)
		must(t, err)
		after, err := n.queue.Info()
		must(t, err)
		if after.Enters-before.Enters > 10 {
			t.Fatalf("%d system calls for one read", after.Enters-before.Enters)
		}
	})
}
