// SPDX-License-Identifier: MIT OR Apache-2.0
//! E0382
use libringline::{Command, Device, Memory, Queue};

fn main() -> std::io::Result<()> {
	let device = Device::open("null:")?;
	let mut queue = Queue::new()?;
	queue.attach(&device)?;
	let memory = Memory::zeroed(512);
	queue.push(Command::read(&device, 0, memory), 0)?;
	println!("{}", memory[0]); // wrong
	Ok(())
}
