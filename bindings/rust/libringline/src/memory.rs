// SPDX-License-Identifier: MIT OR Apache-2.0
//! Memory that goes into a queue with a command, and comes back with its completion.

use crate::error::{check, Error, Result};
use libringline_sys as sys;
use std::alloc::{alloc_zeroed, dealloc, handle_alloc_error, Layout};
use std::any::TypeId;
use std::fmt;
use std::mem::ManuallyDrop;
use std::ops::{Deref, DerefMut, Range};
use std::ptr::NonNull;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

const EBUSY: i32 = 16;
const ERANGE: i32 = 34;
/// So that no kernel needs to copy.
const ALIGNMENT: usize = 4096;

/// Bytes, and who frees them. From a `Vec<u8>` by `into()`, of zeros by [`zeroed`](Self::zeroed), of a [`Buffer`] by
/// [`Buffer::piece`], of anything that has bytes by [`from_owner`](Self::from_owner).
///
/// All but a buffer's pieces are ordinary private memory: do not fork while reads into it are in flight (convention 10 of
/// ringline.h).
pub struct Memory {
	data: NonNull<u8>,
	length: usize,
	owner: Owner,
}

enum Owner {
	Nobody,
	/// A `Vec<u8>` of this capacity.
	Vec(usize),
	/// Allocated here, aligned.
	Pages,
	Piece(Arc<Shared>),
	/// Not a `Box` nor a reference, which nothing that points into its content may be used beside.
	Value(NonNull<()>, &'static Kind),
}

/// What an owner is.
struct Kind {
	id: fn() -> TypeId,
	/// For the pointer of a `Box` of that type.
	drop: unsafe fn(NonNull<()>),
}

trait HasKind {
	const KIND: Kind;
}

impl<T: 'static> HasKind for T {
	const KIND: Kind = Kind {
		id: TypeId::of::<T>,
		// SAFETY: it is the pointer of a Box of a T.
		drop: |owner| drop(unsafe { Box::from_raw(owner.as_ptr().cast::<T>()) }),
	};
}

// SAFETY: every owner can be sent.
unsafe impl Send for Memory {}
// SAFETY: a shared Memory gives out nothing but its bytes.
unsafe impl Sync for Memory {}

impl Memory {
	/// No bytes.
	#[inline]
	pub const fn new() -> Self {
		Self { data: NonNull::dangling(), length: 0, owner: Owner::Nobody }
	}
	/// Zeros, aligned so that no kernel needs to copy.
	pub fn zeroed(length: usize) -> Self {
		if length == 0 {
			return Self::new();
		}
		let layout = Self::layout(length);
		// SAFETY: the layout has a size.
		let data = unsafe { alloc_zeroed(layout) };
		let data = NonNull::new(data).unwrap_or_else(|| handle_alloc_error(layout));
		Self { data, length, owner: Owner::Pages }
	}
	/// Takes over anything that has bytes. It is not touched until it is dropped or had back by
	/// [`into_owner`](Self::into_owner).
	pub fn from_owner<T: AsMut<[u8]> + Send + 'static>(value: T) -> Self {
		let owner = Box::into_raw(Box::new(value));
		// SAFETY: it came from a Box just now.
		let (data, length) = unsafe {
			let bytes = (*owner).as_mut();
			(bytes.as_mut_ptr(), bytes.len())
		};
		// SAFETY: neither a Box nor a slice has a NULL pointer.
		let (data, owner) = unsafe { (NonNull::new_unchecked(data), NonNull::new_unchecked(owner.cast())) };
		Self { data, length, owner: Owner::Value(owner, &T::KIND) }
	}
	/// What [`from_owner`](Self::from_owner) took, if it was a `T`.
	pub fn into_owner<T: 'static>(self) -> std::result::Result<T, Self> {
		match self.owner {
			Owner::Value(owner, kind) if (kind.id)() == TypeId::of::<T>() => {
				let _moved = ManuallyDrop::new(self);
				// SAFETY: it came from a Box of a T, and the Memory will not drop it.
				Ok(*unsafe { Box::from_raw(owner.as_ptr().cast::<T>()) })
			}
			_ => Err(self),
		}
	}
	/// To be called once, when it is dropped.
	fn free(&mut self) {
		match &self.owner {
			Owner::Nobody => {}
			// SAFETY: these are the parts of a Vec that was forgotten.
			Owner::Vec(capacity) => drop(unsafe { Vec::from_raw_parts(self.data.as_ptr(), self.length, *capacity) }),
			// SAFETY: it was allocated with this layout.
			Owner::Pages => unsafe { dealloc(self.data.as_ptr(), Self::layout(self.length)) },
			Owner::Piece(shared) => shared.give_back(self.data, self.length),
			// SAFETY: it came from a Box, and nobody else refers to it.
			Owner::Value(owner, kind) => unsafe { (kind.drop)(*owner) },
		}
	}
	fn layout(length: usize) -> Layout {
		Layout::from_size_align(length, ALIGNMENT).expect("more memory than there are addresses")
	}
	#[inline]
	pub(crate) fn address(&self) -> u64 {
		if self.length == 0 {
			0
		} else {
			self.data.as_ptr() as usize as u64
		}
	}
}

impl Drop for Memory {
	#[inline]
	fn drop(&mut self) {
		// Most that are dropped have been moved out of.
		if !matches!(self.owner, Owner::Nobody) {
			self.free();
		}
	}
}

impl Default for Memory {
	#[inline]
	fn default() -> Self {
		Self::new()
	}
}

impl From<Vec<u8>> for Memory {
	fn from(bytes: Vec<u8>) -> Self {
		let mut bytes = ManuallyDrop::new(bytes);
		// SAFETY: a Vec's pointer is never NULL.
		let data = unsafe { NonNull::new_unchecked(bytes.as_mut_ptr()) };
		Self { data, length: bytes.len(), owner: Owner::Vec(bytes.capacity()) }
	}
}

impl From<Memory> for Vec<u8> {
	/// The same bytes if they came from a `Vec`, else a copy.
	fn from(memory: Memory) -> Self {
		match memory.owner {
			Owner::Vec(capacity) => {
				let memory = ManuallyDrop::new(memory);
				// SAFETY: these are the parts of a Vec that was forgotten, and the Memory will not drop it.
				unsafe { Self::from_raw_parts(memory.data.as_ptr(), memory.length, capacity) }
			}
			_ => memory.to_vec(),
		}
	}
}

impl Deref for Memory {
	type Target = [u8];
	#[inline]
	fn deref(&self) -> &[u8] {
		// SAFETY: the owner keeps the bytes, and lets nobody else at them.
		unsafe { std::slice::from_raw_parts(self.data.as_ptr(), self.length) }
	}
}

impl DerefMut for Memory {
	#[inline]
	fn deref_mut(&mut self) -> &mut [u8] {
		// SAFETY: as above.
		unsafe { std::slice::from_raw_parts_mut(self.data.as_ptr(), self.length) }
	}
}

impl fmt::Debug for Memory {
	fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
		write!(out, "Memory({} bytes)", self.length)
	}
}

/// Memory that the library made, pinned once by each queue that it is attached to, which saves the kernel to do that for
/// each command. It is freed when the `Buffer`, its pieces, and the queues that it is attached to are gone. The child of a fork
/// does not have it, and ends by SIGSEGV if it looks at a piece.
#[derive(Clone, Debug)]
pub struct Buffer {
	pub(crate) shared: Arc<Shared>,
}

#[derive(Debug)]
pub(crate) struct Shared {
	pub(crate) raw: sys::ringline_buffer,
	data: NonNull<u8>,
	length: usize,
	/// The pieces that are out: bytes must not be lent twice.
	taken: Mutex<Vec<Range<usize>>>,
}

// SAFETY: the pointer is only a place; the bytes are given out by way of `taken`.
unsafe impl Send for Shared {}
// SAFETY: as above.
unsafe impl Sync for Shared {}

impl Buffer {
	/// Zeros; rounded up to pages, at most 1 GiB.
	pub fn new(length: usize) -> Result<Self> {
		let options = sys::ringline_buffer_options { length: length as u64, ..Default::default() };
		let mut raw = sys::ringline_buffer { value: 0 };
		let mut info = sys::ringline_buffer_info::default();
		// SAFETY: the structs say their size.
		check(unsafe { sys::ringline_buffer_create(&options, &mut raw) })?;
		// SAFETY: as above.
		check(unsafe { sys::ringline_buffer_info_get(raw, &mut info) })?;
		let data = NonNull::new(info.address as usize as *mut u8).expect("a buffer has an address");
		let shared = Shared { raw, data, length: info.length as usize, taken: Mutex::new(Vec::new()) };
		Ok(Self { shared: Arc::new(shared) })
	}
	/// Bytes.
	pub fn len(&self) -> usize {
		self.shared.length
	}
	/// Never.
	pub fn is_empty(&self) -> bool {
		self.len() == 0
	}
	/// A part of it, for commands. EBUSY: some of these bytes are in a piece that was not dropped yet. ERANGE: it has no
	/// such bytes. Takes time by the number of pieces: take them once, and use them again and again.
	pub fn piece(&self, offset: usize, length: usize) -> Result<Memory> {
		let end = offset.checked_add(length).filter(|end| *end <= self.len()).ok_or_else(|| Error::call(ERANGE))?;
		if length == 0 {
			return Ok(Memory::new());
		}
		let mut taken = self.shared.taken();
		if taken.iter().any(|piece| piece.start < end && offset < piece.end) {
			return Err(Error::call(EBUSY));
		}
		taken.push(offset..end);
		// SAFETY: it is inside.
		let data = unsafe { NonNull::new_unchecked(self.shared.data.as_ptr().add(offset)) };
		Ok(Memory { data, length, owner: Owner::Piece(Arc::clone(&self.shared)) })
	}
}

impl Shared {
	fn taken(&self) -> MutexGuard<'_, Vec<Range<usize>>> {
		self.taken.lock().unwrap_or_else(PoisonError::into_inner)
	}
	fn give_back(&self, data: NonNull<u8>, length: usize) {
		let offset = data.as_ptr() as usize - self.data.as_ptr() as usize;
		self.taken().retain(|piece| *piece != (offset..offset + length));
	}
}

impl Drop for Shared {
	fn drop(&mut self) {
		// SAFETY: a handle is a value. It is refused where the memory must not be freed: after fork.
		unsafe { sys::ringline_buffer_free(self.raw) };
	}
}
