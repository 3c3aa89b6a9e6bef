// SPDX-License-Identifier: MIT OR Apache-2.0
//! Futures that wait for room in a full queue.

use std::mem;
use std::task::Waker;

/// The wakers of those who wait. Each future keeps its place until all are woken, however often it is polled.
#[derive(Debug, Default)]
pub(crate) struct Waiting {
	places: Vec<Shared>,
	/// The place that was last taken.
	last: usize,
	/// Places that were left.
	empty: Vec<usize>,
	/// Counts how often all were woken: places of earlier rounds are no more.
	round: u64,
}

/// Of futures of one task, which needs to be woken once.
#[derive(Debug)]
struct Shared {
	waker: Option<Waker>,
	futures: usize,
}

/// Of a future.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
	index: usize,
	round: u64,
}

impl Waiting {
	/// A future has found the queue full, perhaps again. Takes the waker if it is needed, and may give back another: dropping it is
	/// the user's code.
	pub(crate) fn wait(&mut self, place: Option<Place>, waker: &mut Option<Waker>) -> Place {
		if let Some(Place { index, .. }) = place.filter(|place| place.round == self.round) {
			let shared = &mut self.places[index];
			if is_same(&shared.waker, waker) {
				return Place { index, round: self.round };
			}
			if shared.futures == 1 {
				mem::swap(&mut shared.waker, waker);
				return Place { index, round: self.round };
			}
			shared.futures -= 1;
		}
		Place { index: self.join(waker), round: self.round }
	}
	fn join(&mut self, waker: &mut Option<Waker>) -> usize {
		// Most that come one after the other are of one task.
		match self.places.get_mut(self.last) {
			Some(last) if is_same(&last.waker, waker) => last.futures += 1,
			_ => {
				let shared = Shared { waker: waker.take(), futures: 1 };
				self.last = self.empty.pop().unwrap_or(self.places.len());
				match self.places.get_mut(self.last) {
					Some(empty) => *empty = shared,
					None => self.places.push(shared),
				}
			}
		}
		self.last
	}
	/// A future is dropped. The waker that comes back is to be dropped: that is the user's code.
	pub(crate) fn leave(&mut self, place: Place) -> Option<Waker> {
		if place.round != self.round {
			return None;
		}
		let shared = &mut self.places[place.index];
		shared.futures -= 1;
		if shared.futures > 0 {
			return None;
		}
		self.empty.push(place.index);
		shared.waker.take()
	}
	/// There is room: gives out all wakers.
	pub(crate) fn end(&mut self, out: &mut Vec<Waker>) {
		if !self.places.is_empty() {
			out.extend(self.places.drain(..).filter_map(|shared| shared.waker));
			self.empty.clear();
			self.round += 1;
		}
	}
}

fn is_same(known: &Option<Waker>, new: &Option<Waker>) -> bool {
	matches!((known, new), (Some(known), Some(new)) if known.will_wake(new))
}
