/*
 * wiping_memory.c: each block carries its size before it.
 *
 * malloc_usable_size() would do without the header, but writing to what it
 * reports beyond the asked size is what fortified builds abort on.
 */
#include "net/wiping_memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

/* Keeps the alignment malloc promises. */
#define HEADER_SIZE 16

static size_t
block_size(void *memory)
{
	size_t size;

	memcpy(&size, (char *) memory - HEADER_SIZE, sizeof(size));
	return size;
}

void *
sa_wiping_malloc(size_t size)
{
	char *block;

	if (size > SIZE_MAX - HEADER_SIZE)
		return NULL;
	block = malloc(size + HEADER_SIZE);
	if (block == NULL)
		return NULL;
	memcpy(block, &size, sizeof(size));
	return block + HEADER_SIZE;
}

void
sa_wiping_free(void *memory)
{
	if (memory == NULL)
		return;
	sodium_memzero(memory, block_size(memory));
	free((char *) memory - HEADER_SIZE);
}

void *
sa_wiping_realloc(void *memory, size_t size)
{
	void *moved = sa_wiping_malloc(size);
	size_t old;

	if (memory == NULL || moved == NULL)
		return moved;
	old = block_size(memory);
	memcpy(moved, memory, old < size ? old : size);
	sa_wiping_free(memory);
	return moved;
}

char *
sa_wiping_strdup(const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy = sa_wiping_malloc(size);

	if (copy != NULL)
		memcpy(copy, text, size);
	return copy;
}

void *
sa_wiping_calloc(size_t count, size_t size)
{
	void *memory;

	if (size != 0 && count > SIZE_MAX / size)
		return NULL;
	memory = sa_wiping_malloc(count * size);
	if (memory != NULL)
		memset(memory, 0, count * size);
	return memory;
}
