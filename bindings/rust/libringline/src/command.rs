// SPDX-License-Identifier: MIT OR Apache-2.0
//! Commands, and what becomes of them.

mod typed;

pub(crate) use typed::{feature_fits, proved};
pub use typed::{CopyFormat, CopyRange, Tags, ZoneAction, Zones};

use crate::device::Device;
use crate::error::{Error, Result};
use crate::memory::Memory;
use libringline_sys as sys;
use std::fmt;
use std::io;

/// A command with its memory. How many blocks it names follows from that; bounds, lengths and limits are checked when it is
/// pushed.
#[derive(Debug)]
#[must_use = "a command does nothing until it is pushed"]
pub struct Command {
	pub(crate) raw: sys::ringline_command,
	pub(crate) memory: Memory,
	pub(crate) extra: Option<Box<Extra>>,
}

/// What few commands have.
#[derive(Debug)]
pub(crate) struct Extra {
	pub(crate) metadata: Memory,
	form: Form,
}

/// By which call a command is pushed.
#[derive(Clone, Copy, Debug)]
enum Form {
	Plain,
	Tagged(Tags),
	Admin(sys::ringline_nvme_command),
}

impl Command {
	/// Read, into all of the memory.
	#[inline]
	pub fn read(device: &Device, lba: u64, memory: impl Into<Memory>) -> Self {
		Self::transfer(sys::RINGLINE_NVME_READ, device, lba, memory.into())
	}
	/// Write, of all of the memory.
	#[inline]
	pub fn write(device: &Device, lba: u64, memory: impl Into<Memory>) -> Self {
		Self::transfer(sys::RINGLINE_NVME_WRITE, device, lba, memory.into())
	}
	/// Flush. It covers only writes whose completions were taken before it was submitted.
	pub fn flush(device: &Device) -> Self {
		let raw = sys::ringline_command {
			device: device.as_raw(),
			opcode: sys::RINGLINE_NVME_FLUSH as u8,
			..Default::default()
		};
		Self { raw, memory: Memory::new(), extra: None }
	}
	/// Write: done when on the medium.
	pub fn fua(mut self) -> Self {
		self.raw.flags |= sys::RINGLINE_FUA as u16;
		self
	}
	/// The device should give up early.
	pub fn limited_retry(mut self) -> Self {
		self.raw.flags |= sys::RINGLINE_LIMITED_RETRY as u16;
		self
	}
	/// When it passes, the kernel aborts the command, then resets the *controller*. 0: the driver's.
	pub fn timeout_ms(mut self, timeout_ms: u32) -> Self {
		self.raw.timeout_ms = timeout_ms;
		self
	}
	/// Its memory.
	pub fn into_memory(self) -> Memory {
		self.memory
	}
	#[inline]
	fn transfer(opcode: u32, device: &Device, lba: u64, memory: Memory) -> Self {
		Self { raw: transfer(opcode, device, lba, memory.address(), memory.len()), memory, extra: None }
	}
	fn form(&self) -> Form {
		self.extra.as_ref().map_or(Form::Plain, |extra| extra.form)
	}
	/// Whether it needs a call of its own, and cannot go with others in an array.
	pub(crate) fn goes_alone(&self) -> bool {
		!matches!(self.form(), Form::Plain)
	}
	/// Pushes it; what the library returned.
	///
	/// # Safety
	/// The queue is alive, and the command's memory stays where it is until the completion.
	#[inline]
	pub(crate) unsafe fn push_to(&self, queue: *mut sys::ringline_queue) -> i32 {
		if self.extra.is_none() {
			// SAFETY: the addresses and lengths are those of the command's memory.
			return unsafe { sys::ringline_push(queue, &self.raw, 1) };
		}
		// SAFETY: as above.
		unsafe { self.push_special(queue) }
	}
	/// # Safety
	/// As `push_to`.
	#[cold]
	unsafe fn push_special(&self, queue: *mut sys::ringline_queue) -> i32 {
		// SAFETY: the addresses and lengths are those of the command's memory, and of an admin command what it transfers was
		// proved when it was made.
		unsafe {
			match self.form() {
				Form::Plain => sys::ringline_push(queue, &self.raw, 1),
				Form::Tagged(tags) => sys::ringline_push_extended(queue, &tags.with(&self.raw), 1),
				Form::Admin(command) => sys::ringline_push_raw(queue, &self.admin(command), 1),
			}
		}
	}
	fn admin(&self, command: sys::ringline_nvme_command) -> sys::ringline_raw_command {
		sys::ringline_raw_command {
			user_data: self.raw.user_data,
			device: self.raw.device,
			flags: sys::RINGLINE_RAW_ADMIN,
			command: sys::ringline_nvme_command { timeout_ms: self.raw.timeout_ms, ..command },
			..Default::default()
		}
	}
	/// The library's reasons for refusing it.
	pub(crate) fn refused(&self, errno: i32) -> Error {
		match self.form() {
			Form::Plain => refused(&self.raw, errno),
			// SAFETY: the command is only looked at, and the diagnosis says its size.
			Form::Tagged(tags) => explained(errno, |diagnosis| unsafe {
				sys::ringline_encode(&tags.with(&self.raw), std::ptr::null_mut(), diagnosis)
			}),
			// SAFETY: as above.
			Form::Admin(command) => {
				explained(errno, |diagnosis| unsafe { sys::ringline_explain_raw(&self.admin(command), diagnosis) })
			}
		}
	}
}

/// The library's reasons for refusing a plain command.
pub(crate) fn refused(raw: &sys::ringline_command, errno: i32) -> Error {
	// SAFETY: the command is only looked at, and the diagnosis says its size.
	explained(errno, |diagnosis| unsafe { sys::ringline_explain(raw, diagnosis) })
}

fn explained(errno: i32, explain: impl FnOnce(&mut sys::ringline_diagnosis) -> i32) -> Error {
	let mut diagnosis = sys::ringline_diagnosis::default();
	if explain(&mut diagnosis) == errno {
		Error::diagnosed(errno, &diagnosis)
	} else {
		Error::call(errno)
	}
}

/// The raw Read or Write of so many bytes.
#[inline]
pub(crate) fn transfer(opcode: u32, device: &Device, lba: u64, address: u64, length: usize) -> sys::ringline_command {
	// What is too long for any command is as long as can be said: that is refused as well.
	let length = u32::try_from(length).unwrap_or(u32::MAX);
	let stride = device.stride().max(1);
	// A block that is not whole counts, so that the refusal is about the length.
	let blocks = length / stride + u32::from(length % stride != 0);
	sys::ringline_command {
		device: device.as_raw(),
		lba,
		address,
		length,
		blocks,
		opcode: opcode as u8,
		..Default::default()
	}
}

/// A command that was not taken, whole.
pub struct Refused {
	/// Why. [`is_full`](Self::is_full): take completions first.
	pub error: Error,
	/// The command.
	pub command: Command,
}

impl Refused {
	/// The queue has no room.
	pub fn is_full(&self) -> bool {
		self.error.kind() == io::ErrorKind::WouldBlock
	}
}

/// A command that went wrong, and its memory.
pub struct Failed {
	/// Why.
	pub error: Error,
	/// Yours again.
	pub memory: Memory,
}

/// A command that has ended, and its memory, which is yours again.
pub struct Completed {
	pub(crate) raw: sys::ringline_completion,
	/// Of the command. See [`into_memory`](Self::into_memory).
	pub memory: Memory,
	pub(crate) extra: Option<Box<Extra>>,
}

impl Completed {
	/// What was given with the command.
	#[inline]
	pub fn user_data(&self) -> u64 {
		self.raw.user_data
	}
	/// Dwords 0 and 1 of the device's answer; 0 if the command failed.
	pub fn result(&self) -> u64 {
		self.raw.result
	}
	/// Whether it succeeded, or why not.
	#[inline]
	pub fn outcome(&self) -> Result<()> {
		if is_success(&self.raw) {
			Ok(())
		} else {
			Err(Error::completion(&self.raw))
		}
	}
	/// The separate metadata, if the command had some.
	pub fn metadata(&self) -> &[u8] {
		self.extra.as_ref().map_or(&[], |extra| &extra.metadata)
	}
	/// The same, to be used again.
	pub fn take_metadata(&mut self) -> Memory {
		self.extra.take().map_or_else(Memory::new, |extra| extra.metadata)
	}
	/// The memory of a command that succeeded.
	#[inline]
	pub fn into_memory(self) -> std::result::Result<Memory, Failed> {
		if is_success(&self.raw) {
			Ok(self.memory)
		} else {
			Err(Failed { error: Error::completion(&self.raw), memory: self.memory })
		}
	}
}

#[inline]
pub(crate) fn is_success(raw: &sys::ringline_completion) -> bool {
	raw.error == 0 && raw.status == 0
}

impl fmt::Debug for Completed {
	fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
		write!(
			out,
			"Completed {{ user_data: {}, outcome: {:?}, {:?} }}",
			self.user_data(),
			self.outcome(),
			self.memory
		)
	}
}

macro_rules! error_with {
	($name:ident) => {
		impl fmt::Debug for $name {
			fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
				write!(out, "{}({})", stringify!($name), self.error)
			}
		}

		impl fmt::Display for $name {
			fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
				self.error.fmt(out)
			}
		}

		impl std::error::Error for $name {}

		impl From<$name> for Error {
			fn from(from: $name) -> Self {
				from.error
			}
		}

		impl From<$name> for io::Error {
			fn from(from: $name) -> Self {
				from.error.into()
			}
		}
	};
}

error_with!(Refused);
error_with!(Failed);
