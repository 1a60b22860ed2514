/*
 * tool.h: what stockalert-keygen and stockalert-seal share.
 *
 * Results go to standard output, everything else to standard error or the
 * terminal.  Exit status: 0 done, 1 it could not be done, 2 wrong use.
 */
#ifndef SA_TOOL_H
#define SA_TOOL_H

#include <stdbool.h>
#include <stddef.h>

#include "pure/keyfile.h"

/* Names the program, forbids core dumps and debuggers, starts libsodium. */
extern void sa_tool_start(const char *program);

/* Print "program: message" to standard error and exit with status 1, or 2 and a word about --help.
 */
extern void sa_tool_fail(const char *format, ...)
	__attribute__((format(printf, 1, 2), noreturn, cold));
extern void sa_tool_misuse(const char *format, ...)
	__attribute__((format(printf, 1, 2), noreturn, cold));

/* Locked, zeroed memory that ends with the process; never NULL. */
extern void *sa_tool_secret_memory(size_t size);

/*
 * Asks on the terminal and reads one line without its newline into room bytes,
 * NUL at the end; false: there is no terminal.  Shown as typed only if echo.
 */
extern bool sa_tool_ask(const char *question, bool echo, char *answer, size_t room);

/* Reads standard input to its end, less one trailing newline; fails if it is longer than limit. */
extern size_t sa_tool_read_input(char *buffer, size_t limit);

#endif
