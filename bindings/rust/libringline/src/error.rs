// SPDX-License-Identifier: MIT OR Apache-2.0
//! What went wrong, as the device or the library says it.

use libringline_sys as sys;
use std::ffi::CStr;
use std::fmt;
use std::io;
use std::os::raw::c_char;

pub(crate) const EINVAL: i32 = 22;

/// What may be done about a status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Retry {
	/// Do Not Retry is set, or repeating cannot help.
	Never,
	/// It may help; you know whether the command may run twice.
	IfIdempotent,
	/// A path error.
	OtherPath,
}

/// An NVMe status word as the device gave it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Status(u16);

impl Status {
	/// A status of this word.
	pub const fn new(raw: u16) -> Self {
		Self(raw)
	}
	/// The word.
	pub const fn raw(self) -> u16 {
		self.0
	}
	/// SCT and SC: the part to compare.
	pub const fn code(self) -> u16 {
		self.0 & sys::RINGLINE_STATUS_CODE_MASK as u16
	}
	/// Do Not Retry.
	pub const fn dnr(self) -> bool {
		self.0 as u32 & sys::RINGLINE_STATUS_DNR != 0
	}
	/// Short name, such as "unrecovered-read-error".
	pub fn name(self) -> &'static str {
		// SAFETY: any word is valid input.
		text(unsafe { sys::ringline_status_name(self.0, -1) })
	}
	/// One sentence.
	pub fn text(self) -> &'static str {
		// SAFETY: any word is valid input.
		text(unsafe { sys::ringline_status_text(self.0, -1) })
	}
	/// What may be done about it.
	pub fn retry(self) -> Retry {
		let mut info = sys::ringline_status_info::default();
		// SAFETY: info says its own size.
		unsafe { sys::ringline_status_decode(self.0, &mut info) };
		match u32::from(info.retry) {
			sys::RINGLINE_RETRY_IF_IDEMPOTENT => Retry::IfIdempotent,
			sys::RINGLINE_RETRY_OTHER_PATH => Retry::OtherPath,
			_ => Retry::Never,
		}
	}
}

impl fmt::Debug for Status {
	fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
		write!(out, "Status({:#06x}, {})", self.0, self.name())
	}
}

impl fmt::Display for Status {
	fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
		write!(out, "{}: {}", self.name(), self.text())
	}
}

/// Why a call was refused, or what became of a command. Becomes an [`io::Error`] by `?`, which has no `raw_os_error()` then, but a
/// kind; [`Error::of`] has this back from it.
#[derive(Clone)]
pub struct Error {
	cause: Cause,
	flags: u16,
	text: Option<Box<str>>,
}

#[derive(Clone, Copy, Debug)]
enum Cause {
	/// Positive.
	Errno(i32),
	Status(Status),
}

/// The result of a call.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
	/// Of an errno (of either sign) that is about a call.
	pub(crate) fn call(errno: i32) -> Self {
		Self { cause: Cause::Errno(errno.abs()), flags: 0, text: None }
	}
	/// The same, with a reason, if there is one.
	pub(crate) fn with_text(errno: i32, text: &str) -> Self {
		Self { text: Some(text.into()).filter(|_| !text.is_empty()), ..Self::call(errno) }
	}
	/// The same, with the library's reasons.
	pub(crate) fn diagnosed(errno: i32, diagnosis: &sys::ringline_diagnosis) -> Self {
		Self::with_text(errno, array_text(&diagnosis.text))
	}
	/// Of a completion that is not a success.
	pub(crate) fn completion(raw: &sys::ringline_completion) -> Self {
		let cause = match raw.error {
			0 => Cause::Status(Status(raw.status)),
			errno => Cause::Errno(errno.abs()),
		};
		Self { cause, flags: raw.flags, text: None }
	}
	/// What the device answered, if it is that.
	pub fn status(&self) -> Option<Status> {
		match self.cause {
			Cause::Status(status) => Some(status),
			Cause::Errno(_) => None,
		}
	}
	/// The errno: a call was refused, or a command did not reach the device, or its answer was lost.
	pub fn raw_os_error(&self) -> Option<i32> {
		match self.cause {
			Cause::Status(_) => None,
			Cause::Errno(errno) => Some(errno),
		}
	}
	/// The answer was lost (reset, time-out, unplugged): the command may have run.
	pub fn outcome_unknown(&self) -> bool {
		u32::from(self.flags) & sys::RINGLINE_OUTCOME_UNKNOWN != 0
	}
	/// The command certainly did not run.
	pub fn not_sent(&self) -> bool {
		u32::from(self.flags) & sys::RINGLINE_NOT_SENT != 0
	}
	/// As [`io::Error::kind`].
	pub fn kind(&self) -> io::ErrorKind {
		match self.cause {
			Cause::Status(_) => io::ErrorKind::Other,
			Cause::Errno(errno) => io::Error::from_raw_os_error(errno).kind(),
		}
	}
	/// The one that an [`io::Error`] was made of.
	pub fn of(error: &io::Error) -> Option<&Self> {
		error.get_ref()?.downcast_ref()
	}
}

impl fmt::Display for Error {
	fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
		match (self.cause, &self.text) {
			(Cause::Status(status), _) => write!(out, "{status}"),
			(Cause::Errno(errno), Some(text)) => write!(out, "{}: {text}", error_name(errno)),
			// SAFETY: any number is valid input.
			(Cause::Errno(errno), None) => {
				write!(out, "{}: {}", error_name(errno), text(unsafe { sys::ringline_error_text(errno) }))
			}
		}?;
		if self.outcome_unknown() {
			out.write_str(" (the command may have run)")?;
		}
		Ok(())
	}
}

impl fmt::Debug for Error {
	fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
		write!(out, "Error({self})")
	}
}

impl std::error::Error for Error {}

impl From<Error> for io::Error {
	fn from(error: Error) -> Self {
		Self::new(error.kind(), error)
	}
}

/// The value of a call, or its error.
pub(crate) fn check(returned: i32) -> Result<u32> {
	u32::try_from(returned).map_err(|_| Error::call(returned))
}

fn error_name(errno: i32) -> &'static str {
	// SAFETY: any number is valid input.
	text(unsafe { sys::ringline_error_name(errno) })
}

/// Of the library's static strings.
fn text(from: *const c_char) -> &'static str {
	// SAFETY: they are never NULL, end with NUL, and are never freed.
	unsafe { CStr::from_ptr(from) }.to_str().unwrap_or("?")
}

/// Of an array that a NUL ends, or that is full.
pub(crate) fn array_text(array: &[c_char]) -> &str {
	// SAFETY: c_char and u8 have the same size and no invalid values.
	let bytes = unsafe { std::slice::from_raw_parts(array.as_ptr().cast::<u8>(), array.len()) };
	let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
	std::str::from_utf8(&bytes[..end]).unwrap_or("?")
}
