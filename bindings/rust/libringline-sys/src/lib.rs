// SPDX-License-Identifier: MIT OR Apache-2.0
//! The C interface of libringline, for those who need all of it. The crate `libringline` is the safe one.
//!
//! `raw.rs` is generated from the public headers, whose comments are the manual. Its assertions about sizes and places are
//! checked whenever this is compiled.
#![allow(non_camel_case_types, clippy::missing_transmute_annotations)]

#[rustfmt::skip]
mod raw;

pub use raw::*;
