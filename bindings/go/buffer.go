// SPDX-License-Identifier: MIT OR Apache-2.0

package ringline

import (
	"runtime"
	"sync"
	"syscall"
	"unsafe"

	"ringline/raw"
)

// Buffer is memory of the library, page-aligned, that devices read and write without a copy; or a piece of it. The zero Buffer is none.
type Buffer struct {
	memory *memory
	bytes  []byte
}

// memory is what buffers are pieces of. It goes when it was closed and nothing uses it.
type memory struct {
	handle raw.Buffer
	bytes  []byte
	mu     sync.Mutex
	uses   int // Commands that name it, of batches or admin ones, and queues that have it attached.
	closed bool
	seen   bool // Somebody was given the slice, which does not keep it from being collected.
	freed  bool
}

// NewBuffer makes a buffer of length bytes.
func NewBuffer(length int) (Buffer, error) {
	m, err := newMemory(length)
	if err != nil {
		return Buffer{}, err
	}
	return Buffer{m, m.bytes[:length:length]}, nil
}

func newMemory(length int) (*memory, error) {
	if length <= 0 {
		return nil, refused("buffer", syscall.EINVAL, "a buffer of %d bytes: there must be at least one", length)
	}
	m := new(memory)
	options := raw.BufferOptions{StructSize: uint32(unsafe.Sizeof(raw.BufferOptions{})), Length: uint64(length)}
	if err := check("buffer", raw.BufferCreate(&options, &m.handle), nil); err != nil {
		return nil, err
	}
	info := raw.BufferInfo{StructSize: uint32(unsafe.Sizeof(raw.BufferInfo{}))}
	if err := check("buffer", raw.BufferInfoGet(m.handle, &info), nil); err != nil {
		return nil, err
	}
	m.bytes = unsafe.Slice(*(**byte)(unsafe.Pointer(&info.Address)), int(info.Length))
	runtime.SetFinalizer(m, (*memory).collected)
	return m, nil
}

// Bytes is the memory, until Close. The slice does not keep it: keep the Buffer for as long.
func (b Buffer) Bytes() []byte {
	if b.memory == nil {
		return nil
	}
	b.memory.mu.Lock()
	defer b.memory.mu.Unlock()
	if b.memory.closed {
		return nil
	}
	b.memory.seen = true
	return b.bytes
}

// Len is the number of bytes.
func (b Buffer) Len() int { return len(b.bytes) }

// Slice is the piece from one byte to before another. All pieces are the same memory.
func (b Buffer) Slice(from, to int) Buffer { return Buffer{b.memory, b.bytes[from:to:to]} }

// Close gives the memory back, and that of all pieces, when no command and no queue uses it any more: not before.
func (b Buffer) Close() error {
	if b.memory == nil {
		return nil
	}
	b.memory.mu.Lock()
	defer b.memory.mu.Unlock()
	if b.memory.closed {
		return closed("close", "buffer")
	}
	b.memory.closed = true
	b.memory.free()
	return nil
}

func (b Buffer) address() uint64 {
	if len(b.bytes) == 0 {
		return 0
	}
	return uint64(uintptr(unsafe.Pointer(&b.bytes[0])))
}

// use says that the memory must stay; false if it was closed.
func (m *memory) use() bool {
	if m == nil {
		return true
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return false
	}
	m.uses++
	return true
}

func (m *memory) release() {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.uses--
	m.free()
}

func (m *memory) free() {
	if !m.closed || m.uses > 0 || m.freed {
		return
	}
	m.freed = true
	runtime.SetFinalizer(m, nil)
	raw.BufferFree(m.handle)
}

// collected is the safety net. Memory whose slice was handed out stays until the process ends: somebody may still have that.
func (m *memory) collected() {
	if !m.freed && (m.closed || !m.seen) {
		raw.BufferFree(m.handle)
	}
}

const (
	slabLeast = 4096    // Bytes.
	slabMost  = 4 << 20 // Of one window of a transfer.
	slabsIdle = 16 << 20
)

// slabs is memory for the data of Go slices, kept to be used again. Lists are by power of two.
type slabs struct {
	mu    sync.Mutex
	lists map[int][]*memory
	idle  int // Bytes in them.
}

func (s *slabs) take(length int) (*memory, error) {
	size := slabLeast
	for size < length {
		size *= 2
	}
	if m := s.idleOne(size); m != nil {
		return m, nil
	}
	return newMemory(size)
}

func (s *slabs) idleOne(size int) *memory {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := s.lists[size]
	if len(list) == 0 {
		return nil
	}
	m := list[len(list)-1]
	s.lists[size] = list[:len(list)-1]
	s.idle -= size
	return m
}

func (s *slabs) give(m *memory) {
	s.mu.Lock()
	defer s.mu.Unlock()
	size := len(m.bytes)
	if s.lists == nil || s.idle+size > slabsIdle {
		Buffer{m, nil}.Close()
		return
	}
	s.idle += size
	s.lists[size] = append(s.lists[size], m)
}

// close gives all back, now and what comes later.
func (s *slabs) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, list := range s.lists {
		for _, m := range list {
			Buffer{m, nil}.Close()
		}
	}
	s.lists = nil
}
