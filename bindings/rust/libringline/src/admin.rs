// SPDX-License-Identifier: MIT OR Apache-2.0
//! Admin commands that are waited for.

use crate::command::{feature_fits, is_success, proved};
use crate::device::Device;
use crate::error::{check, Error, Result};
use libringline_sys as sys;
use std::os::raw::c_void;
use std::ptr;

/// What a device said.
#[derive(Clone, Debug)]
pub struct Answer {
	/// Dwords 0 and 1.
	pub result: u64,
	/// The page, or the feature's data; empty if there is none.
	pub data: Vec<u8>,
}

/// Admin commands. Each waits, in any thread; an error is about the call, or what the device answered. The options are those of the C
/// library: fill them in behind `..Default::default()`.
impl Device {
	/// Reads an Identify page.
	pub fn identify(&self, options: &sys::ringline_identify_options) -> Result<Answer> {
		self.ask(sys::RINGLINE_IDENTIFY_BYTES as usize, |data, length, completion| {
			// SAFETY: there is room for length bytes.
			unsafe { sys::ringline_identify(self.as_raw(), options, data, length, completion) }
		})
	}
	/// Reads `length` bytes of a log page, from `options.offset` on, by as many commands as it takes.
	pub fn log_read(&self, options: &sys::ringline_log_options, length: usize) -> Result<Answer> {
		self.ask(length, |data, length, completion| {
			// SAFETY: as above.
			unsafe { sys::ringline_log_read(self.as_raw(), options, data, length, completion) }
		})
	}
	/// Gets a feature: its value is the result, and `length` bytes of data come with some. A vendor's feature, or one that is newer
	/// than this library, wants 4096 bytes (ENOBUFS).
	pub fn feature(&self, options: &sys::ringline_feature_options, length: usize) -> Result<Answer> {
		proved(feature_fits(options, length))?;
		self.ask(length, |data, length, completion| {
			// SAFETY: as above, and no device transfers more.
			unsafe { sys::ringline_feature_get(self.as_raw(), options, data, length, completion) }
		})
	}
	/// Sets a feature.
	pub fn set_feature(&self, options: &sys::ringline_feature_options, data: &[u8]) -> Result<Answer> {
		proved(data.is_empty() || feature_fits(options, data.len()))?;
		let length = u32::try_from(data.len()).unwrap_or(u32::MAX);
		let address = if data.is_empty() { ptr::null() } else { data.as_ptr().cast() };
		// SAFETY: there are length bytes, which are only read.
		self.ask(0, |_, _, completion| unsafe {
			sys::ringline_feature_set(self.as_raw(), options, address, length, completion)
		})
	}
	/// Formats a namespace: all its data is gone. [`refresh`](Self::refresh) afterwards.
	pub fn format(&self, options: &sys::ringline_format_options) -> Result<Answer> {
		// SAFETY: handles are values, here and below.
		self.ask(0, |_, _, completion| unsafe { sys::ringline_format(self.as_raw(), options, completion) })
	}
	/// Starts a sanitize, which reaches every namespace of the NVM subsystem.
	pub fn sanitize(&self, options: &sys::ringline_sanitize_options) -> Result<Answer> {
		// SAFETY: as above.
		self.ask(0, |_, _, completion| unsafe { sys::ringline_sanitize(self.as_raw(), options, completion) })
	}
	/// Starts or aborts a self-test: `sys::RINGLINE_SELF_TEST_*`.
	pub fn self_test(&self, nsid: u32, code: u32) -> Result<Answer> {
		// SAFETY: as above.
		self.ask(0, |_, _, completion| unsafe { sys::ringline_self_test(self.as_raw(), nsid, code, completion) })
	}
	/// Attaches a namespace to controllers, by their ids.
	pub fn attach_namespace(&self, nsid: u32, controllers: &[u16]) -> Result<Answer> {
		let count = u32::try_from(controllers.len()).unwrap_or(u32::MAX);
		// SAFETY: there are count ids.
		self.ask(0, |_, _, completion| unsafe {
			sys::ringline_namespace_attach(self.as_raw(), nsid, controllers.as_ptr(), count, completion)
		})
	}
	/// Detaches a namespace from controllers, by their ids.
	pub fn detach_namespace(&self, nsid: u32, controllers: &[u16]) -> Result<Answer> {
		let count = u32::try_from(controllers.len()).unwrap_or(u32::MAX);
		// SAFETY: as above.
		self.ask(0, |_, _, completion| unsafe {
			sys::ringline_namespace_detach(self.as_raw(), nsid, controllers.as_ptr(), count, completion)
		})
	}
	fn ask(
		&self,
		length: usize,
		call: impl FnOnce(*mut c_void, u32, *mut sys::ringline_completion) -> i32,
	) -> Result<Answer> {
		let mut data = vec![0; length];
		let mut completion = sys::ringline_completion::zeroed();
		let address = if data.is_empty() { ptr::null_mut() } else { data.as_mut_ptr().cast() };
		check(call(address, u32::try_from(length).unwrap_or(u32::MAX), &mut completion))?;
		if is_success(&completion) {
			Ok(Answer { result: completion.result, data })
		} else {
			Err(Error::completion(&completion))
		}
	}
}
