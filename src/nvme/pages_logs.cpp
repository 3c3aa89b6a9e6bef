// SPDX-License-Identifier: MIT OR Apache-2.0
// Log pages, and the zone report. Names and places are those of the NVMe Base and ZNS command set specifications (2.0,
// and 2.1 for flexible data placement).
#include "nvme/pages.h"

namespace ringline::nvme
{

namespace
{

using namespace row;

// clang-format off
constexpr Field errors[] = {
	number("error_count", 0, 64, "Number of this error since the controller was made; 0: no entry").in("errors", 0, 64),
	number("sqid", 8, 16, "Submission queue").in("errors", 0, 64),
	code("cmdid", 10, 16, "Command ID").in("errors", 0, 64),
	flag("phase_tag", 12, 0, "Phase tag of the completion").in("errors", 0, 64),
	part("status_field", 12, 1, 15, "Status word of the completion").in("errors", 0, 64),
	code("parm_error_location", 14, 16, "Byte (7:0) and bit (10:8) of the command that is wrong").in("errors", 0, 64),
	number("lba", 16, 64, "First block with the error").of(RINGLINE_UNIT_BLOCKS).in("errors", 0, 64),
	code("nsid", 24, 32, "Namespace").in("errors", 0, 64),
	code("vs", 28, 8, "Log page with more about it, if the vendor has one").in("errors", 0, 64),
	number("trtype", 29, 8, "Transport type: 1 RDMA, 2 Fibre Channel, 3 TCP").in("errors", 0, 64),
	code("cs", 32, 64, "Command specific information").in("errors", 0, 64),
	code("trtype_spec_info", 40, 16, "Transport specific information").in("errors", 0, 64),
};

constexpr Field smart[] = {
	code("critical_warning", 0, 8, "Critical warnings"),
	flag("warning_spare", 0, 0, "Spare capacity is below its threshold"),
	flag("warning_temperature", 0, 1, "A temperature is beyond a threshold"),
	flag("warning_reliability", 0, 2, "The NVM subsystem is unreliable: media or internal errors"),
	flag("warning_read_only", 0, 3, "The media is read-only"),
	flag("warning_backup", 0, 4, "The backup of volatile memory has failed"),
	flag("warning_pmr", 0, 5, "The persistent memory region is read-only or unreliable"),
	temperature("temperature", 1, "Composite temperature"),
	number("avail_spare", 3, 8, "Spare capacity that is left").of(RINGLINE_UNIT_PERCENT),
	number("spare_thresh", 4, 8, "Threshold of the spare capacity").of(RINGLINE_UNIT_PERCENT),
	number("percent_used", 5, 8, "Life used, by the vendor's estimate; may exceed 100").of(RINGLINE_UNIT_PERCENT),
	code("endurance_grp_critical_warning_summary", 6, 8, "Critical warnings of endurance groups"),
	number("data_units_read", 32, 128, "Data read by the host").of(RINGLINE_UNIT_BYTES, 512000),
	number("data_units_written", 48, 128, "Data written by the host").of(RINGLINE_UNIT_BYTES, 512000),
	number("host_read_commands", 64, 128, "Read commands of the host"),
	number("host_write_commands", 80, 128, "Write commands of the host"),
	number("controller_busy_time", 96, 128, "Time with I/O commands outstanding").of(RINGLINE_UNIT_MINUTES),
	number("power_cycles", 112, 128, "Power cycles"),
	number("power_on_hours", 128, 128, "Time with power on").of(RINGLINE_UNIT_HOURS),
	number("unsafe_shutdowns", 144, 128, "Power losses without a shutdown notification"),
	number("media_errors", 160, 128, "Unrecovered data integrity errors"),
	number("num_err_log_entries", 176, 128, "Errors logged since the controller was made"),
	number("warning_temp_time", 192, 32, "Time above the warning temperature").of(RINGLINE_UNIT_MINUTES),
	number("critical_comp_time", 196, 32, "Time above the critical temperature").of(RINGLINE_UNIT_MINUTES),
	temperature("temperature", 200, "Temperature of a sensor").in("temperature_sensors", 8, 2),
	number("thm_temp1_trans_count", 216, 32, "Transitions to thermal management 1"),
	number("thm_temp2_trans_count", 220, 32, "Transitions to thermal management 2"),
	number("thm_temp1_total_time", 224, 32, "Time in thermal management 1").of(RINGLINE_UNIT_SECONDS),
	number("thm_temp2_total_time", 228, 32, "Time in thermal management 2").of(RINGLINE_UNIT_SECONDS),
};

constexpr Field firmware[] = {
	code("afi", 0, 8, "Active firmware information"),
	part("active_slot", 0, 0, 3, "Slot of the firmware that runs"),
	part("next_slot", 0, 4, 3, "Slot of the firmware that runs after the next reset; 0: not reported"),
	characters("frs", 8, 8, "Firmware revision in the slot; empty: none").in("slots", 7, 8),
};

constexpr Field changed_namespaces[] = {
	code("nsid", 0, 32, "Namespace that changed; FFFFFFFFh first: more than fit; 0: no more").in("namespaces", 1024, 4),
};

constexpr Field effects[] = {
	flag("csupp", 0, 0, "Supported").in("admin", 256, 4),
	flag("lbcc", 0, 1, "May change the content of blocks").in("admin", 256, 4),
	flag("ncc", 0, 2, "May change capabilities of namespaces").in("admin", 256, 4),
	flag("nic", 0, 3, "May change which namespaces there are").in("admin", 256, 4),
	flag("ccc", 0, 4, "May change capabilities of the controller").in("admin", 256, 4),
	part("cse", 2, 0, 3, "Must be alone: 0 no, 1 in its namespace, 2 in all namespaces").in("admin", 256, 4),
	flag("uss", 2, 3, "Takes a UUID index").in("admin", 256, 4),
	part("scope", 2, 4, 12, "Scope bits: 0 namespace, 1 controller, 2 NVM set, 3 endurance group, 4 domain, 5 subsystem").in("admin", 256, 4),
	flag("csupp", 1024, 0, "Supported").in("io", 256, 4),
	flag("lbcc", 1024, 1, "May change the content of blocks").in("io", 256, 4),
	flag("ncc", 1024, 2, "May change capabilities of namespaces").in("io", 256, 4),
	flag("nic", 1024, 3, "May change which namespaces there are").in("io", 256, 4),
	flag("ccc", 1024, 4, "May change capabilities of the controller").in("io", 256, 4),
	part("cse", 1026, 0, 3, "Must be alone: 0 no, 1 in its namespace, 2 in all namespaces").in("io", 256, 4),
	flag("uss", 1026, 3, "Takes a UUID index").in("io", 256, 4),
	part("scope", 1026, 4, 12, "Scope bits: 0 namespace, 1 controller, 2 NVM set, 3 endurance group, 4 domain, 5 subsystem").in("io", 256, 4),
};

constexpr Field self_test[] = {
	part("current_operation", 0, 0, 4, "Running: 0 none, 1 short, 2 extended, 14 vendor specific"),
	part("current_completion", 1, 0, 7, "Done of the one that runs").of(RINGLINE_UNIT_PERCENT),
	part("result", 4, 0, 4, "0 passed, 1-4 ended by command, reset, namespace or format, 5-7 failed, 8 other, 9 sanitize, 15 unused").in("results", 20, 28),
	part("code", 4, 4, 4, "Which: 1 short, 2 extended, 14 vendor specific").in("results", 20, 28),
	number("segment", 5, 8, "Segment in which it failed").in("results", 20, 28),
	code("valid", 6, 8, "What follows is valid: bit 0 nsid, 1 lba, 2 sct, 3 sc").in("results", 20, 28),
	number("power_on_hours", 8, 64, "Time with power on").of(RINGLINE_UNIT_HOURS).in("results", 20, 28),
	code("nsid", 16, 32, "Namespace in which it failed").in("results", 20, 28),
	number("failing_lba", 20, 64, "Block that failed").of(RINGLINE_UNIT_BLOCKS).in("results", 20, 28),
	part("sct", 28, 0, 3, "Status code type").in("results", 20, 28),
	code("sc", 29, 8, "Status code").in("results", 20, 28),
	code("vs", 30, 16, "Vendor specific").in("results", 20, 28),
};

constexpr Field fdp_configurations[] = {
	number("n", 0, 16, "Configurations").zero_based(),
	number("version", 2, 8, "Version of this page"),
	number("size", 4, 32, "Length of this page").of(RINGLINE_UNIT_BYTES),
	number("first_size", 16, 16, "First configuration: length of its description").of(RINGLINE_UNIT_BYTES),
	part("first_rgif", 18, 0, 4, "First configuration: bits of the reclaim group in a placement identifier"),
	flag("first_fdpvwc", 18, 4, "First configuration: has a volatile write cache"),
	flag("first_valid", 18, 7, "First configuration: is valid"),
	number("first_vss", 19, 8, "First configuration: vendor specific bytes").of(RINGLINE_UNIT_BYTES),
	number("first_nrg", 20, 32, "First configuration: reclaim groups"),
	number("first_nruh", 24, 16, "First configuration: reclaim unit handles"),
	number("first_maxpids", 26, 16, "First configuration: placement identifiers of a namespace at most").zero_based(),
	number("first_nnss", 28, 32, "First configuration: namespaces at most"),
	number("first_runs", 32, 64, "First configuration: reclaim unit nominal size").of(RINGLINE_UNIT_BYTES),
	number("first_erutl", 40, 32, "First configuration: estimated reclaim unit time limit").of(RINGLINE_UNIT_SECONDS),
};

constexpr Field fdp_usage[] = {
	number("nruh", 0, 16, "Reclaim unit handles"),
	number("ruha", 8, 8, "Used: 0 not, 1 by the host, 2 by the controller").in("ruhus", 0, 8),
};

constexpr Field fdp_statistics[] = {
	number("hbmw", 0, 128, "Written by the host, with metadata").of(RINGLINE_UNIT_BYTES),
	number("mbmw", 16, 128, "Written to the media").of(RINGLINE_UNIT_BYTES),
	number("mbe", 32, 128, "Erased on the media").of(RINGLINE_UNIT_BYTES),
};

constexpr Field fdp_events[] = {
	number("n", 0, 32, "Events"),
	code("type", 64, 8, "Event type: below 80h the host's, from 80h the controller's").in("events", 0, 64),
	flag("piv", 65, 0, "The placement identifier is valid").in("events", 0, 64),
	flag("nsidv", 65, 1, "The namespace ID is valid").in("events", 0, 64),
	flag("lv", 65, 2, "Reclaim group and handle are valid").in("events", 0, 64),
	code("pid", 66, 16, "Placement identifier").in("events", 0, 64),
	part("timestamp", 68, 0, 48, "Time of the event").of(RINGLINE_UNIT_MILLISECONDS).in("events", 0, 64),
	code("nsid", 76, 32, "Namespace").in("events", 0, 64),
	bytes("type_specific", 80, 16, "What the type says").in("events", 0, 64),
	number("rgid", 96, 16, "Reclaim group").in("events", 0, 64),
	number("ruhid", 98, 8, "Reclaim unit handle").in("events", 0, 64),
};

constexpr Field sanitize[] = {
	number("sprog", 0, 16, "Progress, of 65,536; 65535: not running"),
	code("sstat", 2, 16, "Status"),
	part("sstat_status", 2, 0, 3, "Most recent: 0 never, 1 succeeded, 2 running, 3 failed, 4 succeeded with forced deallocation"),
	part("sstat_passes", 2, 3, 5, "Passes of the overwrite that are done"),
	flag("sstat_global_erased", 3, 0, "Nothing was written since the last sanitize or since manufacture"),
	code("scdw10", 4, 32, "Dword 10 of the Sanitize command"),
	number("eto", 8, 32, "Estimate for an overwrite; FFFFFFFFh: none").of(RINGLINE_UNIT_SECONDS),
	number("etbe", 12, 32, "Estimate for a block erase; FFFFFFFFh: none").of(RINGLINE_UNIT_SECONDS),
	number("etce", 16, 32, "Estimate for a crypto erase; FFFFFFFFh: none").of(RINGLINE_UNIT_SECONDS),
	number("etond", 20, 32, "Estimate for an overwrite without deallocation; FFFFFFFFh: none").of(RINGLINE_UNIT_SECONDS),
	number("etbend", 24, 32, "Estimate for a block erase without deallocation; FFFFFFFFh: none").of(RINGLINE_UNIT_SECONDS),
	number("etcend", 28, 32, "Estimate for a crypto erase without deallocation; FFFFFFFFh: none").of(RINGLINE_UNIT_SECONDS),
};

constexpr Field changed_zones[] = {
	number("nzid", 0, 16, "Zones that changed; FFFFh: more than fit"),
	number("zslba", 8, 64, "First block of a zone that changed").of(RINGLINE_UNIT_BLOCKS).in("zones", 511, 8),
};

constexpr Field zone_report[] = {
	number("nr_zones", 0, 64, "Zones that match"),
	part("zt", 64, 0, 4, "Type: 2 sequential write required").in("zones", 0, 64),
	part("zs", 65, 4, 4, "State: 1 empty, 2 implicitly open, 3 explicitly open, 4 closed, 13 read only, 14 full, 15 offline").in("zones", 0, 64),
	code("za", 66, 8, "Attributes").in("zones", 0, 64),
	number("zcap", 72, 64, "Capacity").of(RINGLINE_UNIT_BLOCKS).in("zones", 0, 64),
	number("zslba", 80, 64, "First block").of(RINGLINE_UNIT_BLOCKS).in("zones", 0, 64),
	number("wp", 88, 64, "Write pointer").of(RINGLINE_UNIT_BLOCKS).in("zones", 0, 64),
};
// clang-format on

constexpr Page all_log_pages[] = {
	{RINGLINE_PAGE_LOG + 0x01, "error-log", errors},
	{RINGLINE_PAGE_LOG + 0x02, "smart-log", smart},
	{RINGLINE_PAGE_LOG + 0x03, "firmware-log", firmware},
	{RINGLINE_PAGE_LOG + 0x04, "changed-namespaces-log", changed_namespaces},
	{RINGLINE_PAGE_LOG + 0x05, "effects-log", effects},
	{RINGLINE_PAGE_LOG + 0x06, "self-test-log", self_test},
	{RINGLINE_PAGE_LOG + 0x20, "fdp-configurations-log", fdp_configurations},
	{RINGLINE_PAGE_LOG + 0x21, "fdp-usage-log", fdp_usage},
	{RINGLINE_PAGE_LOG + 0x22, "fdp-statistics-log", fdp_statistics},
	{RINGLINE_PAGE_LOG + 0x23, "fdp-events-log", fdp_events},
	{RINGLINE_PAGE_LOG + 0x81, "sanitize-log", sanitize},
	{RINGLINE_PAGE_LOG + 0xbf + of_zoned_set, "changed-zones-log", changed_zones},
	{RINGLINE_PAGE_REPORT + 0x00 + of_zoned_set, "zone-report", zone_report},
};

} // namespace

std::span<const Page> log_pages()
{
	return all_log_pages;
}

} // namespace ringline::nvme
