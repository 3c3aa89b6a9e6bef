// SPDX-License-Identifier: MIT OR Apache-2.0
// What the admin subcommands have in common: numbers from words, answers and refusals as errors, a dry run.
#pragma once

#include "options.h"
#include "report.h"
#include "session.h"

#include <ringline/ringline.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace nvmectl
{

/// Identify pages that several commands read: values of CNS.
inline constexpr std::uint8_t cns_namespace = 0x00;
inline constexpr std::uint8_t cns_controller = 0x01;

/// The number, or 0 if there are no words. Throws Error(Exit::usage) beyond max.
std::uint32_t admin_number(const std::string &words, const char *option, std::uint32_t max);
/// A time as whole milliseconds; 0 if there are no words.
std::uint32_t admin_timeout(const std::string &words);

/// Throws unless the call was taken and the command succeeded. what: "Identify of /dev/nvme0".
void require_success(const std::string &what, std::int32_t returned, const ringline_completion &completion);

/// Zeroed options with their size.
template <class T> T sized()
{
	T options = {};
	options.struct_size = sizeof options;
	return options;
}

/// An Identify page. Throws if the device does not give it.
std::vector<std::uint8_t> identify_page(const Device &device, const ringline_identify_options &options);
/// The pages that everybody needs. cns: of the namespace or controller.
std::vector<std::uint8_t> identify_page(const Device &device, std::uint8_t cns, std::uint32_t nsid);
/// A number out of a page; throws Error(Exit::internal) if there is no such field.
std::uint64_t page_number(std::uint32_t page, const char *name, std::span<const std::uint8_t> data);
/// Namespace ids of the controller: active, or all that are allocated.
std::vector<std::uint32_t> namespace_ids(const Device &device, bool allocated);

/// --dry-run: the command by name, and its 16 dwords with 0 where the kernel puts addresses. plane: "admin" or "I/O".
void print_dry_run(const char *schema, const char *name, const char *plane, const Device &device,
		   const ringline_nvme_command &command, const Options &options, const Warnings &warnings);

/// Writes the bytes to a file (or standard output, "-"), whole or not at all.
void save(const std::string &path, std::span<const std::uint8_t> bytes);
/// All of a file, at most max bytes.
std::vector<std::uint8_t> load(const std::string &path, std::size_t max);

} // namespace nvmectl
