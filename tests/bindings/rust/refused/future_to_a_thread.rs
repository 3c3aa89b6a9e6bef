// SPDX-License-Identifier: MIT OR Apache-2.0
//! E0277
use libringline::{AsyncQueue, Device, Queue, QueueOptions};

fn sent<T: Send>(_: T) {}

fn main() -> std::io::Result<()> {
	let device = Device::open("null:")?;
	let movable = AsyncQueue::new(QueueOptions::new().create_movable()?).unwrap();
	sent(movable.flush(&device));
	sent(movable.events()?);
	let bound = AsyncQueue::new(Queue::new()?).unwrap();
	sent(bound.flush(&device)); // wrong
	Ok(())
}
