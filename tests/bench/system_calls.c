/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * system_calls FILE PROGRAM [ARGUMENT...]: runs PROGRAM and writes to FILE how often it made which system call, a line
 * "NUMBER COUNT" for each. From outside, so that what is counted does not depend on what the library says of itself.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/ptrace.h>

#define NUMBERS 1024
#define SKIPPED 77

static unsigned long counts[NUMBERS];

static int fail(const char *what)
{
	(void)fprintf(stderr, "system_calls: %s: %s\n", what, strerror(errno));
	return errno == EPERM ? SKIPPED : 1;
}

/* Every stop that is an entry counts; signals but the tracer's own are passed on. */
static int follow(pid_t child, int *status)
{
	int deliver = 0;
	for (;;) {
		if (ptrace(PTRACE_SYSCALL, child, NULL, deliver) != 0 || waitpid(child, status, 0) != child) {
			return fail("ptrace");
		}
		deliver = 0;
		if (!WIFSTOPPED(*status)) {
			return 0;
		}
		if (WSTOPSIG(*status) != (SIGTRAP | 0x80)) {
			deliver = WSTOPSIG(*status) == SIGTRAP ? 0 : WSTOPSIG(*status);
			continue;
		}
		struct ptrace_syscall_info info;
		if (ptrace(PTRACE_GET_SYSCALL_INFO, child, sizeof info, &info) <= 0) {
			return fail("PTRACE_GET_SYSCALL_INFO");
		}
		if (info.op == PTRACE_SYSCALL_INFO_ENTRY && info.entry.nr < NUMBERS) {
			counts[info.entry.nr]++;
		}
	}
}

int main(int count, char **arguments)
{
	if (count < 3) {
		(void)fprintf(stderr, "Usage: system_calls FILE PROGRAM [ARGUMENT...]\n");
		return 2;
	}
	const pid_t child = fork();
	if (child == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0) {
			_exit(fail("ptrace"));
		}
		(void)raise(SIGSTOP);
		(void)execv(arguments[2], arguments + 2);
		_exit(fail(arguments[2]));
	}
	int status = 0;
	if (child < 0 || waitpid(child, &status, 0) != child) {
		return fail("fork");
	}
	if (!WIFSTOPPED(status)) {
		return WEXITSTATUS(status);
	}
	if (ptrace(PTRACE_SETOPTIONS, child, NULL, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL) != 0) {
		return fail("ptrace");
	}
	const int failed = follow(child, &status);
	if (failed != 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		return failed != 0 ? failed : 1;
	}
	FILE *file = fopen(arguments[1], "w");
	if (file == NULL) {
		return fail(arguments[1]);
	}
	for (int i = 0; i < NUMBERS; i++) {
		if (counts[i] != 0) {
			(void)fprintf(file, "%d %lu\n", i, counts[i]);
		}
	}
	return fclose(file) != 0;
}
