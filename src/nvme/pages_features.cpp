// SPDX-License-Identifier: MIT OR Apache-2.0
// Dword 0 of Get Features' completion, as four bytes. Names and places are those of the NVMe Base and NVM command set
// specifications (2.0, and 2.1 for flexible data placement).
#include "nvme/pages.h"

namespace ringline::nvme
{

namespace
{

using namespace row;

// clang-format off
constexpr Field arbitration[] = {
	part("ab", 0, 0, 3, "Arbitration burst, commands, a power of two; 7: no limit"),
	number("lpw", 1, 8, "Low priority weight").zero_based(),
	number("mpw", 2, 8, "Medium priority weight").zero_based(),
	number("hpw", 3, 8, "High priority weight").zero_based(),
};
constexpr Field power_management[] = {
	part("ps", 0, 0, 5, "Power state"),
	part("wh", 0, 5, 3, "Workload hint"),
};
constexpr Field range_type[] = {
	part("num", 0, 0, 6, "LBA ranges").zero_based(),
};
constexpr Field temperature_threshold[] = {
	temperature("tmpth", 0, "Threshold"),
	part("tmpsel", 2, 0, 4, "Which temperature: 0 composite, 1 to 8 a sensor"),
	part("thsel", 2, 4, 2, "Which threshold: 0 over, 1 under"),
};
constexpr Field error_recovery[] = {
	number("tler", 0, 16, "Time-limited error recovery; 0: no limit").of(RINGLINE_UNIT_MILLISECONDS, 100),
	flag("dulbe", 2, 0, "Reading deallocated blocks gives an error"),
};
constexpr Field write_cache[] = {
	flag("wce", 0, 0, "The volatile write cache is enabled"),
};
constexpr Field queues[] = {
	number("nsq", 0, 16, "I/O submission queues").zero_based(),
	number("ncq", 2, 16, "I/O completion queues").zero_based(),
};
constexpr Field coalescing[] = {
	number("thr", 0, 8, "Completions for one interrupt").zero_based(),
	number("time", 1, 8, "Longest delay of an interrupt; 0: none").of(RINGLINE_UNIT_MICROSECONDS, 100),
};
constexpr Field vector[] = {
	number("iv", 0, 16, "Interrupt vector"),
	flag("cd", 2, 0, "Coalescing is disabled for it"),
};
constexpr Field atomicity[] = {
	flag("dn", 0, 0, "Only the power fail units are kept, not the normal ones"),
};
constexpr Field events[] = {
	code("smart", 0, 8, "SMART critical warnings, as in the log"),
	flag("nan", 1, 0, "Namespace attribute notices"),
	flag("fan", 1, 1, "Firmware activation notices"),
	flag("tln", 1, 2, "Telemetry log notices"),
	flag("anacn", 1, 3, "ANA change notices"),
	flag("plealcn", 1, 4, "Predictable latency log notices"),
	flag("lbasin", 1, 5, "LBA status information notices"),
	flag("egealpcn", 1, 6, "Endurance group log notices"),
	flag("zdcn", 3, 3, "Zone descriptor change notices"),
};
constexpr Field autonomous_power[] = {
	flag("apste", 0, 0, "Autonomous power state transitions are enabled"),
};
constexpr Field host_memory[] = {
	flag("ehm", 0, 0, "The host memory buffer is enabled"),
};
constexpr Field keep_alive[] = {
	number("kato", 0, 32, "Keep alive time-out; 0: none").of(RINGLINE_UNIT_MILLISECONDS),
};
constexpr Field thermal[] = {
	temperature("tmt2", 0, "Thermal management temperature 2"),
	temperature("tmt1", 2, "Thermal management temperature 1"),
};
constexpr Field non_operational[] = {
	flag("noppme", 0, 0, "Background work may exceed the power of non-operational states"),
};
constexpr Field recovery_level[] = {
	part("rrl", 0, 0, 4, "Read recovery level"),
};
constexpr Field sanitize_config[] = {
	flag("nodrm", 0, 0, "Sanitize without deallocation ends with a warning instead of an error"),
};
constexpr Field placement[] = {
	flag("fdpe", 0, 0, "Flexible data placement is enabled"),
	number("fdpcidx", 1, 8, "Its configuration"),
};
constexpr Field software_progress[] = {
	number("pbslc", 0, 8, "Boots before an operating system reset it"),
};
constexpr Field write_protection[] = {
	part("wps", 0, 0, 3, "Write protection: 0 none, 1 on, 2 until the power cycle, 3 permanent"),
};
// clang-format on

constexpr Page all_feature_pages[] = {
	{RINGLINE_PAGE_FEATURE + 0x01, "arbitration", arbitration},
	{RINGLINE_PAGE_FEATURE + 0x02, "power-management", power_management},
	{RINGLINE_PAGE_FEATURE + 0x03, "lba-range-type", range_type},
	{RINGLINE_PAGE_FEATURE + 0x04, "temperature-threshold", temperature_threshold},
	{RINGLINE_PAGE_FEATURE + 0x05, "error-recovery", error_recovery},
	{RINGLINE_PAGE_FEATURE + 0x06, "volatile-write-cache", write_cache},
	{RINGLINE_PAGE_FEATURE + 0x07, "number-of-queues", queues},
	{RINGLINE_PAGE_FEATURE + 0x08, "interrupt-coalescing", coalescing},
	{RINGLINE_PAGE_FEATURE + 0x09, "interrupt-vector", vector},
	{RINGLINE_PAGE_FEATURE + 0x0a, "write-atomicity", atomicity},
	{RINGLINE_PAGE_FEATURE + 0x0b, "asynchronous-events", events},
	{RINGLINE_PAGE_FEATURE + 0x0c, "autonomous-power-states", autonomous_power},
	{RINGLINE_PAGE_FEATURE + 0x0d, "host-memory-buffer", host_memory},
	{RINGLINE_PAGE_FEATURE + 0x0f, "keep-alive", keep_alive},
	{RINGLINE_PAGE_FEATURE + 0x10, "host-thermal-management", thermal},
	{RINGLINE_PAGE_FEATURE + 0x11, "non-operational-power", non_operational},
	{RINGLINE_PAGE_FEATURE + 0x12, "read-recovery-level", recovery_level},
	{RINGLINE_PAGE_FEATURE + 0x17, "sanitize-config", sanitize_config},
	{RINGLINE_PAGE_FEATURE + 0x1d, "flexible-data-placement", placement},
	{RINGLINE_PAGE_FEATURE + 0x80, "software-progress", software_progress},
	{RINGLINE_PAGE_FEATURE + 0x84, "namespace-write-protection", write_protection},
};

} // namespace

std::span<const Page> feature_pages()
{
	return all_feature_pages;
}

} // namespace ringline::nvme
