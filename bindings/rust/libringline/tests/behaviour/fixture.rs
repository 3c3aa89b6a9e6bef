// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the tests share: devices, memory that tells when it is freed, and the least of an executor.
use libringline::{simulated, sys, Device, Engine, Memory, Queue, QueueOptions, Status};
use std::fs;
use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

pub const BLOCK: usize = 512;
pub const ENGINES: [Engine; 2] = [Engine::Uring, Engine::Threads];
pub const MEDIA_ERROR: Status = Status::new(0x0281); // unrecovered read error
pub const SHORT: Duration = Duration::from_millis(2);
pub const LONG: Duration = Duration::from_millis(40);

/// An image in a folder of its own, which goes when this does.
pub struct Image {
	folder: PathBuf,
}

impl Image {
	pub fn new() -> Self {
		Self::with(&sys::ringline_sim_options { blocks: 4096, block_size: BLOCK as u32, ..Default::default() })
	}
	pub fn with(options: &sys::ringline_sim_options) -> Self {
		static NUMBER: AtomicUsize = AtomicUsize::new(0);
		let number = NUMBER.fetch_add(1, Ordering::Relaxed);
		let folder = std::env::temp_dir().join(format!("ringline-rust-{}-{number}", std::process::id()));
		fs::create_dir(&folder).unwrap();
		simulated::create_with(folder.join("disk.img"), options).unwrap();
		Self { folder }
	}
	pub fn open(&self) -> Device {
		Device::open(format!("sim:{}/disk.img", self.folder.display())).unwrap()
	}
}

impl Drop for Image {
	fn drop(&mut self) {
		fs::remove_dir_all(&self.folder).unwrap();
	}
}

/// Calls with a device without faults and a queue of each engine that it is attached to.
pub fn each_engine(depth: u32, test: impl Fn(&Device, Queue)) {
	each_engine_with(QueueOptions::new().depth(depth), test);
}

/// The same with commands that reach the device in turn: one that was pushed before another that has completed is with the device.
/// A worker that has a command which a fault will lose, and did not lose it yet, does not let it be cancelled.
pub fn each_engine_in_turn(test: impl Fn(&Device, Queue)) {
	each_engine_with(QueueOptions::new().workers(1), test);
}

fn each_engine_with(options: QueueOptions, test: impl Fn(&Device, Queue)) {
	each_engine_on(&Image::new, options, test);
}

/// The same with an image of one's own.
pub fn each_engine_on(image: &dyn Fn() -> Image, options: QueueOptions, test: impl Fn(&Device, Queue)) {
	for engine in ENGINES {
		println!("engine {engine:?}");
		let image = image();
		let device = image.open();
		let mut queue = options.engine(engine).create().unwrap();
		queue.attach(&device).unwrap();
		test(&device, queue);
	}
}

/// Counts memory that is held, and overwrites what is freed.
#[derive(Clone, Default)]
pub struct Ledger(Arc<AtomicUsize>);

impl Ledger {
	pub fn memory(&self, length: usize) -> Memory {
		Memory::from_owner(self.entry(length))
	}
	pub fn entry(&self, length: usize) -> Entry {
		self.0.fetch_add(1, Ordering::SeqCst);
		Entry { bytes: vec![0; length], ledger: self.clone() }
	}
	pub fn held(&self) -> usize {
		self.0.load(Ordering::SeqCst)
	}
}

pub struct Entry {
	pub bytes: Vec<u8>,
	ledger: Ledger,
}

impl AsMut<[u8]> for Entry {
	fn as_mut(&mut self) -> &mut [u8] {
		&mut self.bytes
	}
}

impl Drop for Entry {
	fn drop(&mut self) {
		self.bytes.fill(0xDD);
		self.ledger.0.fetch_sub(1, Ordering::SeqCst);
	}
}

pub fn pattern(length: usize, seed: usize) -> Vec<u8> {
	(0..length).map(|index| (seed * 31 + index * 7) as u8).collect()
}

/// A waker that notes whether it was called.
#[derive(Default)]
pub struct Flag(AtomicBool);

impl Flag {
	pub fn take(&self) -> bool {
		self.0.swap(false, Ordering::SeqCst)
	}
}

impl Wake for Flag {
	fn wake(self: Arc<Self>) {
		self.0.store(true, Ordering::SeqCst);
	}
}

pub fn poll_once<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
	poll_with(future, &Arc::default())
}

pub fn poll_with<F: Future + Unpin>(future: &mut F, flag: &Arc<Flag>) -> Poll<F::Output> {
	let waker = Waker::from(Arc::clone(flag));
	Pin::new(future).poll(&mut Context::from_waker(&waker))
}

/// Polls all until all are ready.
pub struct JoinAll<F: Future> {
	futures: Vec<Option<F>>,
	outputs: Vec<Option<F::Output>>,
}

pub fn join_all<F: Future + Unpin>(futures: impl IntoIterator<Item = F>) -> JoinAll<F> {
	let futures: Vec<_> = futures.into_iter().map(Some).collect();
	JoinAll { outputs: futures.iter().map(|_| None).collect(), futures }
}

impl<F: Future> Unpin for JoinAll<F> {}

impl<F: Future + Unpin> Future for JoinAll<F> {
	type Output = Vec<F::Output>;
	fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
		let this = &mut *self;
		for (future, output) in this.futures.iter_mut().zip(&mut this.outputs) {
			if let Some(Poll::Ready(ready)) = future.as_mut().map(|future| Pin::new(future).poll(context)) {
				*output = Some(ready);
				*future = None;
			}
		}
		if this.futures.iter().any(Option::is_some) {
			return Poll::Pending;
		}
		Poll::Ready(this.outputs.drain(..).flatten().collect())
	}
}

/// `each_ref` came with Rust 1.77.
pub trait EachRef<T, const N: usize> {
	fn each_ref_of<U: Copy + Default>(&self, f: impl Fn(&T) -> U) -> [U; N];
}

impl<T, const N: usize> EachRef<T, N> for [T; N] {
	fn each_ref_of<U: Copy + Default>(&self, f: impl Fn(&T) -> U) -> [U; N] {
		let mut made = [U::default(); N];
		self.iter().zip(&mut made).for_each(|(from, to)| *to = f(from));
		made
	}
}

pub mod c {
	//! What std has no name for.
	#[repr(C)]
	pub struct PollFd {
		pub fd: i32,
		pub events: i16,
		pub revents: i16,
	}
	extern "C" {
		fn fork() -> i32;
		fn waitpid(pid: i32, status: *mut i32, options: i32) -> i32;
		fn _exit(code: i32) -> !;
		fn poll(fds: *mut PollFd, count: u64, timeout_ms: i32) -> i32;
	}

	/// Whether the body was true in a forked child.
	pub fn in_child(body: impl FnOnce() -> bool) -> bool {
		// SAFETY: the child calls nothing that another thread may have locked but malloc, which glibc makes usable.
		unsafe {
			match fork() {
				0 => _exit(i32::from(!body())),
				pid => {
					let mut status = -1;
					assert_eq!(waitpid(pid, &mut status, 0), pid);
					status == 0
				}
			}
		}
	}

	/// Whether an fd became readable in so many milliseconds.
	pub fn readable(fd: i32, timeout_ms: i32) -> bool {
		let mut one = PollFd { fd, events: 1, revents: 0 };
		// SAFETY: it is an array of one.
		unsafe { poll(&mut one, 1, timeout_ms) == 1 }
	}
}
