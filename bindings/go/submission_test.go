// SPDX-License-Identifier: MIT OR Apache-2.0

package ringline

import (
	"context"
	"runtime"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"ringline/raw"
)

// onARefusedThread calls on a thread of its own whose submissions the kernel refuses, as it does when it is short of memory. False: a
// thread cannot be given a seccomp filter here.
func onARefusedThread(work func()) bool {
	const (
		noNewPrivileges, setSeccomp = 38, 22 // prctl(2)
		modeFilter                  = 2
		ioUringEnter                = 426
		allow, fail                 = 0x7FFF0000, 0x00050000 | uint32(syscall.EAGAIN)
	)
	filter := []syscall.SockFilter{
		{Code: syscall.BPF_LD | syscall.BPF_W | syscall.BPF_ABS}, // The number of the system call.
		{Code: syscall.BPF_JMP | syscall.BPF_JEQ | syscall.BPF_K, Jf: 1, K: ioUringEnter},
		{Code: syscall.BPF_RET | syscall.BPF_K, K: fail},
		{Code: syscall.BPF_RET | syscall.BPF_K, K: allow},
	}
	program := syscall.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	filtered := make(chan bool)
	go func() {
		runtime.LockOSThread() // And never unlocked: it ends with the goroutine.
		_, _, errno := syscall.RawSyscall6(syscall.SYS_PRCTL, noNewPrivileges, 1, 0, 0, 0, 0)
		if errno == 0 {
			_, _, errno = syscall.RawSyscall(syscall.SYS_PRCTL, setSeccomp, modeFilter, uintptr(unsafe.Pointer(&program)))
		}
		if errno == 0 {
			work()
		}
		filtered <- errno == 0
	}()
	return <-filtered
}

func TestACommandThatTheKernelRefusedOnceIsSubmittedAgain(t *testing.T) {
	n := newNamespace(t, QueueOptions{Engine: EngineURing})
	delay(t, n, OpRead, time.Millisecond)
	_, err := n.ReadAt(make([]byte, blockSize), 0)
	must(t, err)
	time.Sleep(20 * time.Millisecond) // Now the goroutine that waits for completions sleeps.
	limited, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	if !onARefusedThread(func() { _, err = n.ReadAtContext(limited, make([]byte, blockSize), 0) }) {
		t.Skip("a thread cannot be given a seccomp filter")
	}
	must(t, err)
}

func TestATurnTellsWhatIsNotSubmittedThoughAnotherCommandCompletes(t *testing.T) {
	n := newNamespace(t, QueueOptions{Engine: EngineURing})
	delay(t, n, OpFlush, time.Millisecond)
	s := n.queue.state
	s.mu.Lock()
	defer s.mu.Unlock()
	command := []raw.Command{{Device: n.device.handle, Opcode: OpFlush}}
	raw.Take(s.queue, command, s.completions, &s.turn)
	time.Sleep(100 * time.Millisecond)
	if !onARefusedThread(func() { raw.Take(s.queue, command, s.completions, &s.turn) }) {
		t.Skip("a thread cannot be given a seccomp filter")
	}
	if turn := (raw.Turn{Pushed: 1, Taken: 1, NotSubmitted: 1, InFlight: 1}); s.turn != turn {
		t.Fatalf("%+v", s.turn)
	}
	for s.turn.InFlight > 0 {
		raw.Take(s.queue, nil, s.completions, &s.turn)
	}
}
