// SPDX-License-Identifier: MIT OR Apache-2.0

package ringline

import (
	"errors"
	"math"
	"strings"
	"syscall"
	"testing"

	"ringline/raw"
)

func TestARefusedFaultRuleSaysWhichField(t *testing.T) {
	n := newNamespace(t, QueueOptions{})
	const status, drop, admin = raw.RINGLINE_FAULT_STATUS, raw.RINGLINE_FAULT_DROP, raw.RINGLINE_FAULT_ADMIN
	for _, refused := range []struct {
		rule raw.FaultRule
		text string
	}{
		{raw.FaultRule{}, "Action is unknown"},
		{raw.FaultRule{Action: raw.RINGLINE_FAULT_VANISH + 1}, "Action is unknown"},
		{raw.FaultRule{Action: drop, Flags: 8}, "Flags has an unknown one"},
		{raw.FaultRule{Action: drop, Opcode: 256}, "Opcode is more"},
		{raw.FaultRule{Action: drop, Flags: raw.RINGLINE_FAULT_ANY_OPCODE, Opcode: 1}, "Opcode is set"},
		{raw.FaultRule{Action: drop, Lba: 1}, "Lba is set"},
		{raw.FaultRule{Action: drop, Lba: math.MaxUint64 - 1, Blocks: 1}, ""},
		{raw.FaultRule{Action: drop, Lba: math.MaxUint64 - 1, Blocks: 2}, "Lba and Blocks"},
		{raw.FaultRule{Action: drop, Reserved1: 1}, "Reserved0 and Reserved1"},
		{raw.FaultRule{Action: status, Status: 1, Flags: admin, Blocks: 1}, "Blocks is set"},
		{raw.FaultRule{Action: drop, Flags: admin}, "Action cannot be"},
		{raw.FaultRule{Action: drop, Status: 1}, "Status is set, and Action is not RINGLINE_FAULT_STATUS"},
		{raw.FaultRule{Action: status}, "Status is that of success"},
		{raw.FaultRule{Action: status, Status: 0x8001}, "Status has more"},
		{raw.FaultRule{Action: drop, Error: -5}, "Error is set"},
		{raw.FaultRule{Action: raw.RINGLINE_FAULT_ERROR, Error: 5}, "Error is not"},
		{raw.FaultRule{Action: drop, DelayNs: 1}, "DelayNs is set"},
		{raw.FaultRule{Action: raw.RINGLINE_FAULT_DELAY, DelayNs: math.MaxUint64}, "DelayNs is longer"},
		{raw.FaultRule{Action: drop, Hold: 1}, "Hold is set"},
		{raw.FaultRule{Action: raw.RINGLINE_FAULT_REORDER}, "Hold is 0"},
	} {
		number, err := n.device.SetFault(refused.rule)
		if refused.text == "" {
			must(t, err)
		} else if number != 0 || !errors.Is(err, syscall.EINVAL) || !strings.Contains(err.Error(), refused.text) {
			t.Errorf("%+v: %d %v", refused.rule, number, err)
		}
	}
}

func TestATextNamesNoFunctionOfC(t *testing.T) {
	if e := check("", -int32(syscall.EINVAL), nil); strings.Contains(e.Error(), "ringline_") {
		t.Fatal(e)
	}
}
