// SPDX-License-Identifier: MIT OR Apache-2.0

// What Go costs above C: the same reads of null: through both, in one process, in slices of a few milliseconds whose order is shuffled
// in every round. Prints medians of CPU time for a command, and of the differences to C in the same round. Then the round trip of a
// read that has to be waited for, in time as it passes. Usage: bench [ROUNDS]
package main

import (
	"context"
	"fmt"
	"log"
	"math/rand"
	"os"
	"path/filepath"
	"runtime"
	"sort"
	"strconv"
	"time"
	"unsafe"

	"ringline"
	"ringline/raw"
)

const block = 4096

var ctx = context.Background()

type contestant struct {
	name        string
	run         func(times int) error
	nanoseconds []float64 // For a command, by round.
}

func need(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func call(code int32) {
	if code < 0 {
		log.Fatal(raw.ErrorText(code))
	}
}

func median(values []float64) float64 {
	sorted := append([]float64(nil), values...)
	sort.Float64s(sorted)
	return sorted[len(sorted)/2]
}

// rawQueue is one of C, and the handle of a device on it.
func rawQueue(path string, flags uint32) (raw.Queue, raw.Device) {
	var queue raw.Queue
	var device raw.Device
	options := raw.QueueOptions{StructSize: 40, Flags: flags, Engine: raw.RINGLINE_ENGINE_URING}
	call(raw.QueueCreate(&options, nil, &queue))
	deviceOptions := raw.DeviceOptions{StructSize: 16}
	if path == "null:" {
		deviceOptions.BlockSize = block
	}
	call(raw.DeviceOpen(path, &deviceOptions, nil, &device))
	call(raw.QueueAttach(queue, device))
	return queue, device
}

func reads(device raw.Device, buffer ringline.Buffer, size int) []raw.Command {
	commands := make([]raw.Command, size)
	for i := range commands {
		address := uint64(uintptr(unsafe.Pointer(&buffer.Bytes()[i*block])))
		commands[i] = raw.Command{UserData: uint64(i), Device: device, Lba: uint64(i), Address: address, Length: block, Blocks: 1,
			Opcode: ringline.OpRead}
	}
	return commands
}

// takes is the least that Go can do: package raw, and nobody holds memory.
func takes(queue raw.Queue, commands []raw.Command) func(int) error {
	turn, completions := new(raw.Turn), make([]raw.Completion, len(commands))
	return func(times int) error {
		for ; times > 0; times-- {
			raw.Take(queue, commands, completions, turn)
			if int(turn.Taken) != len(commands) {
				return fmt.Errorf("%d of %d: %v", turn.Taken, len(commands), raw.ErrorName(turn.Error))
			}
		}
		return nil
	}
}

func compare(n *ringline.Namespace, buffer ringline.Buffer, size, rounds int) {
	owned, device := rawQueue("null:", 0)
	ofOwned := reads(device, buffer, size)
	movable, device := rawQueue("null:", raw.RINGLINE_QUEUE_MOVABLE)
	ofMovable := reads(device, buffer, size)
	batch := n.Queue().NewBatch()
	for i := 0; i < size; i++ {
		need(batch.Read(n, uint64(i), buffer.Slice(i*block, (i+1)*block)))
	}
	contestants := []contestant{
		{name: "C", run: func(times int) error { return cBatches(owned, ofOwned, times) }},
		{name: "C, again", run: func(times int) error { return cBatches(owned, ofOwned, times) }},
		{name: "C, movable", run: func(times int) error { return cBatches(movable, ofMovable, times) }},
		{name: "raw.Take", run: takes(movable, ofMovable)},
		{name: "Batch.Run", run: func(times int) error {
			for ; times > 0; times-- {
				if err := batch.Run(ctx); err != nil {
					return err
				}
			}
			return nil
		}},
	}
	times := 8192 / size
	for round := 0; round < rounds+5; round++ {
		for _, which := range rand.Perm(len(contestants)) {
			start := cpuNanoseconds()
			need(contestants[which].run(times))
			if round >= 5 { // The first are for warming up.
				contestants[which].nanoseconds = append(contestants[which].nanoseconds, (cpuNanoseconds()-start)/float64(times*size))
			}
		}
	}
	for _, one := range contestants {
		above := make([]float64, rounds)
		for round := range above {
			above[round] = one.nanoseconds[round] - contestants[0].nanoseconds[round]
		}
		fmt.Printf("batch %2d  %-10s %7.1f ns a command  %+7.1f ns above C\n", size, one.name, median(one.nanoseconds), median(above))
	}
	call(raw.QueueDestroy(owned))
	call(raw.QueueDestroy(movable))
	need(batch.Clear())
}

// roundTrips is of a simulated device that answers a little later, so that every read has to be waited for.
func roundTrips(rounds int) {
	directory, err := os.MkdirTemp("", "ringline")
	need(err)
	defer os.RemoveAll(directory)
	path := filepath.Join(directory, "disk.img")
	need(ringline.CreateSimulated(path, 64, block))
	n, err := ringline.Open("sim:"+path, nil)
	need(err)
	defer n.Close()
	_, err = n.Device().SetFault(raw.FaultRule{Action: raw.RINGLINE_FAULT_DELAY, Opcode: ringline.OpRead, DelayNs: 1})
	need(err)
	buffer, err := ringline.NewBuffer(block)
	need(err)
	queue, device := rawQueue("sim:"+path, raw.RINGLINE_QUEUE_MOVABLE)
	commands := reads(device, buffer, 1)
	slice := make([]byte, block)
	contestants := []contestant{
		{name: "C", run: func(times int) error { return cBatches(queue, commands, times) }},
		{name: "ReadBuffer", run: func(times int) error {
			for ; times > 0 && err == nil; times-- {
				err = n.ReadBuffer(ctx, buffer, 0)
			}
			return err
		}},
		{name: "ReadAt", run: func(times int) error {
			for ; times > 0 && err == nil; times-- {
				_, err = n.ReadAt(slice, 0)
			}
			return err
		}},
	}
	const times = 500
	for round := 0; round < rounds; round++ {
		for _, which := range rand.Perm(len(contestants)) {
			start := time.Now()
			need(contestants[which].run(times))
			contestants[which].nanoseconds = append(contestants[which].nanoseconds, float64(time.Since(start).Nanoseconds())/times)
		}
	}
	for _, one := range contestants {
		fmt.Printf("round trip  %-10s %7.0f ns\n", one.name, median(one.nanoseconds))
	}
	call(raw.QueueDestroy(queue))
}

func main() {
	runtime.LockOSThread() // CPU time is a thread's.
	rounds := 301
	if len(os.Args) > 1 {
		given, err := strconv.Atoi(os.Args[1])
		need(err)
		rounds = given
	}
	device, err := ringline.OpenDevice("null:", &ringline.OpenOptions{BlockSize: block})
	need(err)
	queue, err := ringline.NewQueue(&ringline.QueueOptions{Engine: ringline.EngineURing})
	need(err)
	n, err := queue.Attach(device)
	need(err)
	buffer, err := ringline.NewBuffer(32 * block)
	need(err)
	for _, size := range []int{1, 8, 32} {
		compare(n, buffer, size, rounds)
	}
	runtime.UnlockOSThread()
	roundTrips(rounds/10 + 1)
	need(queue.Close())
	need(device.Close())
}
