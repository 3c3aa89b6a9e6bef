// SPDX-License-Identifier: MIT OR Apache-2.0
//! Simulated devices: images, and faults, so that programs can be tested against media errors, time-outs and unplugging.

use crate::device::{c_path, Device};
use crate::error::{check, Error, Result, Status, EINVAL};
use libringline_sys as sys;
use std::ops::Range;
use std::path::Path;
use std::time::Duration;

/// Creates an image of `blocks` blocks of 512 or 4096 bytes, to be opened as "sim:PATH". Never overwrites (EEXIST).
pub fn create(path: impl AsRef<Path>, blocks: u64, block_size: u32) -> Result<()> {
	create_with(path, &sys::ringline_sim_options { blocks, block_size, ..Default::default() })
}

/// Creates an image with metadata, protection information, zones or limits of its own.
pub fn create_with(path: impl AsRef<Path>, options: &sys::ringline_sim_options) -> Result<()> {
	let path = c_path(path.as_ref())?;
	// SAFETY: the path ends with NUL, and the struct says its size.
	check(unsafe { sys::ringline_sim_create(path.as_ptr(), options) })?;
	Ok(())
}

/// Which commands a fault meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Opcode {
	/// All I/O commands.
	Any,
	/// Read.
	Read,
	/// Write.
	Write,
	/// Flush.
	Flush,
	/// An I/O command by its opcode, `sys::RINGLINE_NVME_*`.
	Command(u8),
	/// An admin command by its opcode.
	Admin(u8),
}

/// A rule: what happens to commands that it matches, always unless [`times`](Self::times) says otherwise.
#[derive(Clone, Copy, Debug)]
#[must_use = "a fault does nothing until it is set"]
pub struct Fault {
	raw: sys::ringline_fault_rule,
	/// What [`blocks`](Self::blocks) was given, if no command can touch that: the library takes 0 blocks for all.
	empty: Option<(u64, u64)>,
}

impl Fault {
	fn new(opcode: Opcode, action: u32) -> Self {
		let (opcode, flags) = match opcode {
			Opcode::Any => (0, sys::RINGLINE_FAULT_ANY_OPCODE),
			Opcode::Read => (sys::RINGLINE_NVME_READ, 0),
			Opcode::Write => (sys::RINGLINE_NVME_WRITE, 0),
			Opcode::Flush => (sys::RINGLINE_NVME_FLUSH, 0),
			Opcode::Command(opcode) => (u32::from(opcode), 0),
			Opcode::Admin(opcode) => (u32::from(opcode), sys::RINGLINE_FAULT_ADMIN),
		};
		Self { raw: sys::ringline_fault_rule { opcode, flags, action, ..Default::default() }, empty: None }
	}
	/// Completes with a status, and does nothing.
	pub fn status(opcode: Opcode, status: Status) -> Self {
		let mut fault = Self::new(opcode, sys::RINGLINE_FAULT_STATUS);
		fault.raw.status = status.raw();
		fault
	}
	/// Completes with an errno: not sent, or outcome unknown for EINTR and for those that are [`executed`](Self::executed).
	pub fn error(opcode: Opcode, errno: i32) -> Self {
		let mut fault = Self::new(opcode, sys::RINGLINE_FAULT_ERROR);
		fault.raw.error = -errno.abs();
		fault
	}
	/// Completes later.
	pub fn delay(opcode: Opcode, delay: Duration) -> Self {
		let mut fault = Self::new(opcode, sys::RINGLINE_FAULT_DELAY);
		fault.raw.delay_ns = u64::try_from(delay.as_nanos()).unwrap_or(u64::MAX);
		fault
	}
	/// Completes only when cancelled, or when the queue ends. A worker of the threads engine that has it, and did not lose it
	/// yet, does not let it be cancelled: what was cancelled, forgotten or dropped at once then waits for the queue to end.
	pub fn lost(opcode: Opcode) -> Self {
		Self::new(opcode, sys::RINGLINE_FAULT_DROP)
	}
	/// The device is gone.
	pub fn vanish(opcode: Opcode) -> Self {
		Self::new(opcode, sys::RINGLINE_FAULT_VANISH)
	}
	/// Only commands that touch these blocks. An empty range is refused when it is set (EINVAL).
	pub fn blocks(mut self, blocks: Range<u64>) -> Self {
		self.empty = Some((blocks.start, blocks.end)).filter(|_| blocks.is_empty());
		self.raw.lba = blocks.start;
		self.raw.blocks = blocks.end.saturating_sub(blocks.start);
		self
	}
	/// Lets so many pass first, and acts `repeat` times; 0: always.
	pub fn times(mut self, skip: u64, repeat: u64) -> Self {
		self.raw.skip = skip;
		self.raw.repeat = repeat;
		self
	}
	/// Carries the command out all the same: a lost answer.
	pub fn executed(mut self) -> Self {
		self.raw.flags |= sys::RINGLINE_FAULT_EXECUTED;
		self
	}
	/// Sets it, for commands pushed from now on. Returns its number.
	pub fn set(&self, device: &Device) -> Result<u32> {
		if let Some((start, end)) = self.empty {
			return Err(Error::with_text(
				EINVAL,
				&format!("No block is in the range {start}..{end}. For all blocks, leave blocks() out."),
			));
		}
		// SAFETY: the struct says its size.
		check(unsafe { sys::ringline_sim_fault_set(device.as_raw(), &self.raw) })
	}
}

/// Removes a rule, or all (0). Commands that it holds back go on. Returns how often it acted.
pub fn clear(device: &Device, rule: u32) -> Result<u32> {
	// SAFETY: a handle is a value.
	check(unsafe { sys::ringline_sim_fault_clear(device.as_raw(), rule) })
}
