// SPDX-License-Identifier: MIT OR Apache-2.0
// Preloaded into nvmectl: a disk that fails when a file, or the directory that names it, is synced. FAILING_SYNC says
// which, and FAILING_SYNC_AFTER how many succeed before.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int fsync(int fd)
{
	static int passed;
	const char *const failing = getenv("FAILING_SYNC");
	const char *const after = getenv("FAILING_SYNC_AFTER");
	struct stat status;
	int (*real)(int);
	void *const symbol = dlsym(RTLD_NEXT, "fsync");
	if (failing != NULL && fstat(fd, &status) == 0 &&
	    S_ISDIR(status.st_mode) == (strcmp(failing, "directory") == 0) &&
	    passed++ >= (after != NULL ? atoi(after) : 0)) {
		errno = EIO;
		return -1;
	}
	memcpy(&real, &symbol, sizeof real);
	return real(fd);
}
