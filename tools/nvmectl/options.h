// SPDX-License-Identifier: MIT OR Apache-2.0
// The command line, taken apart but not yet judged.
#pragma once

#include "admin_options.h"
#include "bench_options.h"
#include "range.h"
#include "stream_options.h"

#include <string>

namespace nvmectl
{

/// What "sim create" can make beside plain blocks. Empty: as the library has it.
struct SimOptions {
	std::string metadata;
	bool metadata_inline = false;
	std::string pi;
	bool pi_first = false;
	std::string guard;
	std::string storage_tag;
	std::string zone_size;
	std::string zone_capacity;
	std::string max_open;
	std::string max_active;
	std::string append_max;
	std::string verify_max;
	std::string write_zeroes_max;
	std::string write_uncorrectable_max;
	std::string copy_max_ranges;
	std::string copy_max_range_blocks;
	std::string copy_max_blocks;
	std::string dataset_max_ranges;
	std::string dataset_max_range_blocks;
	std::string dataset_max_blocks;
};

class Trace;

struct Options {
	std::string device;
	RangeOptions range;
	std::string file;
	std::string map; ///< Of a read that goes on behind errors.
	std::string engine = "auto";
	std::string depth = "32";
	bool fua = false;
	bool no_flush = false;
	bool verify = false;
	bool pad = false;
	bool sparse = false;
	bool deallocate = false; ///< Of what is zeroed.
	std::string metadata_file;
	bool zero_metadata = false;
	bool no_protection_check = false;
	bool dry_run = false;
	bool allow_busy = false;
	bool json = false;
	bool quiet = false;
	bool no_progress = false;
	std::string trace_file;
	Trace *trace = nullptr; ///< Where the commands are recorded, once one runs; null: nowhere.

	/// Of commands on ranges and zones.
	struct Ranges {
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
	StreamOptions stream;

	std::string status;
	std::string opcode;

	std::string shell;

	std::string image;
	std::string size;
	std::string block_size = "512";
	std::string mdts = "1MiB";
	SimOptions sim;
};

} // namespace nvmectl
