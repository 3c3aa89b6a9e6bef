// SPDX-License-Identifier: MIT OR Apache-2.0
//! Blocking calls, batches, and push, submit, poll and wait.
use crate::fixture::{
	each_engine, each_engine_in_turn, pattern, EachRef, Image, Ledger, BLOCK, LONG, MEDIA_ERROR, SHORT,
};
use libringline::simulated::{self, Fault, Opcode};
use libringline::{
	AsyncQueue, Batch, Command, Device, Engine, Error, Memory, OpenOptions, Queue, QueueOptions, Retry, Status,
};
use std::io;
use std::time::{Duration, Instant};

const EINTR: i32 = 4;
const EIO: i32 = 5;
const EAGAIN: i32 = 11;
const EINVAL: i32 = 22;
const ENODEV: i32 = 19;
const ERANGE: i32 = 34;
const ENOENT: i32 = 2;
const EROFS: i32 = 30;
const EOPNOTSUPP: i32 = 95;
const EALREADY: i32 = 114;
const ECANCELED: i32 = 125;

#[test]
fn what_a_command_is_asked_for_is_what_the_library_is_given() {
	each_engine(0, |device, _| {
		let write = Command::write(device, 7, vec![0; 2 * BLOCK]).fua().limited_retry().timeout_ms(9);
		let given = format!("{write:?}");
		for part in ["opcode: 1,", "lba: 7,", "blocks: 2,", "length: 1024,", "flags: 3,", "timeout_ms: 9,"] {
			assert!(given.contains(part), "{part} is not in {given}");
		}
		let read = format!("{:?}", Command::read(device, 0, vec![0; BLOCK]).limited_retry());
		assert!(read.contains("opcode: 2,") && read.contains("flags: 2,"), "{read}");
		let flush = format!("{:?}", Command::flush(device));
		assert!(flush.contains("opcode: 0,") && flush.contains("flags: 0,"), "{flush}");
	});
}

#[test]
fn a_status_is_told_with_its_name_and_whether_to_retry() {
	each_engine(0, |device, mut queue| {
		Fault::status(Opcode::Read, MEDIA_ERROR).blocks(3..4).set(device).unwrap();
		let mut memory = pattern(4 * BLOCK, 1);
		let error = queue.read(device, 0, &mut memory).unwrap_err();
		assert_eq!(error.status(), Some(MEDIA_ERROR));
		assert_eq!(error.status().unwrap().name(), "unrecovered-read-error");
		assert_eq!(error.status().unwrap().retry(), Retry::Never);
		assert_eq!(Status::new(0x0082).retry(), Retry::IfIdempotent); // namespace not ready
		assert_eq!(Status::new(0x4082).retry(), Retry::Never);
		assert_eq!(Status::new(0x0303).retry(), Retry::OtherPath);
		assert!(!error.outcome_unknown() && !error.not_sent() && error.raw_os_error().is_none());
		let error = io::Error::from(error);
		assert!(error.to_string().starts_with("unrecovered-read-error: "), "{error}");
		assert_eq!(Error::of(&error).unwrap().status(), Some(MEDIA_ERROR));
		queue.read(device, 4, &mut memory).unwrap();
	});
}

#[test]
fn an_unknown_outcome_is_told_from_a_command_that_was_not_sent() {
	each_engine(0, |device, mut queue| {
		Fault::error(Opcode::Write, EINTR).times(0, 1).set(device).unwrap();
		Fault::error(Opcode::Write, EIO).times(0, 1).set(device).unwrap();
		Fault::error(Opcode::Write, EIO).times(0, 1).executed().set(device).unwrap();
		let errors = [(); 3].map(|()| queue.write(device, 0, &[7; BLOCK]).unwrap_err());
		assert_eq!(errors.each_ref_of(Error::raw_os_error), [Some(EINTR), Some(EIO), Some(EIO)]);
		assert_eq!(errors.each_ref_of(Error::outcome_unknown), [true, false, true]);
		assert_eq!(errors.each_ref_of(Error::not_sent), [false, true, false]);
		assert!(errors[0].to_string().ends_with("(the command may have run)"), "{}", errors[0]);
		let mut back = [0; BLOCK];
		queue.read(device, 0, &mut back).unwrap();
		assert_eq!(back, [7; BLOCK]);
	});
}

#[test]
fn a_refusal_says_which_limit_and_by_how_much() {
	each_engine(0, |device, mut queue| {
		let error = queue.read(device, 4095, &mut [0; 2 * BLOCK]).unwrap_err();
		assert_eq!(error.raw_os_error(), Some(ERANGE));
		assert!(error.to_string().starts_with("ERANGE: ") && error.to_string().contains("4096"), "{error}");
		for (length, text) in [
			(0, "0 blocks; one command takes 1 to 65536."),
			(100, "The length is 100 bytes; it must be exactly 512 for 1 block."),
			(513, "The length is 513 bytes; it must be exactly 1024 for 2 blocks."),
		] {
			let error = queue.read(device, 0, &mut vec![0; length]).unwrap_err();
			assert!(error.to_string().contains(text), "{error}");
		}
		let refused = queue.push(Command::write(device, 4096, vec![1; BLOCK]), 0).unwrap_err();
		assert!(!refused.is_full());
		assert_eq!(Vec::from(refused.command.into_memory()), [1; BLOCK]);
		assert_eq!(queue.in_flight(), 0);
	});
}

#[test]
fn a_fault_of_no_blocks_is_refused() {
	each_engine(0, |device, mut queue| {
		for (start, end) in [(0, 0), (5, 5), (6, 5), (u64::MAX, 0)] {
			let error = Fault::status(Opcode::Any, MEDIA_ERROR).blocks(start..end).set(device).unwrap_err();
			assert_eq!(error.raw_os_error(), Some(EINVAL));
			assert!(error.to_string().contains(&format!("{start}..{end}")), "{error}");
		}
		queue.flush(device).unwrap();
		Fault::status(Opcode::Any, MEDIA_ERROR).blocks(0..0).blocks(0..1).set(device).unwrap();
		queue.read(device, 0, &mut [0; BLOCK]).unwrap_err();
		queue.read(device, 1, &mut [0; BLOCK]).unwrap();
	});
}

#[test]
fn what_cannot_be_opened_says_why() {
	let error = Device::open("/dev/null").unwrap_err();
	assert!(error.to_string().contains("/dev/null"), "{error}");
	assert_eq!(Device::open("sim:/nowhere/disk.img").unwrap_err().kind(), io::ErrorKind::NotFound);
	assert_eq!(Device::open("with\0NUL").unwrap_err().kind(), io::ErrorKind::InvalidInput);
	QueueOptions::new().depth(40_000).create().unwrap_err();
}

#[test]
fn a_device_that_was_opened_read_only_is_not_written() {
	let image = Image::new();
	let writable = image.open();
	let node = writable.info().unwrap().node().to_string();
	drop(writable);
	let path = node.strip_prefix("sim:").unwrap_or(&node);
	let device = OpenOptions::new().read_only().simulated().open(path).unwrap();
	assert!(device.info().unwrap().read_only());
	let mut queue = Queue::new().unwrap();
	queue.attach(&device).unwrap();
	queue.read(&device, 0, &mut [0; BLOCK]).unwrap();
	assert_eq!(queue.write(&device, 0, &[0; BLOCK]).unwrap_err().raw_os_error(), Some(EROFS));
}

#[test]
fn a_vanished_device_ends_commands_as_unknown_and_refuses_others() {
	each_engine(0, |device, mut queue| {
		Fault::vanish(Opcode::Read).set(device).unwrap();
		assert!(queue.read(device, 0, &mut [0; BLOCK]).unwrap_err().outcome_unknown());
		assert_eq!(queue.read(device, 0, &mut [0; BLOCK]).unwrap_err().raw_os_error(), Some(ENODEV));
	});
}

#[test]
fn what_was_pushed_comes_back_with_its_memory_and_user_data() {
	each_engine(4, |device, mut queue| {
		for number in 0..4 {
			queue.push(Command::write(device, number, pattern(BLOCK, number as usize)), number).unwrap();
		}
		let refused = queue.push(Command::flush(device), 9).unwrap_err();
		assert!(refused.is_full());
		assert_eq!(refused.error.raw_os_error(), Some(EAGAIN));
		let mut out = Vec::new();
		while out.len() < 4 {
			queue.wait(&mut out, 4, None).unwrap();
		}
		out.sort_by_key(|completed| completed.user_data());
		for (number, completed) in out.into_iter().enumerate() {
			completed.outcome().unwrap();
			assert_eq!(completed.user_data(), number as u64);
			assert_eq!(Vec::from(completed.into_memory().unwrap()), pattern(BLOCK, number));
		}
		assert!(queue.wait_one().unwrap().is_none());
	});
}

#[test]
fn a_blocking_call_keeps_what_else_completes() {
	each_engine(2, |device, mut queue| {
		Fault::delay(Opcode::Write, SHORT).set(device).unwrap();
		queue.push(Command::write(device, 0, vec![5; BLOCK]), 1).unwrap();
		queue.push(Command::write(device, 1, vec![5; BLOCK]), 2).unwrap();
		// The queue is full: it waits for one of them first.
		queue.read(device, 2, &mut [0; BLOCK]).unwrap();
		let mut seen = [queue.wait_one().unwrap().unwrap().user_data(), queue.wait_one().unwrap().unwrap().user_data()];
		seen.sort_unstable();
		assert_eq!(seen, [1, 2]);
		assert!(queue.wait_one().unwrap().is_none());
	});
}

#[test]
fn what_completed_during_a_blocking_call_is_in_flight_until_it_is_told_of_or_forgotten() {
	each_engine(0, |device, mut queue| {
		let ledger = Ledger::default();
		let complete = |queue: &mut Queue, number| {
			queue.push(Command::write(device, 0, ledger.memory(BLOCK)), number).unwrap();
			while queue.info().unwrap().raw().in_flight > 0 {
				queue.flush(device).unwrap();
			}
			assert_eq!(queue.in_flight(), 1);
		};
		complete(&mut queue, 7);
		assert_eq!(queue.cancel(7).unwrap_err().raw_os_error(), Some(EALREADY));
		assert_eq!(queue.cancel(8).unwrap_err().raw_os_error(), Some(ENOENT));
		assert_eq!((queue.forget(8).unwrap(), ledger.held()), (0, 1));
		assert_eq!((queue.forget(7).unwrap(), ledger.held()), (0, 0));
		assert!(queue.wait_one().unwrap().is_none());
		complete(&mut queue, 7);
		let mut queue = AsyncQueue::new(queue).unwrap_err();
		queue.push(Command::flush(device), 9).unwrap();
		assert_eq!(queue.wait_one().unwrap().unwrap().user_data(), 7);
		assert_eq!(queue.info().unwrap().raw().not_submitted, 0);
		assert_eq!(queue.wait_one().unwrap().unwrap().user_data(), 9);
		assert_eq!((queue.in_flight(), ledger.held()), (0, 0));
		AsyncQueue::new(queue).unwrap();
	});
}

#[test]
fn a_wait_ends_when_its_time_is_up_or_it_is_woken() {
	each_engine_in_turn(|device, mut queue| {
		Fault::lost(Opcode::Read).set(device).unwrap();
		queue.push(Command::read(device, 0, Memory::zeroed(BLOCK)), 1).unwrap();
		queue.flush(device).unwrap();
		let mut out = Vec::new();
		let before = Instant::now();
		assert_eq!(queue.wait(&mut out, 1, Some(SHORT)).unwrap(), 0);
		assert!(before.elapsed() >= SHORT);
		let wakeup = queue.wakeup();
		std::thread::spawn(move || wakeup.wake().unwrap()).join().unwrap();
		assert_eq!(queue.wait(&mut out, 1, None).unwrap(), 0);
		assert_eq!(queue.cancel(2).unwrap_err().raw_os_error(), Some(ENOENT));
		assert_eq!(queue.cancel(1).unwrap(), 1);
		let completed = queue.wait_one().unwrap().unwrap();
		let error = completed.outcome().unwrap_err();
		assert_eq!(error.raw_os_error(), Some(ECANCELED));
		assert!(error.outcome_unknown());
		let wakeup = queue.wakeup();
		queue.close().unwrap();
		wakeup.wake().unwrap(); // does nothing
	});
}

#[test]
fn a_batch_is_filled_once_and_run_many_times() {
	each_engine(8, |device, mut queue| {
		// More commands than the queue has room for.
		let mut batch = Batch::new();
		for lba in 0..20 {
			assert_eq!(batch.add(Command::write(device, lba, pattern(BLOCK, lba as usize))), lba as usize);
		}
		for _ in 0..3 {
			queue.run_batch(&mut batch).unwrap();
		}
		let mut reads: Batch = (0..20).map(|lba| Command::read(device, lba, Memory::zeroed(BLOCK))).collect();
		queue.run_batch(&mut reads).unwrap();
		(0..20).for_each(|lba| assert_eq!(reads.memory(lba), pattern(BLOCK, lba)));
		reads.set_lba(0, 7);
		queue.run_batch(&mut reads).unwrap();
		assert_eq!(reads.memory(0), pattern(BLOCK, 7));
		assert_eq!(reads.into_memory().len(), 20);
		assert!(batch.errors().next().is_none());
	});
}

#[test]
fn a_batch_tells_which_of_its_commands_failed() {
	each_engine(0, |device, mut queue| {
		Fault::status(Opcode::Read, MEDIA_ERROR).blocks(2..3).set(device).unwrap();
		let mut batch: Batch = (0..4).map(|lba| Command::read(device, lba, Memory::zeroed(BLOCK))).collect();
		assert_eq!(queue.run_batch(&mut batch).unwrap_err().status(), Some(MEDIA_ERROR));
		let failed: Vec<_> = batch.errors().map(|(index, error)| (index, error.status())).collect();
		assert_eq!(failed, [(2, Some(MEDIA_ERROR))]);
		simulated::clear(device, 0).unwrap();
		// One that is refused ends the run; it and those behind it were not sent.
		batch.set_lba(2, 5000);
		let error = queue.run_batch(&mut batch).unwrap_err();
		assert_eq!(error.raw_os_error(), Some(ERANGE));
		assert!(error.to_string().contains("5000"), "{error}");
		let failed: Vec<_> = batch.errors().map(|(index, error)| (index, error.not_sent())).collect();
		assert_eq!(failed, [(2, true), (3, true)]);
		batch.set_lba(2, 2);
		queue.run_batch(&mut batch).unwrap();
	});
}

#[test]
fn a_batch_runs_beside_commands_that_were_pushed() {
	each_engine(4, |device, mut queue| {
		Fault::delay(Opcode::Write, SHORT).set(device).unwrap();
		let ledger = Ledger::default();
		for number in 0..3 {
			queue.push(Command::write(device, number, ledger.memory(BLOCK)), number).unwrap();
		}
		queue.forget(1).unwrap();
		let mut batch: Batch = (0..10).map(|lba| Command::read(device, lba, Memory::zeroed(BLOCK))).collect();
		queue.run_batch(&mut batch).unwrap();
		let mut out = Vec::new();
		while queue.in_flight() > 0 || out.len() < 2 {
			queue.wait(&mut out, 1, None).unwrap();
		}
		let mut seen: Vec<_> = out.iter().map(|completed| completed.user_data()).collect();
		seen.sort_unstable();
		assert_eq!(seen, [0, 2]);
		drop(out);
		assert_eq!(ledger.held(), 0);
	});
}

#[test]
fn a_movable_queue_goes_to_another_thread_and_back_with_commands_in_flight() {
	let image = Image::new();
	let device = image.open();
	for engine in crate::fixture::ENGINES {
		simulated::clear(&device, 0).unwrap();
		Fault::delay(Opcode::Read, SHORT).set(&device).unwrap();
		let mut queue = QueueOptions::new().engine(engine).create_movable().unwrap();
		queue.attach(&device).unwrap();
		queue.push(Command::read(&device, 0, Memory::zeroed(BLOCK)), 1).unwrap();
		queue.submit().unwrap();
		let device = &device;
		let mut queue = std::thread::scope(|scope| {
			let other = scope.spawn(move || {
				assert!(queue.wait_one().unwrap().unwrap().outcome().is_ok());
				queue.push(Command::read(device, 0, Memory::zeroed(BLOCK)), 2).unwrap();
				queue.submit().unwrap();
				queue
			});
			other.join().unwrap()
		});
		assert_eq!(queue.wait_one().unwrap().unwrap().user_data(), 2);
	}
}

#[test]
fn a_poll_takes_what_was_submitted_and_never_waits() {
	each_engine(0, |device, mut queue| {
		Fault::delay(Opcode::Write, SHORT).set(device).unwrap();
		let mut out = Vec::new();
		assert_eq!(queue.poll(&mut out).unwrap(), 0);
		queue.push(Command::write(device, 0, vec![1; BLOCK]), 3).unwrap();
		assert_eq!(queue.poll(&mut out).unwrap(), 0); // it was not submitted
		assert_eq!((queue.submit().unwrap(), queue.submit().unwrap()), (1, 0));
		let before = Instant::now();
		while queue.poll(&mut out).unwrap() == 0 {
			assert!(before.elapsed() < Duration::from_secs(10));
			std::thread::yield_now();
		}
		assert_eq!((out.len(), out[0].user_data()), (1, 3));
		out[0].outcome().unwrap();
	});
}

#[test]
fn what_a_device_is_can_be_asked() {
	let image = Image::new();
	let device = image.open();
	device.refresh().unwrap();
	let info = device.info().unwrap();
	assert_eq!((info.blocks(), info.block_size(), info.metadata_size()), (4096, BLOCK as u32, 0));
	assert!(info.max_transfer_bytes() >= 8192 && !info.read_only() && info.node().ends_with("disk.img"));
	assert_eq!(device.stride(), BLOCK as u32);
	let device = OpenOptions::new().block_size(4096).open("null:").unwrap();
	assert_eq!((device.info().unwrap().block_size(), device.stride()), (4096, 4096));
	assert_eq!(simulated::clear(&device, 0).unwrap_err().raw_os_error(), Some(EOPNOTSUPP));
}

#[test]
fn what_runs_can_be_asked() {
	each_engine(16, |_, queue| {
		let info = queue.info().unwrap();
		assert!(matches!(info.engine(), Engine::Uring | Engine::Threads));
		assert_eq!((info.depth(), info.raw().devices, info.raw().in_flight), (16, 1, 0));
	});
}

#[test]
fn a_delayed_command_is_late() {
	each_engine(0, |device, mut queue| {
		Fault::delay(Opcode::Flush, LONG).times(1, 1).set(device).unwrap();
		queue.flush(device).unwrap();
		let before = Instant::now();
		queue.flush(device).unwrap();
		assert!(before.elapsed() > LONG - Duration::from_millis(1));
	});
}
