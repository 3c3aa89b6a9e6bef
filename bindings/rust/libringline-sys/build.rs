// SPDX-License-Identifier: MIT OR Apache-2.0
//! Asks pkg-config where libringline is.

use std::env;
use std::process::{exit, Command};

/// Before 1.0 a minor version may change the interface, of which raw.rs is a copy.
const VERSIONS: [&str; 2] = ["ringline >= 0.1", "ringline < 0.2"];

fn main() {
	for name in ["PKG_CONFIG", "PKG_CONFIG_PATH", "PKG_CONFIG_LIBDIR", "PKG_CONFIG_SYSROOT_DIR", "RINGLINE_STATIC"] {
		println!("cargo:rerun-if-env-changed={name}");
	}
	let wanted = env::var("RINGLINE_STATIC").map_or(false, |value| !value.is_empty() && value != "0");
	let linked_statically = wanted || env::var_os("CARGO_FEATURE_STATIC").is_some();
	pkg_config(&VERSIONS);
	let words =
		pkg_config(if linked_statically { &["--libs", "--static", "ringline"] } else { &["--libs", "ringline"] });
	for word in words.split_whitespace() {
		if let Some(directory) = word.strip_prefix("-L") {
			println!("cargo:rustc-link-search=native={directory}");
		} else if word == "-lringline" && linked_statically {
			println!("cargo:rustc-link-lib=static=ringline");
		} else if let Some(library) = word.strip_prefix("-l") {
			println!("cargo:rustc-link-lib={library}");
		}
	}
	// For those who need a run path: DEP_RINGLINE_LIBDIR in the build script of a crate that depends on this one.
	println!("cargo:libdir={}", pkg_config(&["--variable=libdir", "ringline"]).trim());
}

fn pkg_config(arguments: &[&str]) -> String {
	let program = env::var("PKG_CONFIG").unwrap_or_else(|_| "pkg-config".to_string());
	let said = match Command::new(&program).arg("--print-errors").args(arguments).output() {
		Ok(said) => said,
		Err(error) => fail(&format!("{program} cannot be run: {error}. Install pkg-config, or name it in PKG_CONFIG.")),
	};
	if !said.status.success() {
		fail(&format!(
			"libringline 0.1, which these bindings are for, was not found. Install it, or let PKG_CONFIG_PATH name the directory that has its ringline.pc. {program} says: {}",
			String::from_utf8_lossy(&said.stderr).trim()
		));
	}
	String::from_utf8_lossy(&said.stdout).into_owned()
}

fn fail(message: &str) -> ! {
	eprintln!("libringline-sys: {message}");
	exit(1)
}
