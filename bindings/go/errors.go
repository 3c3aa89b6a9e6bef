// SPDX-License-Identifier: MIT OR Apache-2.0

package ringline

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"syscall"
	"unsafe"

	"ringline/raw"
)

// ErrOutcomeUnknown is what errors.Is finds in the error of a command whose answer was lost: it may have run, or may not.
var ErrOutcomeUnknown = errors.New("ringline: the command may or may not have run")

// ErrNotSent is what errors.Is finds in the error of a command that certainly did not run.
var ErrNotSent = errors.New("ringline: the command was not sent")

// Error is a call that was refused, or a command that did not reach the device or whose answer was lost. errors.Is finds its errno,
// and so also os.ErrNotExist, os.ErrPermission and the like.
type Error struct {
	Op    string // Such as "open" or "read".
	Errno syscall.Errno
	Text  string // Which limit, by how much, what to do.
	// Those of ringline_diagnosis where the library gives one, else 0.
	Rule          uint32
	Given, Wanted uint64
	// At most one of the two: it may have run; it certainly did not.
	OutcomeUnknown, NotSent bool
	closed                  bool
}

func (e *Error) Error() string {
	text := fmt.Sprintf("ringline: %s: %s (%s)", e.Op, e.Text, raw.ErrorName(int32(e.Errno)))
	if e.OutcomeUnknown {
		text += "; it may or may not have run"
	}
	return text
}

// Unwrap returns the errno.
func (e *Error) Unwrap() error { return e.Errno }

// Is tells ErrOutcomeUnknown, ErrNotSent and os.ErrClosed.
func (e *Error) Is(target error) bool {
	switch target {
	case ErrOutcomeUnknown:
		return e.OutcomeUnknown
	case ErrNotSent:
		return e.NotSent
	case os.ErrClosed:
		return e.closed
	}
	return false
}

// Retry says whether repeating a command can help.
type Retry uint8

const (
	RetryNever        Retry = raw.RINGLINE_RETRY_NEVER         // Repeating cannot help.
	RetryIfIdempotent Retry = raw.RINGLINE_RETRY_IF_IDEMPOTENT // It may; you know whether the command may run twice.
	RetryOtherPath    Retry = raw.RINGLINE_RETRY_OTHER_PATH    // A path error.
)

// StatusCode is what kind of NVMe status it is (SCT and SC), for errors.Is: errors.Is(err, StatusCode(0x281)) is an unrecovered read error.
type StatusCode uint16

func (c StatusCode) Error() string { return raw.StatusName(uint16(c), -1) }

// StatusError is what the device answered.
type StatusError struct {
	Op         string
	Status     uint16 // The word as the device gave it.
	Name, Text string
	SCT, SC    uint8
	RetryDelay uint8 // 0, or which of the controller's three delays to wait.
	More, DNR  bool
	Retry      Retry
}

func (e *StatusError) Error() string {
	return fmt.Sprintf("ringline: %s: %s (status 0x%04X): %s", e.Op, e.Name, e.Status, e.Text)
}

// Unwrap returns the StatusCode.
func (e *StatusError) Unwrap() error { return StatusCode(e.Status & raw.RINGLINE_STATUS_CODE_MASK) }

func statusError(op string, status uint16, opcode int32) *StatusError {
	info := raw.StatusInfo{StructSize: uint32(unsafe.Sizeof(raw.StatusInfo{}))}
	raw.StatusDecode(status, &info)
	return &StatusError{Op: op, Status: status, Name: raw.StatusName(status, opcode), Text: raw.StatusText(status, opcode),
		SCT: info.Sct, SC: info.Sc, RetryDelay: info.Crd, More: info.More != 0, DNR: info.Dnr != 0, Retry: Retry(info.Retry)}
}

func newDiagnosis() *raw.Diagnosis {
	return &raw.Diagnosis{StructSize: uint32(unsafe.Sizeof(raw.Diagnosis{}))}
}

// check makes an error of what a call returned; the diagnosis counts if it is about that.
func check(op string, code int32, diagnosis *raw.Diagnosis) error {
	if code >= 0 {
		return nil
	}
	e := &Error{Op: op, Errno: syscall.Errno(-code)}
	if diagnosis != nil && diagnosis.Error == code {
		e.Text = text(diagnosis.Text[:])
		e.Rule, e.Given, e.Wanted = diagnosis.Rule, diagnosis.Given, diagnosis.Wanted
	} else {
		e.Text = errorText(code)
	}
	return e
}

// errorText is the library's, but for what names a function of C.
func errorText(code int32) string {
	if code == -int32(syscall.EINVAL) {
		return "an argument, or a field of a struct, is out of range or must be 0"
	}
	return raw.ErrorText(code)
}

func refused(op string, errno syscall.Errno, format string, arguments ...any) *Error {
	return &Error{Op: op, Errno: errno, Text: fmt.Sprintf(format, arguments...), NotSent: true}
}

func closed(op, what string) *Error {
	e := refused(op, syscall.EBADF, "the %s is closed", what)
	e.closed = true
	return e
}

// text is a NUL-terminated field of a struct.
func text(field []byte) string {
	if end := bytes.IndexByte(field, 0); end >= 0 {
		field = field[:end]
	}
	return string(field)
}

// outcome makes an error of what became of a command.
func outcome(completion *raw.Completion, opcode uint8) error {
	return outcomeOf(opcodeName(opcode), completion, int32(opcode))
}

// outcomeOf is for commands whose name their opcode alone does not tell. The opcode is for names of statuses; -1: of none.
func outcomeOf(op string, completion *raw.Completion, opcode int32) error {
	if completion.Error != 0 {
		return &Error{Op: op, Errno: syscall.Errno(-completion.Error), Text: errorText(completion.Error),
			OutcomeUnknown: completion.Flags&raw.RINGLINE_OUTCOME_UNKNOWN != 0,
			NotSent:        completion.Flags&raw.RINGLINE_NOT_SENT != 0}
	}
	if completion.Status != 0 {
		return statusError(op, completion.Status, opcode)
	}
	return nil
}

func opcodeName(opcode uint8) string {
	switch opcode {
	case raw.RINGLINE_NVME_READ:
		return "read"
	case raw.RINGLINE_NVME_WRITE:
		return "write"
	case raw.RINGLINE_NVME_FLUSH:
		return "flush"
	case raw.RINGLINE_NVME_WRITE_UNCORRECTABLE:
		return "write uncorrectable"
	case raw.RINGLINE_NVME_COMPARE:
		return "compare"
	case raw.RINGLINE_NVME_WRITE_ZEROES:
		return "write zeroes"
	case raw.RINGLINE_NVME_DATASET_MANAGEMENT:
		return "dataset management"
	case raw.RINGLINE_NVME_VERIFY:
		return "verify"
	case raw.RINGLINE_NVME_COPY:
		return "copy"
	case raw.RINGLINE_NVME_ZONE_MANAGEMENT_SEND:
		return "zone management send"
	case raw.RINGLINE_NVME_ZONE_MANAGEMENT_RECEIVE:
		return "zone management receive"
	case raw.RINGLINE_NVME_ZONE_APPEND:
		return "zone append"
	}
	return fmt.Sprintf("opcode 0x%02X", opcode)
}
