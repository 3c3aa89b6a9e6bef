// SPDX-License-Identifier: MIT OR Apache-2.0
//! The commands beside Read, Write and Flush.

use super::{Command, Extra, Form};
use crate::device::Device;
use crate::error::{check, Error, Result, EINVAL};
use crate::memory::Memory;
use libringline_sys as sys;
use std::ops::Range;

const ENOBUFS: i32 = 105;

/// What to do with a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ZoneAction {
	/// It keeps its data and its write pointer.
	Close,
	/// It is full.
	Finish,
	/// Explicitly.
	Open,
	/// What it holds is gone.
	Reset,
	/// A read-only zone: for ever.
	Offline,
}

/// Which zones a report is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // they are the states' names
#[non_exhaustive]
pub enum Zones {
	All,
	Empty,
	ImplicitlyOpen,
	ExplicitlyOpen,
	Closed,
	Full,
	ReadOnly,
	Offline,
}

/// Which form the ranges of a Copy have on the wire: the device must have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CopyFormat {
	/// With 16-bit guards, or without protection.
	Zero,
	/// With longer guards.
	One,
	/// As the first, with a namespace for each range.
	Two,
	/// As the second, with a namespace for each range.
	Three,
}

/// What a Copy copies. Tags are 0 without protection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct CopyRange {
	/// First block.
	pub lba: u64,
	/// 1 to 65,536.
	pub blocks: u32,
	/// That of the first block.
	pub reference_tag: u64,
	/// That of each block.
	pub application_tag: u16,
	/// Which of its bits are compared.
	pub application_mask: u16,
	/// Formats two and three: the source's namespace; else 0.
	pub nsid: u32,
}

/// The tags of protection information, and access hints.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Tags {
	/// Of the first block. Type 1: the low bits of the LBA, or of the zone's start.
	pub reference: u64,
	/// Of each block.
	pub storage: u64,
	/// Of each block.
	pub application: u16,
	/// Which bits of the application tag are compared.
	pub application_mask: u16,
	/// Read and Write: access frequency 3:0, latency 5:4, sequential 6, incompressible 7.
	pub access_hints: u8,
}

impl Tags {
	pub(super) fn with(&self, base: &sys::ringline_command) -> sys::ringline_command_extended {
		sys::ringline_command_extended {
			base: *base,
			reference_tag: self.reference,
			storage_tag: self.storage,
			application_tag: self.application,
			application_mask: self.application_mask,
			access_hints: self.access_hints,
			..Default::default()
		}
	}
}

/// The rest of the NVM command set, and the zoned one.
impl Command {
	/// Compare, with all of the memory. A difference is a status of code 0x285.
	pub fn compare(device: &Device, lba: u64, memory: impl Into<Memory>) -> Self {
		Self::transfer(sys::RINGLINE_NVME_COMPARE, device, lba, memory.into())
	}
	/// Write Zeroes.
	pub fn write_zeroes(device: &Device, lba: u64, blocks: u32) -> Self {
		Self::without_memory(sys::RINGLINE_NVME_WRITE_ZEROES, device, lba, blocks)
	}
	/// Verify: the device reads the blocks and checks them.
	pub fn verify(device: &Device, lba: u64, blocks: u32) -> Self {
		Self::without_memory(sys::RINGLINE_NVME_VERIFY, device, lba, blocks)
	}
	/// Write Uncorrectable: reads of the blocks fail until they are written again.
	pub fn write_uncorrectable(device: &Device, lba: u64, blocks: u32) -> Self {
		Self::without_memory(sys::RINGLINE_NVME_WRITE_UNCORRECTABLE, device, lba, blocks)
	}
	/// Dataset Management: these blocks are not needed any more. 1 to 256 ranges (EINVAL).
	pub fn deallocate(device: &Device, ranges: &[Range<u64>]) -> Result<Self> {
		Self::dataset_management(device, ranges, sys::RINGLINE_DATASET_DEALLOCATE)
	}
	/// Dataset Management; `action` is `sys::RINGLINE_DATASET_*`, added up. 1 to 256 ranges (EINVAL).
	pub fn dataset_management(device: &Device, ranges: &[Range<u64>], action: u32) -> Result<Self> {
		let raw = ranges.iter().map(|range| {
			let blocks = range.end.checked_sub(range.start).and_then(|blocks| u32::try_from(blocks).ok());
			let text = || format!("The range {}..{} is not one of 0 to 4,294,967,295 blocks.", range.start, range.end);
			let blocks = blocks.ok_or_else(|| Error::with_text(EINVAL, &text()))?;
			Ok(sys::ringline_range { lba: range.start, blocks, ..Default::default() })
		});
		let raw = raw.collect::<Result<Vec<_>>>()?;
		let mut memory = Memory::zeroed(raw.len() * sys::RINGLINE_DATASET_RANGE_BYTES as usize);
		let (address, length) = (memory.as_mut_ptr().cast(), memory.len() as u32);
		// SAFETY: there is room for length bytes, and so many ranges.
		check(unsafe { sys::ringline_nvme_dataset_ranges(raw.as_ptr(), raw.len() as u32, address, length) })?;
		let action = u8::try_from(action).map_err(|_| Error::call(EINVAL))?;
		Ok(Self::with_ranges(sys::RINGLINE_NVME_DATASET_MANAGEMENT, device, 0, action, memory))
	}
	/// Copy, to `lba` and behind it, of 1 to 256 ranges (EINVAL), in their order.
	pub fn copy(device: &Device, lba: u64, format: CopyFormat, ranges: &[CopyRange]) -> Result<Self> {
		let raw: Vec<_> = ranges
			.iter()
			.map(|range| sys::ringline_range {
				lba: range.lba,
				reference_tag: range.reference_tag,
				blocks: range.blocks,
				application_tag: range.application_tag,
				application_mask: range.application_mask,
				nsid: range.nsid,
				..Default::default()
			})
			.collect();
		let (format, bytes) = match format {
			CopyFormat::Zero => (0, 32),
			CopyFormat::One => (1, 40),
			CopyFormat::Two => (2, 32),
			CopyFormat::Three => (3, 40),
		};
		let mut memory = Memory::zeroed(raw.len() * bytes);
		let (address, length) = (memory.as_mut_ptr().cast(), memory.len() as u32);
		// SAFETY: there is room for length bytes, and so many ranges.
		check(unsafe { sys::ringline_nvme_copy_ranges(raw.as_ptr(), raw.len() as u32, format, address, length) })?;
		Ok(Self::with_ranges(sys::RINGLINE_NVME_COPY, device, lba, format as u8, memory))
	}
	/// Zone Append, of all of the memory, to the zone that begins at `zone`. The answer's
	/// [result](crate::Completed::result) is where it went.
	pub fn zone_append(device: &Device, zone: u64, memory: impl Into<Memory>) -> Self {
		Self::transfer(sys::RINGLINE_NVME_ZONE_APPEND, device, zone, memory.into())
	}
	/// Zone Management Send, for the zone that begins at `zone`.
	pub fn zone(device: &Device, zone: u64, action: ZoneAction) -> Self {
		let mut command = Self::without_memory(sys::RINGLINE_NVME_ZONE_MANAGEMENT_SEND, device, zone, 0);
		command.raw.action = match action {
			ZoneAction::Close => sys::RINGLINE_ZONE_CLOSE,
			ZoneAction::Finish => sys::RINGLINE_ZONE_FINISH,
			ZoneAction::Open => sys::RINGLINE_ZONE_OPEN,
			ZoneAction::Reset => sys::RINGLINE_ZONE_RESET,
			ZoneAction::Offline => sys::RINGLINE_ZONE_OFFLINE,
		} as u8;
		command
	}
	/// The same for every zone that the action can apply to.
	pub fn all_zones(device: &Device, action: ZoneAction) -> Self {
		Self::zone(device, 0, action).flags(sys::RINGLINE_ALL_ZONES)
	}
	/// Zone Management Receive: a report of zones, from the one that has `lba` on, into memory of 64 bytes and 64 for each
	/// zone. [`zones`](crate::zones) reads it.
	pub fn zone_report(device: &Device, lba: u64, which: Zones, memory: impl Into<Memory>) -> Self {
		let action = match which {
			Zones::All => sys::RINGLINE_ZONES_ALL,
			Zones::Empty => sys::RINGLINE_ZONES_EMPTY,
			Zones::ImplicitlyOpen => sys::RINGLINE_ZONES_IMPLICITLY_OPEN,
			Zones::ExplicitlyOpen => sys::RINGLINE_ZONES_EXPLICITLY_OPEN,
			Zones::Closed => sys::RINGLINE_ZONES_CLOSED,
			Zones::Full => sys::RINGLINE_ZONES_FULL,
			Zones::ReadOnly => sys::RINGLINE_ZONES_READ_ONLY,
			Zones::Offline => sys::RINGLINE_ZONES_OFFLINE,
		};
		let opcode = sys::RINGLINE_NVME_ZONE_MANAGEMENT_RECEIVE;
		Self::with_ranges(opcode, device, lba, action as u8, memory.into())
	}

	/// Flags of the C library, `sys::RINGLINE_PROTECTION_ACTION` and so on, added to those that it has. What a command does not
	/// know is refused when it is pushed.
	pub fn flags(mut self, flags: u32) -> Self {
		// No command knows all: what does not fit the field is refused like any other that is unknown.
		self.raw.flags |= u16::try_from(flags).unwrap_or(u16::MAX);
		self
	}
	/// Separate metadata.
	pub fn metadata(mut self, metadata: impl Into<Memory>) -> Self {
		let metadata = metadata.into();
		self.raw.metadata_address = metadata.address();
		self.raw.metadata_length = u32::try_from(metadata.len()).unwrap_or(u32::MAX);
		let form = self.form();
		self.extra = Some(Box::new(Extra { metadata, form }));
		self
	}
	/// With these tags and hints. An admin command has none.
	pub fn tags(mut self, tags: Tags) -> Self {
		if !matches!(self.form(), Form::Admin(_)) {
			self.set_form(Form::Tagged(tags));
		}
		self
	}
	fn set_form(&mut self, form: Form) {
		match &mut self.extra {
			Some(extra) => extra.form = form,
			None => self.extra = Some(Box::new(Extra { metadata: Memory::new(), form })),
		}
	}
	fn without_memory(opcode: u32, device: &Device, lba: u64, blocks: u32) -> Self {
		let mut command = Self::flush(device);
		command.raw.opcode = opcode as u8;
		command.raw.lba = lba;
		command.raw.blocks = blocks;
		command
	}
	/// One whose memory is not blocks.
	fn with_ranges(opcode: u32, device: &Device, lba: u64, action: u8, memory: Memory) -> Self {
		let mut command = Self::without_memory(opcode, device, lba, 0);
		command.raw.action = action;
		command.raw.address = memory.address();
		command.raw.length = u32::try_from(memory.len()).unwrap_or(u32::MAX);
		command.memory = memory;
		command
	}
}

/// Admin commands without effects, to a controller or a simulated device: beside others, many at a time. The others are calls of
/// [`Device`].
impl Command {
	/// Identify, into memory of 4096 bytes (ENOBUFS).
	pub fn identify(
		device: &Device,
		options: &sys::ringline_identify_options,
		memory: impl Into<Memory>,
	) -> Result<Self> {
		let memory = memory.into();
		proved(memory.len() == sys::RINGLINE_IDENTIFY_BYTES as usize)?;
		// SAFETY: it writes a command, and the address is not looked at.
		Self::admin_with(device, memory, |command, address, _| unsafe {
			sys::ringline_nvme_identify(command, options, address)
		})
	}
	/// Get Log Page, into all of the memory: one command, without regard to what the device can at once.
	pub fn log_page(device: &Device, options: &sys::ringline_log_options, memory: impl Into<Memory>) -> Result<Self> {
		// SAFETY: as above.
		Self::admin_with(device, memory.into(), |command, address, length| unsafe {
			sys::ringline_nvme_log_read(command, options, address, length)
		})
	}
	/// Get Features, with memory for its data if it has some. The value is the [result](crate::Completed::result). A vendor's
	/// feature, or one that is newer than this library, wants 4096 bytes (ENOBUFS).
	pub fn feature(
		device: &Device,
		options: &sys::ringline_feature_options,
		memory: impl Into<Memory>,
	) -> Result<Self> {
		let memory = memory.into();
		proved(feature_fits(options, memory.len()))?;
		// SAFETY: as above.
		Self::admin_with(device, memory, |command, address, length| unsafe {
			sys::ringline_nvme_feature_get(command, options, address, length)
		})
	}
	fn admin_with(
		device: &Device,
		memory: Memory,
		build: impl FnOnce(&mut sys::ringline_nvme_command, u64, u32) -> i32,
	) -> Result<Self> {
		let mut built = sys::ringline_nvme_command::default();
		let length = u32::try_from(memory.len()).map_err(|_| Error::call(ENOBUFS))?;
		check(build(&mut built, memory.address(), length))?;
		let mut command = Self::flush(device);
		command.raw.timeout_ms = built.timeout_ms;
		command.memory = memory;
		command.set_form(Form::Admin(built));
		Ok(command)
	}
}

pub(crate) fn proved(fits: bool) -> Result<()> {
	if fits {
		Ok(())
	} else {
		Err(Error::call(ENOBUFS))
	}
}

/// A device transfers all of a feature's data, whatever memory there is for it. The library proves the length of those that NVMe
/// defines; of others nobody knows it.
pub(crate) fn feature_fits(options: &sys::ringline_feature_options, length: usize) -> bool {
	const LARGEST: usize = 4096;
	let known = matches!(options.fid, 0..=0x1b | 0x1d | 0x7d..=0x84);
	known || length == LARGEST || u32::from(options.sel) == sys::RINGLINE_FEATURE_CAPABILITIES
}
