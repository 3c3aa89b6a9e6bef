// SPDX-License-Identifier: MIT OR Apache-2.0
//! The ways to use a queue, on the device that RINGLINE_TEST_DEVICE names and that is overwritten, or a simulated one.
use crate::fixture::{join_all, pattern, poll_once, Image, Ledger, ENGINES};
use libringline::{AsyncQueue, Batch, Buffer, Command, Device, Memory, QueueOptions};

const COMMANDS: usize = 16;

/// Calls with a device, and the bytes of a block.
fn on_device(test: impl Fn(&Device, usize)) {
	let image = Image::new();
	let device =
		std::env::var_os("RINGLINE_TEST_DEVICE").map_or_else(|| image.open(), |path| Device::open(path).unwrap());
	println!("{}", device.info().unwrap().node());
	test(&device, device.stride() as usize);
}

#[test]
fn by_blocking_calls() {
	on_device(|device, block| {
		for (seed, engine) in ENGINES.into_iter().enumerate() {
			let mut queue = QueueOptions::new().engine(engine).create().unwrap();
			queue.attach(device).unwrap();
			let mut written = Memory::zeroed(8 * block);
			written.copy_from_slice(&pattern(8 * block, seed + 1));
			queue.write(device, 64, &written).unwrap();
			queue.flush(device).unwrap();
			let mut back = Memory::zeroed(8 * block);
			queue.read(device, 64, &mut back).unwrap();
			assert_eq!(back[..], written[..]);
			queue.run(&mut Command::write(device, 64, written).fua()).unwrap();
		}
	});
}

#[test]
fn by_pieces_of_a_buffer_in_a_batch() {
	on_device(|device, block| {
		for (seed, engine) in ENGINES.into_iter().enumerate() {
			let mut queue = QueueOptions::new().engine(engine).create().unwrap();
			queue.attach(device).unwrap();
			let buffer = Buffer::new(2 * COMMANDS * block).unwrap();
			queue.attach_buffer(&buffer).unwrap();
			let (mut writes, mut reads) = (Batch::new(), Batch::new());
			for index in 0..COMMANDS {
				let mut piece = buffer.piece(index * block, block).unwrap();
				piece.copy_from_slice(&pattern(block, seed + index + 11));
				writes.add(Command::write(device, 128 + index as u64, piece));
				reads.add(Command::read(
					device,
					128 + index as u64,
					buffer.piece((COMMANDS + index) * block, block).unwrap(),
				));
			}
			queue.run_batch(&mut writes).unwrap();
			queue.flush(device).unwrap();
			queue.run_batch(&mut reads).unwrap();
			(0..COMMANDS).for_each(|index| assert_eq!(reads.memory(index), writes.memory(index)));
		}
	});
}

#[test]
fn by_futures() {
	on_device(|device, block| {
		for (seed, engine) in ENGINES.into_iter().enumerate() {
			let queue = AsyncQueue::new(QueueOptions::new().engine(engine).create().unwrap()).unwrap();
			queue.attach(device).unwrap();
			let bytes = |index: usize| pattern(block, seed + index + 31);
			queue.block_on(async {
				let writes = (0..COMMANDS).map(|index| queue.write(device, 256 + index as u64, bytes(index)));
				for written in join_all(writes).await {
					written.unwrap();
				}
				queue.flush(device).await.unwrap();
				let reads = (0..COMMANDS).map(|index| queue.read(device, 256 + index as u64, Memory::zeroed(block)));
				for (index, read) in join_all(reads).await.into_iter().enumerate() {
					assert_eq!(read.unwrap()[..], bytes(index));
				}
			});
		}
	});
}

#[test]
fn dropped_futures_leave_their_memory_to_the_queue() {
	on_device(|device, block| {
		for engine in ENGINES {
			let queue = AsyncQueue::new(QueueOptions::new().engine(engine).create().unwrap()).unwrap();
			queue.attach(device).unwrap();
			let ledger = Ledger::default();
			let mut futures: Vec<_> = (0..8).map(|lba| queue.read(device, lba, ledger.memory(block))).collect();
			assert!(futures.iter_mut().all(|future| poll_once(future).is_pending()));
			drop(futures);
			assert_eq!((ledger.held(), queue.in_flight()), (8, 8));
			while queue.in_flight() > 0 {
				queue.block_on(queue.flush(device)).unwrap();
				assert_eq!(ledger.held(), queue.in_flight());
			}
			assert_eq!(ledger.held(), 0);
		}
	});
}
