// SPDX-License-Identifier: MIT OR Apache-2.0
//! Futures, by the queue's own executor and by somebody else's.
use crate::fixture::{
	c, each_engine, join_all, pattern, poll_once, poll_with, EachRef, Flag, BLOCK, LONG, MEDIA_ERROR, SHORT,
};
use crate::injected;
use libringline::simulated::{Fault, Opcode};
use libringline::{AsyncQueue, Command, Device, Engine, Events, Memory, Queue};
use std::future::Future;
use std::os::unix::io::{AsFd, AsRawFd};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

const ENOENT: i32 = 2;
const EINTR: i32 = 4;
const EAGAIN: i32 = 11;

fn on_each(depth: u32, test: impl Fn(&Device, &AsyncQueue)) {
	each_engine(depth, |device, queue| test(device, &AsyncQueue::new(queue).unwrap()));
}

#[test]
fn a_future_gives_its_memory_back_also_when_it_fails() {
	on_each(0, |device, queue| {
		Fault::status(Opcode::Read, MEDIA_ERROR).set(device).unwrap();
		let failed = queue.block_on(queue.read(device, 0, vec![9; BLOCK])).unwrap_err();
		assert_eq!(failed.error.status(), Some(MEDIA_ERROR));
		assert_eq!(Vec::from(failed.memory), [9; BLOCK]);
		let refused = queue.block_on(queue.read(device, 4096, vec![9; BLOCK])).unwrap_err();
		assert!(refused.error.to_string().contains("4096"), "{refused}");
		assert_eq!(refused.memory.len(), BLOCK);
	});
}

#[test]
fn more_futures_than_the_queue_has_room_for_all_end() {
	on_each(4, |device, queue| {
		let writes = (0..100).map(|lba| queue.write(device, lba, pattern(BLOCK, lba as usize)));
		assert!(queue.block_on(join_all(writes)).iter().all(Result::is_ok));
		let reads = (0..100).map(|lba| queue.read(device, lba, Memory::zeroed(BLOCK)));
		for (lba, memory) in queue.block_on(join_all(reads)).into_iter().enumerate() {
			assert_eq!(memory.unwrap()[..], pattern(BLOCK, lba));
		}
	});
}

#[test]
fn a_future_that_waits_for_room_is_known_once_however_often_it_is_polled() {
	on_each(1, |device, queue| {
		let flags = [(); 3].map(|()| Arc::<Flag>::default());
		let known = || flags.each_ref_of(|flag| Arc::strong_count(flag) - 1);
		let mut running = queue.write(device, 0, vec![1; BLOCK]);
		assert!(poll_once(&mut running).is_pending());
		let mut futures = [0, 1, 2].map(|_| queue.flush(device));
		for _ in 0..100 {
			for (future, flag) in futures.iter_mut().zip(&flags) {
				assert!(poll_with(future, flag).is_pending());
			}
		}
		assert_eq!(known(), [1, 1, 1]);
		// The place serves again when its future is dropped.
		let [first, second, _third] = futures;
		drop((first, second));
		assert_eq!(known(), [0, 0, 1]);
		for _ in 0..100 {
			let mut dropped = queue.flush(device);
			assert!(poll_with(&mut dropped, &flags[0]).is_pending());
		}
		assert_eq!(known(), [0, 0, 1]);
		queue.block_on(running).unwrap();
		assert!(!flags[0].take() && !flags[1].take() && flags[2].take());
		assert_eq!(known(), [0, 0, 0]);
	});
}

#[test]
fn futures_of_one_task_that_wait_for_room_wake_it_once_and_as_long_as_one_of_them_waits() {
	on_each(1, |device, queue| {
		let (task, other) = (Arc::<Flag>::default(), Arc::<Flag>::default());
		let known = || (Arc::strong_count(&task) - 1, Arc::strong_count(&other) - 1);
		let mut running = queue.write(device, 0, vec![1; BLOCK]);
		assert!(poll_once(&mut running).is_pending());
		let mut futures = [0, 1, 2].map(|_| queue.flush(device));
		assert!(futures.iter_mut().all(|future| poll_with(future, &task).is_pending()));
		assert_eq!(known(), (1, 0));
		let [mut first, second, third] = futures;
		assert!(poll_with(&mut first, &other).is_pending());
		drop(second);
		assert_eq!(known(), (1, 1));
		queue.block_on(running).unwrap();
		assert!(task.take() && other.take());
		assert_eq!(known(), (0, 0));
		assert!(queue.block_on(join_all([first, third])).iter().all(Result::is_ok));
	});
}

#[test]
fn commands_that_are_pushed_in_one_go_are_submitted_by_one_call() {
	on_each(64, |device, queue| {
		let info = queue.info().unwrap();
		let reads = (0..32).map(|lba| queue.read(device, lba, Memory::zeroed(BLOCK)));
		assert!(queue.block_on(join_all(reads)).iter().all(Result::is_ok));
		if info.engine() == Engine::Uring {
			let enters = queue.info().unwrap().enters() - info.enters();
			assert!(enters <= 4, "{enters} system calls");
		}
	});
}

#[test]
fn a_future_that_waits_for_something_else_is_woken_from_another_thread() {
	on_each(0, |device, queue| {
		assert_eq!(queue.block_on(Later(&mut None)), 42);
		// The same beside a command that never completes.
		Fault::lost(Opcode::Read).set(device).unwrap();
		let mut lost = queue.read(device, 0, Memory::zeroed(BLOCK));
		assert!(poll_once(&mut lost).is_pending());
		assert_eq!(queue.block_on(Later(&mut None)), 42);
		assert!(poll_once(&mut lost).is_pending());
	});
}

/// 42, after a thread has woken it.
struct Later<'a>(&'a mut Option<Arc<Flag>>);

impl Future for Later<'_> {
	type Output = u32;
	fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<u32> {
		if let Some(flag) = &*self.0 {
			return if flag.take() { Poll::Ready(42) } else { Poll::Pending };
		}
		let flag = Arc::<Flag>::default();
		*self.0 = Some(Arc::clone(&flag));
		let waker = context.waker().clone();
		std::thread::spawn(move || {
			std::thread::sleep(SHORT);
			Waker::from(flag).wake();
			waker.wake();
		});
		Poll::Pending
	}
}

#[test]
fn somebody_elses_reactor_waits_for_the_fd_and_the_futures_are_woken() {
	on_each(0, |device, queue| {
		let events = queue.events().unwrap();
		assert_eq!(events.as_fd().as_raw_fd(), events.as_raw_fd());
		Fault::delay(Opcode::Any, SHORT).set(device).unwrap();
		for _ in 0..5 {
			let flags = [(); 3].map(|()| Arc::<Flag>::default());
			let mut futures = [0, 1, 2].map(|lba| queue.read(device, lba, Memory::zeroed(BLOCK)));
			for (future, flag) in futures.iter_mut().zip(&flags) {
				assert!(poll_with(future, flag).is_pending());
			}
			let mut completed = 0;
			while completed < 3 {
				assert!(c::readable(events.as_raw_fd(), 5000), "nothing came");
				completed += events.dispatch().unwrap();
			}
			for (future, flag) in futures.iter_mut().zip(&flags) {
				assert!(flag.take(), "nobody was woken");
				match poll_once(future) {
					Poll::Ready(memory) => assert_eq!(memory.unwrap().len(), BLOCK),
					Poll::Pending => panic!("it has completed"),
				}
			}
		}
	});
}

/// Dispatches until the future's task is woken.
fn dispatch_until_woken(events: &Events, flag: &Flag) {
	while !flag.take() {
		assert!(c::readable(events.as_raw_fd(), 5000), "nobody sends it");
		events.dispatch().unwrap();
	}
}

#[test]
fn what_the_kernel_did_not_take_is_submitted_by_the_next_dispatch() {
	on_each(0, |device, queue| {
		let events = queue.events().unwrap();
		let settle = || {
			while c::readable(events.as_raw_fd(), 2 * SHORT.as_millis() as i32) {
				events.dispatch().unwrap();
			}
		};
		// 0: it took none, which is no error.
		for (returned, in_block_on) in [(-EAGAIN, true), (-EAGAIN, false), (0, true), (0, false)] {
			settle();
			let flag = Arc::<Flag>::default();
			let mut future = queue.write(device, 0, vec![1; BLOCK]);
			if in_block_on {
				queue.block_on(async {
					assert!(poll_with(&mut future, &flag).is_pending());
					injected::returns(returned, 2);
				});
			} else {
				injected::returns(returned, 2);
				assert!(poll_with(&mut future, &flag).is_pending());
			}
			assert_eq!((injected::calls_left(), queue.info().unwrap().raw().not_submitted), (1, 1));
			dispatch_until_woken(&events, &flag);
			assert!(poll_once(&mut future).is_ready());
		}
	});
}

#[test]
fn a_dispatch_that_a_signal_interrupts_looks_all_the_same() {
	on_each(0, |device, queue| {
		let events = queue.events().unwrap();
		let flag = Arc::<Flag>::default();
		let mut future = queue.write(device, 0, vec![1; BLOCK]);
		assert!(poll_with(&mut future, &flag).is_pending());
		std::thread::sleep(SHORT);
		injected::returns(-EINTR, 1);
		dispatch_until_woken(&events, &flag);
		assert_eq!(injected::calls_left(), 0);
		assert!(poll_once(&mut future).is_ready());
	});
}

#[test]
fn the_last_waker_counts() {
	on_each(0, |device, queue| {
		let events = queue.events().unwrap();
		Fault::delay(Opcode::Read, SHORT).set(device).unwrap();
		let (first, last) = (Arc::<Flag>::default(), Arc::<Flag>::default());
		let mut future = queue.read(device, 0, Memory::zeroed(BLOCK));
		assert!(poll_with(&mut future, &first).is_pending());
		assert!(poll_with(&mut future, &last).is_pending());
		while events.dispatch().unwrap() == 0 {
			assert!(c::readable(events.as_raw_fd(), 5000));
		}
		assert!(!first.take() && last.take());
	});
}

#[test]
fn a_slow_command_does_not_hold_up_others() {
	on_each(0, |device, queue| {
		Fault::delay(Opcode::Read, LONG).blocks(7..8).set(device).unwrap();
		let before = Instant::now();
		let mut slow = queue.read(device, 7, Memory::zeroed(BLOCK));
		assert!(poll_once(&mut slow).is_pending());
		for lba in 0..5 {
			queue.block_on(queue.write(device, lba, vec![0; BLOCK])).unwrap();
		}
		match poll_once(&mut slow) {
			// On a slow machine.
			Poll::Ready(memory) => drop(memory.unwrap()),
			Poll::Pending => drop(queue.block_on(slow).unwrap()),
		}
		assert!(before.elapsed() > LONG - Duration::from_millis(1));
	});
}

#[test]
fn a_queue_with_commands_in_flight_is_not_taken_over() {
	each_engine(0, |device, mut queue| {
		queue.push(Command::flush(device), 0).unwrap();
		let mut queue: Queue = AsyncQueue::new(queue).unwrap_err();
		queue.wait_one().unwrap().unwrap().outcome().unwrap();
		let queue = AsyncQueue::new(queue).unwrap();
		queue.detach(device).unwrap();
		let failed = queue.block_on(queue.flush(device)).unwrap_err();
		assert_ne!(failed.error.raw_os_error(), Some(ENOENT));
	});
}

#[test]
fn commands_take_turns_in_a_chain_of_awaits() {
	on_each(2, |device, queue| {
		let chain = |lba: u64| async move {
			let mut memory = Memory::from(pattern(BLOCK, lba as usize));
			for round in 0..10 {
				memory = queue.write(device, lba * 16 + round, memory).await?;
				memory = queue.read(device, lba * 16 + round, memory).await?;
			}
			std::io::Result::Ok(memory)
		};
		let chains = (0..8).map(|lba| Box::pin(chain(lba)));
		for (lba, memory) in queue.block_on(join_all(chains)).into_iter().enumerate() {
			assert_eq!(memory.unwrap()[..], pattern(BLOCK, lba));
		}
	});
}
