// SPDX-License-Identifier: MIT OR Apache-2.0
//! E0382
use libringline::{AsyncQueue, Device};

fn read(queue: &AsyncQueue, device: &Device) -> Vec<u8> {
	let mut bytes = vec![0; 512];
	let future = queue.read(device, 0, bytes);
	bytes.clear(); // wrong
	queue.block_on(future).unwrap().into()
}

fn main() {
	let _function = read;
}
