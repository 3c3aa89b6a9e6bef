// SPDX-License-Identifier: MIT OR Apache-2.0
//! Admin commands: waited for, pushed, awaited; and what their pages say.
use crate::fixture::{each_engine, Image, Ledger, BLOCK};
use libringline::simulated::{Fault, Opcode};
use libringline::{sys, AsyncQueue, Command, Device, Memory, Page, Queue, Status};

const ENOBUFS: i32 = 105;
const ENOTTY: i32 = 25;

fn controller() -> sys::ringline_identify_options {
	sys::ringline_identify_options { cns: 1, ..Default::default() }
}

fn log(lid: u8) -> sys::ringline_log_options {
	sys::ringline_log_options { lid, ..Default::default() }
}

fn feature(fid: u8) -> sys::ringline_feature_options {
	sys::ringline_feature_options { fid, ..Default::default() }
}

fn model(page: &[u8]) -> Option<&str> {
	Page::new(sys::RINGLINE_PAGE_IDENTIFY + 1, page).text("mn")
}

#[test]
fn identify_is_a_page_with_fields() {
	let device = Image::new().open();
	let answer = device.identify(&controller()).unwrap();
	let page = Page::new(sys::RINGLINE_PAGE_IDENTIFY + 1, &answer.data);
	assert_eq!(page.text("mn"), Some("ringline simulated NVMe"));
	assert_eq!(page.text("sn"), Some(device.info().unwrap().serial()));
	assert_eq!(page.number("nn"), Some(1));
	assert_eq!((page.number("mn"), page.text("nn"), page.number("no_such_field")), (None, None, None));
	assert_eq!(Page::new(sys::RINGLINE_PAGE_IDENTIFY + 1, &[]).text("mn"), None);
	assert!(page.fields().any(|field| field.name() == "nn" && !field.text().is_empty()));
	assert_eq!(Page::new(0, &answer.data).fields().count(), 0);
}

#[test]
fn logs_and_features_are_read() {
	let device = Image::new().open();
	let smart = device.log_read(&log(2), 512).unwrap();
	let page = Page::new(sys::RINGLINE_PAGE_LOG + 2, &smart.data);
	assert_eq!(page.number("avail_spare"), Some(100));
	assert_eq!(page.number_in("temperature_sensors", 7, "temperature"), Some(0));
	assert_eq!(page.number_in("temperature_sensors", 8, "temperature"), None);
	let error = device.log_read(&log(0x7f), 512).unwrap_err();
	assert_eq!(error.status().map(Status::code), Some(0x109));
	assert!(device.log_read(&log(2), 511).is_err());
	assert_eq!(device.feature(&feature(6), 0).unwrap().result, 1);
	let changed = device.set_feature(&feature(6), &[]).unwrap_err();
	assert_eq!(changed.status().map(Status::code), Some(0x10e), "not changeable");
}

#[test]
fn a_feature_of_unknown_length_wants_all_the_memory_that_it_might_write() {
	let device = Image::new().open();
	assert_eq!(device.feature(&feature(0xc0), 8).unwrap_err().raw_os_error(), Some(ENOBUFS));
	assert_eq!(device.feature(&feature(0xc0), 4096).unwrap_err().status().map(Status::code), Some(2));
	assert_eq!(
		Command::feature(&device, &feature(0xc0), Memory::zeroed(8)).unwrap_err().raw_os_error(),
		Some(ENOBUFS)
	);
}

#[test]
fn a_format_makes_the_geometry_unknown_until_a_refresh() {
	each_engine(8, |device, mut queue| {
		device.format(&sys::ringline_format_options::default()).unwrap();
		assert!(queue.run(&mut Command::verify(device, 0, 1)).is_err());
		device.refresh().unwrap();
		queue.run(&mut Command::verify(device, 0, 1)).unwrap();
		assert!(device.sanitize(&sys::ringline_sanitize_options::default()).is_err());
		let invalid_opcode = Some(1);
		let code = |result: libringline::Result<_>| result.map(drop).unwrap_err().status().map(Status::code);
		assert_eq!(code(device.self_test(0, sys::RINGLINE_SELF_TEST_SHORT)), invalid_opcode);
		assert_eq!(code(device.attach_namespace(1, &[0])), invalid_opcode);
		assert_eq!(code(device.detach_namespace(1, &[0])), invalid_opcode);
	});
}

fn identify(device: &Device, memory: Memory) -> Command {
	Command::identify(device, &controller(), memory).unwrap()
}

#[test]
fn commands_are_pushed_beside_others() {
	each_engine(8, |device, mut queue: Queue| {
		let ledger = Ledger::default();
		queue.push(identify(device, ledger.memory(4096)), 1).unwrap();
		queue.push(Command::read(device, 0, ledger.memory(BLOCK)), 2).unwrap();
		queue.push(Command::log_page(device, &log(2), ledger.memory(512)).unwrap(), 3).unwrap();
		queue.push(Command::feature(device, &feature(6), Memory::new()).unwrap(), 4).unwrap();
		assert_eq!(ledger.held(), 3);
		for _ in 0..4 {
			let completed = queue.wait_one().unwrap().unwrap();
			completed.outcome().unwrap();
			match completed.user_data() {
				1 => assert_eq!(model(&completed.memory), Some("ringline simulated NVMe")),
				4 => assert_eq!(completed.result(), 1),
				_ => {}
			}
		}
		assert_eq!(ledger.held(), 0);
		let mut command = identify(device, Memory::zeroed(4096));
		queue.run(&mut command).unwrap();
		assert_eq!(model(&command.into_memory()), Some("ringline simulated NVMe"));
	});
}

#[test]
fn memory_of_another_size_is_refused() {
	let device = Image::new().open();
	let error = Command::identify(&device, &controller(), Memory::zeroed(512)).unwrap_err();
	assert_eq!(error.raw_os_error(), Some(ENOBUFS));
	assert!(Command::log_page(&device, &log(2), Memory::zeroed(3)).is_err());
}

#[test]
fn a_device_that_takes_none_is_explained() {
	let device = Device::open("null:").unwrap();
	let mut queue = Queue::new().unwrap();
	queue.attach(&device).unwrap();
	let refused = queue.push(identify(&device, Memory::zeroed(4096)), 0).unwrap_err();
	assert_eq!(refused.error.raw_os_error(), Some(ENOTTY));
	assert!(refused.error.to_string().contains("/dev/nvme0"), "{}", refused.error);
}

#[test]
fn a_future_awaits_one_and_a_fault_meets_it() {
	each_engine(8, |device, queue| {
		let queue = AsyncQueue::new(queue).unwrap();
		let page = queue.block_on(queue.run(identify(device, Memory::zeroed(4096)))).unwrap();
		assert_eq!(model(&page), Some("ringline simulated NVMe"));
		Fault::status(Opcode::Admin(sys::RINGLINE_NVME_IDENTIFY as u8), Status::new(6)).set(device).unwrap();
		let failed = queue.block_on(queue.run(identify(device, page))).unwrap_err();
		assert_eq!(failed.error.status(), Some(Status::new(6)));
		queue.block_on(queue.run(Command::write_zeroes(device, 0, 1))).unwrap();
	});
}
