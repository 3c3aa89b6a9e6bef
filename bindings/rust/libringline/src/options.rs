// SPDX-License-Identifier: MIT OR Apache-2.0
//! How a queue is made, what it tells, and what wakes it.

use crate::error::{check, Error, Result};
use crate::queue::{Bound, Movable, Queue};
use libringline_sys as sys;
use std::ptr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What runs commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Engine {
	/// io_uring.
	Uring,
	/// Threads that call ioctl.
	Threads,
}

/// How to make a queue.
#[derive(Clone, Copy, Debug, Default)]
pub struct QueueOptions {
	raw: sys::ringline_queue_options,
}

impl QueueOptions {
	/// 256 commands, 4 devices, 8 buffers, io_uring if it can be had.
	pub fn new() -> Self {
		Self::default()
	}
	/// This engine or none.
	pub fn engine(mut self, engine: Engine) -> Self {
		self.raw.engine = match engine {
			Engine::Uring => sys::RINGLINE_ENGINE_URING,
			Engine::Threads => sys::RINGLINE_ENGINE_THREADS,
		};
		self
	}
	/// Commands in flight, 1 to 32,768.
	pub fn depth(mut self, depth: u32) -> Self {
		self.raw.depth = depth;
		self
	}
	/// Attached at once, 1 to 1,024.
	pub fn max_devices(mut self, max_devices: u32) -> Self {
		self.raw.max_devices = max_devices;
		self
	}
	/// Attached at once, 1 to 64.
	pub fn max_buffers(mut self, max_buffers: u32) -> Self {
		self.raw.max_buffers = max_buffers;
		self
	}
	/// Of the threads engine, 1 to 256.
	pub fn workers(mut self, workers: u32) -> Self {
		self.raw.workers = workers;
		self
	}
	/// RINGLINE_QUEUE_IOPOLL: waits spin, on namespaces with polled queues. Not movable, not with `sqpoll`.
	pub fn iopoll(mut self) -> Self {
		self.raw.flags |= sys::RINGLINE_QUEUE_IOPOLL;
		self
	}
	/// RINGLINE_QUEUE_SQPOLL: a thread of the kernel takes what is submitted, and sleeps after so long without (0: 1,000).
	pub fn sqpoll(mut self, idle_ms: u32) -> Self {
		self.raw.flags |= sys::RINGLINE_QUEUE_SQPOLL;
		self.raw.sqpoll_idle_ms = idle_ms;
		self
	}
	/// Makes a queue that stays in this thread.
	pub fn create(&self) -> Result<Queue<Bound>> {
		Queue::hold(self.make(0)?)
	}
	/// Makes a queue that may be sent to other threads. On a real device its commands must have memory at addresses that 4 divides
	/// (EINVAL), as all but odd pieces have, and no separate metadata.
	pub fn create_movable(&self) -> Result<Queue<Movable>> {
		Queue::hold(self.make(sys::RINGLINE_QUEUE_MOVABLE)?)
	}
	fn make(&self, flags: u32) -> Result<*mut sys::ringline_queue> {
		let options = sys::ringline_queue_options { flags: self.raw.flags | flags, ..self.raw };
		let mut diagnosis = sys::ringline_diagnosis::default();
		let mut queue = ptr::null_mut();
		// SAFETY: the structs say their size.
		let returned = unsafe { sys::ringline_queue_create(&options, &mut diagnosis, &mut queue) };
		if returned < 0 {
			return Err(Error::diagnosed(returned, &diagnosis));
		}
		Ok(queue)
	}
}

/// What a queue is, and how full. A snapshot.
#[derive(Clone, Copy, Debug)]
pub struct QueueInfo {
	pub(crate) raw: sys::ringline_queue_info,
}

impl QueueInfo {
	/// What runs.
	pub fn engine(&self) -> Engine {
		match self.raw.engine {
			sys::RINGLINE_ENGINE_THREADS => Engine::Threads,
			_ => Engine::Uring,
		}
	}
	/// Commands in flight at most.
	pub fn depth(&self) -> u32 {
		self.raw.depth
	}
	/// System calls made for submission and completion so far.
	pub fn enters(&self) -> u64 {
		self.raw.enters
	}
	/// All of it.
	pub fn raw(&self) -> &sys::ringline_queue_info {
		&self.raw
	}
}

/// Ends a queue's wait, from any thread; when the queue is gone it does nothing.
#[derive(Clone, Debug)]
pub struct Wakeup {
	shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
	target: Mutex<Target>,
	/// The library tells of a call that came together with a completion only by returning, which a wait for more needs to
	/// know.
	called: AtomicBool,
}

#[derive(Debug)]
struct Target(Option<*mut sys::ringline_queue>);

// SAFETY: any thread may wake a queue, and the lock keeps it alive meanwhile.
unsafe impl Send for Target {}

impl Wakeup {
	/// Makes the running wait, or else the next one, return early. Several calls may count as one; a blocking call, such as
	/// [`Queue::read`], goes on all the same, and the call is spent.
	pub fn wake(&self) -> Result<()> {
		self.shared.called.store(true, Ordering::Release);
		match self.lock().0 {
			// SAFETY: it is taken out before the queue is destroyed.
			Some(raw) => check(unsafe { sys::ringline_queue_wakeup(raw) }).map(drop),
			None => Ok(()),
		}
	}
	pub(crate) fn of(raw: *mut sys::ringline_queue) -> Self {
		let shared = Shared { target: Mutex::new(Target(Some(raw))), called: AtomicBool::new(false) };
		Self { shared: Arc::new(shared) }
	}
	pub(crate) fn set(&self, raw: Option<*mut sys::ringline_queue>) {
		self.lock().0 = raw;
	}
	/// Whether there was a call since a wait last returned.
	#[inline]
	pub(crate) fn was_called(&self) -> bool {
		self.shared.called.load(Ordering::Relaxed)
	}
	/// A wait returns: whatever a caller did before its call is seen from now on.
	#[inline]
	pub(crate) fn answer(&self) {
		if self.was_called() {
			self.shared.called.swap(false, Ordering::AcqRel);
		}
	}
	fn lock(&self) -> MutexGuard<'_, Target> {
		self.shared.target.lock().unwrap_or_else(PoisonError::into_inner)
	}
}
