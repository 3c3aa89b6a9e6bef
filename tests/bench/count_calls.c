/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * A library to be preloaded: counts the calls of what allocates and what locks, and writes "NAME COUNT" lines to the
 * file that COUNT_CALLS names when the program ends.
 */
#define _GNU_SOURCE /* RTLD_NEXT */
#include <dlfcn.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>

/* glibc's own names of the allocator: dlsym() may allocate itself. */
void *__libc_malloc(size_t bytes);                     /* NOLINT(bugprone-reserved-identifier) */
void *__libc_calloc(size_t count, size_t bytes);       /* NOLINT(bugprone-reserved-identifier) */
void *__libc_realloc(void *memory, size_t bytes);      /* NOLINT(bugprone-reserved-identifier) */
void *__libc_memalign(size_t alignment, size_t bytes); /* NOLINT(bugprone-reserved-identifier) */
void __libc_free(void *memory);                        /* NOLINT(bugprone-reserved-identifier) */

static unsigned long allocations;
static unsigned long frees;
static unsigned long locks;

#define EXPORTED __attribute__((visibility("default")))
#define COUNT(counter) ((void)__atomic_fetch_add(&(counter), 1, __ATOMIC_RELAXED))

EXPORTED void *malloc(size_t bytes)
{
	COUNT(allocations);
	return __libc_malloc(bytes);
}
EXPORTED void *calloc(size_t count, size_t bytes)
{
	COUNT(allocations);
	return __libc_calloc(count, bytes);
}
EXPORTED void *realloc(void *memory, size_t bytes)
{
	COUNT(allocations);
	return __libc_realloc(memory, bytes);
}
EXPORTED void *aligned_alloc(size_t alignment, size_t bytes)
{
	COUNT(allocations);
	return __libc_memalign(alignment, bytes);
}
EXPORTED int posix_memalign(void **memory, size_t alignment, size_t bytes)
{
	COUNT(allocations);
	*memory = __libc_memalign(alignment, bytes);
	return *memory == NULL ? 12 : 0;
}
EXPORTED void free(void *memory)
{
	COUNT(frees);
	__libc_free(memory);
}

/* The next function of this name, found at its first call. */
#define PASS_ON(name, type, argument)                                                                                  \
	EXPORTED int name(type *argument)                                                                              \
	{                                                                                                              \
		static int (*next)(type *);                                                                            \
		if (next == NULL) {                                                                                    \
			*(void **)&next = dlsym(RTLD_NEXT, #name);                                                     \
		}                                                                                                      \
		COUNT(locks);                                                                                          \
		return next(argument);                                                                                 \
	}

PASS_ON(pthread_mutex_lock, pthread_mutex_t, mutex)
PASS_ON(pthread_mutex_trylock, pthread_mutex_t, mutex)
PASS_ON(pthread_rwlock_rdlock, pthread_rwlock_t, lock)
PASS_ON(pthread_rwlock_wrlock, pthread_rwlock_t, lock)
PASS_ON(pthread_rwlock_tryrdlock, pthread_rwlock_t, lock)
PASS_ON(pthread_rwlock_trywrlock, pthread_rwlock_t, lock)
PASS_ON(pthread_cond_signal, pthread_cond_t, condition)
PASS_ON(pthread_cond_broadcast, pthread_cond_t, condition)
PASS_ON(sem_wait, sem_t, semaphore)
PASS_ON(sem_post, sem_t, semaphore)

EXPORTED int pthread_spin_lock(pthread_spinlock_t *lock)
{
	static int (*next)(pthread_spinlock_t *);
	if (next == NULL) {
		*(void **)&next = dlsym(RTLD_NEXT, "pthread_spin_lock");
	}
	COUNT(locks);
	return next(lock);
}

__attribute__((destructor)) static void report(void)
{
	const char *path = getenv("COUNT_CALLS");
	const unsigned long counted[] = {allocations, frees, locks}; /* before stdio allocates */
	FILE *file = path != NULL ? fopen(path, "w") : NULL;
	if (file != NULL) {
		(void)fprintf(file, "allocations %lu\nfrees %lu\nlocks %lu\n", counted[0], counted[1], counted[2]);
		(void)fclose(file);
	}
}
