// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the binding does, on simulated devices with faults, and the round trips on a real one too.
mod admin;
mod commands;
mod fixture;
mod future;
mod holding;
mod injected;
mod queue;
mod round_trip;
