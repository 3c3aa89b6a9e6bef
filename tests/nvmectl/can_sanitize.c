// SPDX-License-Identifier: MIT OR Apache-2.0
// Preloaded into nvmectl: a controller that says that it can sanitize in every way. It cannot: the command itself is
// answered as before.
#define _GNU_SOURCE
#include <ringline/admin.h>
#include <ringline/ringline.h>

#include <dlfcn.h>
#include <string.h>

int32_t ringline_identify(ringline_device device, const ringline_identify_options *options, void *data, uint32_t length,
			  ringline_completion *completion)
{
	enum { cns_controller = 1, sanicap = 328, all_ways = 7 };
	int32_t (*real)(ringline_device, const ringline_identify_options *, void *, uint32_t, ringline_completion *);
	void *const symbol = dlsym(RTLD_NEXT, "ringline_identify");
	int32_t done;
	memcpy(&real, &symbol, sizeof real);
	done = real(device, options, data, length, completion);
	if (done == 0 && options->cns == cns_controller) {
		((unsigned char *)data)[sanicap] |= all_ways;
	}
	return done;
}
