// SPDX-License-Identifier: MIT OR Apache-2.0
// The command line, taken apart but not yet judged.
#pragma once

#include "admin_options.h"
#include "bench_options.h"
#include "range.h"

#include <string>

namespace nvmectl
{

struct Options {
	std::string device;
	RangeOptions range;
	std::string file;
	std::string engine = "auto";
	std::string depth = "32";
	bool fua = false;
	bool no_flush = false;
	bool verify = false;
	bool pad = false;
	bool dry_run = false;
	bool allow_busy = false;
	bool json = false;
	bool quiet = false;
	bool no_progress = false;

	/// Of commands on ranges and zones.
	struct Ranges {
		bool deallocate = false;
		bool keep_going = false;
		std::string against;
		std::string from;
		std::string retries = "0";
		std::string zone;
		bool all_zones = false;
		std::string state;
		std::string limit;
	} ranges;

	BenchOptions bench;
	AdminOptions admin;

	std::string status;
	std::string opcode;

	std::string shell;

	std::string image;
	std::string size;
	std::string block_size = "512";
	std::string mdts = "1MiB";
};

} // namespace nvmectl
