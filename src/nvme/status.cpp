// SPDX-License-Identifier: MIT OR Apache-2.0
// The status codes of the NVMe 2.0 base, NVM and zoned command sets, with the few later ones that devices already give
// (flexible data placement, copy between namespaces). A code is one row in the table of its status code type.
#include "nvme/status.h"

#include <algorithm>
#include <cstddef>
#include <iterator>

namespace ringline::nvme
{
namespace
{

constexpr std::uint8_t sct_generic = 0;
constexpr std::uint8_t sct_command_specific = 1;
constexpr std::uint8_t sct_media = 2;
constexpr std::uint8_t sct_path = 3;
constexpr std::uint8_t sct_vendor = 7;
constexpr std::uint8_t sc_vendor_first = 0xc0; // of every type

constexpr std::int32_t opcode_unknown = -1;
constexpr std::int32_t opcode_fabrics = 0x7f; // the same in the admin and in the I/O plane

struct Row {
	std::uint8_t sc;
	const char *name;
	const char *text;
};

constexpr Row generic_rows[] = {
	{0x00, "success", "The command completed without error."},
	{0x01, "invalid-opcode", "The device does not have this command."},
	{0x02, "invalid-field", "A field of the command has a value that the device does not support."},
	{0x03, "command-id-conflict", "The command identifier was already in use: a fault of the driver."},
	{0x04, "data-transfer-error", "Moving the data or metadata between host and device failed."},
	{0x05, "aborted-power-loss",
	 "The command was aborted because the device was told that power is about to fail."},
	{0x06, "internal-error", "The device failed inside; its error log may say more."},
	{0x07, "abort-requested", "The command was aborted on request, usually by the kernel when its time was up."},
	{0x08, "aborted-queue-deletion", "The command was aborted because its queue was deleted, as a reset does."},
	{0x09, "aborted-failed-fused", "The other half of the fused pair failed."},
	{0x0a, "aborted-missing-fused", "The other half of the fused pair was not there."},
	{0x0b, "invalid-namespace-or-format",
	 "There is no active namespace of this identifier here, or its format is not usable."},
	{0x0c, "command-sequence-error",
	 "The command came out of order in a sequence of several, such as a security protocol."},
	{0x0d, "invalid-sgl-segment", "A segment descriptor of the scatter-gather list is invalid."},
	{0x0e, "invalid-sgl-count", "The scatter-gather list has an invalid number of descriptors."},
	{0x0f, "invalid-data-sgl-length", "The scatter-gather list of the data is too short or too long."},
	{0x10, "invalid-metadata-sgl-length", "The scatter-gather list of the metadata is too short or too long."},
	{0x11, "invalid-sgl-descriptor-type", "The device does not support this type of scatter-gather descriptor."},
	{0x12, "invalid-controller-memory-use", "The controller memory buffer cannot be used in this way."},
	{0x13, "invalid-prp-offset",
	 "The offset of a PRP entry is invalid: the memory is not aligned as the device needs it."},
	{0x14, "atomic-write-unit-exceeded", "The write is longer than the device can make atomic."},
	{0x15, "operation-denied", "The command was denied for lack of access rights."},
	{0x16, "invalid-sgl-offset", "The offset of a scatter-gather descriptor is invalid."},
	{0x18, "inconsistent-host-identifier-format",
	 "Hosts use 64-bit and 128-bit host identifiers at the same time, which the device does not allow."},
	{0x19, "keep-alive-expired", "The device heard no keep-alive in time and has ended the association."},
	{0x1a, "invalid-keep-alive-timeout", "The keep-alive time-out is not one that the device supports."},
	{0x1b, "aborted-preempt-and-abort", "The command was aborted because another host preempted the reservation."},
	{0x1c, "sanitize-failed",
	 "The last sanitize operation failed; the device refuses other commands until it is recovered."},
	{0x1d, "sanitize-in-progress", "A sanitize operation is running; all data of the device is being erased."},
	{0x1e, "invalid-sgl-granularity", "An address or length of the scatter-gather list has the wrong granularity."},
	{0x1f, "command-not-supported-in-controller-memory",
	 "The device does not take this command from a queue in its controller memory buffer."},
	{0x20, "namespace-write-protected", "The namespace is write-protected; nothing was written."},
	{0x21, "command-interrupted", "The device had to break the command off for reasons of its own; send it again."},
	{0x22, "transient-transport-error", "The transport to the device failed for a moment."},
	{0x23, "prohibited-by-lockdown", "The command or feature is locked down on this device."},
	{0x24, "admin-media-not-ready", "The admin command needs the medium, which is not ready yet."},
	{0x29, "fdp-disabled", "Flexible data placement is not enabled in the endurance group."},
	{0x2a, "invalid-placement-handle-list", "The list of placement handles is invalid."},
	{0x80, "lba-out-of-range",
	 "The command reaches past the last block of the namespace; its size may have changed since it was opened."},
	{0x81, "capacity-exceeded",
	 "The namespace has used up its capacity: a thin-provisioned device is out of space."},
	{0x82, "namespace-not-ready", "The namespace is not ready to be accessed."},
	{0x83, "reservation-conflict", "Another host holds a reservation that forbids this command."},
	{0x84, "format-in-progress",
	 "The namespace is being formatted; its data and its block size may be others afterwards."},
};

// 00h to 7Fh mean the same for every command that can give them; 80h to BFh belong to the command set.
constexpr Row command_rows[] = {
	{0x00, "invalid-completion-queue", "The completion queue of the new submission queue does not exist."},
	{0x01, "invalid-queue-identifier", "The queue identifier is invalid or in use."},
	{0x02, "invalid-queue-size", "The queue size is zero or more than the device supports."},
	{0x03, "abort-limit-exceeded", "More aborts are outstanding than the device allows."},
	{0x05, "async-event-limit-exceeded",
	 "More asynchronous event requests are outstanding than the device allows."},
	{0x06, "invalid-firmware-slot", "The firmware slot does not exist or is read-only."},
	{0x07, "invalid-firmware-image", "The firmware image is not valid for this device and was not loaded."},
	{0x08, "invalid-interrupt-vector", "The interrupt vector is invalid."},
	{0x09, "invalid-log-page", "The device does not have this log page."},
	{0x0a, "invalid-format",
	 "The LBA format, or its combination with the metadata or protection settings, is not supported."},
	{0x0b, "firmware-needs-conventional-reset",
	 "The firmware was committed; it starts after a conventional reset."},
	{0x0c, "invalid-queue-deletion", "The queue does not exist, or submission queues still use it."},
	{0x0d, "feature-not-saveable", "The feature cannot be saved across resets."},
	{0x0e, "feature-not-changeable", "The feature cannot be changed."},
	{0x0f, "feature-not-namespace-specific",
	 "The feature is not set for one namespace but for the whole controller."},
	{0x10, "firmware-needs-subsystem-reset",
	 "The firmware was committed; it starts after a reset of the NVM subsystem."},
	{0x11, "firmware-needs-controller-reset",
	 "The firmware was committed; it starts after a reset of the controller."},
	{0x12, "firmware-exceeds-maximum-time",
	 "Activating the firmware now takes longer than the device may be away; commit it for the next reset instead."},
	{0x13, "firmware-activation-prohibited",
	 "The device refuses to activate this firmware, for instance a downgrade."},
	{0x14, "overlapping-range", "Ranges of the command overlap, such as those of a downloaded firmware image."},
	{0x15, "namespace-insufficient-capacity", "The new namespace needs more free space than there is."},
	{0x16, "namespace-identifier-unavailable", "The device has no namespace identifier left."},
	{0x18, "namespace-already-attached", "The namespace is attached to this controller already."},
	{0x19, "namespace-is-private", "The namespace is private and attached to another controller."},
	{0x1a, "namespace-not-attached", "The namespace is not attached to this controller."},
	{0x1b, "thin-provisioning-not-supported", "The device does not support thin provisioning."},
	{0x1c, "invalid-controller-list", "The list of controllers names an invalid one."},
	{0x1d, "self-test-in-progress", "A device self-test is running already."},
	{0x1e, "boot-partition-write-prohibited", "The boot partition is locked."},
	{0x1f, "invalid-controller-identifier", "There is no controller of this identifier."},
	{0x20, "invalid-secondary-controller-state", "The secondary controller is not in a state that allows this."},
	{0x21, "invalid-controller-resource-count", "The number of controller resources is invalid."},
	{0x22, "invalid-resource-identifier", "A resource identifier is invalid."},
	{0x23, "sanitize-prohibited-by-pmr",
	 "The device cannot be sanitized while its persistent memory region is enabled."},
	{0x24, "invalid-ana-group", "The device does not have this asymmetric namespace access group."},
	{0x25, "ana-attach-failed", "The namespace could not be attached because of its asymmetric access state."},
	{0x26, "insufficient-capacity", "The operation needs more free space than there is."},
	{0x27, "namespace-attachment-limit-exceeded", "No more namespaces can be attached."},
	{0x28, "lockdown-not-supported", "The device cannot prohibit this command or feature."},
	{0x29, "command-set-not-supported", "The device does not support this I/O command set."},
	{0x2a, "command-set-not-enabled", "The I/O command set is not enabled on this controller."},
	{0x2b, "command-set-combination-rejected",
	 "The device cannot enable this combination of I/O command sets now."},
	{0x2c, "invalid-command-set", "The I/O command set does not fit this command."},
	{0x2d, "identifier-unavailable", "The device has no endurance group or NVM set identifier left."},
	{0x7f, "stream-allocation-failed", "The device has no stream resources left."},
	{0x80, "conflicting-attributes", "Attributes of the command contradict each other."},
	{0x81, "invalid-protection-information",
	 "The protection information settings of the command do not fit the format of the namespace."},
	{0x82, "write-to-read-only-range", "The range holds blocks that can only be read."},
	{0x83, "command-size-limit-exceeded",
	 "The ranges or blocks of the command are more than the device takes in one."},
	{0x85, "incompatible-namespace-or-format", "Source and destination of the copy do not have matching formats."},
	{0x86, "fast-copy-not-possible", "Only a fast copy was asked for, and the device cannot make this one fast."},
	{0x87, "overlapping-io-range", "Source and destination of the copy overlap."},
	{0xb6, "invalid-zone-operation", "The zone cannot be used in this way, such as with a random write area."},
	{0xb7, "zone-random-write-unavailable", "The device has no zone random write area left."},
	{0xb8, "zone-boundary-error", "The command reaches across the end of a zone."},
	{0xb9, "zone-is-full", "The zone is full; reset it before writing."},
	{0xba, "zone-is-read-only", "The zone can only be read."},
	{0xbb, "zone-is-offline", "The zone is offline; its data is lost."},
	{0xbc, "zone-invalid-write", "The write does not start at the write pointer of the zone."},
	{0xbd, "too-many-active-zones", "No more zones can be active; finish or reset one first."},
	{0xbe, "too-many-open-zones", "No more zones can be open; close or finish one first."},
	{0xbf, "invalid-zone-state-transition", "The zone cannot go from its state to the one asked for."},
};

// What 80h to BFh mean for the commands of NVMe over Fabrics.
constexpr Row fabrics_rows[] = {
	{0x80, "incompatible-format", "The record format of the command is not supported."},
	{0x81, "controller-busy", "The controller is associated with another host."},
	{0x82, "connect-invalid-parameters", "A parameter of the connect command is invalid."},
	{0x83, "connect-restart-discovery", "The subsystem is not available here any more; start discovery again."},
	{0x84, "connect-invalid-host", "This host is not allowed to connect."},
	{0x85, "invalid-queue-type", "The command was sent to the wrong type of queue."},
	{0x90, "discover-restart", "The discovery log changed while it was read; start again."},
	{0x91, "authentication-required", "The host must authenticate first."},
};

constexpr Row media_rows[] = {
	{0x80, "write-fault", "The data could not be written to the medium."},
	{0x81, "unrecovered-read-error", "The medium could not be read: the data of at least one block is lost."},
	{0x82, "guard-check-error", "End-to-end protection: the guard does not match the data."},
	{0x83, "application-tag-check-error", "End-to-end protection: the application tag is not the expected one."},
	{0x84, "reference-tag-check-error", "End-to-end protection: the reference tag is not the expected one."},
	{0x85, "compare-failure", "The data on the medium differs from the data of the command."},
	{0x86, "access-denied", "Access to the namespace or range is denied; it may be locked by a security feature."},
	{0x87, "deallocated-or-unwritten-block",
	 "A block was never written or has been deallocated, and the device is set to report that as an error."},
	{0x88, "storage-tag-check-error", "End-to-end protection: the storage tag is not the expected one."},
};

constexpr Row path_rows[] = {
	{0x00, "internal-path-error", "The controller failed on this path; another path may work."},
	{0x01, "ana-persistent-loss",
	 "The controller has lost its access to the namespace for good; use another path."},
	{0x02, "ana-inaccessible", "The namespace cannot be reached through this controller now; use another path."},
	{0x03, "ana-transition",
	 "Access to the namespace is changing between controllers; try again, or use another path."},
	{0x60, "controller-pathing-error", "The controller found an error on the path to the namespace."},
	{0x70, "host-pathing-error", "The host found an error on the path to the controller."},
	{0x71, "aborted-by-host", "The host cancelled the command, as a driver does when it resets the controller."},
};

constexpr Row vendor_row = {0, "vendor-specific",
			    "The code is the vendor's own; only its documentation tells the meaning."};
constexpr Row unknown_row = {0, "unknown", "The code is reserved or newer than this library."};
constexpr Row ambiguous_row = {0, "command-specific",
			       "The code has one meaning for I/O commands and another for NVMe over Fabrics commands; "
			       "the opcode of the command is needed to tell."};

template <std::size_t count> constexpr bool in_order(const Row (&rows)[count])
{
	for (std::size_t i = 1; i < count; ++i) {
		if (rows[i - 1].sc >= rows[i].sc) {
			return false;
		}
	}
	return rows[count - 1].sc < sc_vendor_first;
}

// find() is a binary search, and a repeated code would hide a row.
static_assert(in_order(generic_rows) && in_order(command_rows) && in_order(fabrics_rows) && in_order(media_rows) &&
	      in_order(path_rows));

template <std::size_t count> const Row *find(const Row (&rows)[count], std::uint8_t sc)
{
	const Row *row = std::lower_bound(std::begin(rows), std::end(rows), sc,
					  [](const Row &left, std::uint8_t right) { return left.sc < right; });
	return row != std::end(rows) && row->sc == sc ? row : nullptr;
}

const Row *find_command_specific(std::uint8_t sc, std::int32_t opcode)
{
	if (sc < 0x80) {
		return find(command_rows, sc);
	}
	const Row *of_fabrics = find(fabrics_rows, sc);
	if (opcode == opcode_fabrics) {
		return of_fabrics;
	}
	const Row *of_io = find(command_rows, sc);
	if (opcode != opcode_unknown || of_fabrics == nullptr) {
		return of_io;
	}
	return of_io == nullptr ? of_fabrics : &ambiguous_row;
}

const Row &row_of(std::uint16_t status, std::int32_t opcode)
{
	const auto sc = static_cast<std::uint8_t>(status & 0xff);
	const auto sct = static_cast<std::uint8_t>(status >> 8 & 7);
	if (sct == sct_vendor || sc >= sc_vendor_first) {
		return vendor_row;
	}
	const Row *row = nullptr;
	switch (sct) {
	case sct_generic:
		row = find(generic_rows, sc);
		break;
	case sct_command_specific:
		row = find_command_specific(sc, opcode);
		break;
	case sct_media:
		row = find(media_rows, sc);
		break;
	case sct_path:
		row = find(path_rows, sc);
		break;
	default: // 4 to 6 are reserved
		break;
	}
	return row != nullptr ? *row : unknown_row;
}

// Only what a second try can mend, and only where it cannot do harm that the first one did not. A device that sets DNR
// is believed before this is asked. Left out on purpose:
//  - sanitize and format in progress: what comes after is another medium, which a blind repeat must not write to;
//  - aborted for power loss: the second try meets the same end;
//  - preempted, reservation conflict, capacity, write protection: somebody has to change something first;
//  - media errors (SCT 2): the device has tried again itself, and asking a failing medium more often makes it worse;
//  - command specific codes (SCT 1): they need the opcode, and name a wrong argument or a limit that is used up;
//  - vendor codes and those not known: nothing is known about them.
bool may_be_repeated(std::uint8_t sc)
{
	switch (sc) {
	case 0x04: // data transfer error: the link, not the medium
	case 0x06: // internal error: with DNR clear the device itself says that a repeat may work
	case 0x07: // abort requested: the kernel's time-out, mostly
	case 0x08: // queue deleted: the controller was reset under the command
	case 0x21: // command interrupted: made to be repeated
	case 0x22: // transient transport error
	case 0x24: // admin command, medium not ready yet
	case 0x82: // namespace not ready yet
		return true;
	default:
		return false;
	}
}

std::uint8_t retry_of(std::uint8_t sct, std::uint8_t sc, bool dnr)
{
	if (dnr) {
		return RINGLINE_RETRY_NEVER;
	}
	if (sct == sct_path) {
		return RINGLINE_RETRY_OTHER_PATH; // all of the type, also reserved and vendor codes: the type says it
	}
	if (sct == sct_generic && may_be_repeated(sc)) {
		return RINGLINE_RETRY_IF_IDEMPOTENT;
	}
	return RINGLINE_RETRY_NEVER;
}

} // namespace

ringline_status_info decode_status(std::uint16_t status)
{
	ringline_status_info info = {};
	info.struct_size = sizeof info;
	info.status = status;
	info.sc = static_cast<std::uint8_t>(status & 0xff);
	info.sct = static_cast<std::uint8_t>(status >> 8 & 7);
	info.crd = static_cast<std::uint8_t>(status >> 11 & 3);
	info.more = (status & RINGLINE_STATUS_MORE) != 0 ? 1 : 0;
	info.dnr = (status & RINGLINE_STATUS_DNR) != 0 ? 1 : 0;
	info.retry = retry_of(info.sct, info.sc, info.dnr != 0);
	return info;
}

const char *status_name(std::uint16_t status, std::int32_t opcode)
{
	return row_of(status, opcode).name;
}

const char *status_text(std::uint16_t status, std::int32_t opcode)
{
	return row_of(status, opcode).text;
}

} // namespace ringline::nvme
