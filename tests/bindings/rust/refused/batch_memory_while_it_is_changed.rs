// SPDX-License-Identifier: MIT OR Apache-2.0
//! E0502
use libringline::{Batch, Command, Device, Memory, Queue};

fn run(queue: &mut Queue, device: &Device) -> libringline::Result<u8> {
	let mut batch = Batch::new();
	batch.add(Command::read(device, 0, Memory::zeroed(512)));
	let bytes = batch.memory(0);
	queue.run_batch(&mut batch)?; // wrong
	Ok(bytes[0])
}

fn main() {
	let _function = run;
}
