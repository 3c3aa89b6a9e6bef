// SPDX-License-Identifier: MIT OR Apache-2.0
// Facts about the library itself: its version, and what the errnos mean that it returns.
#include <ringline/ringline.h>

#include <cerrno>
#include <cstdint>

namespace
{

struct Meaning {
	std::int32_t error;
	const char *name;
	const char *text; // null: no meaning of its own here
};

// The name is the macro's own, so the two cannot differ. (NAMED is not made of MEANS: the number would be stringified.)
#define MEANS(error, text)                                                                                             \
	{                                                                                                              \
		error, #error, text                                                                                    \
	}
#define NAMED(error)                                                                                                   \
	{                                                                                                              \
		error, #error, nullptr                                                                                 \
	}

// Searched from the start, in cold calls only. Those of the calls first, then those that only a completion can carry.
constexpr Meaning meanings[] = {
	MEANS(EAGAIN,
	      "The queue is full, or the kernel is out of memory for the moment: take completions, then try again."),
	MEANS(EINVAL, "An argument, or a field of a struct, is out of range or must be 0. Where a call takes a "
		      "diagnosis that says which, and ringline_explain() does for commands."),
	MEANS(ERANGE, "The command reaches past the last block of the namespace."),
	MEANS(EMSGSIZE, "The transfer is longer than one command may be: split it at max_transfer_bytes."),
	MEANS(ENOBUFS, "The length of the data or metadata is not what the blocks need: it must be blocks times size."),
	MEANS(EFAULT, "The address is 0, or memory that was given cannot be read or written."),
	MEANS(E2BIG, "A struct sets a member that this version of the library does not know: set it to 0, or update "
		     "the library."),
	MEANS(EBADF, "The handle was never issued: it is zero, damaged or of another kind."),
	MEANS(ESTALE, "The handle was closed, or the geometry is unknown since a format: open it again, or refresh the "
		      "device."),
	MEANS(ENXIO, "The device or buffer is not attached to this queue, or the namespace is not the one demanded."),
	MEANS(EEXIST, "It is attached already, or the file exists, and nothing is ever overwritten."),
	MEANS(ENOSPC, "A table is full, which was sized at creation, or the file system is."),
	MEANS(EBUSY, "It is in use: by commands in flight, by a queue, or by another process; for a submit, take "
		     "completions first."),
	MEANS(EPERM,
	      "The queue belongs to another thread: only its owner may call this, unless it was created movable."),
	MEANS(ECHILD, "The queue or handle was inherited through fork(): the child must open its own."),
	MEANS(EROFS, "The device was opened read-only, or it cannot be written."),
	MEANS(EACCES, "This user may not do that: join the group of the node, or ask for CAP_SYS_ADMIN; on older "
		      "kernels all passthrough needs it."),
	MEANS(ENOENT, "There is no such path, command in flight or fault rule."),
	MEANS(ENOTTY,
	      "The path is not an NVMe node: a namespace is /dev/ngXnY, an image sim:PATH. Or an admin command was "
	      "pushed to a namespace, another to a controller."),
	MEANS(ENODEV, "The device is gone: unplugged, or removed by the kernel."),
	MEANS(EOPNOTSUPP, "This version, kernel, engine or device has no such operation."),
	MEANS(EALREADY, "The device has the command already: it runs to its end and completes."),
	MEANS(ECANCELED, "The command was cancelled before it completed: its flags say whether it may have run."),
	MEANS(EINTR,
	      "A signal came first: call again. In a completion: cancelled by a reset or time-out; it may have run."),
	MEANS(EIO, "Input or output failed, or Identify did: the diagnosis or the kernel's log says more."),
	MEANS(ENOMEM, "Out of memory, or of memory that may be locked: see RLIMIT_MEMLOCK."),
	MEANS(EMFILE, "Out of descriptors, or 1,024 devices are open: see RLIMIT_NOFILE."),
	MEANS(ENFILE, "The whole system is out of descriptors."),
	MEANS(ETIME, "The time was up before the command completed: it may have run."),
	MEANS(ETIMEDOUT, "The device did not answer in time: the command may have run."),
	MEANS(ENOLINK, "The connection to the device is lost: a command in flight may have run."),
	MEANS(ENOSYS, "The kernel lacks the system call, or it is blocked: the threads engine does without io_uring."),
	MEANS(EISDIR, "The path is a directory: name the node or the image."),
	MEANS(ENOTDIR, "A part of the path is not a directory."),
	MEANS(ELOOP, "The path has too many symbolic links."),
	MEANS(ENAMETOOLONG, "The path is too long."),
	MEANS(EFBIG, "The file would be larger than the file system or RLIMIT_FSIZE allows."),
	MEANS(EDQUOT, "The disk quota is used up."),
	MEANS(EOVERFLOW, "A size or number is too large to be expressed here."),
	MEANS(ENODATA, "The data ends before this field: more of the page must be read."),
	MEANS(ENOTUNIQ,
	      "It would reach other namespaces than the one that was named, which must be allowed explicitly."),
	NAMED(ESRCH),
	NAMED(ENOEXEC),
	NAMED(ENOTBLK),
	NAMED(EXDEV),
	NAMED(ETXTBSY),
	NAMED(ESPIPE),
	NAMED(EMLINK),
	NAMED(EPIPE),
	NAMED(EDOM),
	NAMED(EDEADLK),
	NAMED(ENOLCK),
	NAMED(ENOTEMPTY),
	NAMED(ENOMSG),
	NAMED(EIDRM),
	NAMED(ECHRNG),
	NAMED(EL2NSYNC),
	NAMED(EL3HLT),
	NAMED(EL3RST),
	NAMED(ELNRNG),
	NAMED(EUNATCH),
	NAMED(ENOCSI),
	NAMED(EL2HLT),
	NAMED(EBADE),
	NAMED(EBADR),
	NAMED(EXFULL),
	NAMED(ENOANO),
	NAMED(EBADRQC),
	NAMED(EBADSLT),
	NAMED(EBFONT),
	NAMED(ENOSTR),
	NAMED(ENOSR),
	NAMED(ENONET),
	NAMED(ENOPKG),
	NAMED(EREMOTE),
	NAMED(EADV),
	NAMED(ESRMNT),
	NAMED(ECOMM),
	NAMED(EPROTO),
	NAMED(EMULTIHOP),
	NAMED(EDOTDOT),
	NAMED(EBADMSG),
	NAMED(EBADFD),
	NAMED(EREMCHG),
	NAMED(ELIBACC),
	NAMED(ELIBBAD),
	NAMED(ELIBSCN),
	NAMED(ELIBMAX),
	NAMED(ELIBEXEC),
	NAMED(EILSEQ),
	NAMED(ERESTART),
	NAMED(ESTRPIPE),
	NAMED(EUSERS),
	NAMED(ENOTSOCK),
	NAMED(EDESTADDRREQ),
	NAMED(EPROTOTYPE),
	NAMED(ENOPROTOOPT),
	NAMED(EPROTONOSUPPORT),
	NAMED(ESOCKTNOSUPPORT),
	NAMED(EPFNOSUPPORT),
	NAMED(EAFNOSUPPORT),
	NAMED(EADDRINUSE),
	NAMED(EADDRNOTAVAIL),
	NAMED(ENETDOWN),
	NAMED(ENETUNREACH),
	NAMED(ENETRESET),
	NAMED(ECONNABORTED),
	NAMED(ECONNRESET),
	NAMED(EISCONN),
	NAMED(ENOTCONN),
	NAMED(ESHUTDOWN),
	NAMED(ETOOMANYREFS),
	NAMED(ECONNREFUSED),
	NAMED(EHOSTDOWN),
	NAMED(EHOSTUNREACH),
	NAMED(EINPROGRESS),
	NAMED(EUCLEAN),
	NAMED(ENOTNAM),
	NAMED(ENAVAIL),
	NAMED(EISNAM),
	NAMED(EREMOTEIO),
	NAMED(ENOMEDIUM),
	NAMED(EMEDIUMTYPE),
	NAMED(ENOKEY),
	NAMED(EKEYEXPIRED),
	NAMED(EKEYREVOKED),
	NAMED(EKEYREJECTED),
	NAMED(EOWNERDEAD),
	NAMED(ENOTRECOVERABLE),
	NAMED(ERFKILL),
	NAMED(EHWPOISON),
};
#undef NAMED
#undef MEANS

constexpr Meaning none = {0, "OK", "No error."};
constexpr Meaning unknown = {0, "unknown", "Not an errno that this library knows: see errno(3) and the kernel's log."};
constexpr const char *named_text =
	"An errno of the kernel, to which this library gives no meaning of its own: see errno(3).";

const Meaning &meaning_of(std::int32_t error)
{
	if (error == 0) {
		return none;
	}
	// Both signs are valid input, and the smallest int32_t has no counterpart of its own width.
	const std::int64_t positive = error < 0 ? -std::int64_t{error} : std::int64_t{error};
	for (const Meaning &meaning : meanings) {
		if (meaning.error == positive) {
			return meaning;
		}
	}
	return unknown;
}

} // namespace

std::uint32_t ringline_version(void)
{
	return RINGLINE_VERSION_MAJOR << 16 | RINGLINE_VERSION_MINOR << 8 | RINGLINE_VERSION_PATCH;
}

const char *ringline_error_name(std::int32_t error)
{
	return meaning_of(error).name;
}

const char *ringline_error_text(std::int32_t error)
{
	const Meaning &meaning = meaning_of(error);
	return meaning.text != nullptr ? meaning.text : named_text;
}
