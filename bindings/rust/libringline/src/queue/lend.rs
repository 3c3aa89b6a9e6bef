// SPDX-License-Identifier: MIT OR Apache-2.0
//! Commands without slots, whose memory is lent for the time of a call.

use super::{Queue, EAGAIN, EBUSY, EINTR, LENT, PAUSE_NS};
use libringline_sys as sys;
use std::mem;

impl<K> Queue<K> {
	/// Runs commands whose memory the caller lends. It returns when none of them is in flight: with how many were taken,
	/// whose completions come in any order, and the errno that refused the next.
	#[inline]
	pub(crate) fn lend_all(
		&mut self,
		commands: &[sys::ringline_command],
		completions: &mut [sys::ringline_completion],
	) -> (usize, Option<i32>) {
		debug_assert_eq!(commands.len(), completions.len());
		self.lend(commands.len(), completions, |queue, pushed| {
			let left = &commands[pushed..];
			// SAFETY: what they name is lent until they have completed. More than 32,768 of them fit no queue.
			unsafe { sys::ringline_push(queue, left.as_ptr(), left.len().min(32_768) as u32) }
		})
	}
	/// The same for `count` commands, of which `push` pushes some from a given one on.
	#[inline]
	pub(crate) fn lend(
		&mut self,
		count: usize,
		completions: &mut [sys::ringline_completion],
		mut push: impl FnMut(*mut sys::ringline_queue, usize) -> i32,
	) -> (usize, Option<i32>) {
		let guard = AbortOnUnwind;
		let (mut pushed, mut finished, mut refused, mut tries) = (0, 0, None, 0);
		loop {
			if refused.is_none() && pushed < count {
				match push(self.state.raw, pushed) {
					// Even with nothing in flight, cancelled commands hold their places until the next submission.
					returned
						if returned == -EAGAIN && (pushed > finished || self.state.in_flight > 0 || tries == 0) =>
					{
						tries = 1
					}
					returned if returned < 0 => refused = Some(returned),
					returned => (pushed, tries) = (pushed + returned as usize, 0),
				}
			}
			if finished == pushed && (refused.is_some() || pushed == count) {
				mem::forget(guard);
				self.empty_garbage();
				return (pushed, refused);
			}
			finished += self.take_lent(&mut completions[finished..], (pushed - finished).max(1));
		}
	}
	/// Submits, and waits for so many. Returns how many of the lent completed, and moved to the front.
	#[inline]
	fn take_lent(&mut self, room: &mut [sys::ringline_completion], min: usize) -> usize {
		// SAFETY: the queue is alive, and there is room for so many.
		match unsafe {
			sys::ringline_submit_and_wait(self.state.raw, room.as_mut_ptr(), room.len() as u32, min as u32, -1)
		} {
			returned if returned >= 0 && self.state.in_flight == 0 => returned as usize,
			returned if returned >= 0 => self.sort_out(room, returned as usize),
			returned if returned == -EINTR => 0,
			returned if returned == -EAGAIN || returned == -EBUSY => self.take_lent_later(room),
			// The memory is not this caller's to give up. It does not happen: push would have refused.
			_ => std::process::abort(),
		}
	}
	#[cold]
	fn take_lent_later(&mut self, room: &mut [sys::ringline_completion]) -> usize {
		// SAFETY: as above.
		let returned = unsafe { sys::ringline_wait(self.state.raw, room.as_mut_ptr(), room.len() as u32, 1, PAUSE_NS) };
		self.sort_out(room, usize::try_from(returned).unwrap_or(0))
	}
	/// Keeps what completed meanwhile, of commands that have slots.
	fn sort_out(&mut self, room: &mut [sys::ringline_completion], count: usize) -> usize {
		let mut lent = 0;
		for index in 0..count {
			let raw = room[index];
			if raw.user_data & LENT != 0 {
				room[lent] = raw;
				lent += 1;
			} else if let Some(completed) = self.settle(&raw) {
				self.state.done.push_back(completed);
			}
		}
		lent
	}
}

/// Memory that is lent must not be given up by a panic.
struct AbortOnUnwind;

impl Drop for AbortOnUnwind {
	fn drop(&mut self) {
		std::process::abort();
	}
}
