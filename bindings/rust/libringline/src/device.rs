// SPDX-License-Identifier: MIT OR Apache-2.0
//! Devices.

use crate::error::{array_text, check, Error, Result, EINVAL};
use libringline_sys as sys;
use std::ffi::CString;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

/// How to open a device.
#[derive(Clone, Copy, Debug, Default)]
pub struct OpenOptions {
	raw: sys::ringline_device_options,
}

impl OpenOptions {
	/// For reading and writing, the node's own namespace.
	pub fn new() -> Self {
		Self::default()
	}
	/// Commands that write are refused (EROFS).
	pub fn read_only(mut self) -> Self {
		self.raw.flags |= sys::RINGLINE_OPEN_READ_ONLY;
		self
	}
	/// The path is the image of a simulated device, as with "sim:".
	pub fn simulated(mut self) -> Self {
		self.raw.flags |= sys::RINGLINE_OPEN_SIMULATED;
		self
	}
	/// The namespace that it must be.
	pub fn nsid(mut self, nsid: u32) -> Self {
		self.raw.nsid = nsid;
		self
	}
	/// For simulated devices and "null:": 512 or 4096.
	pub fn block_size(mut self, bytes: u32) -> Self {
		self.raw.block_size = bytes;
		self
	}
	/// Opens "/dev/ng0n1", "/dev/nvme0n1", "sim:PATH" or "null:". The error says what is wrong, and what to do.
	pub fn open(&self, path: impl AsRef<Path>) -> Result<Device> {
		let path = c_path(path.as_ref())?;
		let mut diagnosis = sys::ringline_diagnosis::default();
		let mut device = sys::ringline_device { value: 0 };
		// SAFETY: all pointers are valid, the path ends with NUL, and the structs say their size.
		let returned = unsafe { sys::ringline_device_open(path.as_ptr(), &self.raw, &mut diagnosis, &mut device) };
		if returned < 0 {
			return Err(Error::diagnosed(returned, &diagnosis));
		}
		let device = Device { raw: device, stride: AtomicU32::new(0) };
		device.learn()?;
		Ok(device)
	}
}

/// An open device. It is closed when dropped; commands in flight finish all the same.
///
/// What it names is on one disk, whatever the threads: a `Device` can be shared.
#[derive(Debug)]
pub struct Device {
	raw: sys::ringline_device,
	/// Bytes that a block takes of a command's memory.
	stride: AtomicU32,
}

impl Device {
	/// Opens a device for reading and writing. Others: [`OpenOptions`].
	pub fn open(path: impl AsRef<Path>) -> Result<Self> {
		OpenOptions::new().open(path)
	}
	/// Geometry and limits, as of the opening or the last [`refresh`](Self::refresh).
	pub fn info(&self) -> Result<DeviceInfo> {
		let mut raw = sys::ringline_device_info::default();
		// SAFETY: the struct says its size.
		check(unsafe { sys::ringline_device_info_get(self.raw, &mut raw) })?;
		Ok(DeviceInfo { raw })
	}
	/// Reads geometry and limits again: needed after a format or a resize.
	pub fn refresh(&self) -> Result<()> {
		// SAFETY: a handle is a value.
		check(unsafe { sys::ringline_device_refresh(self.raw) })?;
		self.learn()
	}
	/// The C library's handle, good until this is dropped.
	#[inline]
	pub fn as_raw(&self) -> sys::ringline_device {
		self.raw
	}
	/// Bytes that a block takes of a command's memory: the block size, and inline metadata.
	#[inline]
	pub fn stride(&self) -> u32 {
		self.stride.load(Ordering::Relaxed)
	}
	fn learn(&self) -> Result<()> {
		let raw = self.info()?.raw;
		let inline = if raw.metadata_inline != 0 { raw.metadata_size } else { 0 };
		self.stride.store(raw.block_size + inline, Ordering::Relaxed);
		Ok(())
	}
}

impl Drop for Device {
	fn drop(&mut self) {
		// SAFETY: a handle is a value. In the child of a fork it is refused, and nothing is to be closed there.
		unsafe { sys::ringline_device_close(self.raw) };
	}
}

/// Geometry, limits and identity of a device.
#[derive(Clone, Copy, Debug)]
pub struct DeviceInfo {
	raw: sys::ringline_device_info,
}

impl DeviceInfo {
	/// Namespace size.
	pub fn blocks(&self) -> u64 {
		self.raw.blocks
	}
	/// Data bytes of a block.
	pub fn block_size(&self) -> u32 {
		self.raw.block_size
	}
	/// Metadata bytes of a block.
	pub fn metadata_size(&self) -> u32 {
		self.raw.metadata_size
	}
	/// Of one command, every limit applied.
	pub fn max_transfer_bytes(&self) -> u32 {
		self.raw.max_transfer_bytes
	}
	/// Data needs Flush or FUA to survive a power cut.
	pub fn volatile_cache(&self) -> bool {
		self.raw.volatile_cache != 0
	}
	/// Commands that write are refused.
	pub fn read_only(&self) -> bool {
		self.raw.flags & sys::RINGLINE_OPEN_READ_ONLY != 0
	}
	/// What was opened, such as "/dev/ng0n1".
	pub fn node(&self) -> &str {
		array_text(&self.raw.node)
	}
	/// Of the controller.
	pub fn serial(&self) -> &str {
		array_text(&self.raw.serial)
	}
	/// Of the controller.
	pub fn model(&self) -> &str {
		array_text(&self.raw.model)
	}
	/// Whether the device has all of these commands: `sys::RINGLINE_CAN_*`, added up.
	pub fn can(&self, commands: u32) -> bool {
		self.raw.commands & commands == commands
	}
	/// Blocks from zone to zone; 0: not zoned.
	pub fn zone_blocks(&self) -> u64 {
		self.raw.zone_blocks
	}
	/// Zones open at once; 0: no limit.
	pub fn zone_max_open(&self) -> u32 {
		self.raw.zone_max_open
	}
	/// Zones open or closed at once; 0: no limit.
	pub fn zone_max_active(&self) -> u32 {
		self.raw.zone_max_active
	}
	/// Of one Zone Append.
	pub fn append_max_bytes(&self) -> u32 {
		self.raw.append_max_bytes
	}
	/// Of protection information: 1 to 3; 0: none.
	pub fn protection_type(&self) -> u8 {
		self.raw.pi_type
	}
	/// Of a guard: 16, 32 or 64; 0: none.
	pub fn guard_bits(&self) -> u8 {
		self.raw.guard_bits
	}
	/// Each block's metadata follows its data; else it is separate.
	pub fn metadata_inline(&self) -> bool {
		self.raw.metadata_inline != 0
	}
	/// All of it, with the limits of each command.
	pub fn raw(&self) -> &sys::ringline_device_info {
		&self.raw
	}
}

/// The path for a C function; EINVAL if there is a NUL in it.
pub(crate) fn c_path(path: &Path) -> Result<CString> {
	CString::new(path.as_os_str().as_bytes()).map_err(|_| Error::call(EINVAL))
}
