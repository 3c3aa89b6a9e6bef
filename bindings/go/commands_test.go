// SPDX-License-Identifier: MIT OR Apache-2.0

package ringline

import (
	"bytes"
	"context"
	"errors"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"ringline/raw"
)

var background = context.Background()

// onEachEngineWith runs a test on a simulated device of one's own.
func onEachEngineWith(t *testing.T, image raw.SimOptions, test func(*testing.T, *Namespace)) {
	for _, engine := range []Engine{EngineThreads, EngineURing} {
		t.Run(engine.String(), func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "disk.img")
			must(t, CreateSimulatedWith(path, image))
			device, err := OpenDevice("sim:"+path, nil)
			must(t, err)
			t.Cleanup(func() { device.Close() })
			queue, err := NewQueue(&QueueOptions{Engine: engine})
			must(t, err)
			t.Cleanup(func() { queue.Close() })
			n, err := queue.Attach(device)
			must(t, err)
			test(t, n)
		})
	}
}

func filled(t *testing.T, length int, value byte) Buffer {
	t.Helper()
	buffer := newBuffer(t, length)
	copy(buffer.Bytes(), bytes.Repeat([]byte{value}, length))
	return buffer
}

func write(t *testing.T, n *Namespace, lba uint64, data Buffer) {
	t.Helper()
	_, err := n.Do(background, Command{Opcode: OpWrite, LBA: lba, Data: data})
	must(t, err)
}

// blockIs tells whether a block has only bytes of this value.
func blockIs(t *testing.T, n *Namespace, lba uint64, value byte) {
	t.Helper()
	data := make([]byte, blockSize)
	_, err := n.ReadAt(data, int64(lba)*blockSize)
	must(t, err)
	if !bytes.Equal(data, bytes.Repeat([]byte{value}, blockSize)) {
		t.Fatalf("block %d begins with %d, not %d", lba, data[0], value)
	}
}

func hasStatus(t *testing.T, err error, code StatusCode) {
	t.Helper()
	if !errors.Is(err, code) {
		t.Fatalf("%v, not status 0x%03X", err, uint16(code))
	}
}

func hasErrno(t *testing.T, err error, errno syscall.Errno, text string) {
	t.Helper()
	if !errors.Is(err, errno) || !strings.Contains(err.Error(), text) {
		t.Fatalf("%v, not %v with %q", err, errno, text)
	}
}

func TestCompareFindsADifference(t *testing.T) {
	onEachEngine(t, QueueOptions{}, func(t *testing.T, n *Namespace) {
		write(t, n, 3, filled(t, blockSize, 7))
		must(t, n.CompareBuffer(background, filled(t, blockSize, 7), 3))
		hasStatus(t, n.CompareBuffer(background, filled(t, blockSize, 8), 3), raw.RINGLINE_STATUS_COMPARE_FAILURE)
		hasErrno(t, n.CompareBuffer(background, filled(t, blockSize, 8), blockCount), syscall.ERANGE, "past the end")
	})
}

func TestWriteZeroesAndDeallocateLeaveZeros(t *testing.T) {
	onEachEngine(t, QueueOptions{}, func(t *testing.T, n *Namespace) {
		write(t, n, 0, filled(t, 8*blockSize, 5))
		must(t, n.WriteZeroes(background, 0, 2, raw.RINGLINE_DEALLOCATE))
		must(t, n.Deallocate(background, Range{LBA: 3, Blocks: 1}, Range{LBA: 5, Blocks: 2}))
		for lba, value := range []byte{0, 0, 5, 0, 5, 0, 0, 5} {
			blockIs(t, n, uint64(lba), value)
		}
		hasErrno(t, n.Deallocate(background), syscall.EINVAL, "no ranges")
	})
}

func TestWhatIsUncorrectableDoesNotVerify(t *testing.T) {
	onEachEngine(t, QueueOptions{}, func(t *testing.T, n *Namespace) {
		must(t, n.Verify(background, 0, 16))
		must(t, n.WriteUncorrectable(background, 4, 1))
		hasStatus(t, n.Verify(background, 0, 16), mediaError)
		must(t, n.Verify(background, 5, 11))
	})
}

func TestCopyGathersRanges(t *testing.T) {
	onEachEngine(t, QueueOptions{}, func(t *testing.T, n *Namespace) {
		write(t, n, 10, filled(t, blockSize, 1))
		write(t, n, 20, filled(t, blockSize, 2))
		must(t, n.Copy(background, 100, 0, Range{LBA: 20, Blocks: 1}, Range{LBA: 10, Blocks: 1}))
		blockIs(t, n, 100, 2)
		blockIs(t, n, 101, 1)
	})
}

func TestZonesAreAppendedToManagedAndReported(t *testing.T) {
	image := raw.SimOptions{Blocks: 1024, ZoneBlocks: 256, ZoneCapacityBlocks: 200}
	onEachEngineWith(t, image, func(t *testing.T, n *Namespace) {
		info, err := n.Device().Info()
		must(t, err)
		if info.ZoneBlocks != 256 {
			t.Fatal(info.ZoneBlocks)
		}
		for _, wanted := range []uint64{256, 258} {
			at, err := n.AppendBuffer(background, filled(t, 2*blockSize, 3), 256)
			must(t, err)
			if at != wanted {
				t.Fatalf("it went to %d, not %d", at, wanted)
			}
		}
		zones, err := n.Zones(background, 0, raw.RINGLINE_ZONES_ALL, 8)
		must(t, err)
		if wanted := (Zone{Start: 256, Capacity: 200, WritePointer: 260, State: 2, Type: 2}); len(zones) != 4 || zones[1] != wanted {
			t.Fatalf("%+v", zones)
		}
		must(t, n.ManageZone(background, 256, ZoneFinish))
		full, err := n.Zones(background, 0, raw.RINGLINE_ZONES_FULL, 8)
		must(t, err)
		must(t, n.ManageAllZones(background, ZoneReset))
		empty, err := n.Zones(background, 0, raw.RINGLINE_ZONES_EMPTY, 2)
		must(t, err)
		if len(full) != 1 || len(empty) != 2 {
			t.Fatal(full, empty)
		}
		hasErrno(t, n.ManageZone(background, 1, ZoneOpen), syscall.EINVAL, "first of a zone")
	})
}

func TestTagsAreCheckedByTheDevice(t *testing.T) {
	image := raw.SimOptions{Blocks: 1024, MetadataSize: 8, PiType: 1}
	onEachEngineWith(t, image, func(t *testing.T, n *Namespace) {
		const checks = raw.RINGLINE_CHECK_GUARD | raw.RINGLINE_CHECK_APPLICATION_TAG | raw.RINGLINE_CHECK_REFERENCE_TAG
		tags := func(application uint16) *Tags {
			return &Tags{Reference: 6, Application: application, ApplicationMask: 0xffff}
		}
		batch := n.Queue().NewBatch()
		must(t, batch.Add(n, Command{Opcode: OpWrite, LBA: 6, Data: filled(t, blockSize, 6), Flags: raw.RINGLINE_PROTECTION_ACTION,
			Tags: tags(0x1234)}))
		must(t, batch.Run(background))
		metadata := newBuffer(t, 8)
		reads := n.Queue().NewBatch()
		for _, application := range []uint16{0x1234, 0x1235} {
			must(t, reads.Add(n, Command{Opcode: OpRead, LBA: 6, Data: newBuffer(t, blockSize), Metadata: metadata, Flags: checks,
				Tags: tags(application)}))
		}
		must(t, reads.Add(n, Command{Opcode: OpVerify, LBA: 0, Blocks: 1}))
		hasStatus(t, reads.Run(background), 0x283)
		must(t, reads.Err(0))
		must(t, reads.Err(2))
		if !bytes.Equal(metadata.Bytes()[2:4], []byte{0x12, 0x34}) {
			t.Fatal(metadata.Bytes())
		}
		_, err := n.Do(background, Command{Opcode: OpWrite, LBA: 6, Data: newBuffer(t, blockSize), Flags: raw.RINGLINE_PROTECTION_ACTION,
			Tags: &Tags{Reference: 6, Storage: 1}})
		hasErrno(t, err, syscall.EINVAL, "storage_tag")
	})
}

func TestATransferTakesAnyLengthAndTellsWhatFailed(t *testing.T) {
	onEachEngine(t, QueueOptions{}, func(t *testing.T, n *Namespace) {
		data := filled(t, blockCount*blockSize, 9)
		done, err := n.Transfer(raw.TransferOptions{Opcode: OpWrite, Blocks: blockCount, MaxBlocks: 1000}, data, Buffer{}, 8)
		must(t, err)
		if !done.Complete || done.Commands != 5 {
			t.Fatalf("%+v", done)
		}
		must(t, n.WriteUncorrectable(background, 77, 1))
		done, err = n.Transfer(raw.TransferOptions{Opcode: OpRead, Blocks: blockCount,
			Flags: raw.RINGLINE_TRANSFER_CONTINUE | raw.RINGLINE_TRANSFER_NARROW}, data, Buffer{}, 64)
		must(t, err)
		if done.Complete || len(done.Failures) != 1 || done.Failures[0].Lba != 77 || done.Failures[0].Blocks != 1 {
			t.Fatalf("%+v", done)
		}
		_, err = n.Transfer(raw.TransferOptions{Opcode: OpVerify, Blocks: blockCount + 1}, Buffer{}, Buffer{}, 8)
		hasErrno(t, err, syscall.ERANGE, "")
	})
}

func TestIdentifyIsAPageWithFields(t *testing.T) {
	device := newSimulated(t)
	data, err := device.Identify(raw.IdentifyOptions{Cns: 1})
	must(t, err)
	page := Page{raw.RINGLINE_PAGE_IDENTIFY + 1, data}
	if model, ok := page.Text("mn"); !ok || model != "ringline simulated NVMe" {
		t.Fatal(model)
	}
	if count, ok := page.Number("nn"); !ok || count != 1 {
		t.Fatal(count)
	}
	if _, ok := page.Number("mn"); ok {
		t.Fatal("a text is no number")
	}
	if _, ok := (Page{page.ID, nil}).Text("mn"); ok {
		t.Fatal("there are no bytes")
	}
	if len((Page{0, data}).Fields()) != 0 || len(page.Fields()) == 0 {
		t.Fatal("fields")
	}
}

func TestLogsAndFeaturesAreRead(t *testing.T) {
	device := newSimulated(t)
	data, err := device.LogRead(raw.LogOptions{Lid: 2}, 512)
	must(t, err)
	if spare, ok := (Page{raw.RINGLINE_PAGE_LOG + 2, data}).Number("avail_spare"); !ok || spare != 100 {
		t.Fatal(spare)
	}
	_, err = device.LogRead(raw.LogOptions{Lid: 0x7f}, 512)
	hasStatus(t, err, 0x109)
	value, _, err := device.Feature(raw.FeatureOptions{Fid: 6}, 0)
	must(t, err)
	if value != 1 {
		t.Fatal(value)
	}
	_, err = device.SetFeature(raw.FeatureOptions{Fid: 6}, nil)
	hasStatus(t, err, 0x10e)
	_, _, err = device.Feature(raw.FeatureOptions{Fid: 0xc0}, 8)
	hasErrno(t, err, syscall.ENOBUFS, "4096")
}

func TestAFormatMakesTheGeometryUnknownUntilARefresh(t *testing.T) {
	onEachEngine(t, QueueOptions{}, func(t *testing.T, n *Namespace) {
		must(t, n.Device().Format(raw.FormatOptions{}))
		hasErrno(t, n.Verify(background, 0, 1), syscall.ESTALE, "")
		must(t, n.Device().Refresh())
		must(t, n.Verify(background, 0, 1))
		hasErrno(t, n.Device().Sanitize(raw.SanitizeOptions{}), syscall.EINVAL, "")
		hasStatus(t, n.Device().SelfTest(0, raw.RINGLINE_SELF_TEST_SHORT), 1)
		hasStatus(t, n.Device().AttachNamespace(1, 0), 1)
		hasStatus(t, n.Device().DetachNamespace(1, 0), 1)
		hasErrno(t, n.Device().AttachNamespace(1), syscall.EINVAL, "no controller")
	})
}

func TestAdminCommandsGoInABatchBesideOthers(t *testing.T) {
	onEachEngine(t, QueueOptions{Depth: 4}, func(t *testing.T, n *Namespace) {
		batch := n.Queue().NewBatch()
		page, smart := newBuffer(t, raw.RINGLINE_IDENTIFY_BYTES), newBuffer(t, 512)
		for i := 0; i < 10; i++ { // More than the queue has room for.
			must(t, batch.Identify(n, raw.IdentifyOptions{Cns: 1}, page))
			must(t, batch.Read(n, 0, newBuffer(t, blockSize)))
			must(t, batch.LogRead(n, raw.LogOptions{Lid: 2}, smart))
			must(t, batch.Feature(n, raw.FeatureOptions{Fid: 6}, Buffer{}))
		}
		for i := 0; i < 2; i++ {
			must(t, batch.Run(background))
			if model, _ := (Page{raw.RINGLINE_PAGE_IDENTIFY + 1, page.Bytes()}).Text("mn"); model != "ringline simulated NVMe" {
				t.Fatal(model)
			}
			if batch.Result(39) != 1 || batch.Result(0) != 0 {
				t.Fatal(batch.Result(39), batch.Result(0))
			}
		}
		must(t, batch.Clear())
		hasErrno(t, batch.Identify(n, raw.IdentifyOptions{Cns: 1}, smart), syscall.ENOBUFS, "4096")
		must(t, batch.LogRead(n, raw.LogOptions{Lid: 0x7f}, smart))
		err := batch.Run(background)
		hasStatus(t, err, 0x109)
		if !strings.Contains(err.Error(), "get log page") {
			t.Fatal(err)
		}
	})
}

func TestADeviceThatTakesNoAdminCommandsIsExplained(t *testing.T) {
	n, err := Open("null:", nil)
	must(t, err)
	defer n.Close()
	batch := n.Queue().NewBatch()
	must(t, batch.Identify(n, raw.IdentifyOptions{Cns: 1}, newBuffer(t, raw.RINGLINE_IDENTIFY_BYTES)))
	hasErrno(t, batch.Run(background), syscall.ENOTTY, "/dev/nvme0")
}
