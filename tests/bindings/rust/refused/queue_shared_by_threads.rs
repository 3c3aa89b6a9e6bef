// SPDX-License-Identifier: MIT OR Apache-2.0
//! E0277
use libringline::{Device, QueueOptions};

fn main() -> std::io::Result<()> {
	let device = Device::open("null:")?;
	let movable = QueueOptions::new().create_movable()?;
	std::thread::scope(|scope| {
		scope.spawn(|| device.info());
		scope.spawn(|| movable.info()); // wrong
	});
	drop(movable);
	Ok(())
}
