// SPDX-License-Identifier: MIT OR Apache-2.0
//! NVMe commands through io_uring: a small layer on the C library ringline, in which nothing that is public is unsafe.
//!
//! A [`Device`] is opened, a [`Queue`] made, and the one attached to the other. Then there are three ways, which need no other
//! crate:
//!
//! * Blocking calls, for which memory is lent: [`Queue::read`], [`Queue::write`], [`Queue::flush`], and
//!   [`Queue::run_batch`] for a [`Batch`] that is filled in once and run many times.
//! * [`Queue::push`], [`Queue::submit`], [`Queue::poll`], [`Queue::wait`], [`Queue::wait_one`]: memory goes in with a [`Command`], and comes back
//!   in its [`Completed`].
//! * Futures, for any executor: [`AsyncQueue`].
//!
//! A [`Command`] is any of the NVM and zoned command sets, or an admin command without effects; the other admin commands are calls of
//! [`Device`], and a range of any length is a [`Transfer`]. A [`Page`] reads what Identify and the logs bring.
//!
//! ```no_run
//! fn main() -> std::io::Result<()> {
//!     let device = libringline::Device::open("/dev/ng0n1")?;
//!     let mut queue = libringline::Queue::new()?;
//!     queue.attach(&device)?;
//!     let mut block = vec![0; device.info()?.block_size() as usize];
//!     queue.read(&device, 0, &mut block)?;
//!     Ok(())
//! }
//! ```
//!
//! From push to completion the queue holds the memory, whatever is dropped, cancelled or forgotten. Errors are [`Error`], which
//! becomes a [`std::io::Error`] by `?`; [`Error::status`] is what the device answered.
#![deny(unsafe_op_in_unsafe_fn)]
#![warn(missing_docs)]

mod admin;
mod blocking;
mod command;
mod device;
mod error;
mod future;
mod memory;
mod options;
mod page;
mod queue;
mod reactor;
pub mod simulated;
mod transfer;
mod waiting;

pub use admin::Answer;
pub use blocking::Batch;
pub use command::{Command, Completed, CopyFormat, CopyRange, Failed, Refused, Tags, ZoneAction, Zones};
pub use device::{Device, DeviceInfo, OpenOptions};
pub use error::{Error, Result, Retry, Status};
pub use future::{AsyncQueue, CommandFuture, CompletedFuture};
pub use libringline_sys as sys;
pub use memory::{Buffer, Memory};
pub use options::{Engine, QueueInfo, QueueOptions, Wakeup};
pub use page::{zones, Field, Page, Zone};
pub use queue::{Bound, Movable, Queue};
pub use reactor::Events;
pub use transfer::{Transfer, Transferred};
