// SPDX-License-Identifier: MIT OR Apache-2.0

package ringline

import (
	"fmt"
	"syscall"
	"unsafe"

	"ringline/raw"
)

// Tags are those of protection information, and access hints.
type Tags struct {
	Reference       uint64 // Of the first block. Type 1: the low bits of the LBA, or of the zone's start.
	Storage         uint64
	Application     uint16
	ApplicationMask uint16 // Which bits of the application tag are compared.
	AccessHints     uint8  // Read and Write: access frequency 3:0, latency 5:4, sequential 6, incompressible 7.
}

func (t *Tags) extended() *raw.CommandExtended {
	return &raw.CommandExtended{ReferenceTag: t.Reference, StorageTag: t.Storage, ApplicationTag: t.Application,
		ApplicationMask: t.ApplicationMask, AccessHints: t.AccessHints}
}

// special is what a command has that goes by a call of its own: tags, or that it is an admin command. Nil: nothing.
type special struct {
	tags  *raw.CommandExtended
	admin *raw.RawCommand
}

// filled is the command in the form that it is pushed in: it gets its number when it is added to a batch.
func (s *special) filled(command *raw.Command) {
	if s.tags != nil {
		s.tags.Base = *command
	} else {
		s.admin.UserData = command.UserData
	}
}

func (s *special) push(queue raw.Queue, command *raw.Command) int32 {
	s.filled(command)
	if s.tags != nil {
		return raw.PushExtended(queue, s.tags, 1)
	}
	return raw.PushRaw(queue, s.admin, 1)
}

func (s *special) explain(command *raw.Command, diagnosis *raw.Diagnosis) {
	switch {
	case s == nil:
		raw.Explain(command, diagnosis)
	case s.tags != nil:
		raw.Encode(s.tags, nil, diagnosis)
	default:
		raw.ExplainRaw(s.admin, diagnosis)
	}
}

func (s *special) name(opcode uint8) string {
	if s == nil || s.admin == nil {
		return opcodeName(opcode)
	}
	switch opcode {
	case raw.RINGLINE_NVME_IDENTIFY:
		return "identify"
	case raw.RINGLINE_NVME_GET_LOG_PAGE:
		return "get log page"
	case raw.RINGLINE_NVME_GET_FEATURES:
		return "get features"
	}
	return fmt.Sprintf("admin opcode 0x%02X", opcode)
}

// statusOpcode is what statuses are named by.
func (s *special) statusOpcode(opcode uint8) int32 {
	if s != nil && s.admin != nil {
		return -1
	}
	return int32(opcode)
}

// Identify adds an admin command to a controller or simulated device: data has raw.RINGLINE_IDENTIFY_BYTES.
func (b *Batch) Identify(n *Namespace, options raw.IdentifyOptions, data Buffer) error {
	options.StructSize = uint32(unsafe.Sizeof(options))
	if data.Len() != raw.RINGLINE_IDENTIFY_BYTES {
		return refused("identify", syscall.ENOBUFS, "%d bytes of memory: a page has %d", data.Len(), raw.RINGLINE_IDENTIFY_BYTES)
	}
	return b.addAdmin(n, data, "identify", func(command *raw.NvmeCommand) int32 {
		return raw.NvmeIdentify(command, &options, data.address())
	})
}

// LogRead adds one Get Log Page, to a controller or simulated device, for as many bytes as data has.
func (b *Batch) LogRead(n *Namespace, options raw.LogOptions, data Buffer) error {
	options.StructSize = uint32(unsafe.Sizeof(options))
	return b.addAdmin(n, data, "get log page", func(command *raw.NvmeCommand) int32 {
		return raw.NvmeLogRead(command, &options, data.address(), uint32(data.Len()))
	})
}

// Feature adds Get Features, to a controller or simulated device. Result has the value; data is for features that have some. One of a
// vendor's, or that is newer than the library, wants 4096 bytes.
func (b *Batch) Feature(n *Namespace, options raw.FeatureOptions, data Buffer) error {
	options.StructSize = uint32(unsafe.Sizeof(options))
	if err := featureFits("get features", &options, data.Len()); err != nil {
		return err
	}
	return b.addAdmin(n, data, "get features", func(command *raw.NvmeCommand) int32 {
		return raw.NvmeFeatureGet(command, &options, data.address(), uint32(data.Len()))
	})
}

func (b *Batch) addAdmin(n *Namespace, data Buffer, op string, build func(*raw.NvmeCommand) int32) error {
	made := &raw.RawCommand{Device: n.device.handle, Flags: raw.RINGLINE_RAW_ADMIN}
	if n.queue != b.queue {
		return refused(op, syscall.EINVAL, "the namespace is another queue's")
	}
	if b.busy() {
		return refused(op, syscall.EBUSY, "commands of this batch are still in flight")
	}
	if len(b.commands) == batchMost {
		return refused(op, syscall.ENOSPC, "a batch has at most %d commands", batchMost)
	}
	if err := check(op, build(&made.Command), nil); err != nil {
		return err
	}
	if !data.memory.use() {
		return closed(op, "buffer")
	}
	b.holds = append(b.holds, data.memory)
	b.mark(&special{admin: made})
	b.add(raw.Command{Device: n.device.handle, Opcode: made.Command.Opcode, Address: data.address()})
	return nil
}
