// SPDX-License-Identifier: MIT OR Apache-2.0
//! Who looks for completions on behalf of futures.

use crate::error::Result;
use crate::future::{AsyncQueue, Later};
use crate::options::Wakeup;
use crate::queue::Bound;
use std::fs::File;
use std::future::Future;
use std::io::Read;
use std::mem::ManuallyDrop;
use std::os::unix::io::{AsFd, AsRawFd, BorrowedFd, FromRawFd, RawFd};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

/// For an executor's reactor: when the fd is readable, call [`dispatch`](Self::dispatch). tokio's `AsyncFd` and async-io's
/// `Async` take it as it is; clear the readiness first, then dispatch:
///
/// ```ignore
/// let events = AsyncFd::new(queue.events()?)?;
/// loop {
///     events.readable().await?.clear_ready();
///     events.get_ref().dispatch()?;
/// }
/// ```
#[derive(Debug)]
pub struct Events<K = Bound> {
	queue: AsyncQueue<K>,
	fd: RawFd,
}

impl<K> Events<K> {
	/// Submits, takes what has completed, and wakes its futures. Returns how many completed. Never blocks.
	pub fn dispatch(&self) -> Result<usize> {
		// First the fd, then the completions: the other order loses wake-ups.
		// SAFETY: the fd is open as long as the queue, and ManuallyDrop does not close it.
		let mut file = ManuallyDrop::new(unsafe { File::from_raw_fd(self.fd) });
		let _nothing_to_read = file.read(&mut [0; 8]);
		let (mut sum, mut later) = (0, Later::default());
		// Not both in one call, which a signal may end before it has looked.
		self.queue.submit();
		loop {
			match self.queue.poll(&mut later)? {
				0 => return Ok(sum),
				count => sum += count,
			}
		}
	}
}

impl<K> AsFd for Events<K> {
	fn as_fd(&self) -> BorrowedFd<'_> {
		// SAFETY: it is open as long as the queue, which this holds.
		unsafe { BorrowedFd::borrow_raw(self.fd) }
	}
}

impl<K> AsRawFd for Events<K> {
	fn as_raw_fd(&self) -> RawFd {
		self.fd
	}
}

impl<K> AsyncQueue<K> {
	/// The queue's fd, and what to do when it is readable. Futures submit for themselves.
	pub fn events(&self) -> Result<Events<K>> {
		Ok(Events { fd: self.fd()?, queue: self.clone() })
	}
}

impl AsyncQueue {
	/// Runs a future in this thread, and this queue for it: commands that it pushes in one go are submitted by one system call.
	/// What the future waits for besides may wake it from any thread; a queue with [`iopoll`](crate::QueueOptions::iopoll) notices
	/// that only when its next command completes.
	///
	/// # Panics
	/// If the queue cannot be waited for: in the child of a fork.
	pub fn block_on<F: Future>(&self, future: F) -> F::Output {
		let mut future = Box::pin(future);
		let signal = Arc::new(Signal { doing: AtomicU8::new(WOKEN), thread: thread::current(), wakeup: self.wakeup() });
		let waker = Waker::from(Arc::clone(&signal));
		let _deferred = self.defer();
		let mut later = Later::default();
		loop {
			while signal.doing.swap(RUNNING, Ordering::SeqCst) == WOKEN {
				if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
					return output;
				}
			}
			let how = if self.in_flight() > 0 { IN_QUEUE } else { PARKED };
			if signal.doing.compare_exchange(RUNNING, how, Ordering::SeqCst, Ordering::SeqCst).is_err() {
				continue; // woken meanwhile
			}
			if how == PARKED {
				thread::park();
			} else {
				self.wait(&mut later).expect("the queue of a running future can be waited for");
			}
		}
	}
}

const RUNNING: u8 = 0;
const WOKEN: u8 = 1;
const IN_QUEUE: u8 = 2;
const PARKED: u8 = 3;

struct Signal {
	doing: AtomicU8,
	thread: Thread,
	wakeup: Wakeup,
}

impl Wake for Signal {
	fn wake(self: Arc<Self>) {
		self.wake_by_ref();
	}
	fn wake_by_ref(self: &Arc<Self>) {
		match self.doing.swap(WOKEN, Ordering::SeqCst) {
			// Its own thread has just left the wait.
			IN_QUEUE if thread::current().id() == self.thread.id() => {}
			// A queue that cannot be woken has gone, or is a child's, or polls and sees it at its next completion.
			IN_QUEUE => drop(self.wakeup.wake()),
			PARKED => self.thread.unpark(),
			_ => {}
		}
	}
}
