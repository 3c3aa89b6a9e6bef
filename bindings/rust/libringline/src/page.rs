// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is in the pages that Identify, logs and zone reports bring.

use crate::error::{array_text, check, Result};
use libringline_sys as sys;

/// A page's bytes, with the library's table of their fields.
///
/// ```no_run
/// let smart = [0; 512];
/// let page = libringline::Page::new(libringline::sys::RINGLINE_PAGE_LOG + 2, &smart);
/// assert_eq!(page.number("power_cycles"), Some(0));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Page<'a> {
	page: u32,
	bytes: &'a [u8],
}

/// One field of a page.
#[derive(Clone, Copy, Debug)]
pub struct Field {
	index: u32,
	raw: sys::ringline_field,
}

impl Field {
	/// Lower case, as in the specifications.
	pub fn name(&self) -> &str {
		array_text(&self.raw.name)
	}
	/// Of the list that it is in; empty if in none.
	pub fn list(&self) -> &str {
		array_text(&self.raw.list)
	}
	/// One line.
	pub fn text(&self) -> &str {
		array_text(&self.raw.text)
	}
	/// Kind, unit, scale and place.
	pub fn raw(&self) -> &sys::ringline_field {
		&self.raw
	}
}

impl<'a> Page<'a> {
	/// `page` is one of `sys::RINGLINE_PAGE_*` plus the number that the command names it by.
	pub fn new(page: u32, bytes: &'a [u8]) -> Self {
		Self { page, bytes }
	}
	/// All fields, in the order of their places. None: the library does not know the page.
	pub fn fields(&self) -> impl Iterator<Item = Field> {
		let page = self.page;
		(0..).map_while(move |index| {
			let mut raw = sys::ringline_field::default();
			// SAFETY: the struct says its size.
			check(unsafe { sys::ringline_page_field(page, index, &mut raw) }).ok()?;
			Some(Field { index, raw })
		})
	}
	/// The number of that name outside of lists. `None`: there is none, or it lies behind the bytes, or has more than 64 bits.
	pub fn number(&self, name: &str) -> Option<u64> {
		self.value(&self.find(name, "")?, 0).ok().and_then(|value| u64::try_from(value).ok())
	}
	/// The number of that name in a record of a list, from 0.
	pub fn number_in(&self, list: &str, record: u32, name: &str) -> Option<u64> {
		self.value(&self.find(name, list)?, record).ok().and_then(|value| u64::try_from(value).ok())
	}
	/// A field's number, as the count where NVMe's is zero-based; not scaled. EINVAL: it is a text. ENODATA: it lies behind the bytes.
	pub fn value(&self, field: &Field, record: u32) -> Result<u128> {
		let (mut low, mut high) = (0, 0);
		let length = u32::try_from(self.bytes.len()).unwrap_or(u32::MAX);
		// SAFETY: there are so many bytes.
		check(unsafe {
			sys::ringline_page_value(self.page, field.index, record, self.bytes.as_ptr(), length, &mut low, &mut high)
		})?;
		Ok(u128::from(high) << 64 | u128::from(low))
	}
	/// The text of that name, without the blanks and zeros behind it. `None`: there is none, it lies behind the bytes, or is not
	/// UTF-8: from a device, anything may be in it.
	pub fn text(&self, name: &str) -> Option<&'a str> {
		let field = self.find(name, "")?;
		let start = field.raw.offset as usize;
		let bytes = self.bytes.get(start..start + field.raw.bits as usize / 8)?;
		if field.raw.kind != sys::RINGLINE_FIELD_TEXT {
			return None;
		}
		std::str::from_utf8(bytes).ok().map(|text| text.trim_end_matches(|c| c == ' ' || c == '\0'))
	}
	fn find(&self, name: &str, list: &str) -> Option<Field> {
		self.fields().find(|field| field.name() == name && field.list() == list)
	}
}

/// One zone of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Zone {
	/// First block.
	pub start: u64,
	/// Blocks that can be written.
	pub capacity: u64,
	/// Where the next write goes.
	pub write_pointer: u64,
	/// 1 empty, 2 and 3 implicitly and explicitly open, 4 closed, 13 read-only, 14 full, 15 offline.
	pub state: u8,
	/// 2: sequential writes required.
	pub kind: u8,
	/// ZA.
	pub attributes: u8,
}

/// The zones in the memory of a [zone report](crate::Command::zone_report).
pub fn zones(report: &[u8]) -> impl Iterator<Item = Zone> + '_ {
	const HEADER: usize = 64;
	let number = |bytes: &[u8]| u64::from_le_bytes([0, 1, 2, 3, 4, 5, 6, 7].map(|index| bytes[index]));
	let told = if report.len() < HEADER { 0 } else { number(report) };
	let records = report.get(HEADER..).unwrap_or(&[]).chunks_exact(64);
	records.take(usize::try_from(told).unwrap_or(usize::MAX)).map(move |record| Zone {
		kind: record[0] & 0xf,
		state: record[1] >> 4,
		attributes: record[2],
		capacity: number(&record[8..]),
		start: number(&record[16..]),
		write_pointer: number(&record[24..]),
	})
}
