// SPDX-License-Identifier: MIT OR Apache-2.0
//! E0277
use libringline::{Queue, QueueOptions};

fn main() -> std::io::Result<()> {
	let movable = QueueOptions::new().create_movable()?;
	std::thread::spawn(move || drop(movable)).join().unwrap();
	let bound = Queue::new()?;
	std::thread::spawn(move || drop(bound)).join().unwrap(); // wrong
	Ok(())
}
