// SPDX-License-Identifier: MIT OR Apache-2.0

//go:build !ringline_static

package raw

// #cgo pkg-config: ringline
import "C"
