// SPDX-License-Identifier: MIT OR Apache-2.0
//! A kernel that does not take what is submitted, when it is told to: these functions stand before those of the library.
#![deny(unsafe_op_in_unsafe_fn)]
use libringline::sys::{ringline_completion, ringline_queue};
use std::cell::Cell;
use std::mem::transmute_copy;
use std::os::raw::{c_char, c_void};

thread_local! {
	static NEXT: Cell<(u32, i32)> = const { Cell::new((0, 0)) };
}

/// The next calls of this thread that submit return this, and do nothing.
pub fn returns(value: i32, calls: u32) {
	NEXT.with(|next| next.set((calls, value)));
}

/// How many of these calls are yet to come.
pub fn calls_left() -> u32 {
	NEXT.with(Cell::get).0
}

fn take() -> Option<i32> {
	let (calls, value) = NEXT.with(Cell::get);
	returns(value, calls.checked_sub(1)?);
	Some(value)
}

extern "C" {
	fn dlsym(handle: *mut c_void, name: *const c_char) -> *mut c_void;
}

/// The library's function. `F` is its type.
unsafe fn real<F>(name: &'static [u8]) -> F {
	let next = usize::MAX as *mut c_void; // RTLD_NEXT
									   // SAFETY: the name ends with NUL.
	let found = unsafe { dlsym(next, name.as_ptr().cast()) };
	assert!(!found.is_null());
	// SAFETY: the caller knows the type.
	unsafe { transmute_copy(&found) }
}

/// # Safety
/// As in ringline.h.
#[no_mangle]
pub unsafe extern "C" fn ringline_submit(queue: *mut ringline_queue) -> i32 {
	type Submit = unsafe extern "C" fn(*mut ringline_queue) -> i32;
	// SAFETY: this is its type.
	take().unwrap_or_else(|| unsafe { real::<Submit>(b"ringline_submit\0")(queue) })
}

/// # Safety
/// As in ringline.h.
#[no_mangle]
pub unsafe extern "C" fn ringline_submit_and_wait(
	queue: *mut ringline_queue,
	completions: *mut ringline_completion,
	max: u32,
	min: u32,
	timeout_ns: i64,
) -> i32 {
	type SubmitAndWait = unsafe extern "C" fn(*mut ringline_queue, *mut ringline_completion, u32, u32, i64) -> i32;
	// SAFETY: this is its type.
	take().unwrap_or_else(|| unsafe {
		real::<SubmitAndWait>(b"ringline_submit_and_wait\0")(queue, completions, max, min, timeout_ns)
	})
}
