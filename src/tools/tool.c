/*
 * tool.c: hardening, errors and the terminal for the command-line tools.
 */
#include "tools/tool.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <termios.h>
#include <unistd.h>

#include <sodium.h>

static const char *program_name = "stockalert";

void
sa_tool_start(const char *program)
{
	struct rlimit none = {0, 0};

	program_name = program;
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 || setrlimit(RLIMIT_CORE, &none) != 0)
		sa_tool_fail("cannot forbid core dumps: %s", strerror(errno));
	if (sodium_init() < 0)
		sa_tool_fail("cannot start libsodium");
}

void
sa_tool_fail(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	(void) fprintf(stderr, "%s: ", program_name);
	(void) vfprintf(stderr, format, arguments);
	(void) fputc('\n', stderr);
	va_end(arguments);
	exit(1);
}

void
sa_tool_misuse(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	(void) fprintf(stderr, "%s: ", program_name);
	(void) vfprintf(stderr, format, arguments);
	(void) fprintf(stderr, "\nTry \"%s --help\".\n", program_name);
	va_end(arguments);
	exit(2);
}

void *
sa_tool_secret_memory(size_t size)
{
	void *memory = sodium_malloc(size);

	if (memory == NULL)
		sa_tool_fail("out of memory");
	sodium_memzero(memory, size);
	return memory;
}

static struct termios terminal_before;
static volatile sig_atomic_t terminal_fd = -1;

/* Puts the echo back before an interrupted prompt ends the process. */
static void
restore_and_die(int signal_number)
{
	if (terminal_fd >= 0)
		(void) tcsetattr(terminal_fd, TCSANOW, &terminal_before);
	(void) signal(signal_number, SIG_DFL);
	(void) raise(signal_number);
}

static void
hide_typing(int fd)
{
	struct termios hidden;

	if (tcgetattr(fd, &terminal_before) != 0)
		sa_tool_fail("cannot hide what is typed: %s", strerror(errno));
	terminal_fd = fd;
	(void) signal(SIGINT, restore_and_die);
	(void) signal(SIGTERM, restore_and_die);
	(void) signal(SIGHUP, restore_and_die);
	(void) signal(SIGTSTP, SIG_IGN);
	hidden = terminal_before;
	hidden.c_lflag &= ~(tcflag_t) ECHO;
	if (tcsetattr(fd, TCSAFLUSH, &hidden) != 0)
		sa_tool_fail("cannot hide what is typed: %s", strerror(errno));
}

static void
show_typing(int fd)
{
	(void) tcsetattr(fd, TCSAFLUSH, &terminal_before);
	terminal_fd = -1;
	(void) signal(SIGINT, SIG_DFL);
	(void) signal(SIGTERM, SIG_DFL);
	(void) signal(SIGHUP, SIG_DFL);
	(void) signal(SIGTSTP, SIG_DFL);
	(void) !write(fd, "\n", 1);
}

/* Reads byte by byte: stdio would keep a copy of the secret in a buffer of its own. */
static bool
read_answer(int fd, char *answer, size_t room)
{
	size_t used = 0;

	for (;;)
	{
		char c;
		ssize_t got = read(fd, &c, 1);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0 || c == '\n')
			break;
		if (used + 1 == room)
			return false;
		answer[used++] = c;
	}
	answer[used] = '\0';
	return true;
}

bool
sa_tool_ask(const char *question, bool echo, char *answer, size_t room)
{
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	bool fits;

	answer[0] = '\0';
	if (fd < 0)
		return false;
	if (!echo)
		hide_typing(fd);
	(void) !write(fd, question, strlen(question));
	fits = read_answer(fd, answer, room);
	if (!echo)
		show_typing(fd);
	(void) close(fd);
	if (!fits)
		sa_tool_fail("the answer is longer than %zu bytes", room - 1);
	return true;
}

size_t
sa_tool_read_input(char *buffer, size_t limit)
{
	char *work = sa_tool_secret_memory(limit + 3);
	size_t used = 0;

	while (used < limit + 3)
	{
		ssize_t got = read(STDIN_FILENO, work + used, limit + 3 - used);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			sa_tool_fail("cannot read standard input: %s", strerror(errno));
		if (got == 0)
			break;
		used += (size_t) got;
	}
	if (used > 0 && work[used - 1] == '\n')
		used--;
	if (used > 0 && work[used - 1] == '\r')
		used--;
	if (used > limit)
		sa_tool_fail("standard input is longer than %zu bytes", limit);
	memcpy(buffer, work, used);
	sodium_free(work);
	return used;
}
