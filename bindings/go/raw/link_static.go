// SPDX-License-Identifier: MIT OR Apache-2.0

//go:build ringline_static

package raw

// pkg-config names -lringline too, for which the linker would take a shared library if there is one: what the archive has already
// given is not needed from there.

// #cgo pkg-config: --static ringline
// #cgo LDFLAGS: -Wl,--as-needed -l:libringline.a
import "C"
