// SPDX-License-Identifier: MIT OR Apache-2.0
//! Whatever is dropped, cancelled or forgotten: memory is freed when the device has let go of it, and not before.
use crate::fixture::{
	c, each_engine, each_engine_in_turn, poll_once, Entry, Image, Ledger, BLOCK, ENGINES, LONG, SHORT,
};
use libringline::simulated::{Fault, Opcode};
use libringline::{AsyncQueue, Buffer, Command, Memory, Queue, QueueOptions};
use std::io::ErrorKind;
use std::task::Poll;
use std::time::{Duration, Instant};

const ECHILD: i32 = 10;
const EPERM: i32 = 1;
const EBUSY: i32 = 16;
const ERANGE: i32 = 34;
const EEXIST: i32 = 17;

#[test]
fn a_queue_that_ends_waits_for_its_commands_and_then_frees_their_memory() {
	each_engine(0, |device, mut queue| {
		let ledger = Ledger::default();
		Fault::delay(Opcode::Read, LONG).set(device).unwrap();
		queue.push(Command::read(device, 0, ledger.memory(BLOCK)), 0).unwrap();
		queue.submit().unwrap();
		queue.push(Command::read(device, 0, ledger.memory(BLOCK)), 0).unwrap(); // pushed only
		assert_eq!(ledger.held(), 2);
		drop(queue);
		assert_eq!(ledger.held(), 0);
	});
}

#[test]
fn a_forgotten_command_keeps_its_memory_until_it_completes_and_is_not_told_of() {
	each_engine(0, |device, mut queue| {
		let ledger = Ledger::default();
		Fault::delay(Opcode::Read, LONG).set(device).unwrap();
		queue.push(Command::read(device, 0, ledger.memory(BLOCK)), 4).unwrap();
		queue.submit().unwrap();
		queue.forget(4).unwrap();
		assert_eq!((ledger.held(), queue.in_flight()), (1, 1));
		assert!(queue.wait_one().unwrap().is_none());
		assert_eq!((ledger.held(), queue.in_flight()), (0, 0));
		assert_eq!(queue.forget(4).unwrap(), 0);
		// The slot serves again, under the same name, and is told of.
		queue.push(Command::write(device, 0, ledger.memory(BLOCK)), 4).unwrap();
		assert_eq!(queue.wait_one().unwrap().unwrap().user_data(), 4);
		assert_eq!(ledger.held(), 0);
	});
}

#[test]
fn a_wait_goes_on_behind_forgotten_commands_until_there_is_something_to_tell() {
	each_engine(0, |device, mut queue| {
		let ledger = Ledger::default();
		Fault::delay(Opcode::Read, LONG).set(device).unwrap();
		let push_both = |queue: &mut Queue| {
			queue.push(Command::read(device, 0, ledger.memory(BLOCK)), 1).unwrap();
			queue.push(Command::write(device, 1, ledger.memory(BLOCK)), 2).unwrap();
			queue.submit().unwrap();
			queue.forget(2).unwrap();
		};
		push_both(&mut queue);
		assert_eq!(queue.wait_one().unwrap().unwrap().user_data(), 1);
		push_both(&mut queue);
		let mut out = Vec::new();
		assert_eq!((queue.wait(&mut out, 1, None).unwrap(), out.pop().unwrap().user_data()), (1, 1));
		push_both(&mut queue);
		assert_eq!((queue.wait(&mut out, 1, Some(LONG * 1000)).unwrap(), out.len()), (1, 1));
		assert!(queue.wait_one().unwrap().is_none());
		drop(out);
		assert_eq!((ledger.held(), queue.in_flight()), (0, 0));
	});
}

#[test]
fn a_wait_behind_forgotten_commands_ends_when_its_time_is_up() {
	each_engine(0, |device, mut queue| {
		Fault::lost(Opcode::Read).set(device).unwrap();
		queue.push(Command::read(device, 0, Memory::zeroed(BLOCK)), 1).unwrap();
		for time in [SHORT, Duration::ZERO] {
			queue.push(Command::flush(device), 2).unwrap();
			queue.submit().unwrap();
			queue.forget(2).unwrap();
			std::thread::sleep(SHORT); // the flush completes, mostly
			let before = Instant::now();
			assert_eq!(queue.wait(&mut Vec::new(), 1, Some(time)).unwrap(), 0);
			assert!(before.elapsed() >= time);
		}
	});
}

#[test]
fn a_wake_that_comes_with_a_forgotten_command_ends_the_wait() {
	each_engine(0, |device, mut queue| {
		Fault::lost(Opcode::Read).set(device).unwrap();
		let mut out = Vec::new();
		for by_one in [true, false] {
			queue.push(Command::read(device, 0, Memory::zeroed(BLOCK)), 1).unwrap();
			queue.push(Command::flush(device), 2).unwrap();
			queue.submit().unwrap();
			queue.forget(2).unwrap();
			std::thread::sleep(SHORT);
			queue.wakeup().wake().unwrap();
			if by_one {
				assert!(queue.wait_one().unwrap().is_none());
			} else {
				assert_eq!(queue.wait(&mut out, 1, None).unwrap(), 0);
			}
			assert!(queue.in_flight() > 0);
			// It was spent: only what is told of ends the next wait.
			queue.push(Command::flush(device), 3).unwrap();
			assert_eq!(queue.wait_one().unwrap().unwrap().user_data(), 3);
		}
	});
}

#[test]
fn a_dropped_future_leaves_its_memory_to_the_queue() {
	each_engine(0, |device, queue| {
		let ledger = Ledger::default();
		let queue = AsyncQueue::new(queue).unwrap();
		Fault::delay(Opcode::Read, LONG).times(0, 1).set(device).unwrap();
		let mut future = queue.read(device, 0, ledger.memory(BLOCK));
		assert!(poll_once(&mut future).is_pending());
		drop(future);
		assert_eq!((ledger.held(), queue.in_flight()), (1, 1));
		// Others go on meanwhile, under the number that the dropped one had too.
		let memory = queue.block_on(queue.read(device, 1, ledger.memory(BLOCK))).unwrap();
		assert_eq!(ledger.held(), 1 + queue.in_flight());
		drop(memory);
		queue.block_on(async {
			while queue.in_flight() > 0 {
				queue.flush(device).await.unwrap();
			}
		});
		assert_eq!(ledger.held(), 0);
	});
}

#[test]
fn a_future_that_is_dropped_before_it_is_polled_or_after_it_is_done_frees_its_memory_at_once() {
	each_engine(1, |device, queue| {
		let ledger = Ledger::default();
		let queue = AsyncQueue::new(queue).unwrap();
		drop(queue.read(device, 0, ledger.memory(BLOCK)));
		assert_eq!((ledger.held(), queue.in_flight()), (0, 0));
		let mut done = queue.read(device, 0, ledger.memory(BLOCK));
		assert!(poll_once(&mut done).is_pending());
		let mut full = queue.read(device, 0, ledger.memory(BLOCK));
		assert!(poll_once(&mut full).is_pending());
		drop(full);
		assert_eq!(ledger.held(), 1);
		queue.block_on(queue.flush(device)).unwrap(); // waits for room, and takes the completion
		drop(done);
		assert_eq!((ledger.held(), queue.in_flight()), (0, 0));
	});
}

#[test]
fn futures_and_their_queue_are_dropped_in_every_order() {
	for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
		each_engine(0, |device, queue| {
			let ledger = Ledger::default();
			let queue = AsyncQueue::new(queue).unwrap();
			Fault::delay(Opcode::Read, SHORT).set(device).unwrap();
			let mut futures = [0, 1].map(|lba| Some(queue.read(device, lba, ledger.memory(BLOCK))));
			for future in futures.iter_mut().flatten() {
				assert!(poll_once(future).is_pending());
			}
			let mut queue = Some(queue);
			for (step, what) in order.into_iter().enumerate() {
				assert_eq!(ledger.held(), 2, "step {step}");
				match what {
					2 => drop(queue.take()),
					number => drop(futures[number].take()),
				}
			}
			assert_eq!(ledger.held(), 0);
		});
	}
}

#[test]
fn a_lost_read_of_a_dropped_future_is_cancelled() {
	each_engine_in_turn(|device, queue| {
		let ledger = Ledger::default();
		let queue = AsyncQueue::new(queue).unwrap();
		Fault::lost(Opcode::Read).set(device).unwrap();
		let mut future = queue.read(device, 0, ledger.memory(BLOCK));
		assert!(poll_once(&mut future).is_pending());
		queue.block_on(queue.flush(device)).unwrap();
		drop(future);
		while queue.in_flight() > 0 {
			assert_eq!(ledger.held(), 1);
			queue.block_on(queue.flush(device)).unwrap();
		}
		assert_eq!(ledger.held(), 0);
	});
}

#[test]
fn a_panic_in_the_users_drop_leaves_the_queue_usable() {
	struct Explosive(Vec<u8>);
	impl AsMut<[u8]> for Explosive {
		fn as_mut(&mut self) -> &mut [u8] {
			&mut self.0
		}
	}
	impl Drop for Explosive {
		fn drop(&mut self) {
			std::panic::panic_any("as planned");
		}
	}
	each_engine(0, |device, queue| {
		let queue = AsyncQueue::new(queue).unwrap();
		Fault::delay(Opcode::Read, SHORT).set(device).unwrap();
		let mut future = queue.read(device, 0, Memory::from_owner(Explosive(vec![0; BLOCK])));
		assert!(poll_once(&mut future).is_pending());
		drop(future);
		let again = std::panic::AssertUnwindSafe(|| {
			while queue.in_flight() > 0 {
				queue.block_on(queue.flush(device)).unwrap();
			}
		});
		assert_eq!(std::panic::catch_unwind(again).unwrap_err().downcast_ref(), Some(&"as planned"));
		queue.block_on(queue.write(device, 0, vec![0; BLOCK])).unwrap();
	});
}

/// Carries a queue where it must not go.
struct Smuggled<T>(T);

// SAFETY: none: that is what the tests are about.
unsafe impl<T> Send for Smuggled<T> {}

#[test]
fn a_queue_that_ends_in_another_thread_is_leaked_with_its_memory() {
	each_engine(0, |device, mut queue| {
		let ledger = Ledger::default();
		Fault::delay(Opcode::Read, SHORT).set(device).unwrap();
		queue.push(Command::read(device, 0, ledger.memory(BLOCK)), 0).unwrap();
		queue.submit().unwrap();
		let smuggled = Smuggled(queue);
		let thread = std::thread::spawn(move || {
			let whole = smuggled; // not its field alone
			let (error, queue) = whole.0.close().unwrap_err();
			assert_eq!(error.raw_os_error(), Some(EPERM));
			drop(queue);
		});
		thread.join().unwrap();
		assert_eq!(ledger.held(), 1);
	});
}

#[test]
fn after_fork_the_child_frees_nothing_and_the_parent_goes_on() {
	each_engine(0, |device, mut queue| {
		let ledger = Ledger::default();
		Fault::delay(Opcode::Write, LONG).set(device).unwrap();
		queue.push(Command::write(device, 0, ledger.memory(BLOCK)), 0).unwrap();
		queue.submit().unwrap();
		let queue = std::cell::Cell::new(Some(queue));
		assert!(c::in_child(|| {
			let refused = match queue.take().unwrap().close() {
				Ok(()) => false,
				Err((error, _dropped)) => error.raw_os_error() == Some(ECHILD),
			};
			refused && ledger.held() == 1
		}));
		let mut queue = queue.take().unwrap();
		queue.wait_one().unwrap().unwrap().outcome().unwrap();
		assert_eq!(ledger.held(), 0);
	});
}

#[test]
fn after_fork_a_child_drops_futures_and_opens_for_itself() {
	let image = Image::new();
	let device = image.open();
	let ledger = Ledger::default();
	let queue = AsyncQueue::new(Queue::new().unwrap()).unwrap();
	queue.attach(&device).unwrap();
	Fault::delay(Opcode::Write, SHORT).set(&device).unwrap();
	let future = std::cell::Cell::new(Some(queue.write(&device, 0, ledger.memory(BLOCK))));
	let mut polled = future.take().unwrap();
	assert!(poll_once(&mut polled).is_pending());
	future.set(Some(polled));
	assert!(c::in_child(|| {
		drop(future.take());
		let own = libringline::OpenOptions::new().open("null:").unwrap();
		let mut fresh = Queue::new().unwrap();
		fresh.attach(&own).unwrap();
		fresh.flush(&own).is_ok() && ledger.held() == 1
	}));
	queue.block_on(future.take().unwrap()).unwrap();
	assert_eq!(ledger.held(), 0);
}

#[test]
fn a_buffer_lives_as_long_as_queues_and_pieces_use_it() {
	each_engine(0, |device, mut queue| {
		let buffer = Buffer::new(8192).unwrap();
		queue.attach_buffer(&buffer).unwrap();
		assert_eq!(queue.attach_buffer(&buffer).unwrap_err().raw_os_error(), Some(EEXIST));
		let mut piece = buffer.piece(4096, BLOCK).unwrap();
		piece.fill(3);
		for (offset, length, errno) in
			[(8192, 1, ERANGE), (usize::MAX, 2, ERANGE), (4096 + BLOCK - 1, 1, EBUSY), (4000, 97, EBUSY)]
		{
			assert_eq!(buffer.piece(offset, length).unwrap_err().raw_os_error(), Some(errno));
		}
		drop(buffer.piece(4000, 96).unwrap());
		drop(buffer.piece(4096 + BLOCK, 1).unwrap());
		Fault::delay(Opcode::Write, SHORT).set(device).unwrap();
		queue.push(Command::write(device, 0, piece), 0).unwrap();
		queue.submit().unwrap();
		assert_eq!(queue.detach_buffer(&buffer).unwrap_err().raw_os_error(), Some(EBUSY));
		let piece = queue.wait_one().unwrap().unwrap().into_memory().unwrap();
		queue.detach_buffer(&buffer).unwrap();
		drop(buffer);
		drop(queue);
		assert_eq!(piece[..], [3; BLOCK]);
	});
}

#[test]
fn memory_gives_back_what_it_was_made_of() {
	let ledger = Ledger::default();
	let bytes = vec![1, 2, 3];
	let place = bytes.as_ptr();
	let bytes = Vec::from(Memory::from(bytes));
	assert_eq!((bytes.as_ptr(), &bytes[..]), (place, &[1, 2, 3][..]));
	assert_eq!(Vec::from(Memory::zeroed(3)), [0; 3]);
	assert!(Memory::new().is_empty() && Memory::zeroed(0).is_empty() && Memory::from(Vec::new()).is_empty());
	let memory = Memory::from_owner(ledger.entry(3)).into_owner::<Vec<u8>>().unwrap_err();
	let entry = memory.into_owner::<Entry>().map_err(|_| ()).unwrap();
	assert_eq!(entry.bytes, [0; 3]);
	assert_eq!(ledger.held(), 1);
	drop(entry);
	let inline = Memory::from_owner([7_u8; 16]);
	let moved = inline;
	assert_eq!(moved[..], [7; 16]);
	assert_eq!(moved.into_owner::<[u8; 16]>().unwrap(), [7; 16]);
	drop(Memory::from_owner([0_u8; 0]));
	assert_eq!(ledger.held(), 0);
	assert_eq!(Buffer::new(0).unwrap_err().kind(), ErrorKind::InvalidInput);
}

#[test]
fn a_future_of_a_movable_queue_is_driven_by_another_thread() {
	for engine in ENGINES {
		let image = Image::new();
		let device = image.open();
		let queue = AsyncQueue::new(QueueOptions::new().engine(engine).create_movable().unwrap()).unwrap();
		queue.attach(&device).unwrap();
		let ledger = Ledger::default();
		let events = queue.events().unwrap();
		Fault::delay(Opcode::Read, SHORT).set(&device).unwrap();
		let mut future = queue.read(&device, 0, ledger.memory(BLOCK));
		assert!(poll_once(&mut future).is_pending());
		let thread = std::thread::spawn(move || {
			while events.dispatch().unwrap() == 0 {
				assert!(c::readable(std::os::unix::io::AsRawFd::as_raw_fd(&events), 5000));
			}
			poll_once(&mut future)
		});
		match thread.join().unwrap() {
			Poll::Ready(memory) => drop(memory.unwrap()),
			Poll::Pending => panic!("it had completed"),
		}
		assert_eq!(ledger.held(), 0);
	}
}
