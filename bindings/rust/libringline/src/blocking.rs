// SPDX-License-Identifier: MIT OR Apache-2.0
//! Calls that wait for their commands, whose memory is only lent.

use crate::command::{self, is_success, refused, transfer, Command};
use crate::device::Device;
use crate::error::{Error, Result};
use crate::memory::Memory;
use crate::queue::{Queue, LENT};
use libringline_sys as sys;
use std::fmt;

/// They take no notice of [`Wakeup::wake`](crate::Wakeup::wake), and keep what else completes for [`poll`](Self::poll),
/// [`wait`](Self::wait) and [`wait_one`](Self::wait_one).
impl<K> Queue<K> {
	/// Reads all of `memory` from block `lba` on, as one command, and waits for it.
	pub fn read(&mut self, device: &Device, lba: u64, memory: &mut [u8]) -> Result<()> {
		let address = memory.as_mut_ptr() as usize as u64;
		self.run_lent(transfer(sys::RINGLINE_NVME_READ, device, lba, address, memory.len()))
	}
	/// Writes all of `memory` from block `lba` on, as one command, and waits for it.
	pub fn write(&mut self, device: &Device, lba: u64, memory: &[u8]) -> Result<()> {
		let address = memory.as_ptr() as usize as u64;
		self.run_lent(transfer(sys::RINGLINE_NVME_WRITE, device, lba, address, memory.len()))
	}
	/// Makes what was written before durable, and waits for that.
	pub fn flush(&mut self, device: &Device) -> Result<()> {
		self.run_lent(Command::flush(device).raw)
	}
	/// Runs any command, and waits for it. The memory stays in it, for the next run.
	pub fn run(&mut self, command: &mut Command) -> Result<()> {
		self.run_for_result(command).map(drop)
	}
	/// The same; gives dwords 0 and 1 of the device's answer, such as where a Zone Append went.
	pub fn run_for_result(&mut self, command: &mut Command) -> Result<u64> {
		command.raw.user_data = LENT;
		let mut completion = [sys::ringline_completion::zeroed()];
		// SAFETY: the memory is in the command, which is borrowed until it has completed.
		match self.lend(1, &mut completion, |queue, _| unsafe { command.push_to(queue) }) {
			(_, Some(errno)) => Err(command.refused(errno)),
			_ => answer(&completion[0]),
		}
	}
	fn run_lent(&mut self, command: sys::ringline_command) -> Result<()> {
		let command = sys::ringline_command { user_data: LENT, ..command };
		let mut completion = [sys::ringline_completion::zeroed()];
		match self.lend_all(std::slice::from_ref(&command), &mut completion) {
			(_, Some(errno)) => Err(refused(&command, errno)),
			_ => answer(&completion[0]).map(drop),
		}
	}
	/// Runs all commands of a batch, and waits for them. The error is of one that failed; [`Batch::errors`] has them all.
	#[inline]
	pub fn run_batch(&mut self, batch: &mut Batch) -> Result<()> {
		let (taken, refused) = self.lend_all(&batch.commands, &mut batch.completions);
		match refused {
			None if all_succeeded(&batch.completions) => Ok(()),
			_ => Err(batch.first_error(taken, refused)),
		}
	}
}

fn answer(completion: &sys::ringline_completion) -> Result<u64> {
	if is_success(completion) {
		Ok(completion.result)
	} else {
		Err(Error::completion(completion))
	}
}

/// [`is_success`] of all, without a branch for each.
#[inline]
fn all_succeeded(completions: &[sys::ringline_completion]) -> bool {
	completions.iter().fold(0, |sum, raw| sum | raw.error | i32::from(raw.status)) == 0
}

/// Commands that are filled in once and run many times. They may run in any order.
#[derive(Default)]
pub struct Batch {
	commands: Vec<sys::ringline_command>,
	memory: Vec<Memory>,
	/// Held, of those that have some.
	metadata: Vec<Memory>,
	completions: Vec<sys::ringline_completion>,
}

impl Batch {
	/// No commands.
	pub fn new() -> Self {
		Self::default()
	}
	/// Adds a command, and returns its index.
	///
	/// # Panics
	/// With [tags](Command::tags), or an admin command: these go one by one.
	pub fn add(&mut self, command: Command) -> usize {
		assert!(!command.goes_alone(), "a batch takes neither commands with tags nor admin commands");
		let index = self.commands.len();
		self.commands.push(sys::ringline_command { user_data: LENT | index as u64, ..command.raw });
		self.memory.push(command.memory);
		self.metadata.extend(command.extra.map(|extra| extra.metadata));
		self.completions.push(sys::ringline_completion::zeroed());
		index
	}
	/// Commands.
	pub fn len(&self) -> usize {
		self.commands.len()
	}
	/// No commands.
	pub fn is_empty(&self) -> bool {
		self.commands.is_empty()
	}
	/// The memory of a command.
	pub fn memory(&self, index: usize) -> &[u8] {
		&self.memory[index]
	}
	/// The memory of a command.
	pub fn memory_mut(&mut self, index: usize) -> &mut [u8] {
		&mut self.memory[index]
	}
	/// Moves a command to another place on its device, for the next run.
	pub fn set_lba(&mut self, index: usize, lba: u64) {
		self.commands[index].lba = lba;
	}
	/// All memory, in the order of the commands.
	pub fn into_memory(self) -> Vec<Memory> {
		self.memory
	}
	/// The commands that failed in the last run, and why. Those that were not taken are [not sent](Error::not_sent).
	pub fn errors(&self) -> impl Iterator<Item = (usize, Error)> + '_ {
		let failed = self.completions.iter().filter(|raw| !is_success(raw));
		failed.map(|raw| ((raw.user_data & !LENT) as usize, Error::completion(raw)))
	}
	#[cold]
	fn first_error(&mut self, taken: usize, refused: Option<i32>) -> Error {
		let refused = refused.map(|errno| {
			for (command, completion) in self.commands[taken..].iter().zip(&mut self.completions[taken..]) {
				*completion = sys::ringline_completion {
					user_data: command.user_data,
					error: errno,
					flags: sys::RINGLINE_NOT_SENT as u16,
					..Default::default()
				};
			}
			command::refused(&self.commands[taken], errno)
		});
		refused.or_else(|| self.errors().next().map(|(_, error)| error)).expect("one has failed")
	}
}

impl Extend<Command> for Batch {
	fn extend<I: IntoIterator<Item = Command>>(&mut self, commands: I) {
		commands.into_iter().for_each(|command| {
			self.add(command);
		});
	}
}

impl FromIterator<Command> for Batch {
	fn from_iter<I: IntoIterator<Item = Command>>(commands: I) -> Self {
		let mut batch = Self::new();
		batch.extend(commands);
		batch
	}
}

impl fmt::Debug for Batch {
	fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
		write!(out, "Batch({} commands)", self.len())
	}
}
