// SPDX-License-Identifier: MIT OR Apache-2.0

package ringline

import (
	"context"
	"runtime"
	"syscall"
	"time"

	"ringline/raw"
)

// Opcodes, and flags of a Command.
const (
	OpFlush              = raw.RINGLINE_NVME_FLUSH
	OpWrite              = raw.RINGLINE_NVME_WRITE
	OpRead               = raw.RINGLINE_NVME_READ
	OpWriteUncorrectable = raw.RINGLINE_NVME_WRITE_UNCORRECTABLE
	OpCompare            = raw.RINGLINE_NVME_COMPARE
	OpWriteZeroes        = raw.RINGLINE_NVME_WRITE_ZEROES
	OpDatasetManagement  = raw.RINGLINE_NVME_DATASET_MANAGEMENT
	OpVerify             = raw.RINGLINE_NVME_VERIFY
	OpCopy               = raw.RINGLINE_NVME_COPY
	OpZoneSend           = raw.RINGLINE_NVME_ZONE_MANAGEMENT_SEND
	OpZoneReceive        = raw.RINGLINE_NVME_ZONE_MANAGEMENT_RECEIVE
	OpZoneAppend         = raw.RINGLINE_NVME_ZONE_APPEND

	FUA          = raw.RINGLINE_FUA           // Write: done when on the medium.
	LimitedRetry = raw.RINGLINE_LIMITED_RETRY // The device should give up early.
)

// Command is one command of a batch.
type Command struct {
	Opcode   uint8
	Flags    uint16
	LBA      uint64 // First block.
	Blocks   uint32 // Of commands without data; of those with, the data says how many.
	Action   uint8  // raw.RINGLINE_DATASET_*, _ZONE_* or _ZONES_*, or the format of a copy's ranges.
	Data     Buffer // Blocks; or ranges in wire form, or room for a report of zones.
	Metadata Buffer // If the namespace has it apart from the data.
	Tags     *Tags  // Of protection information; nil: those of the place, and none.
	// When it passes the kernel resets the controller. 0: the driver's own.
	Timeout time.Duration
}

// Batch is commands that are filled in once and run any number of times, by one crossing to C each time. It belongs to one goroutine
// at a time. What it names of buffers is held until Clear.
type Batch struct {
	queue    *Queue
	state    *state
	number   uint64
	commands []raw.Command
	outcomes []raw.Completion // By place; user_data is 0 until it has completed.
	holds    []*memory
	specials map[int]*special // By place; nil if there are none.
	refusal  *Error           // Of the command at total, if there is one.

	// Of transient ones.
	transient bool
	slab      *memory

	// Of a run. Guarded by the queue's mutex while that is going on.
	running     bool
	left        bool // By its caller, whose context ended.
	asked       int  // How many there were when it began.
	total       int  // How many are to be pushed, or were when one was refused.
	pushed      int
	outstanding int
	failed      int
	done        chan struct{} // Closed when all has completed; nil if nobody waits.
}

// NewBatch makes an empty batch for namespaces of this queue.
func (q *Queue) NewBatch() *Batch {
	q.state.mu.Lock()
	defer q.state.mu.Unlock()
	q.state.numbers++
	return &Batch{queue: q, state: q.state, number: q.state.numbers}
}

// Len is the number of commands.
func (b *Batch) Len() int { return len(b.commands) }

// Read adds a read of whole blocks into data.
func (b *Batch) Read(n *Namespace, lba uint64, data Buffer) error {
	return b.Add(n, Command{Opcode: OpRead, LBA: lba, Data: data})
}

// Write adds a write of whole blocks from data.
func (b *Batch) Write(n *Namespace, lba uint64, data Buffer) error {
	return b.Add(n, Command{Opcode: OpWrite, LBA: lba, Data: data})
}

// Flush adds a flush. It covers what completed before the batch is run, and nothing of the batch: there is no order in it.
func (b *Batch) Flush(n *Namespace) error { return b.Add(n, Command{Opcode: OpFlush}) }

// Add adds any command. Its length is looked at here, and proved when it is pushed.
func (b *Batch) Add(n *Namespace, c Command) error {
	op := opcodeName(c.Opcode)
	if n.queue != b.queue {
		return refused(op, syscall.EINVAL, "the namespace is another queue's")
	}
	if b.busy() {
		return refused(op, syscall.EBUSY, "commands of this batch are still in flight")
	}
	blocks, err := c.blocks(n.device.geometry.Load())
	if err != nil {
		return err
	}
	if len(b.commands) == batchMost {
		return refused(op, syscall.ENOSPC, "a batch has at most %d commands", batchMost)
	}
	milliseconds := (c.Timeout + time.Millisecond - 1) / time.Millisecond
	if c.Timeout < 0 || milliseconds > 1<<32-1 {
		return refused(op, syscall.EINVAL, "a time-out of %v: it must be 0 or up to 49 days", c.Timeout)
	}
	if !c.Data.memory.use() {
		return closed(op, "buffer")
	}
	if !c.Metadata.memory.use() {
		c.Data.memory.release()
		return closed(op, "buffer of the metadata")
	}
	b.holds = append(b.holds, c.Data.memory, c.Metadata.memory)
	if c.Tags != nil {
		b.mark(&special{tags: c.Tags.extended()})
	}
	b.add(raw.Command{Device: n.device.handle, Opcode: c.Opcode, Action: c.Action, Flags: c.Flags, Lba: c.LBA, Address: c.Data.address(),
		Length: uint32(c.Data.Len()), Blocks: blocks, MetadataAddress: c.Metadata.address(),
		MetadataLength: uint32(c.Metadata.Len()), TimeoutMs: uint32(milliseconds)})
	return nil
}

// blocks is how many a command names.
func (c *Command) blocks(g *geometry) (uint32, error) {
	switch c.Opcode {
	case OpDatasetManagement, OpCopy, OpZoneSend, OpZoneReceive:
		return c.Blocks, nil // The data, if any, is not blocks.
	}
	length, stride := c.Data.Len(), int(g.stride)
	if length == 0 {
		return c.Blocks, nil
	}
	if stride == 0 || length%stride != 0 || c.Blocks != 0 {
		return 0, refused(opcodeName(c.Opcode), syscall.EINVAL, "%d bytes are not whole blocks of %d, or Blocks is set too", length, stride)
	}
	return uint32(length / stride), nil
}

// mark says that the command that is added next goes by a call of its own.
func (b *Batch) mark(s *special) {
	if b.specials == nil {
		b.specials = map[int]*special{}
	}
	b.specials[len(b.commands)] = s
}

// plainEnd is where the run of commands ends that one call can push.
func (b *Batch) plainEnd() int {
	if b.specials != nil {
		for place := b.pushed; place < b.total; place++ {
			if b.specials[place] != nil {
				return place
			}
		}
	}
	return b.total
}

// Result is the 64-bit answer to the command at this place in the last run: where an append went, the value of a feature. 0 if it failed.
func (b *Batch) Result(place int) uint64 {
	b.state.mu.Lock()
	defer b.state.mu.Unlock()
	if place >= b.asked || b.outcomes[place].UserData == 0 {
		return 0
	}
	return b.outcomes[place].Result
}

func (b *Batch) add(command raw.Command) {
	command.UserData = b.number<<indexBits | uint64(len(b.commands))
	b.commands = append(b.commands, command)
	b.outcomes = append(b.outcomes, raw.Completion{})
}

// Run pushes all commands and waits until each has completed. The error is that of the first one in order that failed; Err has each.
// When the context ends Run returns its error at once. Then commands may still be running, and the queue holds their memory: see Busy.
// Of a large batch the cancelling goes on after that, and takes time in which the queue serves others too: a cancel looks at each slot.
func (b *Batch) Run(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	_, err := b.state.run(ctx, b)
	runtime.KeepAlive(b.queue)
	return err
}

// Busy tells whether commands of a run whose context ended are still in flight: the device may read or write their memory.
func (b *Batch) Busy() bool { return b.busy() }

func (b *Batch) busy() bool {
	b.state.mu.Lock()
	defer b.state.mu.Unlock()
	return b.running
}

// Err tells what became of the command at this place in the last run; ECANCELED if it was not pushed or not in one.
func (b *Batch) Err(place int) error {
	b.state.mu.Lock()
	defer b.state.mu.Unlock()
	return b.err(place)
}

func (b *Batch) err(place int) error {
	name := b.specials[place].name(b.commands[place].Opcode)
	switch {
	case place >= b.asked:
		return refused(name, syscall.ECANCELED, "the batch was not run since it was added")
	case place < b.total && b.outcomes[place].UserData != 0:
		return outcomeOf(name, &b.outcomes[place], b.specials[place].statusOpcode(b.commands[place].Opcode))
	case place < b.pushed:
		return &Error{Op: name, Errno: syscall.EINPROGRESS, Text: "it is still in flight", OutcomeUnknown: true}
	case place == b.total && b.refusal != nil:
		return b.refusal
	}
	return refused(name, syscall.ECANCELED, "it was not pushed, as one before it was refused or the run was given up")
}

// Clear empties the batch, and lets go of its buffers. EBUSY while commands are in flight.
func (b *Batch) Clear() error {
	if b.busy() {
		return refused("clear", syscall.EBUSY, "commands of this batch are still in flight")
	}
	b.clear()
	return nil
}

func (b *Batch) clear() {
	for _, m := range b.holds {
		m.release()
	}
	b.holds, b.commands, b.outcomes = b.holds[:0], b.commands[:0], b.outcomes[:0]
	b.asked, b.specials = 0, nil
}

func (b *Batch) begin() {
	b.running, b.left, b.done, b.refusal = true, false, nil, nil
	b.asked = len(b.commands)
	b.total, b.pushed, b.outstanding, b.failed = b.asked, 0, 0, 0
	for i := range b.outcomes {
		b.outcomes[i].UserData = 0
	}
}

// finished: nothing is in flight, nor will be.
func (b *Batch) finished() bool { return b.pushed == b.total && b.outstanding == 0 }

// refuse ends the pushing at a command that was not taken.
func (b *Batch) refuse(e *Error) {
	b.refusal = e
	b.total = b.pushed
}

// failure is the first that a run which has finished has to tell of.
func (b *Batch) failure() error {
	if b.failed > 0 {
		for i := range b.outcomes[:b.total] {
			if err := b.err(i); err != nil {
				return err
			}
		}
	}
	if b.refusal != nil {
		return b.refusal
	}
	return nil
}
