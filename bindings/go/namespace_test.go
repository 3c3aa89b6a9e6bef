// SPDX-License-Identifier: MIT OR Apache-2.0

package ringline

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"ringline/raw"
)

func TestWhatWasWrittenIsReadBack(t *testing.T) {
	onEachEngine(t, QueueOptions{Depth: 4}, func(t *testing.T, n *Namespace) {
		// The second is several commands, more than the queue has room for when the limit is a page.
		for _, length := range []int{blockSize, 1 << 20, 0} {
			data := pattern(length, 1)
			count, err := n.WriteAt(data, 3*blockSize)
			if count != length || err != nil {
				t.Fatal(count, err)
			}
			must(t, n.Sync())
			back := make([]byte, length)
			count, err = n.ReadAt(back, 3*blockSize)
			if count != length || err != nil {
				t.Fatal(count, err)
			}
			same(t, back, data)
		}
	})
}

func TestATransferIsSplitWhereOneCommandCannotDoIt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "disk.img")
	options := raw.SimOptions{StructSize: 24, Blocks: 20480, MdtsBytes: 8192}
	must(t, check("create", raw.SimCreate(path, &options), nil))
	n, err := Open("sim:"+path, nil)
	must(t, err)
	defer n.Close()
	data := pattern(slabMost+3*blockSize, 2) // Two windows, 513 commands.
	if count, err := n.WriteAt(data, 0); count != len(data) || err != nil {
		t.Fatal(count, err)
	}
	image, err := os.ReadFile(path)
	must(t, err)
	same(t, image[:len(data)], data)
	back := make([]byte, len(data))
	if count, err := n.ReadAt(back, 0); count != len(back) || err != nil {
		t.Fatal(count, err)
	}
	same(t, back, data)
	// What comes before a failure counts, what comes after does not.
	fault(t, n, raw.FaultRule{Action: raw.RINGLINE_FAULT_STATUS, Opcode: OpRead, Lba: 40, Blocks: 1, Status: mediaError})
	count, err := n.ReadAt(back, 0)
	if count != 2*8192 || !errors.Is(err, StatusCode(mediaError)) {
		t.Fatal(count, err)
	}
}

func TestReadingPastTheEndIsEOFAndWritingIsRefused(t *testing.T) {
	onEachEngine(t, QueueOptions{}, func(t *testing.T, n *Namespace) {
		p := make([]byte, 4*blockSize)
		if n.Size() != blockCount*blockSize {
			t.Fatal(n.Size())
		}
		if count, err := n.ReadAt(p, n.Size()-blockSize); count != blockSize || err != io.EOF {
			t.Fatal(count, err)
		}
		for _, off := range []int64{n.Size(), n.Size() + blockSize} {
			if count, err := n.ReadAt(p, off); count != 0 || err != io.EOF {
				t.Fatal(count, err)
			}
			if count, err := n.ReadAt(nil, off); count != 0 || err != nil {
				t.Fatal(count, err)
			}
		}
		if count, err := n.WriteAt(pattern(len(p), 1), n.Size()-blockSize); count != 0 || !errors.Is(err, syscall.ERANGE) {
			t.Fatal(count, err)
		}
		if count, err := n.ReadAt(p[:blockSize], n.Size()-blockSize); count != blockSize || err != nil {
			t.Fatal(count, err)
		}
		same(t, p[:blockSize], make([]byte, blockSize))
		if count, err := io.ReadFull(io.NewSectionReader(n, n.Size()-2*blockSize, 2*blockSize), p); count != 2*blockSize ||
			err != io.ErrUnexpectedEOF {
			t.Fatal(count, err)
		}
	})
}

func TestWhatIsNotWholeBlocksIsRefused(t *testing.T) {
	n := newNamespace(t, QueueOptions{})
	for _, place := range []struct {
		length int
		off    int64
		text   string
	}{{blockSize - 1, 0, "multiples of"}, {blockSize, 1, "multiples of"}, {blockSize, -blockSize, "offset -512 is negative"}} {
		_, read := n.ReadAt(make([]byte, place.length), place.off)
		_, written := n.WriteAt(make([]byte, place.length), place.off)
		for _, err := range []error{read, written} {
			if !errors.Is(err, syscall.EINVAL) || !errors.Is(err, ErrNotSent) || !strings.Contains(err.Error(), place.text) {
				t.Fatal(place, err)
			}
		}
	}
}

func TestBuffersAreReadAndWrittenInPlace(t *testing.T) {
	onEachEngine(t, QueueOptions{}, func(t *testing.T, n *Namespace) {
		buffer := newBuffer(t, 8*blockSize)
		if _, err := n.queue.AttachBuffer(buffer); err != nil {
			t.Fatal(err)
		}
		copy(buffer.Bytes(), pattern(8*blockSize, 4))
		must(t, n.WriteBuffer(context.Background(), buffer, 0))
		must(t, n.ReadBuffer(context.Background(), buffer.Slice(blockSize, 2*blockSize), 5*blockSize))
		same(t, buffer.Bytes()[blockSize:2*blockSize], pattern(8*blockSize, 4)[5*blockSize:6*blockSize])
		must(t, n.queue.DetachBuffer(buffer))
		must(t, buffer.Close())
		if exists(buffer.memory) || buffer.Bytes() != nil {
			t.Fatal("it is still there")
		}
		if err := n.ReadBuffer(context.Background(), buffer, 0); !errors.Is(err, os.ErrClosed) {
			t.Fatal(err)
		}
		if err := buffer.Close(); !errors.Is(err, os.ErrClosed) {
			t.Fatal(err)
		}
	})
}

func TestABufferIsKeptWhileItIsAttached(t *testing.T) {
	device := newSimulated(t)
	queue, err := NewQueue(nil)
	must(t, err)
	_, err = queue.Attach(device)
	must(t, err)
	buffer := newBuffer(t, 4096)
	_, err = queue.AttachBuffer(buffer)
	must(t, err)
	must(t, buffer.Close())
	if !exists(buffer.memory) {
		t.Fatal("it was freed")
	}
	must(t, queue.Close())
	if exists(buffer.memory) {
		t.Fatal("it was not freed")
	}
}

func TestAQueueKeepsNoDeviceThatWasClosed(t *testing.T) {
	queue, err := NewQueue(nil)
	must(t, err)
	defer queue.Close()
	for i := 0; i < 100; i++ {
		device, err := OpenDevice("null:", nil)
		must(t, err)
		_, err = queue.Attach(device)
		must(t, err)
		if kept := len(queue.state.devices); kept != 1 {
			t.Fatal(kept)
		}
		must(t, device.Close())
	}
}

func TestAdminCommandsAreRun(t *testing.T) {
	n := newNamespace(t, QueueOptions{})
	buffer := newBuffer(t, 4096)
	defer buffer.Close()
	// Identify Namespace begins with its size in blocks.
	_, err := n.device.Admin(raw.NvmeCommand{Opcode: identify, Nsid: 1}, buffer)
	must(t, err)
	if buffer.Bytes()[0] != blockCount&255 || buffer.Bytes()[1] != blockCount>>8 {
		t.Fatal(buffer.Bytes()[:8])
	}
	var answered *StatusError
	if _, err = n.device.Admin(raw.NvmeCommand{Opcode: 0xFF}, Buffer{}); !errors.As(err, &answered) {
		t.Fatal(err)
	}
}

func TestTheLibraryIsThatOfTheHeaders(t *testing.T) {
	if version := raw.Version(); version != raw.RINGLINE_VERSION_MAJOR<<16|raw.RINGLINE_VERSION_MINOR<<8|raw.RINGLINE_VERSION_PATCH {
		t.Fatalf("0x%X", version)
	}
	if _, err := List(); err != nil {
		t.Fatal(err)
	}
}

func TestAReadThatBringsNothingLeavesTheSliceAsItWas(t *testing.T) {
	n, err := Open("null:", nil)
	must(t, err)
	defer n.Close()
	_, err = n.WriteAt(pattern(blockSize, 1), 0)
	must(t, err)
	p := pattern(blockSize, 2)
	_, err = n.ReadAt(p, 0)
	must(t, err)
	same(t, p, pattern(blockSize, 2))
}
