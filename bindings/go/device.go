// SPDX-License-Identifier: MIT OR Apache-2.0

package ringline

import (
	"math"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"unsafe"

	"ringline/raw"
)

// OpenOptions say how a device is opened. Zero values are the defaults.
type OpenOptions struct {
	ReadOnly  bool   // Commands that write give EROFS.
	Simulated bool   // The path is an image, as with "sim:".
	NSID      uint32 // The namespace that it must be.
	BlockSize uint32 // Of "null:" and images without one.
}

// Device is an open device. Any number of queues may have it attached.
type Device struct {
	handle   raw.Device
	geometry atomic.Pointer[geometry]
	closed   atomic.Bool
}

// geometry is what offsets are proved against.
type geometry struct {
	block    int64 // Data bytes of a block.
	stride   int64 // What a block takes of the data's memory: more than block if metadata is inline.
	metadata int64 // Bytes of a block.
	most     int64 // Bytes of one command.
	size     int64 // Data bytes of all.
}

// OpenDevice opens "/dev/ng0n1", "/dev/nvme0n1", "/dev/nvme0" (admin commands only), "sim:PATH" or "null:". It blocks a thread.
func OpenDevice(path string, options *OpenOptions) (*Device, error) {
	if strings.IndexByte(path, 0) >= 0 {
		return nil, refused("open", syscall.EINVAL, "the path has a NUL in it")
	}
	wanted := raw.DeviceOptions{StructSize: uint32(unsafe.Sizeof(raw.DeviceOptions{}))}
	if options != nil {
		wanted.Nsid, wanted.BlockSize = options.NSID, options.BlockSize
		if options.ReadOnly {
			wanted.Flags |= raw.RINGLINE_OPEN_READ_ONLY
		}
		if options.Simulated {
			wanted.Flags |= raw.RINGLINE_OPEN_SIMULATED
		}
	}
	device, diagnosis := new(Device), newDiagnosis()
	if err := check("open "+path, raw.DeviceOpen(path, &wanted, diagnosis, &device.handle), diagnosis); err != nil {
		return nil, err
	}
	if err := device.learn(); err != nil {
		raw.DeviceClose(device.handle)
		return nil, err
	}
	runtime.SetFinalizer(device, func(d *Device) { raw.DeviceClose(d.handle) })
	return device, nil
}

// Close makes the device stale at once; commands in flight finish, and their calls return.
func (d *Device) Close() error {
	runtime.SetFinalizer(d, nil)
	if d.closed.Swap(true) {
		return closed("close", "device")
	}
	return check("close", raw.DeviceClose(d.handle), nil)
}

// check tells a device that was closed from one whose geometry is unknown, for which the library has one errno.
func (d *Device) check(op string, code int32) error {
	if code == -int32(syscall.ESTALE) && d.closed.Load() {
		return closed(op, "device")
	}
	return check(op, code, nil)
}

// Info has geometry, limits and identity as of the opening or the last Refresh.
func (d *Device) Info() (DeviceInfo, error) {
	info := raw.DeviceInfo{StructSize: uint32(unsafe.Sizeof(raw.DeviceInfo{}))}
	err := d.check("info", raw.DeviceInfoGet(d.handle, &info))
	runtime.KeepAlive(d)
	return DeviceInfo{info, text(info.Node[:]), text(info.Serial[:]), text(info.Model[:]), text(info.Firmware[:])}, err
}

// DeviceInfo is what the library tells, and its texts as strings.
type DeviceInfo struct {
	raw.DeviceInfo
	Node, Serial, Model, Firmware string
}

// Refresh reads the geometry again: needed after a format or a resize. It blocks a thread.
func (d *Device) Refresh() error {
	if err := d.check("refresh", raw.DeviceRefresh(d.handle)); err != nil {
		return err
	}
	return d.learn()
}

func (d *Device) learn() error {
	info, err := d.Info()
	if err != nil {
		return err
	}
	learnt := &geometry{block: int64(info.BlockSize), stride: int64(info.BlockSize), metadata: int64(info.MetadataSize),
		most: int64(info.MaxTransferBytes), size: math.MaxInt64}
	if info.MetadataInline != 0 {
		learnt.stride += learnt.metadata
	}
	if learnt.block == 0 || info.Blocks <= uint64(math.MaxInt64/learnt.block) {
		learnt.size = int64(info.Blocks) * learnt.block
	}
	d.geometry.Store(learnt)
	return nil
}

// BlockSize is the bytes of data in a block: offsets and lengths are multiples of it. 0 for a controller.
func (d *Device) BlockSize() int { return int(d.geometry.Load().block) }

// Admin runs one admin command on data, which may be the zero Buffer, and returns its result. Nothing is proved about it, and it
// blocks a thread for as long as the device takes.
func (d *Device) Admin(command raw.NvmeCommand, data Buffer) (uint64, error) {
	if !data.memory.use() {
		return 0, closed("admin", "buffer")
	}
	defer data.memory.release()
	if data.memory != nil {
		command.Address, command.DataLength = data.address(), uint32(len(data.bytes))
	}
	var completion raw.Completion
	code := raw.DeviceAdmin(d.handle, &command, &completion)
	runtime.KeepAlive(d)
	if err := d.check("admin", code); err != nil {
		return 0, err
	}
	err := outcome(&completion, command.Opcode)
	return completion.Result, err
}

// CreateSimulated creates the image of a simulated device, to be opened as "sim:"+path. It never overwrites. A block size of 0 is 512.
func CreateSimulated(path string, blocks uint64, blockSize uint32) error {
	return CreateSimulatedWith(path, raw.SimOptions{Blocks: blocks, BlockSize: blockSize})
}

// CreateSimulatedWith does so with metadata, protection information, zones or limits of one's own. StructSize is filled in.
func CreateSimulatedWith(path string, options raw.SimOptions) error {
	if strings.IndexByte(path, 0) >= 0 {
		return refused("create", syscall.EINVAL, "the path has a NUL in it")
	}
	options.StructSize = uint32(unsafe.Sizeof(options))
	return check("create "+path, raw.SimCreate(path, &options), nil)
}

// DeviceEntry is what was found, and its texts as strings.
type DeviceEntry struct {
	raw.DeviceEntry
	Node, Serial, Model, Firmware string
}

// List finds the NVMe namespaces and controllers of this machine.
func List() ([]DeviceEntry, error) {
	found := make([]raw.DeviceEntry, 16)
	for {
		count := raw.DeviceList(&found[0], uint32(len(found)))
		if err := check("list", count, nil); err != nil {
			return nil, err
		}
		if int(count) <= len(found) {
			found = found[:count]
			break
		}
		found = make([]raw.DeviceEntry, count)
	}
	entries := make([]DeviceEntry, len(found))
	for i := range found {
		entry := &found[i]
		entries[i] = DeviceEntry{*entry, text(entry.Node[:]), text(entry.Serial[:]), text(entry.Model[:]), text(entry.Firmware[:])}
	}
	return entries, nil
}
