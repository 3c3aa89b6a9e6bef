// SPDX-License-Identifier: MIT OR Apache-2.0
//! E0597
use libringline::{Command, Device, Memory, Queue};

fn push(queue: &mut Queue, device: &Device) {
	let mut bytes = [0; 512];
	drop(queue.read(device, 0, &mut bytes));
	drop(queue.push(Command::read(device, 0, Memory::from_owner(&mut bytes)), 0)); // wrong
}

fn main() {
	let _function = push;
}
