// SPDX-License-Identifier: MIT OR Apache-2.0
//! roundtrip DEVICE: writes, flushes and reads back the first 64 KiB of it.
use libringline::{Device, Queue};

fn main() -> Result<(), Box<dyn std::error::Error>> {
	let path = std::env::args().nth(1).ok_or("usage: roundtrip DEVICE, which is overwritten")?;
	let device = Device::open(path)?;
	let mut queue = Queue::new()?;
	queue.attach(&device)?;
	let written: Vec<u8> = (0..65536_u32).map(|index| (index % 251) as u8).collect();
	let mut read = vec![0; written.len()];
	queue.write(&device, 0, &written)?;
	queue.flush(&device)?;
	queue.read(&device, 0, &mut read)?;
	if read != written {
		return Err("65536 bytes written, flushed and read back: different".into());
	}
	println!("65536 bytes written, flushed and read back: identical");
	Ok(())
}
