// SPDX-License-Identifier: MIT OR Apache-2.0
//! bench [ROUNDS]: what the binding costs above C.
//!
//! The same commands on null: through both, in one process, in slices of a few milliseconds whose order is shuffled in every
//! round. Prints medians of CPU time for a command, and of the differences to C in the same round. C is the C functions, called
//! as C would; it runs twice: what the copy differs by is noise. Batches use its queue too, so that nothing but the calls
//! differs; the others have queues of their own.
use libringline::{
	sys, AsyncQueue, Batch, Command, Completed, Device, Engine, Memory, OpenOptions, Queue, QueueOptions,
};
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

const BLOCK: usize = 4096;
const BATCH_MAX: usize = 32;
const COMMANDS: usize = 8192;
const WARM_UP: usize = 5;

fn cpu_ns() -> f64 {
	#[repr(C)]
	struct TimeSpec {
		seconds: i64,
		nanoseconds: i64,
	}
	extern "C" {
		fn clock_gettime(clock: i32, time: *mut TimeSpec) -> i32;
	}
	const CLOCK_THREAD_CPUTIME_ID: i32 = 3;
	let mut now = TimeSpec { seconds: 0, nanoseconds: 0 };
	// SAFETY: it is written to.
	assert_eq!(unsafe { clock_gettime(CLOCK_THREAD_CPUTIME_ID, &mut now) }, 0);
	now.seconds as f64 * 1e9 + now.nanoseconds as f64
}

fn c_batches(queue: *mut sys::ringline_queue, commands: &[sys::ringline_command], batches: usize) {
	let mut completions = [sys::ringline_completion::zeroed(); BATCH_MAX];
	let batch = commands.len() as u32;
	for _ in 0..batches {
		// SAFETY: the queue is alive, and so is the memory of its commands.
		unsafe {
			assert_eq!(sys::ringline_push(queue, commands.as_ptr(), batch), batch as i32);
			let taken = sys::ringline_submit_and_wait(queue, completions.as_mut_ptr(), BATCH_MAX as u32, batch, -1);
			assert_eq!(taken, batch as i32);
		}
	}
}

fn owning_batches(queue: &mut Queue, device: &Device, memory: &mut [Memory], out: &mut Vec<Completed>, batches: usize) {
	for _ in 0..batches {
		for (index, memory) in memory.iter_mut().enumerate() {
			queue.push(Command::read(device, index as u64, std::mem::take(memory)), index as u64).unwrap();
		}
		assert_eq!(queue.wait(out, memory.len(), None).unwrap(), memory.len());
		for completed in out.drain(..) {
			let index = completed.user_data() as usize;
			memory[index] = completed.into_memory().unwrap();
		}
	}
}

/// Polls all in turn, until all are ready.
struct All<'a>(Vec<Option<Pin<Box<dyn Future<Output = ()> + 'a>>>>);

impl Future for All<'_> {
	type Output = ();
	fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
		let mut ready = true;
		for task in self.0.iter_mut() {
			match task.as_mut().map(|task| task.as_mut().poll(context)) {
				Some(Poll::Ready(())) => *task = None,
				Some(Poll::Pending) => ready = false,
				None => {}
			}
		}
		if ready {
			Poll::Ready(())
		} else {
			Poll::Pending
		}
	}
}

fn future_batches(queue: &AsyncQueue, device: &Device, memory: &mut [Memory], batches: usize) {
	async fn read_again(queue: &AsyncQueue, device: &Device, memory: &mut Memory, times: usize) {
		for _ in 0..times {
			*memory = queue.read(device, 0, std::mem::take(memory)).await.unwrap();
		}
	}
	let mut tasks = All(Vec::new());
	for memory in memory {
		tasks.0.push(Some(Box::pin(read_again(queue, device, memory, batches))));
	}
	queue.block_on(tasks);
}

fn median(mut values: Vec<f64>) -> f64 {
	values.sort_by(f64::total_cmp);
	values[values.len() / 2]
}

/// Nanoseconds of a command, by contestant and round.
fn measure(contestants: &mut [Box<dyn FnMut(usize) + '_>], batch: usize, rounds: usize) -> Vec<Vec<f64>> {
	let batches = COMMANDS / batch;
	let mut nanoseconds = vec![Vec::new(); contestants.len()];
	let mut order: Vec<usize> = (0..contestants.len()).collect();
	let mut random = batch as u64;
	for round in 0..rounds + WARM_UP {
		for index in (1..order.len()).rev() {
			random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
			order.swap(index, (random >> 33) as usize % (index + 1));
		}
		for which in &order {
			let start = cpu_ns();
			contestants[*which](batches);
			if round >= WARM_UP {
				nanoseconds[*which].push((cpu_ns() - start) / (batches * batch) as f64);
			}
		}
	}
	nanoseconds
}

fn compare(batch: usize, rounds: usize) -> libringline::Result<()> {
	let device = OpenOptions::new().block_size(BLOCK as u32).open("null:")?;
	let options = QueueOptions::new().engine(Engine::Uring);
	let (shared, owning) = (std::cell::RefCell::new(options.create()?), &mut options.create()?);
	let futures = AsyncQueue::new(options.create()?).expect("it is new");
	shared.borrow_mut().attach(&device)?;
	owning.attach(&device)?;
	futures.attach(&device)?;
	let memory = Memory::zeroed(BATCH_MAX * BLOCK);
	let commands: Vec<_> = (0..batch)
		.map(|index| sys::ringline_command {
			device: device.as_raw(),
			lba: index as u64,
			address: memory.as_ptr() as u64 + (index * BLOCK) as u64,
			length: BLOCK as u32,
			blocks: 1,
			opcode: sys::RINGLINE_NVME_READ as u8,
			..Default::default()
		})
		.collect();
	let read = |index| Command::read(&device, index as u64, Memory::zeroed(BLOCK));
	let mut filled: Batch = (0..batch).map(read).collect();
	let mut held: Vec<_> = (0..batch).map(|_| Memory::zeroed(BLOCK)).collect();
	let mut awaited: Vec<_> = (0..batch).map(|_| Memory::zeroed(BLOCK)).collect();
	let mut out = Vec::with_capacity(BATCH_MAX);
	let raw = shared.borrow().as_raw();
	let mut contestants: Vec<Box<dyn FnMut(usize) + '_>> = vec![
		Box::new(|batches| c_batches(raw, &commands, batches)),
		Box::new(|batches| c_batches(raw, &commands, batches)),
		Box::new(|batches| {
			let mut queue = shared.borrow_mut();
			(0..batches).for_each(|_| queue.run_batch(&mut filled).unwrap());
		}),
		Box::new(|batches| owning_batches(owning, &device, &mut held, &mut out, batches)),
		Box::new(|batches| future_batches(&futures, &device, &mut awaited, batches)),
	];
	let nanoseconds = measure(&mut contestants, batch, rounds);
	for (name, values) in ["C", "C, again", "Batch", "push, wait", "futures"].iter().zip(&nanoseconds) {
		let above = values.iter().zip(&nanoseconds[0]).map(|(value, c)| value - c).collect();
		let (own, above) = (median(values.clone()), median(above));
		println!("batch {batch:2}  {name:10} {own:7.1} ns a command  {above:+7.2} ns above C");
	}
	Ok(())
}

fn main() -> std::io::Result<()> {
	let rounds = std::env::args().nth(1).and_then(|word| word.parse().ok()).unwrap_or(301);
	for batch in [1, 8, BATCH_MAX] {
		compare(batch, std::cmp::max(rounds, 1))?;
	}
	Ok(())
}
