// SPDX-License-Identifier: MIT OR Apache-2.0

package ringline

import (
	"runtime"
	"strings"
	"syscall"
	"unsafe"

	"ringline/raw"
)

// Identify reads an Identify page. Options of admin commands are those of package raw; StructSize is filled in. Each blocks a thread for
// as long as the device takes; a Batch has them in flight beside others, to a controller or simulated device.
func (d *Device) Identify(options raw.IdentifyOptions) ([]byte, error) {
	options.StructSize = uint32(unsafe.Sizeof(options))
	_, page, err := d.ask("identify", raw.RINGLINE_IDENTIFY_BYTES, func(data unsafe.Pointer, length uint32, completion *raw.Completion) int32 {
		return raw.Identify(d.handle, &options, data, length, completion)
	})
	return page, err
}

// LogRead reads length bytes of a log page, from options.Offset on, by as many commands as it takes.
func (d *Device) LogRead(options raw.LogOptions, length int) ([]byte, error) {
	options.StructSize = uint32(unsafe.Sizeof(options))
	_, page, err := d.ask("get log page", length, func(data unsafe.Pointer, length uint32, completion *raw.Completion) int32 {
		return raw.LogRead(d.handle, &options, data, length, completion)
	})
	return page, err
}

// Feature gets a feature: its value, and length bytes of data of one that has some. One of a vendor's, or that is newer than the
// library, wants 4096 bytes.
func (d *Device) Feature(options raw.FeatureOptions, length int) (uint64, []byte, error) {
	options.StructSize = uint32(unsafe.Sizeof(options))
	if err := featureFits("get features", &options, length); err != nil {
		return 0, nil, err
	}
	return d.ask("get features", length, func(data unsafe.Pointer, length uint32, completion *raw.Completion) int32 {
		return raw.FeatureGet(d.handle, &options, data, length, completion)
	})
}

// SetFeature sets a feature, with data if it has some.
func (d *Device) SetFeature(options raw.FeatureOptions, data []byte) (uint64, error) {
	options.StructSize = uint32(unsafe.Sizeof(options))
	if len(data) > 0 {
		if err := featureFits("set features", &options, len(data)); err != nil {
			return 0, err
		}
	}
	result, _, err := d.ask("set features", len(data), func(copied unsafe.Pointer, length uint32, completion *raw.Completion) int32 {
		copy(unsafe.Slice((*byte)(copied), len(data)), data)
		return raw.FeatureSet(d.handle, &options, copied, length, completion)
	})
	return result, err
}

// Format formats a namespace: all its data is gone. Refresh afterwards.
func (d *Device) Format(options raw.FormatOptions) error {
	options.StructSize = uint32(unsafe.Sizeof(options))
	return d.tell("format", func(completion *raw.Completion) int32 { return raw.Format(d.handle, &options, completion) })
}

// Sanitize starts to, which reaches every namespace of the NVM subsystem.
func (d *Device) Sanitize(options raw.SanitizeOptions) error {
	options.StructSize = uint32(unsafe.Sizeof(options))
	return d.tell("sanitize", func(completion *raw.Completion) int32 { return raw.Sanitize(d.handle, &options, completion) })
}

// SelfTest starts or aborts one: raw.RINGLINE_SELF_TEST_*.
func (d *Device) SelfTest(nsid, code uint32) error {
	return d.tell("self-test", func(completion *raw.Completion) int32 { return raw.SelfTest(d.handle, nsid, code, completion) })
}

// AttachNamespace attaches a namespace to controllers, by their ids.
func (d *Device) AttachNamespace(nsid uint32, controllers ...uint16) error {
	return d.attachment("attach namespace", nsid, controllers, raw.NamespaceAttach)
}

// DetachNamespace takes it away from them.
func (d *Device) DetachNamespace(nsid uint32, controllers ...uint16) error {
	return d.attachment("detach namespace", nsid, controllers, raw.NamespaceDetach)
}

func (d *Device) attachment(op string, nsid uint32, controllers []uint16, call func(raw.Device, uint32, *uint16, uint32, *raw.Completion) int32) error {
	if len(controllers) == 0 {
		return refused(op, syscall.EINVAL, "no controller is named")
	}
	return d.tell(op, func(completion *raw.Completion) int32 {
		return call(d.handle, nsid, &controllers[0], uint32(len(controllers)), completion)
	})
}

func (d *Device) tell(op string, call func(*raw.Completion) int32) error {
	_, _, err := d.ask(op, 0, func(_ unsafe.Pointer, _ uint32, completion *raw.Completion) int32 { return call(completion) })
	return err
}

// ask moves data through memory of C: the stack of a goroutine may move, and a device writes where it was told to.
func (d *Device) ask(op string, length int, call func(unsafe.Pointer, uint32, *raw.Completion) int32) (uint64, []byte, error) {
	var data Buffer
	var address unsafe.Pointer
	if length < 0 || int64(length) > 1<<30 {
		return 0, nil, refused(op, syscall.EINVAL, "%d bytes: 0 to 1 GiB", length)
	}
	if length > 0 {
		var err error
		if data, err = NewBuffer(length); err != nil {
			return 0, nil, err
		}
		defer data.Close()
		address = unsafe.Pointer(&data.bytes[0])
	}
	var completion raw.Completion
	code := call(address, uint32(length), &completion)
	runtime.KeepAlive(d)
	if err := d.check(op, code); err != nil {
		return 0, nil, err
	}
	if err := outcomeOf(op, &completion, -1); err != nil {
		return 0, nil, err
	}
	return completion.Result, append([]byte(nil), data.bytes...), nil
}

// featureFits: a device transfers all of a feature's data, whatever memory there is for it. The library proves the length of those
// that NVMe defines; of others nobody knows it.
func featureFits(op string, options *raw.FeatureOptions, length int) error {
	fid := options.Fid
	known := fid < 0x1c || fid == 0x1d || (fid >= 0x7d && fid <= 0x84)
	if known || length == 4096 || options.Sel == raw.RINGLINE_FEATURE_CAPABILITIES {
		return nil
	}
	return refused(op, syscall.ENOBUFS, "%d bytes for feature 0x%02X, whose length is not known: it must be 4096", length, fid)
}

// Page is the bytes of a page that Identify, LogRead or a report of zones brought, with the library's table of its fields.
type Page struct {
	ID   uint32 // raw.RINGLINE_PAGE_* plus the number that the command names it by.
	Data []byte
}

// Field is one field of a page, with its texts as strings.
type Field struct {
	raw.Field
	List, Name, Text string
}

// Fields are all of them, in the order of their places; none if the library does not know the page.
func (p Page) Fields() []Field {
	var fields []Field
	for {
		field := raw.Field{StructSize: uint32(unsafe.Sizeof(raw.Field{}))}
		if raw.PageField(p.ID, uint32(len(fields)), &field) < 0 {
			return fields
		}
		fields = append(fields, Field{field, text(field.List[:]), text(field.Name[:]), text(field.Text[:])})
	}
}

// Number is that of the name outside of lists. False: there is none, it lies behind the data, or has more than 64 bits.
func (p Page) Number(name string) (uint64, bool) { return p.NumberIn("", 0, name) }

// NumberIn is that of the name in a record of a list, from 0.
func (p Page) NumberIn(list string, record uint32, name string) (uint64, bool) {
	var value uint64
	index := p.find(list, name)
	if index < 0 || len(p.Data) == 0 {
		return 0, false
	}
	code := raw.PageValue(p.ID, uint32(index), record, &p.Data[0], uint32(len(p.Data)), &value, nil)
	return value, code == 0
}

// Text is that of the name, without the blanks and zeros behind it. From a device: anything may be in it.
func (p Page) Text(name string) (string, bool) {
	index := p.find("", name)
	if index < 0 {
		return "", false
	}
	field := p.Fields()[index]
	end := int(field.Offset) + int(field.Bits/8)
	if field.Kind != raw.RINGLINE_FIELD_TEXT || end > len(p.Data) {
		return "", false
	}
	return strings.TrimRight(string(p.Data[field.Offset:end]), " \x00"), true
}

func (p Page) find(list, name string) int {
	for i, field := range p.Fields() {
		if field.List == list && field.Name == name {
			return i
		}
	}
	return -1
}
