// SPDX-License-Identifier: MIT OR Apache-2.0
// One device: what it is, what limits its commands, and what nvmectl cannot do with it.
#include "doctor_judge.h"

#include "doctor_access.h"
#include "units.h"

#include <fmt/format.h>

#include <cerrno>

namespace nvmectl
{
namespace
{

std::string open_fix(const DeviceFacts &facts, const MachineFacts &machine)
{
	switch (facts.opened.rule) {
	case RINGLINE_RULE_PERMISSION: {
		if (facts.opened.wanted == 2) {
			return "sudo nvmectl COMMAND";
		}
		for (const ringline_device_entry &entry : machine.devices) {
			if (facts.node == entry.node) {
				return permit_fix(machine, entry.serial);
			}
		}
		return permit_fix(machine, "");
	}
	case RINGLINE_RULE_PATH:
	case RINGLINE_RULE_NOT_NVME:
	case RINGLINE_RULE_NAMESPACE:
		return "nvmectl list";
	case RINGLINE_RULE_RESOURCE:
		return "ulimit -n 1024";
	default:
		return "";
	}
}

/// Which limit binds, and who could move it.
std::string rule_text(const ringline_device_info &info)
{
	switch (info.max_transfer_rule) {
	case RINGLINE_RULE_MDTS:
		return "by the controller (MDTS)";
	case RINGLINE_RULE_MAX_HW_SECTORS:
		return "by the kernel's driver (max_hw_sectors_kb, which is not for users to change)";
	case RINGLINE_RULE_SEGMENTS:
		return fmt::format("by the {} pieces of memory that the kernel's driver takes, each of them a page in "
				   "the worst case",
				   info.max_segments);
	case RINGLINE_RULE_FIXED_PAGES:
		return "by what this kernel takes from registered memory";
	default:
		return "by the largest count of blocks that a command can have";
	}
}

Check judge_limits(const ringline_device_info &info)
{
	std::string text = fmt::format("one command moves up to {}, limited {}", human_bytes(info.max_transfer_bytes),
				       rule_text(info));
	const bool device_takes_more = info.max_transfer_rule != RINGLINE_RULE_MDTS && info.mdts_bytes != 0;
	if (device_takes_more) {
		text += fmt::format("; the controller would take {}", human_bytes(info.mdts_bytes));
	}
	return {"limits", Verdict::good, text + ". nvmectl splits what is longer"};
}

Check judge_alignment(const DeviceFacts &facts)
{
	constexpr std::uint64_t checked_by_library = 4;
	const std::uint64_t wanted = facts.dma_alignment.value_or(checked_by_library);
	if (wanted > checked_by_library) {
		return {"alignment", Verdict::note,
			fmt::format("the kernel silently copies what is at an address that is not a multiple of {} "
				    "(dma_alignment), which costs speed. nvmectl's own memory begins at pages",
				    wanted)};
	}
	return {"alignment", Verdict::good,
		fmt::format(
			"memory at multiples of {} goes to the device without a copy, also in pieces if all but the "
			"ends are whole pages. nvmectl's own memory begins at pages",
			wanted)};
}

Check judge_polling(const DeviceFacts &facts)
{
	if ((facts.traps & RINGLINE_TRAP_IOPOLL) != 0) {
		return {"polling", Verdict::note, "bench --iopoll cannot run: see iopoll above"};
	}
	if (*facts.polled) {
		return {"polling", Verdict::good, "it has polled queues: bench --iopoll can run"};
	}
	return {"polling", Verdict::note, "it has no polled queues, so bench --iopoll cannot run. Everything else can",
		"nvme.poll_queues=2 on the kernel's command line, or where no nvme drive is in use:\n"
		"modprobe -r nvme && modprobe nvme poll_queues=2"};
}

void judge_format(const ringline_device_info &info, std::vector<Check> *checks)
{
	if (info.metadata_size != 0) {
		checks->push_back(
			{"metadata", Verdict::problem,
			 fmt::format(
				 "its blocks carry {} bytes of metadata ({}), which nvmectl read, write and bench do "
				 "not move; the library does. A format without metadata loses all data",
				 info.metadata_size, info.metadata_inline != 0 ? "inline" : "separate"),
			 fmt::format("nvmectl id ns {}", info.node)});
	}
	if (info.pi_type != 0) {
		checks->push_back(
			{"protection", Verdict::note,
			 fmt::format(
				 "protection information of type {} with a guard of {} bits: blocks that were never "
				 "written, or were damaged, can fail to be read with 2/82h, 2/83h or 2/84h",
				 info.pi_type, info.guard_bits),
			 "nvmectl status 2/82h"});
	}
	if (info.command_set == 2) {
		checks->push_back({"zones", Verdict::note,
				   fmt::format("it has zones of {}: a write must begin where its zone's last one ended",
					       count_of(info.zone_blocks, "block")),
				   fmt::format("nvmectl zone report {}", info.node)});
	}
}

Check judge_cache(const ringline_device_info &info)
{
	if (info.volatile_cache == 0) {
		return {"cache", Verdict::good, "no volatile cache: what was written survives a power cut"};
	}
	return {"cache", Verdict::note,
		"a volatile cache: what was written survives a power cut only after a flush (nvmectl write ends with "
		"one) or with --fua",
		fmt::format("nvmectl flush {}", info.node)};
}

void judge_namespace(const DeviceFacts &facts, std::vector<Check> *checks)
{
	const ringline_device_info &info = facts.info;
	checks->push_back(judge_limits(info));
	if (info.kind == RINGLINE_DEVICE_NAMESPACE) {
		checks->push_back(judge_alignment(facts));
	}
	if (info.kind != RINGLINE_DEVICE_NULL) {
		checks->push_back(judge_cache(info));
	}
	if (info.multipath != 0) {
		checks->push_back(
			{"multipath", Verdict::note,
			 "several controllers lead to it, and the kernel picks one for each command: one that "
			 "fails on its path can have taken effect"});
	}
	if (facts.polled) {
		checks->push_back(judge_polling(facts));
	}
	judge_format(info, checks);
}

Check judge_read(const DeviceFacts &facts)
{
	const Tried &read = *facts.read;
	if (read.error == 0) {
		return {"read", Verdict::good, "a read of block 0 was answered, by way of the engine " + facts.engine};
	}
	return {"read", Verdict::problem,
		fmt::format("a read of block 0, by way of the engine {}: {}", facts.engine, read.text)};
}

} // namespace

std::vector<Check> judge_device(const DeviceFacts &facts, const MachineFacts &machine)
{
	std::vector<Check> checks;
	if (facts.opened.error != 0) {
		checks.push_back({"open", Verdict::problem, facts.opened.text, open_fix(facts, machine)});
	} else if (facts.opened_to_write.error != 0) {
		checks.push_back(
			{"open", Verdict::note, "it can be read and not written: " + facts.opened_to_write.text});
	} else {
		checks.push_back({"open", Verdict::good, "it can be opened, to be read and written"});
	}
	if (facts.opened.error == 0 && facts.info.kind == RINGLINE_DEVICE_CONTROLLER) {
		checks.push_back({"controller", Verdict::note,
				  "a controller takes admin commands only; its namespaces have the blocks",
				  "nvmectl list"});
	} else if (facts.opened.error == 0) {
		judge_namespace(facts, &checks);
	}
	if (facts.read) {
		checks.push_back(judge_read(facts));
	}
	for (Check &check : checks) {
		check.device = facts.opened.error == 0 ? facts.info.node : facts.path;
	}
	return checks;
}

} // namespace nvmectl
