// SPDX-License-Identifier: MIT OR Apache-2.0
//! Ranges of any length as one call.

use crate::device::Device;
use crate::error::{Error, Result};
use crate::queue::Queue;
use libringline_sys as sys;
use std::marker::PhantomData;

/// A range of any length, for [`Queue::transfer`]: split into commands, kept in flight, and retried as asked.
#[derive(Debug)]
#[must_use = "a transfer does nothing until a queue runs it"]
pub struct Transfer<'a> {
	options: sys::ringline_transfer_options,
	memory: PhantomData<&'a mut [u8]>,
}

/// What a transfer did.
#[derive(Clone, Debug)]
pub struct Transferred {
	/// Every block before it is done or among the failures.
	pub next_lba: u64,
	/// All together, also behind `next_lba`.
	pub done_blocks: u64,
	/// Sent, retries included.
	pub commands: u64,
	/// Of them, retries.
	pub retried: u64,
	/// A signal or [`Wakeup::wake`](crate::Wakeup::wake) ended it early: go on from `next_lba`.
	pub interrupted: bool,
	/// Ranges that failed.
	pub failures: Vec<sys::ringline_transfer_failure>,
	complete: bool,
}

impl Transferred {
	/// All of it is done.
	pub fn is_complete(&self) -> bool {
		self.complete
	}
}

impl<'a> Transfer<'a> {
	fn new(opcode: u32, lba: u64, blocks: u64) -> Self {
		let options = sys::ringline_transfer_options { opcode, lba, blocks, ..Default::default() };
		Self { options, memory: PhantomData }
	}
	/// Reads into all of the memory.
	pub fn read(device: &Device, lba: u64, memory: &'a mut [u8]) -> Self {
		Self::with(sys::RINGLINE_NVME_READ, device, lba, memory.as_mut_ptr() as usize, memory.len())
	}
	/// Writes all of the memory.
	pub fn write(device: &Device, lba: u64, memory: &'a [u8]) -> Self {
		Self::with(sys::RINGLINE_NVME_WRITE, device, lba, memory.as_ptr() as usize, memory.len())
	}
	/// Compares with all of the memory.
	pub fn compare(device: &Device, lba: u64, memory: &'a [u8]) -> Self {
		Self::with(sys::RINGLINE_NVME_COMPARE, device, lba, memory.as_ptr() as usize, memory.len())
	}
	/// Has the device check the blocks.
	pub fn verify(lba: u64, blocks: u64) -> Self {
		Self::new(sys::RINGLINE_NVME_VERIFY, lba, blocks)
	}
	/// Makes the blocks zeros.
	pub fn write_zeroes(lba: u64, blocks: u64) -> Self {
		Self::new(sys::RINGLINE_NVME_WRITE_ZEROES, lba, blocks)
	}
	/// Says that the blocks are not needed any more.
	pub fn deallocate(lba: u64, blocks: u64) -> Self {
		let mut made = Self::new(sys::RINGLINE_NVME_DATASET_MANAGEMENT, lba, blocks);
		made.options.action = sys::RINGLINE_DATASET_DEALLOCATE;
		made
	}
	/// Has the device copy blocks from `source` on to `lba` and behind it.
	pub fn copy(lba: u64, source: u64, blocks: u64) -> Self {
		let mut made = Self::new(sys::RINGLINE_NVME_COPY, lba, blocks);
		made.options.source = source;
		made
	}
	fn with(opcode: u32, device: &Device, lba: u64, address: usize, length: usize) -> Self {
		let stride = u64::from(device.stride()).max(1);
		let length = length as u64;
		// A block that is not whole counts, so that the refusal is about the length.
		let blocks = length / stride + u64::from(length % stride != 0);
		let mut made = Self::new(opcode, lba, blocks);
		made.options.address = address as u64;
		made.options.length = length;
		made
	}
	/// Goes on behind what fails; else nothing new is sent after the first.
	pub fn keep_going(mut self) -> Self {
		self.options.flags |= sys::RINGLINE_TRANSFER_CONTINUE;
		self
	}
	/// The same, and finds the blocks that fail, by halves. Read, Compare and Verify.
	pub fn narrow(self) -> Self {
		let mut made = self.keep_going();
		made.options.flags |= sys::RINGLINE_TRANSFER_NARROW;
		made
	}
	/// How often one command may be sent again, where that cannot harm; at most 100.
	pub fn retries(mut self, retries: u32) -> Self {
		self.options.retries = retries;
		self
	}
	/// Commands at once; 0: 32.
	pub fn in_flight(mut self, commands: u32) -> Self {
		self.options.in_flight = commands;
		self
	}
	/// Blocks of one command; 0: as many as the device takes.
	pub fn max_blocks(mut self, blocks: u32) -> Self {
		self.options.max_blocks = blocks;
		self
	}
	/// For each command: `sys::RINGLINE_FUA` and so on.
	pub fn flags(mut self, flags: u32) -> Self {
		self.options.command_flags |= flags;
		self
	}
}

impl<K> Queue<K> {
	/// Runs a transfer, and waits for all of it. `max_failures` (at least 1) ranges that failed are told, and no more commands are in
	/// flight than that. EBUSY: commands are in flight on the queue. What failed is in the result, not an error.
	pub fn transfer(&mut self, device: &Device, transfer: Transfer<'_>, max_failures: usize) -> Result<Transferred> {
		let options = transfer.options;
		let mut failures = vec![sys::ringline_transfer_failure::default(); max_failures];
		let mut result = sys::ringline_transfer_result::default();
		let mut diagnosis = sys::ringline_diagnosis::default();
		// SAFETY: the memory is borrowed by the transfer, and the library's only until the return; the structs say their size.
		let failed = unsafe {
			sys::ringline_transfer(
				self.as_raw(),
				device.as_raw(),
				&options,
				failures.as_mut_ptr(),
				u32::try_from(max_failures).unwrap_or(u32::MAX),
				&mut result,
				&mut diagnosis,
			)
		};
		let failed = usize::try_from(failed).map_err(|_| Error::diagnosed(failed, &diagnosis))?;
		failures.truncate(failed);
		Ok(Transferred {
			next_lba: result.next_lba,
			done_blocks: result.done_blocks,
			commands: result.commands,
			retried: result.retried,
			interrupted: result.interrupted != 0,
			complete: failures.is_empty() && result.next_lba == options.lba + options.blocks,
			failures,
		})
	}
}
