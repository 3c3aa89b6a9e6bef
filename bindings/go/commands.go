// SPDX-License-Identifier: MIT OR Apache-2.0

package ringline

import (
	"context"
	"encoding/binary"
	"runtime"
	"syscall"
	"unsafe"

	"ringline/raw"
)

// Do runs one command of any kind, and returns the device's 64-bit answer. When the context ends it returns that error, and what the
// command names is held until it completes.
func (n *Namespace) Do(ctx context.Context, c Command) (uint64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	s := n.queue.state
	b := s.transient()
	b.queue = n.queue
	if err := b.Add(n, c); err != nil {
		s.giveBack(b)
		return 0, err
	}
	completed, err := s.run(ctx, b)
	var result uint64
	if completed {
		result = b.Result(0)
		s.giveBack(b)
	}
	runtime.KeepAlive(n.queue)
	return result, err
}

func (n *Namespace) do(ctx context.Context, c Command) error {
	_, err := n.Do(ctx, c)
	return err
}

// CompareBuffer has the device compare its blocks with a buffer; errors.Is(err, StatusCode(raw.RINGLINE_STATUS_COMPARE_FAILURE)): they differ.
func (n *Namespace) CompareBuffer(ctx context.Context, data Buffer, lba uint64) error {
	return n.do(ctx, Command{Opcode: OpCompare, LBA: lba, Data: data})
}

// WriteZeroes makes blocks zeros without a transfer. Flags: raw.RINGLINE_DEALLOCATE, FUA.
func (n *Namespace) WriteZeroes(ctx context.Context, lba uint64, blocks uint32, flags uint16) error {
	return n.do(ctx, Command{Opcode: OpWriteZeroes, LBA: lba, Blocks: blocks, Flags: flags})
}

// Verify has the device read blocks and check them, without a transfer.
func (n *Namespace) Verify(ctx context.Context, lba uint64, blocks uint32) error {
	return n.do(ctx, Command{Opcode: OpVerify, LBA: lba, Blocks: blocks})
}

// WriteUncorrectable makes reads of blocks fail until they are written again.
func (n *Namespace) WriteUncorrectable(ctx context.Context, lba uint64, blocks uint32) error {
	return n.do(ctx, Command{Opcode: OpWriteUncorrectable, LBA: lba, Blocks: blocks})
}

// Range is blocks, and what they are expected to be tagged with if they are copied from.
type Range struct {
	LBA             uint64
	Blocks          uint32
	ReferenceTag    uint64
	ApplicationTag  uint16
	ApplicationMask uint16
	NSID            uint32 // Of a copy in format 2 or 3.
}

// Deallocate says that blocks are not needed any more: 1 to 256 ranges.
func (n *Namespace) Deallocate(ctx context.Context, ranges ...Range) error {
	return n.withRanges(ctx, Command{Opcode: OpDatasetManagement, Action: raw.RINGLINE_DATASET_DEALLOCATE}, raw.RINGLINE_DATASET_RANGE_BYTES,
		ranges, raw.NvmeDatasetRanges)
}

// Copy has the device copy 1 to 256 ranges, in their order, to lba and behind it. The format is 0 to 3, and the device must have it.
func (n *Namespace) Copy(ctx context.Context, lba uint64, format uint8, ranges ...Range) error {
	bytes := 32
	if format&1 != 0 {
		bytes = 40
	}
	return n.withRanges(ctx, Command{Opcode: OpCopy, Action: format, LBA: lba}, bytes, ranges,
		func(wire *raw.Range, count uint32, data unsafe.Pointer, length uint32) int32 {
			return raw.NvmeCopyRanges(wire, count, uint32(format), data, length)
		})
}

func (n *Namespace) withRanges(ctx context.Context, c Command, bytes int, ranges []Range,
	write func(*raw.Range, uint32, unsafe.Pointer, uint32) int32) error {
	if len(ranges) == 0 {
		return refused(opcodeName(c.Opcode), syscall.EINVAL, "there are no ranges")
	}
	wire := make([]raw.Range, len(ranges))
	for i, r := range ranges {
		wire[i] = raw.Range{Lba: r.LBA, Blocks: r.Blocks, ReferenceTag: r.ReferenceTag, ApplicationTag: r.ApplicationTag,
			ApplicationMask: r.ApplicationMask, Nsid: r.NSID}
	}
	data, err := NewBuffer(len(ranges) * bytes)
	if err != nil {
		return err
	}
	defer data.Close() // The command holds it for as long as the device needs it.
	code := write(&wire[0], uint32(len(wire)), unsafe.Pointer(&data.bytes[0]), uint32(data.Len()))
	if err := check(opcodeName(c.Opcode), code, nil); err != nil {
		return err
	}
	c.Data = data
	return n.do(ctx, c)
}

// AppendBuffer writes a buffer at the write pointer of the zone that begins at an LBA, and returns where that was.
func (n *Namespace) AppendBuffer(ctx context.Context, data Buffer, zone uint64) (uint64, error) {
	return n.Do(ctx, Command{Opcode: OpZoneAppend, LBA: zone, Data: data})
}

// ZoneAction is what is done to a zone.
type ZoneAction uint8

const (
	ZoneClose   ZoneAction = raw.RINGLINE_ZONE_CLOSE
	ZoneFinish  ZoneAction = raw.RINGLINE_ZONE_FINISH
	ZoneOpen    ZoneAction = raw.RINGLINE_ZONE_OPEN
	ZoneReset   ZoneAction = raw.RINGLINE_ZONE_RESET   // What it holds is gone.
	ZoneOffline ZoneAction = raw.RINGLINE_ZONE_OFFLINE // A read-only zone: for ever.
)

// ManageZone acts on the zone that begins at an LBA.
func (n *Namespace) ManageZone(ctx context.Context, zone uint64, action ZoneAction) error {
	return n.do(ctx, Command{Opcode: OpZoneSend, LBA: zone, Action: uint8(action)})
}

// ManageAllZones acts on every zone that the action can apply to.
func (n *Namespace) ManageAllZones(ctx context.Context, action ZoneAction) error {
	return n.do(ctx, Command{Opcode: OpZoneSend, Action: uint8(action), Flags: raw.RINGLINE_ALL_ZONES})
}

// Zone is one of a report.
type Zone struct {
	Start, Capacity, WritePointer uint64
	State                         uint8 // 1 empty, 2 and 3 implicitly and explicitly open, 4 closed, 13 read-only, 14 full, 15 offline.
	Type                          uint8 // 2: sequential writes required.
	Attributes                    uint8
}

// Zones reports up to so many zones, from the one that has lba on; which of them is one of raw.RINGLINE_ZONES_*.
func (n *Namespace) Zones(ctx context.Context, lba uint64, which uint8, most int) ([]Zone, error) {
	const header, record = 64, 64
	if most < 1 || most > 1<<20 {
		return nil, refused("zone management receive", syscall.EINVAL, "room for %d zones: 1 to %d", most, 1<<20)
	}
	data, err := NewBuffer(header + most*record)
	if err != nil {
		return nil, err
	}
	defer data.Close()
	if err := n.do(ctx, Command{Opcode: OpZoneReceive, LBA: lba, Action: which, Data: data}); err != nil {
		return nil, err
	}
	count := most
	if told := binary.LittleEndian.Uint64(data.bytes); told < uint64(count) {
		count = int(told)
	}
	zones := make([]Zone, count)
	for i := range zones {
		zone := data.bytes[header+i*record:]
		zones[i] = Zone{Type: zone[0] & 0xf, State: zone[1] >> 4, Attributes: zone[2], Capacity: binary.LittleEndian.Uint64(zone[8:]),
			Start: binary.LittleEndian.Uint64(zone[16:]), WritePointer: binary.LittleEndian.Uint64(zone[24:])}
	}
	return zones, nil
}

// Transferred is what Transfer did.
type Transferred struct {
	raw.TransferResult
	Failures []raw.TransferFailure // Ranges that failed.
	Complete bool                  // All of it is done.
}

// Transfer does a range of any length with as many commands as it takes, with retries and a report of what failed, as the options say:
// their addresses, lengths and StructSize are filled in. It blocks a thread, and the queue for all others; EBUSY if commands are in
// flight there. At most mostFailures, at least 1, are reported, and no more commands are in flight.
func (n *Namespace) Transfer(options raw.TransferOptions, data, metadata Buffer, mostFailures int) (*Transferred, error) {
	const op = "transfer"
	if mostFailures < 1 || mostFailures > 1<<16 {
		return nil, refused(op, syscall.EINVAL, "room for %d failures: 1 to %d", mostFailures, 1<<16)
	}
	if !data.memory.use() {
		return nil, closed(op, "buffer")
	}
	defer data.memory.release()
	if !metadata.memory.use() {
		return nil, closed(op, "buffer of the metadata")
	}
	defer metadata.memory.release()
	options.StructSize = uint32(unsafe.Sizeof(options))
	options.Address, options.Length = data.address(), uint64(data.Len())
	options.MetadataAddress, options.MetadataLength = metadata.address(), uint64(metadata.Len())
	done := &Transferred{Failures: make([]raw.TransferFailure, mostFailures)}
	done.StructSize = uint32(unsafe.Sizeof(done.TransferResult))
	diagnosis := newDiagnosis()
	s := n.queue.state
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing {
		return nil, closed(op, "queue")
	}
	code := raw.Transfer(s.queue, n.device.handle, &options, &done.Failures[0], uint32(mostFailures), &done.TransferResult, diagnosis)
	runtime.KeepAlive(n)
	if err := check(op, code, diagnosis); err != nil {
		return nil, err
	}
	done.Failures = done.Failures[:code]
	done.Complete = code == 0 && done.NextLba == options.Lba+options.Blocks
	return done, nil
}
