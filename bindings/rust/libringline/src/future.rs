// SPDX-License-Identifier: MIT OR Apache-2.0
//! Commands as futures, for any executor.

use crate::command::{Command, Completed, Failed};
use crate::device::Device;
use crate::error::Result;
use crate::memory::{Buffer, Memory};
use crate::options::QueueInfo;
use crate::queue::{submit_and_wait, Bound, Queue, EAGAIN, EINTR};
use crate::waiting::{Place, Waiting};
use libringline_sys as sys;
use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

/// A queue whose commands are awaited. A handle: cloning it is cheap, and the queue lives as long as its handles, futures and
/// [`Events`](crate::Events). Of a `Queue<Movable>` all of them may be sent to other threads.
///
/// Somebody has to look for completions: [`block_on`](Self::block_on), or an executor's reactor by way of
/// [`events`](Self::events).
#[derive(Debug)]
pub struct AsyncQueue<K = Bound> {
	shared: Arc<Mutex<State<K>>>,
}

#[derive(Debug)]
struct State<K> {
	queue: Queue<K>,
	tasks: Vec<Task>,
	/// First of the list of free tasks.
	free: usize,
	waiting: Waiting,
	/// Somebody submits later: not each future for itself.
	deferred: u32,
}

/// What a future's command is doing. Its number goes with the command as user_data.
#[derive(Debug)]
enum Task {
	Free { next: usize },
	Running { slot: usize, waker: Waker },
	Ended(Completed),
}

/// What is to be done when the state is no longer locked, because it is the user's code.
#[derive(Default)]
pub(crate) struct Later {
	wakers: Vec<Waker>,
	garbage: Vec<Memory>,
}

impl Later {
	fn now(&mut self) {
		self.wakers.drain(..).for_each(Waker::wake);
		self.garbage.clear();
	}
}

impl<K> Clone for AsyncQueue<K> {
	fn clone(&self) -> Self {
		Self { shared: Arc::clone(&self.shared) }
	}
}

impl<K> AsyncQueue<K> {
	/// Takes over a queue. One with commands in flight, or whose completions were not all taken, comes back.
	pub fn new(queue: Queue<K>) -> std::result::Result<Self, Queue<K>> {
		if queue.in_flight() > 0 {
			return Err(queue);
		}
		let state = State { queue, tasks: Vec::new(), free: 0, waiting: Waiting::default(), deferred: 0 };
		Ok(Self { shared: Arc::new(Mutex::new(state)) })
	}
	/// As [`Queue::attach`].
	pub fn attach(&self, device: &Device) -> Result<()> {
		self.lock().queue.attach(device)
	}
	/// As [`Queue::detach`].
	pub fn detach(&self, device: &Device) -> Result<()> {
		self.lock().queue.detach(device)
	}
	/// As [`Queue::attach_buffer`].
	pub fn attach_buffer(&self, buffer: &Buffer) -> Result<bool> {
		self.lock().queue.attach_buffer(buffer)
	}
	/// As [`Queue::detach_buffer`].
	pub fn detach_buffer(&self, buffer: &Buffer) -> Result<()> {
		self.lock().queue.detach_buffer(buffer)
	}
	/// As [`Queue::info`].
	pub fn info(&self) -> Result<QueueInfo> {
		self.lock().queue.info()
	}
	/// As [`Queue::in_flight`]: commands of dropped futures count.
	pub fn in_flight(&self) -> usize {
		self.lock().queue.in_flight()
	}

	/// Reads into all of `memory`, which comes back.
	pub fn read(&self, device: &Device, lba: u64, memory: impl Into<Memory>) -> CommandFuture<K> {
		self.run(Command::read(device, lba, memory))
	}
	/// Writes all of `memory`, which comes back.
	pub fn write(&self, device: &Device, lba: u64, memory: impl Into<Memory>) -> CommandFuture<K> {
		self.run(Command::write(device, lba, memory))
	}
	/// Makes what was written before durable.
	pub fn flush(&self, device: &Device) -> CommandFuture<K> {
		self.run(Command::flush(device))
	}
	/// Runs any command.
	pub fn run(&self, command: Command) -> CommandFuture<K> {
		CommandFuture { queue: self.clone(), stage: Stage::New(command, None) }
	}

	/// Submits, waits for a completion, takes what there is, and wakes; or returns early. `later` is empty before and behind: it is
	/// its room that is used again.
	pub(crate) fn wait(&self, later: &mut Later) -> Result<()> {
		let taken = self.lock().take(later, |raw, room, max| submit_and_wait(raw, room, max, 1, -1));
		later.now();
		match taken {
			Err(error) if error.raw_os_error() == Some(EINTR) => Ok(()),
			result => result.map(drop),
		}
	}
	/// Takes some of what has completed, and wakes. Returns how many were taken.
	pub(crate) fn poll(&self, later: &mut Later) -> Result<usize> {
		// SAFETY: the queue is alive, and there is room for max.
		let taken = self.lock().take(later, |raw, room, max| unsafe { sys::ringline_poll(raw, room, max) });
		later.now();
		taken
	}
	pub(crate) fn submit(&self) {
		self.lock().submit();
	}
	pub(crate) fn fd(&self) -> Result<i32> {
		self.lock().queue.fd()
	}
	pub(crate) fn defer(&self) -> Deferred<'_, K> {
		self.lock().deferred += 1;
		Deferred(self)
	}
	pub(crate) fn wakeup(&self) -> crate::Wakeup {
		self.lock().queue.wakeup()
	}
	fn lock(&self) -> MutexGuard<'_, State<K>> {
		// A panic leaves nothing half done: no code of others runs under the lock.
		self.shared.lock().unwrap_or_else(PoisonError::into_inner)
	}
}

/// While it lives, futures leave it to its maker to submit.
pub(crate) struct Deferred<'a, K>(&'a AsyncQueue<K>);

impl<K> Drop for Deferred<'_, K> {
	fn drop(&mut self) {
		let mut state = self.0.lock();
		state.deferred -= 1;
		state.submit();
	}
}

enum Pushed {
	Task(usize),
	Full(Place),
	Refused(i32),
}

impl<K> State<K> {
	/// Pushes the command of a future, and takes its memory.
	fn push(&mut self, command: &mut Command, place: Option<Place>, waker: &mut Option<Waker>) -> Pushed {
		if self.free == self.tasks.len() {
			self.tasks.push(Task::Free { next: self.free + 1 });
		}
		let number = self.free;
		match self.queue.try_push(command, number as u64) {
			Err(errno) if errno == -EAGAIN && self.queue.in_flight() > 0 => {
				Pushed::Full(self.waiting.wait(place, waker))
			}
			Err(errno) => Pushed::Refused(errno),
			Ok(slot) => {
				if let (Task::Free { next }, Some(waker)) = (&self.tasks[number], waker.take()) {
					self.free = *next;
					self.tasks[number] = Task::Running { slot, waker };
				}
				if self.deferred == 0 {
					self.submit();
				}
				Pushed::Task(number)
			}
		}
	}
	/// What the kernel could not take goes next time, for which whoever waits for completions is woken.
	fn submit(&mut self) {
		let all =
			self.queue.submit().and_then(|_| self.queue.info()).map_or(false, |info| info.raw().not_submitted == 0);
		if !all {
			let _in_the_child_of_a_fork = self.queue.wakeup().wake();
		}
	}
	/// Takes completions from `source`.
	fn take(
		&mut self,
		later: &mut Later,
		source: impl FnOnce(*mut sys::ringline_queue, *mut sys::ringline_completion, u32) -> i32,
	) -> Result<usize> {
		let tasks = &mut self.tasks;
		let taken = self.queue.take(usize::MAX, source, |completed| {
			let number = completed.user_data() as usize;
			if let Task::Running { waker, .. } = mem::replace(&mut tasks[number], Task::Ended(completed)) {
				later.wakers.push(waker);
			}
		});
		self.queue.take_garbage(&mut later.garbage);
		if matches!(taken, Ok(count) if count > 0) {
			self.waiting.end(&mut later.wakers);
		}
		taken
	}
	/// Frees the task of a command that has ended.
	fn finish(&mut self, number: usize) -> Option<Completed> {
		match self.tasks[number] {
			Task::Ended(_) => match self.release(number) {
				Task::Ended(completed) => Some(completed),
				_ => unreachable!("it has ended"),
			},
			_ => None,
		}
	}
	/// Whether the task will wake who polls now. `new`, if there is one, becomes its waker, and the old one comes back, to be
	/// dropped when the state is no longer locked.
	fn will_wake(&mut self, number: usize, polled: &Waker, new: &mut Option<Waker>) -> bool {
		match &mut self.tasks[number] {
			Task::Running { waker, .. } if !waker.will_wake(polled) => match new {
				Some(new) => {
					mem::swap(waker, new);
					true
				}
				None => false,
			},
			_ => true,
		}
	}
	fn release(&mut self, number: usize) -> Task {
		mem::replace(&mut self.tasks[number], Task::Free { next: mem::replace(&mut self.free, number) })
	}
}

/// One command, pushed when it is first polled and the queue has room (those that wait for room come in any order). It gives
/// the memory back; if the command failed, with the reason.
///
/// If it is dropped before that, the command is cancelled where the device does not have it yet, and the queue keeps the
/// memory until the device has let go of it. That looks through all slots of the queue.
#[derive(Debug)]
#[must_use = "futures do nothing unless you await or poll them"]
pub struct CommandFuture<K = Bound> {
	queue: AsyncQueue<K>,
	stage: Stage,
}

#[derive(Debug)]
enum Stage {
	/// If the queue was full, with the place of those who wait.
	New(Command, Option<Place>),
	Pushed(usize),
	Done,
}

impl<K> Unpin for CommandFuture<K> {}

impl<K> CommandFuture<K> {
	/// The same future, which gives all that the completion says: the device's answer, the metadata, and the memory whether
	/// it succeeded or not. An error is of a command that was refused.
	pub fn completed(self) -> CompletedFuture<K> {
		CompletedFuture(self)
	}
	fn start(&mut self, context: &mut Context<'_>) -> Poll<std::result::Result<Completed, Failed>> {
		let (mut command, place) = match mem::replace(&mut self.stage, Stage::Done) {
			Stage::New(command, place) => (command, place),
			_ => unreachable!("only a new command is started"),
		};
		// Cloning and dropping a waker is its executor's code: not under the lock.
		let mut waker = Some(context.waker().clone());
		let (pushed, _left) = {
			let mut state = self.queue.lock();
			let pushed = state.push(&mut command, place, &mut waker);
			let left =
				place.filter(|_| !matches!(pushed, Pushed::Full(_))).and_then(|place| state.waiting.leave(place));
			(pushed, left)
		};
		match pushed {
			Pushed::Task(number) => self.stage = Stage::Pushed(number),
			Pushed::Full(place) => self.stage = Stage::New(command, Some(place)),
			Pushed::Refused(errno) => {
				let error = command.refused(errno);
				return Poll::Ready(Err(Failed { error, memory: command.memory }));
			}
		}
		Poll::Pending
	}
}

/// A [`CommandFuture`] that gives the completion.
#[derive(Debug)]
#[must_use = "futures do nothing unless you await or poll them"]
pub struct CompletedFuture<K = Bound>(CommandFuture<K>);

impl<K> Future for CompletedFuture<K> {
	type Output = std::result::Result<Completed, Failed>;

	fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
		self.0.poll_completed(context)
	}
}

impl<K> Future for CommandFuture<K> {
	type Output = std::result::Result<Memory, Failed>;

	fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
		self.poll_completed(context).map(|result| result.and_then(Completed::into_memory))
	}
}

impl<K> CommandFuture<K> {
	fn poll_completed(&mut self, context: &mut Context<'_>) -> Poll<std::result::Result<Completed, Failed>> {
		let number = match self.stage {
			Stage::New(..) => return self.start(context),
			Stage::Pushed(number) => number,
			Stage::Done => panic!("a future was polled after it was ready"),
		};
		let mut new = None;
		loop {
			let mut state = self.queue.lock();
			if let Some(completed) = state.finish(number) {
				drop(state);
				self.stage = Stage::Done;
				return Poll::Ready(Ok(completed));
			}
			if state.will_wake(number, context.waker(), &mut new) {
				return Poll::Pending;
			}
			drop(state);
			new = Some(context.waker().clone());
		}
	}
}

impl<K> Drop for CommandFuture<K> {
	fn drop(&mut self) {
		// The wakers and the memory are others' code: not under the lock.
		match self.stage {
			Stage::Pushed(number) => {
				let mut state = self.queue.lock();
				let task = state.release(number);
				if let Task::Running { slot, .. } = task {
					state.queue.forget_slot(slot);
				}
				drop(state);
				drop(task);
			}
			Stage::New(_, Some(place)) => {
				let left = self.queue.lock().waiting.leave(place);
				drop(left);
			}
			_ => {}
		}
	}
}
