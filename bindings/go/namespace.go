// SPDX-License-Identifier: MIT OR Apache-2.0

package ringline

import (
	"context"
	"errors"
	"io"
	"runtime"
	"syscall"

	"ringline/raw"
)

// Namespace is a device on a queue. Offsets and lengths are bytes, and must be whole blocks: what is not is refused (EINVAL), as to
// write a part of a block means to read it first, which is for you to decide. Its methods may be called by any number of goroutines.
//
// Data of Go slices is copied through memory of C, as the device may still use it when a call has returned because its context ended.
// ReadBuffer and WriteBuffer do not copy.
type Namespace struct {
	queue  *Queue
	device *Device
	owner  bool
}

var _ interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
} = (*Namespace)(nil)

// Open opens a device with a queue of its own, and closes both by Close.
func Open(path string, options *OpenOptions) (*Namespace, error) {
	device, err := OpenDevice(path, options)
	if err != nil {
		return nil, err
	}
	queue, err := NewQueue(nil)
	if err != nil {
		device.Close()
		return nil, err
	}
	n, err := queue.Attach(device)
	if err != nil {
		queue.Close()
		device.Close()
		return nil, err
	}
	n.owner = true
	return n, nil
}

// Close waits for what is in flight, if this is from Open, and closes queue and device. Else it takes the device off the queue.
func (n *Namespace) Close() error {
	if !n.owner {
		err := n.queue.Detach(n.device)
		if errors.Is(err, syscall.ENXIO) {
			return closed("close", "namespace")
		}
		return err
	}
	err := n.queue.Close()
	if failed := n.device.Close(); err == nil {
		err = failed
	}
	return err
}

// Queue is where its commands go.
func (n *Namespace) Queue() *Queue { return n.queue }

// Device is where they go from there.
func (n *Namespace) Device() *Device { return n.device }

// BlockSize is the bytes of data in a block.
func (n *Namespace) BlockSize() int { return n.device.BlockSize() }

// Size is the bytes of data in all.
func (n *Namespace) Size() int64 { return n.device.geometry.Load().size }

// ReadAt is ReadAtContext without an end of time.
func (n *Namespace) ReadAt(p []byte, off int64) (int, error) {
	return n.ReadAtContext(context.Background(), p, off)
}

// WriteAt is WriteAtContext without an end of time.
func (n *Namespace) WriteAt(p []byte, off int64) (int, error) {
	return n.WriteAtContext(context.Background(), p, off)
}

// Sync makes durable what was written by calls that have returned.
func (n *Namespace) Sync() error { return n.SyncContext(context.Background()) }

// ReadAtContext reads, by several commands if one cannot. At the end of the namespace it reads less and returns io.EOF. When the context
// ends it returns that error; p is then not touched any more.
func (n *Namespace) ReadAtContext(ctx context.Context, p []byte, off int64) (int, error) {
	g, err := n.proved("read", off, len(p))
	if err != nil {
		return 0, err
	}
	if len(p) == 0 {
		return 0, nil
	}
	if off >= g.size {
		return 0, io.EOF
	}
	var end error
	if left := g.size - off; int64(len(p)) > left {
		p, end = p[:left], io.EOF
	}
	done, err := n.copied(ctx, g, OpRead, p, off)
	if err == nil {
		err = end
	}
	return done, err
}

// WriteAtContext writes, by several commands if one cannot; past the end of the namespace nothing (ERANGE). When the context ends it
// returns that error, and what was in flight may have been written or not.
func (n *Namespace) WriteAtContext(ctx context.Context, p []byte, off int64) (int, error) {
	g, err := n.proved("write", off, len(p))
	if err != nil {
		return 0, err
	}
	if int64(len(p)) > g.size-off {
		return 0, refused("write", syscall.ERANGE, "bytes %d to %d: the namespace has %d", off, off+int64(len(p))-1, g.size)
	}
	return n.copied(ctx, g, OpWrite, p, off)
}

// SyncContext is Sync with a context.
func (n *Namespace) SyncContext(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	b := n.queue.state.transient()
	b.add(raw.Command{Device: n.device.handle, Opcode: OpFlush})
	return n.once(ctx, b)
}

// ReadBuffer reads into a whole buffer, which must be no more than one command can. When the context ends it returns that error, and
// the device may still write to the buffer, which is held for that; do not use it again.
func (n *Namespace) ReadBuffer(ctx context.Context, data Buffer, off int64) error {
	return n.direct(ctx, OpRead, data, off)
}

// WriteBuffer writes a whole buffer, as ReadBuffer reads.
func (n *Namespace) WriteBuffer(ctx context.Context, data Buffer, off int64) error {
	return n.direct(ctx, OpWrite, data, off)
}

// proved says what is wrong with an offset and a length.
func (n *Namespace) proved(op string, off int64, length int) (*geometry, error) {
	g := n.device.geometry.Load()
	if g.metadata != 0 {
		return nil, refused(op, syscall.EOPNOTSUPP, "blocks of this namespace have %d bytes of metadata: use a Batch", g.metadata)
	}
	if off < 0 {
		return nil, refused(op, syscall.EINVAL, "offset %d is negative", off)
	}
	if g.block == 0 || off%g.block != 0 || int64(length)%g.block != 0 {
		return nil, refused(op, syscall.EINVAL, "%d bytes at offset %d: both must be multiples of the block size, %d bytes", length, off, g.block)
	}
	return g, nil
}

func (n *Namespace) direct(ctx context.Context, opcode uint8, data Buffer, off int64) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	g, err := n.proved(opcodeName(opcode), off, data.Len())
	if err != nil {
		return err
	}
	if data.memory == nil || !data.memory.use() {
		return closed(opcodeName(opcode), "buffer")
	}
	b := n.queue.state.transient()
	b.holds = append(b.holds, data.memory)
	b.add(n.command(g, opcode, data, off))
	return n.once(ctx, b)
}

func (n *Namespace) command(g *geometry, opcode uint8, data Buffer, off int64) raw.Command {
	return raw.Command{Device: n.device.handle, Opcode: opcode, Lba: uint64(off / g.block), Address: data.address(),
		Length: uint32(data.Len()), Blocks: uint32(int64(data.Len()) / g.block)}
}

// once runs a transient batch that nobody looks at afterwards.
func (n *Namespace) once(ctx context.Context, b *Batch) error {
	s := n.queue.state
	completed, err := s.run(ctx, b)
	if completed {
		s.giveBack(b)
	}
	runtime.KeepAlive(n.queue)
	return err
}

// copied moves the data of a slice, a window of several commands at a time.
func (n *Namespace) copied(ctx context.Context, g *geometry, opcode uint8, p []byte, off int64) (int, error) {
	done := 0
	for done < len(p) {
		if err := ctx.Err(); err != nil {
			return done, err
		}
		part := p[done:]
		if most := slabMost / int(g.block) * int(g.block); len(part) > most {
			part = part[:most]
		}
		count, err := n.window(ctx, g, opcode, part, off+int64(done))
		done += count
		if err != nil {
			return done, err
		}
	}
	return done, nil
}

// window returns how many bytes from the start have been moved.
func (n *Namespace) window(ctx context.Context, g *geometry, opcode uint8, p []byte, off int64) (int, error) {
	s := n.queue.state
	slab, err := s.slabs.take(len(p))
	if err != nil {
		return 0, err
	}
	// For reads too: where a device brings nothing p stays as it was, and does not get what somebody else once moved.
	copy(slab.bytes, p)
	b := s.transient()
	b.slab = slab
	most := int(g.most / g.block * g.block)
	for from := 0; from < len(p); from += most {
		to := from + most
		if to > len(p) {
			to = len(p)
		}
		b.add(n.command(g, opcode, Buffer{slab, slab.bytes[from:to]}, off+int64(from)))
	}
	completed, err := s.run(ctx, b)
	runtime.KeepAlive(n.queue)
	if !completed {
		return 0, err
	}
	count := len(p)
	if err != nil {
		count = 0
		for i := 0; i < b.total && b.err(i) == nil; i++ {
			count += int(b.commands[i].Length)
		}
	}
	if opcode == OpRead {
		copy(p[:count], slab.bytes)
	}
	s.giveBack(b)
	return count, err
}
