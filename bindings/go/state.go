// SPDX-License-Identifier: MIT OR Apache-2.0

package ringline

import (
	"context"
	"os"
	"runtime"
	"sync"
	"syscall"
	"time"

	"ringline/raw"
)

const (
	takenMost = 1024                 // Completions taken by one call.
	pause     = time.Millisecond     // Until something is tried again of which nobody tells when it will do.
	indexBits = 16                   // Of user_data: the command's place in its batch; above them is the batch's number.
	indexMask = 1<<indexBits - 1     // Of the place.
	batchMost = 1 << (indexBits - 1) // Commands that one call takes.
	// Commands cancelled before the mutex is let go of: each cancel looks at all of the queue's slots.
	cancelMost = 32
)

// state is what outlives the Queue that is handed out, until the library's queue is destroyed. Whoever has mu is the one thread that
// uses it at a time.
type state struct {
	mu          sync.Mutex
	queue       raw.Queue
	turn        raw.Turn         // Here, so that a call does not allocate it.
	completions []raw.Completion // Where they are taken to.
	held        map[uint64]*Batch
	numbers     uint64
	rooms       []chan struct{} // Of those who wait for room, in their order.
	devices     map[raw.Device]*Device
	buffers     map[raw.Buffer]*memory
	spare       []*Batch
	slabs       slabs
	watching    bool
	signal      *os.File // The queue's fd, for the runtime's poller.
	closing     bool
	idle        chan struct{} // Closed when closing and nothing is held.
	destroyed   bool
	gone        chan struct{} // Closed when destroyed.
}

func newState(queue raw.Queue) *state {
	return &state{queue: queue, completions: make([]raw.Completion, takenMost), held: map[uint64]*Batch{}, devices: map[raw.Device]*Device{},
		buffers: map[raw.Buffer]*memory{}, slabs: slabs{lists: map[int][]*memory{}}, idle: make(chan struct{}),
		gone: make(chan struct{})}
}

// call is for what is not on a command's way.
func (s *state) call(op string, work func(raw.Queue) int32) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing {
		return closed(op, "queue")
	}
	return check(op, work(s.queue), nil)
}

// keep is for an attached device, which the collector must not close. Those that were closed meanwhile need that no more.
func (s *state) keep(device *Device) {
	for handle, other := range s.devices {
		if other.closed.Load() {
			delete(s.devices, handle)
		}
	}
	s.devices[device.handle] = device
}

// run pushes a batch and waits until all of it has completed, or the context ends: false, and what is in flight is left to the queue.
func (s *state) run(ctx context.Context, b *Batch) (bool, error) {
	s.mu.Lock()
	if b.running {
		s.mu.Unlock()
		return true, refused("run", syscall.EBUSY, "commands of this batch are still in flight")
	}
	b.begin()
	for {
		room := s.push(b)
		if b.running && b.finished() {
			s.finish(b)
		}
		if !b.running {
			s.mu.Unlock()
			return true, b.failure()
		}
		s.held[b.number] = b
		s.watch()
		signal := room
		if room == nil {
			b.done = make(chan struct{})
			signal = b.done
		}
		s.mu.Unlock()
		select {
		case <-signal:
		case <-ctx.Done():
			if s.leave(b, room) {
				return false, ctx.Err()
			}
			return true, b.failure()
		}
		if room == nil {
			return true, b.failure()
		}
		s.mu.Lock()
	}
}

// push hands over what of the batch was not yet. A channel: the queue is full, and will have room when that is closed.
func (s *state) push(b *Batch) chan struct{} {
	for b.pushed < b.total {
		if s.closing {
			b.refuse(closed("push", "queue"))
			return nil
		}
		s.take(b)
		if s.turn.Error == 0 || s.turn.Taken > 0 {
			continue
		}
		switch errno := syscall.Errno(-s.turn.Error); errno {
		case syscall.EINTR:
		case syscall.EAGAIN, syscall.EBUSY:
			return s.room()
		default:
			b.refuse(s.explain(b))
			s.roomFor() // What this one may have been woken for is the next one's.
		}
	}
	return nil
}

// explain says why the next command of a batch was refused.
func (s *state) explain(b *Batch) *Error {
	command, special := &b.commands[b.pushed], b.specials[b.pushed]
	op := special.name(command.Opcode)
	device := s.devices[command.Device]
	switch errno := syscall.Errno(-s.turn.Error); {
	case errno == syscall.ESTALE && (device == nil || device.closed.Load()):
		return closed(op, "device")
	case errno == syscall.ENXIO:
		return closed(op, "namespace")
	}
	diagnosis := newDiagnosis()
	special.explain(command, diagnosis)
	e := check(op, s.turn.Error, diagnosis).(*Error)
	if e.Errno == syscall.EINVAL && e.Rule == raw.RINGLINE_RULE_NONE && command.Address%4 != 0 {
		e.Text = "the memory must begin at a multiple of 4 bytes" // Of a movable queue, which what explains does not know.
	}
	e.NotSent = true
	return e
}

// take is the one way by which commands go in, if there is a batch, and completions come out.
func (s *state) take(b *Batch) {
	var commands []raw.Command
	if b != nil {
		if special := b.specials[b.pushed]; special != nil {
			s.takeSpecial(b, special)
			return
		}
		commands = b.commands[b.pushed:b.plainEnd()]
	}
	raw.Take(s.queue, commands, s.completions, &s.turn)
	if b != nil {
		b.pushed += int(s.turn.Pushed)
		b.outstanding += int(s.turn.Pushed)
	}
	s.deliver(b, s.completions[:s.turn.Taken])
}

// takeSpecial pushes a command that goes by a call of its own, and then takes what there is.
func (s *state) takeSpecial(b *Batch, special *special) {
	code := special.push(s.queue, &b.commands[b.pushed])
	if code > 0 {
		b.pushed++
		b.outstanding++
		s.turn.InFlight++
	}
	raw.Take(s.queue, nil, s.completions, &s.turn)
	// What could not be submitted now is in NotSubmitted.
	if s.turn.Error = 0; code < 0 {
		s.turn.Error = code
	}
	s.deliver(b, s.completions[:s.turn.Taken])
}

// deliver gives completions to whom they belong. The batch that is being pushed need not be held yet.
func (s *state) deliver(pushing *Batch, completions []raw.Completion) {
	b := pushing
	for i := range completions {
		completion := &completions[i]
		if number := completion.UserData >> indexBits; b == nil || b.number != number {
			if b = s.held[number]; b == nil {
				b = pushing
			}
		}
		b.outcomes[completion.UserData&indexMask] = *completion
		b.outstanding--
		if completion.Error != 0 || completion.Status != 0 {
			b.failed++
		}
		if b != pushing && b.finished() {
			s.finish(b)
		}
		s.roomFor()
	}
}

// finish is called once for each run, when the device has let go of all its memory.
func (s *state) finish(b *Batch) {
	b.running = false
	if b.done != nil {
		close(b.done)
	}
	if _, held := s.held[b.number]; held {
		delete(s.held, b.number)
		if s.closing && len(s.held) == 0 {
			close(s.idle)
		}
	}
	if b.left && b.transient {
		s.recycle(b)
	}
}

// leave is for a call whose context ended, and which may have waited for room. What no device has yet is cancelled, by another goroutine
// where that is much; the rest keeps its memory until it completes. False: the batch has completed meanwhile.
func (s *state) leave(b *Batch, room chan struct{}) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if room != nil {
		s.noRoom(room)
	}
	if !b.running {
		return false
	}
	b.total = b.pushed
	b.left = true
	if b.finished() {
		s.finish(b)
	} else if next := s.cancelSome(b, 0); b.running && next < b.pushed {
		go s.cancelFrom(b, next)
	}
	return true
}

// cancelFrom cancels a part at a time, until all of a batch is that its caller has left.
func (s *state) cancelFrom(b *Batch, next int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for b.running && b.left && next < b.pushed {
		next = s.cancelSome(b, next)
		s.breathe()
	}
}

// cancelSome returns the place from where to go on.
func (s *state) cancelSome(b *Batch, next int) int {
	for cancelled := 0; next < b.pushed && cancelled < cancelMost; next++ {
		if b.outcomes[next].UserData == 0 {
			raw.Cancel(s.queue, b.commands[next].UserData)
			cancelled++
		}
	}
	s.takeAll()
	return next
}

// breathe lets others have the mutex.
func (s *state) breathe() {
	s.mu.Unlock()
	runtime.Gosched()
	s.mu.Lock()
}

// takeAll takes completions until no more are there.
func (s *state) takeAll() {
	for {
		s.take(nil)
		if int(s.turn.Taken) < len(s.completions) {
			return
		}
	}
}

// room is closed when a command has completed, and the queue has room for another.
func (s *state) room() chan struct{} {
	room := make(chan struct{})
	if s.turn.InFlight == 0 {
		// What holds the room is not a command: the kernel is short of memory, or has yet to see what was cancelled.
		time.AfterFunc(pause, func() { close(room) })
	} else {
		s.rooms = append(s.rooms, room)
	}
	return room
}

func (s *state) roomFor() {
	if len(s.rooms) > 0 {
		close(s.rooms[0])
		s.rooms = s.rooms[1:]
	}
}

// noRoom is for who no longer waits: if it was its turn it is that of the next.
func (s *state) noRoom(room chan struct{}) {
	for i := range s.rooms {
		if s.rooms[i] == room {
			s.rooms = append(s.rooms[:i:i], s.rooms[i+1:]...)
			return
		}
	}
	s.roomFor()
}

// watch starts the goroutine that waits for completions, when the first command has to be waited for. If it sleeps already, and the
// kernel did not take all commands for now, it has to wake up and try again.
func (s *state) watch() {
	if !s.watching {
		s.watching = true
		go s.watcher()
	} else if s.turn.NotSubmitted > 0 {
		raw.QueueWakeup(s.queue)
	}
}

// watcher waits in the runtime's poller, which takes no thread. The eight bytes are read first, then completions are taken until no
// more are there: one that comes between the two makes the fd readable again.
func (s *state) watcher() {
	var counter [8]byte
	s.mu.Lock()
	defer s.mu.Unlock()
	for !s.destroyed {
		signal := s.open()
		s.takeAll()
		again := signal == nil || s.turn.NotSubmitted > 0
		s.mu.Unlock()
		if !again {
			_, err := signal.Read(counter[:])
			again = err != nil
		}
		if again {
			time.Sleep(pause)
		}
		s.mu.Lock()
	}
}

// open gives the queue's fd to the runtime's poller: a copy, as files close theirs. Nil if there is no descriptor to be had.
func (s *state) open() *os.File {
	if s.signal != nil {
		return s.signal
	}
	fd := raw.QueueFd(s.queue)
	if fd < 0 {
		return nil
	}
	copied, _, errno := syscall.Syscall(syscall.SYS_FCNTL, uintptr(fd), syscall.F_DUPFD_CLOEXEC, 0)
	if errno != 0 {
		return nil
	}
	s.signal = os.NewFile(copied, "ringline queue")
	return s.signal
}

func (s *state) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing {
		s.mu.Unlock()
		<-s.gone
		s.mu.Lock()
		return closed("close", "queue")
	}
	s.closing = true
	for len(s.rooms) > 0 {
		s.roomFor()
	}
	s.cancelAll()
	err := check("close", raw.QueueDestroy(s.queue), nil)
	s.destroyed = true
	close(s.gone)
	if s.signal != nil {
		s.signal.Close()
	}
	if err == nil {
		for _, m := range s.buffers {
			m.release()
		}
		s.slabs.close()
	}
	return err
}

// cancelAll returns when nothing is in flight. Again and again, as a simulated device may have a command first, and drop it then; but
// no more than half of the time.
func (s *state) cancelAll() {
	for len(s.held) > 0 {
		started := time.Now()
		for _, b := range s.held {
			for next := 0; b.running && next < b.pushed; {
				next = s.cancelSome(b, next)
				s.breathe()
			}
		}
		rest := time.Since(started)
		if rest < 10*pause {
			rest = 10 * pause
		}
		s.mu.Unlock()
		select {
		case <-s.idle:
		case <-time.After(rest):
		}
		s.mu.Lock()
	}
}

// transient is a batch for one call, whose memory is a slab if it has one.
func (s *state) transient() *Batch {
	s.mu.Lock()
	defer s.mu.Unlock()
	if last := len(s.spare) - 1; last >= 0 {
		b := s.spare[last]
		s.spare = s.spare[:last]
		return b
	}
	s.numbers++
	return &Batch{state: s, number: s.numbers, transient: true}
}

// giveBack is for who has seen to the end of it.
func (s *state) giveBack(b *Batch) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.recycle(b)
}

// recycle takes a transient batch back that is not in flight.
func (s *state) recycle(b *Batch) {
	b.clear()
	if b.slab != nil {
		s.slabs.give(b.slab)
		b.slab = nil
	}
	if len(s.spare) < 64 {
		s.spare = append(s.spare, b)
	}
}
