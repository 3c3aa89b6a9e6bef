// SPDX-License-Identifier: MIT OR Apache-2.0
//! Queues.

mod lend;

use crate::command::{Command, Completed, Extra, Refused};
use crate::device::Device;
use crate::error::{check, Error, Result};
use crate::memory::{Buffer, Memory, Shared};
use crate::options::{QueueInfo, QueueOptions, Wakeup};
use libringline_sys as sys;
use std::collections::VecDeque;
use std::marker::PhantomData;
use std::mem::{self, ManuallyDrop};
use std::os::unix::io::RawFd;
use std::sync::Arc;
use std::time::{Duration, Instant};

pub(crate) const EINTR: i32 = 4;
pub(crate) const EAGAIN: i32 = 11;
const EBUSY: i32 = 16;
const EALREADY: i32 = 114;
const ENOENT: i32 = 2;
/// How long to wait for what the kernel is short of.
const PAUSE_NS: i64 = 1_000_000;
const TAKEN_AT_ONCE: usize = 64;
/// Instead of the next free slot.
const IN_USE: usize = usize::MAX;
/// In user_data: a command whose memory a caller lends for the time of a call, and which has no slot.
pub(crate) const LENT: u64 = 1 << 63;

/// The kind of queue that stays in the thread that made it.
#[derive(Debug)]
pub struct Bound(PhantomData<*const ()>);
/// The kind of queue that may be sent to other threads.
#[derive(Debug)]
pub struct Movable(());

/// A queue. From push to completion it holds the memory of each command, and it holds the buffers attached to it.
///
/// When it is dropped it waits until the device has let go of all of that. In the child of a fork it cannot, and then leaks
/// itself with everything that it holds; [`close`](Self::close) tells instead.
///
/// By default it stays in its thread, for which kernels have the quickest rings; a `Queue<Movable>`, from
/// [`QueueOptions::create_movable`], may be sent.
#[derive(Debug)]
pub struct Queue<K = Bound> {
	state: ManuallyDrop<Box<State>>,
	kind: PhantomData<K>,
}

/// Behind a pointer, so that moving the queue costs nothing, and so that it can be leaked as a whole.
#[derive(Debug)]
struct State {
	raw: *mut sys::ringline_queue,
	wakeup: Wakeup,
	slots: Box<[Slot]>,
	/// First of the list of free slots.
	free: usize,
	in_flight: usize,
	buffers: Vec<Arc<Shared>>,
	/// Completed while somebody waited for something else.
	done: VecDeque<Completed>,
	/// Of forgotten commands that have completed. Dropping it is the user's code, so that comes last.
	garbage: Vec<Memory>,
}

// SAFETY: the library lets any thread use a movable queue, one at a time, and all that it holds can be sent. What keeps other
// queues where they are is their kind.
unsafe impl Send for State {}

#[derive(Debug, Default)]
struct Slot {
	memory: Memory,
	extra: Option<Box<Extra>>,
	user_data: u64,
	next: usize,
	forgotten: bool,
}

impl Queue {
	/// A queue with the defaults, for this thread. Others: [`QueueOptions`].
	pub fn new() -> Result<Self> {
		QueueOptions::new().create()
	}
}

impl<K> Queue<K> {
	/// Takes over a queue of the right kind.
	pub(crate) fn hold(raw: *mut sys::ringline_queue) -> Result<Self> {
		let mut info = sys::ringline_queue_info::default();
		// SAFETY: the queue was just made, and the struct says its size.
		check(unsafe { sys::ringline_queue_info_get(raw, &mut info) })?;
		let slots = (1..=info.depth as usize).map(|next| Slot { next, ..Slot::default() }).collect();
		let state = State {
			raw,
			wakeup: Wakeup::of(raw),
			slots,
			free: 0,
			in_flight: 0,
			buffers: Vec::new(),
			done: VecDeque::new(),
			garbage: Vec::new(),
		};
		Ok(Self { state: ManuallyDrop::new(Box::new(state)), kind: PhantomData })
	}
	/// Waits, and frees all that is held; completions not yet taken are dropped. If it cannot (ECHILD) nothing has changed.
	pub fn close(mut self) -> std::result::Result<(), (Error, Self)> {
		match self.destroy() {
			Ok(()) => {
				// SAFETY: the device has let go of everything, and self is forgotten.
				unsafe { ManuallyDrop::drop(&mut self.state) };
				mem::forget(self);
				Ok(())
			}
			Err(error) => Err((error, self)),
		}
	}
	fn destroy(&mut self) -> Result<()> {
		self.state.wakeup.set(None);
		// SAFETY: the queue is destroyed once: only if this succeeds is the state dropped.
		let destroyed = check(unsafe { sys::ringline_queue_destroy(self.state.raw) });
		if destroyed.is_err() {
			self.state.wakeup.set(Some(self.state.raw));
		}
		destroyed.map(drop)
	}

	/// Attaches a device: commands may name it from now on.
	pub fn attach(&mut self, device: &Device) -> Result<()> {
		// SAFETY: the queue is alive.
		check(unsafe { sys::ringline_queue_attach(self.state.raw, device.as_raw()) }).map(drop)
	}
	/// Detaches a device. EBUSY: it has commands in flight here.
	pub fn detach(&mut self, device: &Device) -> Result<()> {
		// SAFETY: the queue is alive.
		check(unsafe { sys::ringline_queue_detach(self.state.raw, device.as_raw()) }).map(drop)
	}
	/// Attaches a buffer, which the queue then holds. False: accounted for but not pinned (RLIMIT_MEMLOCK, or the engine has
	/// no use for it).
	pub fn attach_buffer(&mut self, buffer: &Buffer) -> Result<bool> {
		// SAFETY: the queue is alive, and holds the buffer until it is detached.
		let pinned = check(unsafe { sys::ringline_queue_attach_buffer(self.state.raw, buffer.shared.raw) })?;
		self.state.buffers.push(Arc::clone(&buffer.shared));
		Ok(pinned == 1)
	}
	/// Detaches a buffer. EBUSY: commands in flight here use it.
	pub fn detach_buffer(&mut self, buffer: &Buffer) -> Result<()> {
		// SAFETY: the queue is alive.
		check(unsafe { sys::ringline_queue_detach_buffer(self.state.raw, buffer.shared.raw) })?;
		self.state.buffers.retain(|held| !Arc::ptr_eq(held, &buffer.shared));
		Ok(())
	}
	/// What runs, why, and how full it is.
	pub fn info(&self) -> Result<QueueInfo> {
		let mut raw = sys::ringline_queue_info::default();
		// SAFETY: the queue is alive, and the struct says its size.
		check(unsafe { sys::ringline_queue_info_get(self.state.raw, &mut raw) })?;
		Ok(QueueInfo { raw })
	}
	/// What ends a wait, from any thread.
	pub fn wakeup(&self) -> Wakeup {
		self.state.wakeup.clone()
	}
	/// The C library's queue, good until this is closed. What is done to it is not seen here.
	pub fn as_raw(&self) -> *mut sys::ringline_queue {
		self.state.raw
	}
	pub(crate) fn fd(&mut self) -> Result<RawFd> {
		// SAFETY: the queue is alive.
		check(unsafe { sys::ringline_queue_fd(self.state.raw) }).map(|fd| fd as RawFd)
	}

	/// Pushes a command; its memory is the queue's until it completes. Refused when full, among others: the command comes
	/// back with the reason.
	#[inline]
	#[allow(clippy::result_large_err)] // nothing is allocated to refuse a command
	pub fn push(&mut self, mut command: Command, user_data: u64) -> std::result::Result<(), Refused> {
		match self.try_push(&mut command, user_data) {
			Ok(_) => Ok(()),
			Err(errno) => Err(Refused { error: command.refused(errno), command }),
		}
	}
	/// Pushes a command, and takes its memory. Returns its slot; or the errno, and the memory stays.
	#[inline]
	pub(crate) fn try_push(&mut self, command: &mut Command, user_data: u64) -> std::result::Result<usize, i32> {
		let state = &mut **self.state;
		let index = state.free;
		let slot = state.slots.get_mut(index).ok_or(-EAGAIN)?;
		command.raw.user_data = index as u64;
		// SAFETY: the addresses and lengths are those of the command's memory, which stays where it is and is held in the
		// slot until the completion.
		let pushed = unsafe { command.push_to(state.raw) };
		if pushed < 0 {
			return Err(pushed);
		}
		slot.memory = mem::take(&mut command.memory);
		slot.extra = command.extra.take();
		slot.user_data = user_data;
		state.free = mem::replace(&mut slot.next, IN_USE);
		state.in_flight += 1;
		Ok(index)
	}
	/// Pushed and not yet taken; forgotten ones count, and so do those that completed during a blocking call.
	pub fn in_flight(&self) -> usize {
		self.state.in_flight + self.state.done.len()
	}
	/// Hands what was pushed to the kernel. Returns how many it took; the rest goes next time.
	pub fn submit(&mut self) -> Result<usize> {
		loop {
			// SAFETY: the queue is alive.
			let returned = unsafe { sys::ringline_submit(self.state.raw) };
			if returned != -EINTR {
				return check(returned).map(|count| count as usize);
			}
		}
	}
	/// Takes the completions that are there, behind those in `out`. Never blocks; does not submit. Returns how many.
	#[inline]
	pub fn poll(&mut self, out: &mut Vec<Completed>) -> Result<usize> {
		let before = out.len();
		self.hand_out_done(out);
		// SAFETY: the queue is alive, and there is room for max.
		let source = |raw, room, max| unsafe { sys::ringline_poll(raw, room, max) };
		let taken = self.take(TAKEN_AT_ONCE, source, |completed| out.push(completed));
		self.empty_garbage();
		match taken {
			Err(error) if out.len() == before => Err(error),
			_ => Ok(out.len() - before),
		}
	}
	/// Submits, and takes completions, waiting for at least `min` (64 at most). Fewer when the time is up, after
	/// [`Wakeup::wake`], on a signal, when the kernel is short of memory, and when nothing more is in flight. Returns how many;
	/// forgotten ones do not count.
	#[inline]
	pub fn wait(&mut self, out: &mut Vec<Completed>, min: usize, timeout: Option<Duration>) -> Result<usize> {
		let before = out.len();
		self.hand_out_done(out);
		let min = min.saturating_sub(out.len() - before).min(TAKEN_AT_ONCE);
		let enough = out.len() + min;
		let end = timeout.and_then(|time| Instant::now().checked_add(time));
		let mut taken = self.take_some(out, min, timeout.map_or(-1, nanoseconds));
		if out.len() < enough && matches!(taken, Ok(count) if count >= min) {
			taken = self.wait_on(out, enough, end);
		}
		self.state.wakeup.answer();
		self.empty_garbage();
		match taken {
			Err(error) if out.len() == before => Err(error),
			_ => Ok(out.len() - before),
		}
	}
	#[inline]
	fn take_some(&mut self, out: &mut Vec<Completed>, min: usize, timeout_ns: i64) -> Result<usize> {
		let source = |raw, room, max| match submit_and_wait(raw, room, max, min as u32, timeout_ns) {
			errno if errno == -EINTR => 0,
			returned => returned,
		};
		self.take(TAKEN_AT_ONCE, source, |completed| out.push(completed))
	}
	/// As many were taken as were waited for, but some were forgotten.
	#[cold]
	fn wait_on(&mut self, out: &mut Vec<Completed>, enough: usize, end: Option<Instant>) -> Result<usize> {
		while out.len() < enough && !self.is_over() {
			let min = enough - out.len();
			let timeout_ns = end.map_or(-1, |end| nanoseconds(end.saturating_duration_since(Instant::now())));
			if self.take_some(out, min, timeout_ns)? < min {
				break;
			}
		}
		Ok(0)
	}
	/// Submits, and waits for one. `None`: there was none to wait for, or [`Wakeup::wake`].
	pub fn wait_one(&mut self) -> Result<Option<Completed>> {
		if !self.state.done.is_empty() {
			match self.submit() {
				// What cannot be submitted now goes with the next one.
				Err(error) if !matches!(error.raw_os_error(), Some(EAGAIN | EBUSY)) => return Err(error),
				_ => return Ok(self.state.done.pop_front()),
			}
		}
		let mut told = None;
		while told.is_none() {
			let source = |raw, room, max| submit_and_wait(raw, room, max, 1, -1);
			match self.take(1, source, |completed| told = Some(completed)) {
				Err(error) if error.raw_os_error() == Some(EINTR) => {}
				Err(error) => return Err(error),
				Ok(0) => break,
				Ok(_) if self.is_over() => break,
				Ok(_) => {}
			}
		}
		self.state.wakeup.answer();
		self.empty_garbage();
		Ok(told)
	}
	/// Whether a wait must not go on, though what it took was forgotten.
	fn is_over(&self) -> bool {
		self.state.in_flight == 0 || self.state.wakeup.was_called()
	}
	/// Cancels what the device does not have yet, of all commands with this user_data; each of them still completes. Returns
	/// how many; ENOENT: none is in flight; EALREADY: the device has or had them all. Looks through all slots for each of
	/// them.
	pub fn cancel(&mut self, user_data: u64) -> Result<usize> {
		self.cancel_each(user_data, false)
	}
	/// The same, and none of them is told of any more: the queue frees their memory when they complete, or at once if they
	/// have.
	pub fn forget(&mut self, user_data: u64) -> Result<usize> {
		let cancelled = match self.cancel_each(user_data, true) {
			Err(error) if matches!(error.raw_os_error(), Some(ENOENT | EALREADY)) => 0,
			result => result?,
		};
		self.state.done.retain(|completed| completed.user_data() != user_data);
		Ok(cancelled)
	}
	fn cancel_each(&mut self, user_data: u64, forget: bool) -> Result<usize> {
		self.info()?;
		let is_done = self.state.done.iter().any(|completed| completed.user_data() == user_data);
		let (mut cancelled, mut error) = (0, if is_done { -EALREADY } else { -ENOENT });
		for index in 0..self.state.slots.len() {
			let slot = &mut self.state.slots[index];
			if slot.next != IN_USE || slot.forgotten || slot.user_data != user_data {
				continue;
			}
			slot.forgotten = forget;
			match self.cancel_slot(index) {
				returned if returned < 0 => error = returned,
				returned => cancelled += returned as usize,
			}
		}
		if cancelled > 0 {
			Ok(cancelled)
		} else {
			Err(Error::call(error))
		}
	}
	fn cancel_slot(&mut self, index: usize) -> i32 {
		// SAFETY: the queue is alive.
		unsafe { sys::ringline_cancel(self.state.raw, index as u64) }
	}
	/// As [`forget`](Self::forget), for the command in a slot.
	pub(crate) fn forget_slot(&mut self, index: usize) {
		self.state.slots[index].forgotten = true;
		self.cancel_slot(index);
	}
	#[inline]
	fn empty_garbage(&mut self) {
		if !self.state.garbage.is_empty() {
			self.state.garbage.clear();
		}
	}
	pub(crate) fn take_garbage(&mut self, out: &mut Vec<Memory>) {
		out.append(&mut self.state.garbage);
	}

	#[inline]
	fn hand_out_done(&mut self, out: &mut Vec<Completed>) {
		if !self.state.done.is_empty() {
			out.extend(self.state.done.drain(..));
		}
	}
	/// Takes at most `max` completions from `source`, and gives those that are to be told of to `sink`. Returns how many were
	/// taken, forgotten ones included.
	#[inline]
	pub(crate) fn take(
		&mut self,
		max: usize,
		source: impl FnOnce(*mut sys::ringline_queue, *mut sys::ringline_completion, u32) -> i32,
		mut sink: impl FnMut(Completed),
	) -> Result<usize> {
		let mut room = mem::MaybeUninit::<[sys::ringline_completion; TAKEN_AT_ONCE]>::uninit();
		let max = max.min(TAKEN_AT_ONCE) as u32;
		let taken = match source(self.state.raw, room.as_mut_ptr().cast(), max) {
			errno if errno < 0 => return Err(Error::call(errno)),
			count => count as usize,
		};
		// SAFETY: the library has written so many.
		for raw in unsafe { std::slice::from_raw_parts(room.as_ptr().cast(), taken) } {
			if let Some(completed) = self.settle(raw) {
				sink(completed);
			}
		}
		Ok(taken)
	}
	/// Frees the slot of a command that has completed. `None`: it was forgotten.
	#[inline]
	fn settle(&mut self, raw: &sys::ringline_completion) -> Option<Completed> {
		let state = &mut **self.state;
		let index = raw.user_data as usize;
		let slot = &mut state.slots[index];
		let memory = mem::take(&mut slot.memory);
		let extra = slot.extra.take();
		slot.next = mem::replace(&mut state.free, index);
		state.in_flight -= 1;
		let raw = sys::ringline_completion { user_data: slot.user_data, ..*raw };
		if mem::take(&mut slot.forgotten) {
			state.garbage.push(memory);
			state.garbage.extend(extra.map(|extra| extra.metadata));
			return None;
		}
		Some(Completed { raw, memory, extra })
	}
}

impl<K> Drop for Queue<K> {
	fn drop(&mut self) {
		if self.destroy().is_ok() {
			// SAFETY: the device has let go of everything. Else all of it is leaked.
			unsafe { ManuallyDrop::drop(&mut self.state) };
		}
	}
}

/// In one system call. If the kernel is short of something, it waits for a moment and returns -EINTR: again.
#[inline]
pub(crate) fn submit_and_wait(
	raw: *mut sys::ringline_queue,
	room: *mut sys::ringline_completion,
	max: u32,
	min: u32,
	timeout_ns: i64,
) -> i32 {
	// SAFETY: the callers have a queue that is alive, and room.
	let returned = unsafe { sys::ringline_submit_and_wait(raw, room, max, min, timeout_ns) };
	if returned != -EAGAIN && returned != -EBUSY {
		return returned;
	}
	let pause = if timeout_ns < 0 { PAUSE_NS } else { timeout_ns.min(PAUSE_NS) };
	// SAFETY: as above.
	match unsafe { sys::ringline_wait(raw, room, max, min, pause) } {
		0 => -EINTR,
		returned => returned,
	}
}

fn nanoseconds(time: Duration) -> i64 {
	i64::try_from(time.as_nanos()).unwrap_or(i64::MAX)
}
