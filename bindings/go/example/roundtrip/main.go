// SPDX-License-Identifier: MIT OR Apache-2.0
package main // roundtrip DEVICE: writes, flushes and reads back the first blocks of it, which are overwritten.

import (
	"bytes"
	"log"
	"os"
	"ringline"
)

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: roundtrip DEVICE, which is overwritten")
	}
	device, err := ringline.Open(os.Args[1], nil)
	if err != nil {
		log.Fatal(err)
	}
	written, read := bytes.Repeat([]byte("ringline"), device.BlockSize()), make([]byte, 8*device.BlockSize())
	_, err = device.WriteAt(written, 0)
	unsynced := device.Sync()
	if _, lost := device.ReadAt(read, 0); err != nil || unsynced != nil || lost != nil || !bytes.Equal(read, written) {
		log.Fatalf("what was written is not there: write: %v; flush: %v; read: %v", err, unsynced, lost)
	}
	os.Stdout.WriteString("written, flushed and read back: identical\n")
}
