// SPDX-License-Identifier: MIT OR Apache-2.0

package ringline

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"ringline/raw"
)

const (
	blockSize  = 512
	blockCount = 4096
	mediaError = 0x281 // unrecovered read error
	identify   = 6     // admin opcode
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newSimulated(t *testing.T) *Device {
	t.Helper()
	path := filepath.Join(t.TempDir(), "disk.img")
	must(t, CreateSimulated(path, blockCount, blockSize))
	device, err := OpenDevice("sim:"+path, nil)
	must(t, err)
	t.Cleanup(func() { device.Close() })
	return device
}

func newNamespace(t *testing.T, options QueueOptions) *Namespace {
	t.Helper()
	queue, err := NewQueue(&options)
	must(t, err)
	t.Cleanup(func() {
		if err := queue.Close(); !errors.Is(err, os.ErrClosed) {
			must(t, err)
		}
	})
	n, err := queue.Attach(newSimulated(t))
	must(t, err)
	return n
}

// onEachEngine runs a test on a new simulated device and queue of each engine.
func onEachEngine(t *testing.T, options QueueOptions, test func(*testing.T, *Namespace)) {
	for _, engine := range []Engine{EngineURing, EngineThreads} {
		t.Run(engine.String(), func(t *testing.T) {
			options.Engine = engine
			test(t, newNamespace(t, options))
		})
	}
}

func fault(t *testing.T, n *Namespace, rule raw.FaultRule) uint32 {
	t.Helper()
	number, err := n.device.SetFault(rule)
	must(t, err)
	return number
}

func delay(t *testing.T, n *Namespace, opcode uint32, by time.Duration) {
	t.Helper()
	fault(t, n, raw.FaultRule{Action: raw.RINGLINE_FAULT_DELAY, Opcode: opcode, DelayNs: uint64(by)})
}

// dropped makes commands complete only when they are cancelled.
func drop(t *testing.T, n *Namespace, opcode uint32) {
	t.Helper()
	fault(t, n, raw.FaultRule{Action: raw.RINGLINE_FAULT_DROP, Opcode: opcode})
}

func pattern(length int, seed int) []byte {
	made := make([]byte, length)
	for i := range made {
		made[i] = byte(seed*31 + i*7 + i/blockSize)
	}
	return made
}

func newBuffer(t *testing.T, length int) Buffer {
	t.Helper()
	buffer, err := NewBuffer(length)
	must(t, err)
	return buffer
}

func same(t *testing.T, got, wanted []byte) {
	t.Helper()
	if !bytes.Equal(got, wanted) {
		t.Fatal("the data differs")
	}
}

// exists tells whether the library still has the memory.
func exists(m *memory) bool {
	info := raw.BufferInfo{StructSize: 32}
	return raw.BufferInfoGet(m.handle, &info) == 0
}

// soon waits for what a busy machine does late.
func soon(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not after 20 s: %s", what)
		}
	}
}

// heldBy is how many batches are in flight or wait for room.
func heldBy(q *Queue) int {
	q.state.mu.Lock()
	defer q.state.mu.Unlock()
	return len(q.state.held)
}
