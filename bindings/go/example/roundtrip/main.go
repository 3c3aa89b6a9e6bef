// SPDX-License-Identifier: MIT OR Apache-2.0
package main // roundtrip DEVICE: writes, flushes and reads back the first blocks of it, which are overwritten.

import (
	"bytes"
	"log"
	"os"
	"ringline"
)

func main() {
	device, err := ringline.Open(os.Args[1], nil)
	if err != nil {
		log.Fatal(err)
	}
	written := bytes.Repeat([]byte("ringline"), device.BlockSize())
	read := make([]byte, len(written))
	if _, err = device.WriteAt(written, 0); err == nil {
		err = device.Sync()
	}
	if _, lost := device.ReadAt(read, 0); err != nil || lost != nil || !bytes.Equal(read, written) {
		log.Fatalf("what was written is not there: write: %v; read: %v", err, lost)
	}
	os.Stdout.WriteString("written, flushed and read back: identical\n")
}
