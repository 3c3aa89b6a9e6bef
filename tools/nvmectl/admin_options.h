// SPDX-License-Identifier: MIT OR Apache-2.0
// The words of the admin commands' options, not yet judged.
#pragma once

#include <array>
#include <string>

namespace nvmectl
{

struct AdminOptions {
	std::string nsid;
	std::string cns;
	std::string csi;
	std::string controller;
	bool allocated = false;

	std::string lid;
	std::string lsp;
	std::string lsi;
	std::string log_offset = "0";
	std::string length;
	bool retain = false;
	bool prom = false;
	std::string watch;
	std::string raw;

	std::string fid;
	std::string select = "current";
	std::string value;
	std::string cdw12;
	bool save = false;
	std::string data_file;

	std::string lba_format;
	std::string block_size;
	std::string metadata;
	std::string pi = "0";
	bool pi_first = false;
	std::string erase = "none";
	bool all_namespaces = false;
	std::string yes;

	std::string action;
	std::string passes;
	std::string pattern;
	bool unrestricted = false;
	bool invert = false;
	bool no_deallocate = false;

	std::string opcode;
	std::array<std::string, 8> cdws; ///< cdw2, cdw3, cdw10 to cdw15
	std::string timeout;
	std::string data_in;
	std::string data_out;
};

} // namespace nvmectl
