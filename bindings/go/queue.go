// SPDX-License-Identifier: MIT OR Apache-2.0

package ringline

import (
	"runtime"
	"unsafe"

	"ringline/raw"
)

// Engine is how a queue hands commands to the kernel.
type Engine uint32

const (
	EngineAuto    Engine = raw.RINGLINE_ENGINE_AUTO    // EngineURing if it works here, else EngineThreads.
	EngineURing   Engine = raw.RINGLINE_ENGINE_URING   // io_uring.
	EngineThreads Engine = raw.RINGLINE_ENGINE_THREADS // ioctls, on threads of the library.
)

func (e Engine) String() string {
	return map[Engine]string{EngineAuto: "auto", EngineURing: "uring", EngineThreads: "threads"}[e]
}

// QueueOptions are those of ringline_queue_options. Zero values are the defaults.
type QueueOptions struct {
	Engine                                 Engine
	Depth, MaxDevices, MaxBuffers, Workers uint32
	Flags                                  uint32 // raw.RINGLINE_QUEUE_*; MOVABLE is always added, and IOPOLL does not go with it.
	SQPollCPU, SQPollIdleMs                uint32
}

// QueueInfo tells what runs, why, and how full it is.
type QueueInfo = raw.QueueInfo

// Queue takes commands for the devices that are attached to it. Any number of goroutines may use it.
type Queue struct{ state *state }

// NewQueue creates a queue.
func NewQueue(options *QueueOptions) (*Queue, error) {
	if options == nil {
		options = &QueueOptions{}
	}
	// Goroutines wander between threads.
	wanted := raw.QueueOptions{StructSize: uint32(unsafe.Sizeof(raw.QueueOptions{})), Flags: options.Flags | raw.RINGLINE_QUEUE_MOVABLE,
		Engine: uint32(options.Engine), Depth: options.Depth, MaxDevices: options.MaxDevices, MaxBuffers: options.MaxBuffers,
		Workers: options.Workers, SqpollCpu: options.SQPollCPU, SqpollIdleMs: options.SQPollIdleMs}
	made, diagnosis := new(raw.Queue), newDiagnosis()
	if err := check("queue", raw.QueueCreate(&wanted, diagnosis, made), diagnosis); err != nil {
		return nil, err
	}
	queue := &Queue{newState(*made)}
	// What is in flight keeps the queue; so nothing is when this runs.
	runtime.SetFinalizer(queue, func(q *Queue) { go q.state.close() })
	return queue, nil
}

// Close refuses new commands, cancels what no device has yet, waits for the rest, and frees the queue. Closing it again waits too, and
// then gives os.ErrClosed, as everything does that was closed.
func (q *Queue) Close() error {
	runtime.SetFinalizer(q, nil)
	return q.state.close()
}

// Info is a snapshot.
func (q *Queue) Info() (QueueInfo, error) {
	info := raw.QueueInfo{StructSize: uint32(unsafe.Sizeof(raw.QueueInfo{}))}
	err := q.state.call("info", func(queue raw.Queue) int32 { return raw.QueueInfoGet(queue, &info) })
	runtime.KeepAlive(q)
	return info, err
}

// Attach lets commands name a device on this queue, through the Namespace.
func (q *Queue) Attach(device *Device) (*Namespace, error) {
	if device.closed.Load() {
		return nil, closed("attach", "device")
	}
	err := q.state.call("attach", func(queue raw.Queue) int32 {
		code := raw.QueueAttach(queue, device.handle)
		if code >= 0 {
			q.state.keep(device)
		}
		return code
	})
	if err != nil {
		return nil, err
	}
	return &Namespace{queue: q, device: device}, nil
}

// Detach takes a device off the queue; EBUSY while it has commands in flight here.
func (q *Queue) Detach(device *Device) error {
	defer runtime.KeepAlive(q)
	return q.state.call("detach", func(queue raw.Queue) int32 {
		code := raw.QueueDetach(queue, device.handle)
		if code >= 0 {
			delete(q.state.devices, device.handle)
		}
		return code
	})
}

// AttachBuffer pins a buffer for this queue, once instead of for each command. False: it was not pinned (RLIMIT_MEMLOCK, or the
// engine has no use for it).
func (q *Queue) AttachBuffer(buffer Buffer) (bool, error) {
	if !buffer.memory.use() || buffer.memory == nil {
		return false, closed("attach", "buffer")
	}
	var pinned bool
	err := q.state.call("attach", func(queue raw.Queue) int32 {
		code := raw.QueueAttachBuffer(queue, buffer.memory.handle)
		pinned = code > 0
		if code >= 0 {
			q.state.buffers[buffer.memory.handle] = buffer.memory
		}
		return code
	})
	if err != nil {
		buffer.memory.release()
	}
	runtime.KeepAlive(q)
	return pinned, err
}

// DetachBuffer takes a buffer off the queue; EBUSY while commands in flight here use it.
func (q *Queue) DetachBuffer(buffer Buffer) error {
	defer runtime.KeepAlive(q)
	if buffer.memory == nil {
		return closed("detach", "buffer")
	}
	err := q.state.call("detach", func(queue raw.Queue) int32 {
		code := raw.QueueDetachBuffer(queue, buffer.memory.handle)
		if code >= 0 {
			delete(q.state.buffers, buffer.memory.handle)
		}
		return code
	})
	if err == nil {
		buffer.memory.release()
	}
	return err
}
