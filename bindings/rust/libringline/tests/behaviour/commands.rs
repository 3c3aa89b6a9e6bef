// SPDX-License-Identifier: MIT OR Apache-2.0
//! Every command of the library.
use crate::fixture::{each_engine, each_engine_on, pattern, Image, Ledger, BLOCK};
use libringline::{
	sys, zones, AsyncQueue, Batch, Command, CopyFormat, CopyRange, Device, Memory, Queue, QueueOptions, Tags, Transfer,
	Zone, ZoneAction, Zones,
};

const COMPARE_FAILURE: u16 = 0x285;
const UNREADABLE: u16 = 0x281;
const ERANGE: i32 = 34;

/// The code of the status that a command ends with; 0: success.
fn code(queue: &mut Queue, mut command: Command) -> u16 {
	match queue.run(&mut command) {
		Ok(()) => 0,
		Err(error) => error.status().unwrap_or_else(|| panic!("{error}")).code(),
	}
}

fn block(queue: &mut Queue, device: &Device, lba: u64) -> Vec<u8> {
	let mut bytes = vec![0xee; BLOCK];
	queue.read(device, lba, &mut bytes).unwrap();
	bytes
}

#[test]
fn compare_finds_a_difference() {
	each_engine(8, |device, mut queue| {
		queue.write(device, 3, &pattern(BLOCK, 7)).unwrap();
		assert_eq!(code(&mut queue, Command::compare(device, 3, pattern(BLOCK, 7))), 0);
		assert_eq!(code(&mut queue, Command::compare(device, 3, pattern(BLOCK, 8))), COMPARE_FAILURE);
	});
}

#[test]
fn write_zeroes_and_deallocate_leave_zeros() {
	each_engine(8, |device, mut queue| {
		queue.write(device, 0, &[5; 8 * BLOCK]).unwrap();
		let zeroes = Command::write_zeroes(device, 0, 2).flags(sys::RINGLINE_DEALLOCATE);
		assert_eq!(code(&mut queue, zeroes), 0);
		assert_eq!(code(&mut queue, Command::deallocate(device, &[3..4, 5..7]).unwrap()), 0);
		for (lba, wanted) in [0, 0, 5, 0, 5, 0, 0, 5].into_iter().enumerate() {
			assert_eq!(block(&mut queue, device, lba as u64), [wanted; BLOCK], "block {lba}");
		}
		assert!(Command::deallocate(device, &[]).is_err());
		#[allow(clippy::reversed_empty_ranges)]
		let reversed = Command::deallocate(device, &[7..5]).unwrap_err();
		assert!(reversed.to_string().contains("7..5"), "{reversed}");
	});
}

#[test]
fn what_is_uncorrectable_does_not_verify() {
	each_engine(8, |device, mut queue| {
		assert_eq!(code(&mut queue, Command::verify(device, 0, 16)), 0);
		assert_eq!(code(&mut queue, Command::write_uncorrectable(device, 4, 1)), 0);
		assert_eq!(code(&mut queue, Command::verify(device, 0, 16)), UNREADABLE);
		assert_eq!(code(&mut queue, Command::verify(device, 5, 11)), 0);
	});
}

#[test]
fn copy_gathers_ranges() {
	each_engine(8, |device, mut queue| {
		queue.write(device, 10, &[1; BLOCK]).unwrap();
		queue.write(device, 20, &[2; BLOCK]).unwrap();
		let range = |lba| CopyRange { lba, blocks: 1, ..CopyRange::default() };
		let copy = Command::copy(device, 100, CopyFormat::Zero, &[range(20), range(10)]).unwrap();
		assert_eq!(code(&mut queue, copy), 0);
		assert_eq!(block(&mut queue, device, 100), [2; BLOCK]);
		assert_eq!(block(&mut queue, device, 101), [1; BLOCK]);
		assert!(Command::copy(device, 0, CopyFormat::Zero, &[]).is_err());
	});
}

#[test]
fn a_command_that_is_refused_says_why_and_comes_back() {
	each_engine(8, |device, mut queue| {
		let ledger = Ledger::default();
		let refused = queue.push(Command::compare(device, 4096, ledger.memory(BLOCK)), 0).unwrap_err();
		assert_eq!(refused.error.raw_os_error(), Some(ERANGE));
		assert!(refused.error.to_string().contains("past the end"), "{}", refused.error);
		assert_eq!(refused.command.into_memory().len(), BLOCK);
		let unknown = queue.push(Command::verify(device, 0, 1).flags(0x10000), 0).unwrap_err();
		assert_eq!(unknown.error.raw_os_error(), Some(22), "flags are not cut");
		let error = queue.run(&mut Command::zone(device, 0, ZoneAction::Reset)).unwrap_err();
		assert!(error.to_string().contains("does not have"), "{error}");
		assert_eq!((ledger.held(), queue.in_flight()), (0, 0));
	});
}

#[test]
fn a_transfer_takes_any_length_and_tells_what_failed() {
	each_engine(32, |device, mut queue| {
		let data = pattern(4096 * BLOCK, 3);
		let written = queue.transfer(device, Transfer::write(device, 0, &data).max_blocks(1000), 8).unwrap();
		assert!(written.is_complete(), "{written:?}");
		assert_eq!((written.commands, written.done_blocks), (5, 4096));
		assert_eq!(code(&mut queue, Command::write_uncorrectable(device, 77, 1)), 0);
		let mut back = vec![0; data.len()];
		let read = queue.transfer(device, Transfer::read(device, 0, &mut back).narrow(), 64).unwrap();
		assert!(!read.is_complete());
		assert_eq!(read.failures.iter().map(|one| (one.lba, one.blocks)).collect::<Vec<_>>(), [(77, 1)]);
		assert_eq!(back[78 * BLOCK..], data[78 * BLOCK..]);
		assert!(queue.transfer(device, Transfer::deallocate(0, 128), 8).unwrap().is_complete());
		assert!(queue.transfer(device, Transfer::copy(0, 1024, 512), 8).unwrap().is_complete());
		assert!(queue
			.transfer(device, Transfer::compare(device, 0, &data[1024 * BLOCK..1536 * BLOCK]), 8)
			.unwrap()
			.is_complete());
		let error = queue.transfer(device, Transfer::verify(4000, 97), 8).unwrap_err();
		assert_eq!(error.raw_os_error(), Some(ERANGE));
		assert!(error.to_string().len() > 20, "{error}");
	});
}

fn zoned() -> Image {
	Image::with(&sys::ringline_sim_options {
		blocks: 1024,
		zone_blocks: 256,
		zone_capacity_blocks: 200,
		..Default::default()
	})
}

fn report(queue: &mut Queue, device: &Device, which: Zones) -> Vec<Zone> {
	queue.push(Command::zone_report(device, 0, which, Memory::zeroed(64 + 8 * 64)), 0).unwrap();
	zones(&queue.wait_one().unwrap().unwrap().into_memory().unwrap()).collect()
}

#[test]
fn zones_are_appended_to_managed_and_reported() {
	each_engine_on(&zoned, QueueOptions::new(), |device, mut queue| {
		assert_eq!(device.info().unwrap().zone_blocks(), 256);
		assert!(device.info().unwrap().can(sys::RINGLINE_CAN_ZONES));
		let mut append = Command::zone_append(device, 256, vec![3; 2 * BLOCK]);
		assert_eq!(queue.run_for_result(&mut append).unwrap(), 256);
		assert_eq!(queue.run_for_result(&mut append).unwrap(), 258);
		let all = report(&mut queue, device, Zones::All);
		let wanted = Zone { start: 256, capacity: 200, write_pointer: 260, state: 2, kind: 2, attributes: 0 };
		assert_eq!((all.len(), all[1]), (4, wanted));
		assert_eq!(code(&mut queue, Command::zone(device, 256, ZoneAction::Finish)), 0);
		assert_eq!(report(&mut queue, device, Zones::Full).len(), 1);
		assert_eq!(code(&mut queue, Command::all_zones(device, ZoneAction::Reset)), 0);
		assert_eq!(report(&mut queue, device, Zones::Empty).len(), 4);
	});
}

#[test]
fn a_future_tells_where_an_append_went() {
	each_engine_on(&zoned, QueueOptions::new(), |device, queue| {
		let queue = AsyncQueue::new(queue).unwrap();
		let completed = queue.block_on(queue.run(Command::zone_append(device, 512, vec![1; BLOCK])).completed());
		let completed = completed.unwrap();
		assert_eq!((completed.result(), completed.memory.len()), (512, BLOCK));
		let failed = queue.block_on(queue.run(Command::zone_append(device, 513, vec![1; BLOCK])).completed());
		assert_eq!(failed.unwrap_err().memory.len(), BLOCK);
	});
}

#[test]
fn a_report_that_is_cut_short_is_not_read_past_its_end() {
	assert_eq!(zones(&[0xff; 64 + 63]).count(), 0);
	assert_eq!(zones(&[]).count(), 0);
}

fn protected() -> Image {
	Image::with(&sys::ringline_sim_options { blocks: 1024, metadata_size: 8, pi_type: 1, ..Default::default() })
}

#[test]
fn tags_are_checked_by_the_device_and_metadata_comes_back() {
	each_engine_on(&protected, QueueOptions::new(), |device, mut queue| {
		let info = device.info().unwrap();
		assert_eq!((info.protection_type(), info.guard_bits(), info.metadata_inline()), (1, 16, false));
		let ledger = Ledger::default();
		let tags = |application| Tags { reference: 6, application, application_mask: 0xffff, ..Tags::default() };
		let checks =
			sys::RINGLINE_CHECK_GUARD | sys::RINGLINE_CHECK_APPLICATION_TAG | sys::RINGLINE_CHECK_REFERENCE_TAG;
		let write = Command::write(device, 6, pattern(BLOCK, 6)).flags(sys::RINGLINE_PROTECTION_ACTION);
		assert_eq!(code(&mut queue, write.tags(tags(0x1234))), 0);
		let read = |tag| {
			Command::read(device, 6, ledger.memory(BLOCK)).metadata(ledger.memory(8)).flags(checks).tags(tags(tag))
		};
		queue.push(read(0x1234), 1).unwrap();
		assert_eq!(ledger.held(), 2);
		let mut completed = queue.wait_one().unwrap().unwrap();
		completed.outcome().unwrap();
		assert_eq!(completed.memory[..], pattern(BLOCK, 6));
		assert_eq!(completed.metadata()[2..4], [0x12, 0x34]);
		assert_eq!(completed.take_metadata().len(), 8);
		drop(completed);
		assert_eq!(code(&mut queue, read(0x1235)), 0x283);
		queue.push(read(0x1234), 2).unwrap();
		queue.forget(2).unwrap();
		assert!(queue.wait_one().unwrap().is_none());
		assert_eq!(ledger.held(), 0, "what is forgotten is freed with its metadata");
	});
}

#[test]
fn a_tag_that_cannot_be_is_explained() {
	each_engine_on(&protected, QueueOptions::new(), |device, mut queue| {
		let tags = Tags { reference: 6, storage: 1, ..Tags::default() };
		let write = Command::write(device, 6, vec![0; BLOCK]).flags(sys::RINGLINE_PROTECTION_ACTION).tags(tags);
		let refused = queue.push(write, 0).unwrap_err();
		assert!(refused.error.to_string().contains("storage_tag"), "{}", refused.error);
		assert_eq!(refused.command.into_memory().len(), BLOCK);
	});
}

#[test]
fn a_batch_holds_metadata() {
	each_engine_on(&protected, QueueOptions::new(), |device, mut queue| {
		let ledger = Ledger::default();
		let mut batch = Batch::new();
		batch.add(Command::write(device, 0, pattern(BLOCK, 1)).metadata(ledger.memory(8)));
		assert_eq!(ledger.held(), 1);
		queue.run_batch(&mut batch).unwrap();
		drop(batch);
		assert_eq!(ledger.held(), 0);
	});
}

#[test]
#[should_panic(expected = "a batch takes neither")]
fn a_batch_refuses_tags() {
	let image = Image::new();
	Batch::new().add(Command::read(&image.open(), 0, vec![0; BLOCK]).tags(Tags::default()));
}
