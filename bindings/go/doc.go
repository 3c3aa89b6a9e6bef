// SPDX-License-Identifier: MIT OR Apache-2.0

// Package ringline reads and writes NVMe namespaces by the kernel's passthrough over io_uring.
//
// A Device is attached to a Queue, which gives a Namespace: an io.ReaderAt and io.WriterAt with calls that take a context. Open does
// all three at once. For more than that there are Batch, many commands in one crossing to C, and Buffer, memory that devices read
// and write without a copy. Package raw has the whole C interface.
//
// Any number of goroutines may use a queue. One of its own waits, in the runtime's poller, for all of them; no thread is blocked but
// by what says so.
//
// The queue holds the memory of a command until the device has let go of it, whatever becomes of the caller: a context that ends, a
// buffer that is closed or dropped. Finalizers are only a safety net; close what you open.
package ringline
