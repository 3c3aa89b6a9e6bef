// SPDX-License-Identifier: MIT OR Apache-2.0

package ringline

import (
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
		delay(t, n, OpRead, 300*time.Millisecond)
		var all sync.WaitGroup
		before := threads(t)
		for i := 0; i < count; i++ {
			all.Add(1)
			go func(i int) {
				defer all.Done()
				if _, err := n.ReadAt(make([]byte, blockSize), int64(i*blockSize)); err != nil {
					t.Error(err)
				}
			}(i)
		}
		soon(t, "all wait", func() bool { return heldBy(n.queue) == count || n.queue.state.inFlightNow() == count })
		after := threads(t)
		all.Wait()
		// The runtime may have needed some more to get so far.
		if after > before+2*runtime.GOMAXPROCS(0)+4 {
			t.Fatalf("%d threads, and %d when all wait", before, after)
		}
	})
}

func (s *state) inFlightNow() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.inFlight
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
