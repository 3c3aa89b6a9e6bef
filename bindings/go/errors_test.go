// SPDX-License-Identifier: MIT OR Apache-2.0

package ringline

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"ringline/raw"
)

func TestAStatusIsDecoded(t *testing.T) {
	onEachEngine(t, QueueOptions{}, func(t *testing.T, n *Namespace) {
		fault(t, n, raw.FaultRule{Action: raw.RINGLINE_FAULT_STATUS, Opcode: OpRead, Status: 0x4281})
		_, err := n.ReadAt(make([]byte, blockSize), 0)
		var answered *StatusError
		if !errors.As(err, &answered) || answered.Name != "unrecovered-read-error" || answered.Status != 0x4281 || !answered.DNR ||
			answered.Retry != RetryNever || answered.SCT != 2 || answered.SC != 0x81 || answered.Text == "" {
			t.Fatalf("%#v", err)
		}
		if !errors.Is(err, StatusCode(0x281)) || errors.Is(err, StatusCode(0x280)) || errors.Is(err, ErrOutcomeUnknown) {
			t.Fatal(err)
		}
		if err.Error() != "ringline: read: unrecovered-read-error (status 0x4281): "+answered.Text {
			t.Fatal(err)
		}
		_, err = n.device.ClearFault(0)
		must(t, err)
		fault(t, n, raw.FaultRule{Action: raw.RINGLINE_FAULT_STATUS, Opcode: OpFlush, Status: 0x006})
		if err := n.Sync(); !errors.As(err, &answered) || answered.Op != "flush" || answered.Retry != RetryIfIdempotent {
			t.Fatalf("%#v", err)
		}
	})
}

func TestALostAnswerIsToldFromWhatWasNotSent(t *testing.T) {
	onEachEngine(t, QueueOptions{}, func(t *testing.T, n *Namespace) {
		fault(t, n, raw.FaultRule{Action: raw.RINGLINE_FAULT_ERROR, Opcode: OpWrite, Error: -int32(syscall.EINTR)})
		_, err := n.WriteAt(make([]byte, blockSize), 0)
		if !errors.Is(err, ErrOutcomeUnknown) || errors.Is(err, ErrNotSent) || !errors.Is(err, syscall.EINTR) {
			t.Fatal(err)
		}
		fault(t, n, raw.FaultRule{Action: raw.RINGLINE_FAULT_ERROR, Opcode: OpRead, Error: -int32(syscall.EIO)})
		_, err = n.ReadAt(make([]byte, blockSize), 0)
		var e *Error
		if errors.Is(err, ErrOutcomeUnknown) || !errors.Is(err, ErrNotSent) || !errors.As(err, &e) || e.Errno != syscall.EIO || e.Op != "read" {
			t.Fatal(err)
		}
		fault(t, n, raw.FaultRule{Action: raw.RINGLINE_FAULT_VANISH, Opcode: OpFlush})
		if err = n.Sync(); !errors.Is(err, ErrOutcomeUnknown) {
			t.Fatal(err)
		}
		if err = n.Sync(); !errors.Is(err, syscall.ENODEV) || !errors.Is(err, ErrNotSent) {
			t.Fatal(err)
		}
	})
}

func TestARefusedCallSaysWhichLimit(t *testing.T) {
	n := newNamespace(t, QueueOptions{})
	batch := n.queue.NewBatch()
	buffer := newBuffer(t, blockSize)
	defer buffer.Close()
	must(t, batch.Read(n, blockCount, buffer))
	err := batch.Run(ctx)
	var e *Error
	if !errors.As(err, &e) || e.Errno != syscall.ERANGE || e.Rule != raw.RINGLINE_RULE_BOUNDS || !strings.Contains(e.Text, "4096") || !e.NotSent {
		t.Fatalf("%#v", err)
	}
}

func TestOpeningTellsWhatIsWrong(t *testing.T) {
	directory := t.TempDir()
	_, err := OpenDevice("sim:"+filepath.Join(directory, "nothing.img"), nil)
	if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "nothing.img") {
		t.Fatal(err)
	}
	if _, err = Open("/dev/null", nil); !errors.Is(err, syscall.ENOTTY) {
		t.Fatal(err)
	}
	if _, err = Open("sim:a\x00b", nil); !errors.Is(err, syscall.EINVAL) {
		t.Fatal(err)
	}
	path := filepath.Join(directory, "disk.img")
	must(t, CreateSimulated(path, 8, 4096))
	if err = CreateSimulated(path, 8, 4096); !errors.Is(err, fs.ErrExist) {
		t.Fatal(err)
	}
	n, err := Open("sim:"+path, &OpenOptions{ReadOnly: true})
	must(t, err)
	if _, err = n.WriteAt(make([]byte, 4096), 0); !errors.Is(err, syscall.EROFS) {
		t.Fatal(err)
	}
	must(t, n.Close())
	if _, err = NewQueue(&QueueOptions{Depth: 1 << 20}); !errors.Is(err, syscall.EINVAL) {
		t.Fatal(err)
	}
	if _, err = NewBuffer(0); !errors.Is(err, syscall.EINVAL) {
		t.Fatal(err)
	}
}

func areClosed(t *testing.T, calls ...error) {
	t.Helper()
	for i, err := range calls {
		if !errors.Is(err, os.ErrClosed) {
			t.Fatal(i, err)
		}
	}
}

func TestWhatIsClosedRefuses(t *testing.T) {
	n := newNamespace(t, QueueOptions{})
	buffer := newBuffer(t, blockSize)
	batch := n.queue.NewBatch()
	must(t, batch.Flush(n))
	must(t, n.Close())
	_, read := n.ReadAt(make([]byte, blockSize), 0)
	areClosed(t, read, batch.Run(ctx), n.Close())
	_, err := n.queue.Attach(n.device)
	must(t, err)
	must(t, n.device.Close())
	_, read = n.ReadAt(make([]byte, blockSize), 0)
	_, info := n.device.Info()
	_, admin := n.device.Admin(raw.NvmeCommand{Opcode: identify}, Buffer{})
	_, set := n.device.SetFault(raw.FaultRule{Action: raw.RINGLINE_FAULT_DROP})
	_, clear := n.device.ClearFault(0)
	_, attach := n.queue.Attach(n.device)
	areClosed(t, read, batch.Run(ctx), n.SyncContext(ctx), info, n.device.Refresh(), admin, set, clear, attach, n.device.Close())
	must(t, n.queue.Close())
	_, read = n.ReadAt(make([]byte, blockSize), 0)
	_, info = n.queue.Info()
	_, attach = n.queue.AttachBuffer(buffer)
	areClosed(t, read, info, batch.Run(ctx), n.Close(), attach, n.queue.Close())
	must(t, buffer.Close())
	_, attach = n.queue.AttachBuffer(buffer)
	areClosed(t, attach, buffer.Close())
}

func TestANamespaceFromOpenIsClosedOnce(t *testing.T) {
	n, err := Open("null:", nil)
	must(t, err)
	must(t, n.Close())
	areClosed(t, n.Close(), n.device.Close(), n.queue.Close())
	// Its device is closed though its queue was before.
	n, err = Open("null:", nil)
	must(t, err)
	must(t, n.queue.Close())
	areClosed(t, n.Close(), n.device.Close())
}

func TestADeviceWhoseGeometryIsUnknownIsNotClosed(t *testing.T) {
	// As after a format, which simulated devices do not have.
	if err := new(Device).check("read", -int32(syscall.ESTALE)); !errors.Is(err, syscall.ESTALE) || errors.Is(err, os.ErrClosed) {
		t.Fatal(err)
	}
}
