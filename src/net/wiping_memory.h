/*
 * wiping_memory.h: an allocator for libcurl that clears what it frees.
 *
 * libcurl copies passwords, webhook URLs and messages; with this none of those
 * copies outlives its use.  (What OpenSSL copies is outside its reach.)
 */
#ifndef SA_NET_WIPING_MEMORY_H
#define SA_NET_WIPING_MEMORY_H

#include <stddef.h>

extern void *sa_wiping_malloc(size_t size);
extern void sa_wiping_free(void *memory);
extern void *sa_wiping_realloc(void *memory, size_t size);
extern char *sa_wiping_strdup(const char *text);
extern void *sa_wiping_calloc(size_t count, size_t size);

#endif
