// SPDX-License-Identifier: MIT OR Apache-2.0

package ringline

import (
	"math"
	"runtime"
	"syscall"
	"unsafe"

	"ringline/raw"
)

// SetFault makes a simulated device do what the rule says, for commands from now on. Returns the rule's number.
func (d *Device) SetFault(rule raw.FaultRule) (uint32, error) {
	rule.StructSize = uint32(unsafe.Sizeof(rule))
	code := raw.SimFaultSet(d.handle, &rule)
	runtime.KeepAlive(d)
	if err := d.check("set fault", code); err != nil {
		if mistake := faultMistake(&rule); mistake != "" && code == -int32(syscall.EINVAL) {
			err = refused("set fault", syscall.EINVAL, "%s", mistake)
		}
		return 0, err
	}
	return uint32(code), nil
}

// ClearFault removes a rule, or all if it is 0. Returns how often they acted.
func (d *Device) ClearFault(rule uint32) (int, error) {
	code := raw.SimFaultClear(d.handle, rule)
	runtime.KeepAlive(d)
	if err := d.check("clear fault", code); err != nil {
		return 0, err
	}
	return int(code), nil
}

// faultMistake says which field made the library refuse a rule, which it does itself only for those of a file.
func faultMistake(rule *raw.FaultRule) string {
	const flags = raw.RINGLINE_FAULT_ANY_OPCODE | raw.RINGLINE_FAULT_ADMIN | raw.RINGLINE_FAULT_EXECUTED
	action, admin := rule.Action, rule.Flags&raw.RINGLINE_FAULT_ADMIN != 0
	for _, mistake := range []struct {
		made bool
		text string
	}{
		{rule.Reserved0 != 0 || rule.Reserved1 != 0, "Reserved0 and Reserved1 must be 0"},
		{action < raw.RINGLINE_FAULT_STATUS || action > raw.RINGLINE_FAULT_VANISH,
			"Action is unknown: it is one of RINGLINE_FAULT_STATUS, _ERROR, _DELAY, _REORDER, _DROP and _VANISH of package raw"},
		{rule.Flags&^flags != 0, "Flags has an unknown one: they are RINGLINE_FAULT_ANY_OPCODE, _ADMIN and _EXECUTED of package raw"},
		{rule.Opcode > math.MaxUint8, "Opcode is more than 255"},
		{rule.Flags&raw.RINGLINE_FAULT_ANY_OPCODE != 0 && rule.Opcode != 0, "Opcode is set beside RINGLINE_FAULT_ANY_OPCODE"},
		{rule.Blocks == 0 && rule.Lba != 0, "Lba is set, and Blocks is not"},
		{rule.Blocks > math.MaxUint64-rule.Lba, "Lba and Blocks are a range that ends above 64 bits"},
		{admin && rule.Blocks != 0, "Blocks is set for admin commands, which have none"},
		{admin && (action == raw.RINGLINE_FAULT_REORDER || action == raw.RINGLINE_FAULT_DROP),
			"Action cannot be to reorder or drop admin commands, as they are waited for"},
		{action != raw.RINGLINE_FAULT_STATUS && rule.Status != 0, "Status is set, and Action is not RINGLINE_FAULT_STATUS"},
		{action == raw.RINGLINE_FAULT_STATUS && rule.Status&raw.RINGLINE_STATUS_CODE_MASK == 0, "Status is that of success"},
		{action == raw.RINGLINE_FAULT_STATUS && rule.Status > math.MaxInt16, "Status has more than 15 bits"},
		{action != raw.RINGLINE_FAULT_ERROR && rule.Error != 0, "Error is set, and Action is not RINGLINE_FAULT_ERROR"},
		{action == raw.RINGLINE_FAULT_ERROR && (rule.Error >= 0 || rule.Error < -4095), "Error is not a negative errno"},
		{action != raw.RINGLINE_FAULT_DELAY && rule.DelayNs != 0, "DelayNs is set, and Action is not RINGLINE_FAULT_DELAY"},
		{action == raw.RINGLINE_FAULT_DELAY && rule.DelayNs != 0, "DelayNs is longer than a century"},
		{action != raw.RINGLINE_FAULT_REORDER && rule.Hold != 0, "Hold is set, and Action is not RINGLINE_FAULT_REORDER"},
		{action == raw.RINGLINE_FAULT_REORDER && rule.Hold == 0, "Hold is 0, and Action is RINGLINE_FAULT_REORDER"},
	} {
		if mistake.made {
			return mistake.text
		}
	}
	return ""
}
