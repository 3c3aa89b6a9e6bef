// SPDX-License-Identifier: MIT OR Apache-2.0
// Preloaded into nvmectl: devices that do not have Write Zeroes.
#define _GNU_SOURCE
#include <ringline/ringline.h>

#include <dlfcn.h>
#include <string.h>

int32_t ringline_device_info_get(ringline_device device, ringline_device_info *info)
{
	int32_t (*real)(ringline_device, ringline_device_info *);
	void *const symbol = dlsym(RTLD_NEXT, "ringline_device_info_get");
	memcpy(&real, &symbol, sizeof real);
	const int32_t result = real(device, info);
	info->commands &= ~RINGLINE_CAN_WRITE_ZEROES;
	return result;
}
