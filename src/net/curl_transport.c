/*
 * curl_transport.c: all HTTP transfers in one multi handle, all its sockets in
 * one epoll descriptor; mails in the threads of mail_pool.c, whose event is in
 * the same descriptor.
 *
 * The worker waits on that descriptor beside its latch (nested epoll works);
 * it is never rebuilt.  Debian's libcurl resolves names in threads of its own,
 * which inherit the signal mask: every call that may start one runs with all
 * signals blocked, or the server's handlers would run in a foreign thread.
 */
#include "net/transport.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <sodium.h>

#include "net/curl_transfer.h"
#include "net/mail_pool.h"
#include "net/sockets.h"
#include "net/wiping_memory.h"

#define CACHED_CONNECTIONS   64L
#define CONNECTIONS_PER_HOST 32L
#define CONNECTIONS_MOST     256L
#define EVENTS_AT_ONCE       64
#define LEAST_CURL           0x075500 /* 7.85: CURLOPT_PROTOCOLS_STR */

static CURLM *multi = NULL;
static int epoll_descriptor = -1;
static int64_t timer_due = -1; /* monotonic ms, -1: none */
static SaNetLimits limits;
static SaCurlTransfer *transfers = NULL;
static int transfer_count = 0;
static bool renew_when_idle = false;

static void
block_signals(sigset_t *before)
{
	sigset_t all;

	sigfillset(&all);
	(void) pthread_sigmask(SIG_BLOCK, &all, before);
}

static void
restore_signals(const sigset_t *before)
{
	(void) pthread_sigmask(SIG_SETMASK, before, NULL);
}

/* libcurl says which sockets it waits for; "removed" often means already closed. */
static int
watch_socket(CURL *easy, curl_socket_t descriptor, int what, void *clientp, void *socketp)
{
	struct epoll_event event;

	memset(&event, 0, sizeof(event));
	event.data.fd = descriptor;
	if (what == CURL_POLL_REMOVE)
	{
		(void) epoll_ctl(epoll_descriptor, EPOLL_CTL_DEL, descriptor, &event);
		return 0;
	}
	if ((what & CURL_POLL_IN) != 0)
		event.events |= EPOLLIN;
	if ((what & CURL_POLL_OUT) != 0)
		event.events |= EPOLLOUT;
	if (epoll_ctl(epoll_descriptor, EPOLL_CTL_MOD, descriptor, &event) != 0 && errno == ENOENT)
		(void) epoll_ctl(epoll_descriptor, EPOLL_CTL_ADD, descriptor, &event);
	return 0;
}

static int
set_timer(CURLM *handle, long milliseconds, void *clientp)
{
	timer_due = milliseconds < 0 ? -1 : sa_curl_clock() + milliseconds;
	return 0;
}

/* A quarter of the descriptors: the server's files and its own waiting need the others. */
static long
connections_most(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY ||
		limit.rlim_cur > 4 * CONNECTIONS_MOST)
		return CONNECTIONS_MOST;
	return limit.rlim_cur < 16 ? 4 : (long) limit.rlim_cur / 4;
}

static bool
open_multi(void)
{
	long most = connections_most();

	multi = curl_multi_init();
	timer_due = -1;
	return multi != NULL &&
		   curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, watch_socket) == CURLM_OK &&
		   curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, set_timer) == CURLM_OK &&
		   curl_multi_setopt(multi, CURLMOPT_PIPELINING, CURLPIPE_NOTHING) == CURLM_OK &&
		   curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS,
							 most < CACHED_CONNECTIONS ? most : CACHED_CONNECTIONS) == CURLM_OK &&
		   curl_multi_setopt(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, most) == CURLM_OK &&
		   curl_multi_setopt(multi, CURLMOPT_MAX_HOST_CONNECTIONS, CONNECTIONS_PER_HOST) ==
			   CURLM_OK;
}

/* Only while nothing is in flight: what is still open is idle. */
static void
close_multi(void)
{
	sa_sockets_shut_down();
	if (multi != NULL)
		(void) curl_multi_cleanup(multi);
	multi = NULL;
	timer_due = -1;
}

/* What decides whether a connection made earlier may still be used. */
static bool
same_peers(const SaNetLimits *a, const SaNetLimits *b)
{
	const char *file_a = a->ca_file == NULL ? "" : a->ca_file;
	const char *file_b = b->ca_file == NULL ? "" : b->ca_file;

	return strcmp(file_a, file_b) == 0 && sa_network_lists_equal(&a->networks, &b->networks);
}

static bool
take_options(const SaNetOptions *options, const char **why)
{
	SaNetLimits fresh;
	const char *bad = NULL;
	size_t bad_length = 0;
	bool ok;

	memset(&fresh, 0, sizeof(fresh));
	fresh.connect_ms = options->connect_ms;
	fresh.total_ms = options->total_ms;
	fresh.body_limit = options->body_limit;
	if (options->ca_file != NULL && options->ca_file[0] != '\0')
		fresh.ca_file = strdup(options->ca_file);
	ok = sa_network_list_read(options->allowed_networks, &fresh.networks, &bad, &bad_length);
	if (!ok)
		*why = "stockalert.allowed_networks holds something that is no network";
	renew_when_idle = renew_when_idle || !same_peers(&fresh, &limits);
	free(limits.ca_file);
	limits = fresh;
	return ok;
}

static bool
watch_mail_pool(void)
{
	struct epoll_event event;

	memset(&event, 0, sizeof(event));
	event.events = EPOLLIN;
	event.data.fd = sa_mail_pool_fd();
	return epoll_ctl(epoll_descriptor, EPOLL_CTL_ADD, event.data.fd, &event) == 0;
}

static bool
start(const SaNetOptions *options, const char **why)
{
	sigset_t before;
	bool ok;

	if (multi != NULL)
		return true;
	block_signals(&before);
	ok = sodium_init() >= 0 &&
		 curl_global_init_mem(CURL_GLOBAL_DEFAULT, sa_wiping_malloc, sa_wiping_free,
							  sa_wiping_realloc, sa_wiping_strdup, sa_wiping_calloc) == CURLE_OK;
	restore_signals(&before);
	if (!ok)
	{
		*why = "libcurl or libsodium could not be initialised";
		return false;
	}
	if (curl_version_info(CURLVERSION_NOW)->version_num < LEAST_CURL ||
		(curl_version_info(CURLVERSION_NOW)->features & CURL_VERSION_SSL) == 0)
	{
		*why = "libcurl 7.85 or later with TLS is needed";
		return false;
	}
	epoll_descriptor = epoll_create1(EPOLL_CLOEXEC);
	if (epoll_descriptor < 0 || !sa_mail_pool_open() || !watch_mail_pool() || !open_multi())
	{
		*why = "no epoll descriptor or memory for the network";
		return false;
	}
	*why = NULL;
	(void) take_options(options, why);
	renew_when_idle = false;
	return true;
}

static void
renew(void)
{
	sigset_t before;

	block_signals(&before);
	close_multi();
	(void) open_multi();
	restore_signals(&before);
	sa_mail_pool_renew();
	renew_when_idle = false;
}

static bool
configure(const SaNetOptions *options, const char **why)
{
	bool ok = take_options(options, why);

	if (renew_when_idle && transfer_count == 0)
		renew();
	return ok;
}

static bool
begin(const SaNetRequest *request, SaNetDone done, void *context, const char **why)
{
	SaCurlTransfer *transfer;
	sigset_t before;
	bool ok;

	if (renew_when_idle && transfer_count == 0)
		renew();
	transfer = multi == NULL ? NULL : sa_curl_transfer_new(request, &limits);
	*why = "the request could not be made";
	if (transfer == NULL)
		return false;
	transfer->done = done;
	transfer->context = context;
	if (renew_when_idle)
		(void) SA_CURL_SET(transfer, CURLOPT_FRESH_CONNECT, 1L);
	block_signals(&before);
	ok = transfer->smtp ? sa_mail_pool_submit(transfer)
						: curl_multi_add_handle(multi, transfer->easy) == CURLM_OK;
	restore_signals(&before);
	if (!ok)
	{
		sa_curl_transfer_free(transfer);
		return false;
	}
	transfer->next = transfers;
	transfers = transfer;
	transfer_count++;
	return true;
}

/* Takes it out of libcurl and our list, tells its owner, frees it. */
static void
finish(SaCurlTransfer *transfer, CURLcode code, bool stopped)
{
	SaCurlTransfer **link = &transfers;
	SaNetAnswer answer;
	sigset_t before;

	while (*link != transfer)
		link = &(*link)->next;
	*link = transfer->next;
	transfer_count--;
	memset(&answer, 0, sizeof(answer));
	sa_curl_answer(transfer, code, &answer);
	if (stopped)
	{
		answer.failure = SA_NET_STOPPED;
		answer.why = "the worker stopped";
	}
	block_signals(&before);
	if (!transfer->smtp)
		(void) curl_multi_remove_handle(multi, transfer->easy);
	restore_signals(&before);
	transfer->done(transfer->context, &answer);
	sa_curl_transfer_free(transfer);
	if (transfer_count == 0)
		sa_curl_transfer_forget_spare();
}

static int
descriptor(void)
{
	return epoll_descriptor;
}

static long
timeout(void)
{
	int64_t left;

	if (timer_due < 0)
		return -1;
	left = timer_due - sa_curl_clock();
	return left < 0 ? 0 : (long) left;
}

static void
run_sockets(void)
{
	struct epoll_event events[EVENTS_AT_ONCE];
	int running = 0;
	int count = epoll_wait(epoll_descriptor, events, EVENTS_AT_ONCE, 0);

	for (int i = 0; i < count; i++)
	{
		int what = 0;

		if (events[i].data.fd == sa_mail_pool_fd())
			continue;
		if ((events[i].events & EPOLLIN) != 0)
			what |= CURL_CSELECT_IN;
		if ((events[i].events & EPOLLOUT) != 0)
			what |= CURL_CSELECT_OUT;
		if ((events[i].events & (EPOLLERR | EPOLLHUP)) != 0)
			what |= CURL_CSELECT_ERR;
		(void) curl_multi_socket_action(multi, events[i].data.fd, what, &running);
	}
	if (timer_due >= 0 && timer_due <= sa_curl_clock())
	{
		timer_due = -1;
		(void) curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &running);
	}
}

static void
finish_mails(bool stopped)
{
	SaCurlTransfer *transfer;

	while ((transfer = sa_mail_pool_take()) != NULL)
		finish(transfer, transfer->code, stopped && transfer->code == CURLE_ABORTED_BY_CALLBACK);
}

/* A few rounds, because libcurl often asks for the next step at once. */
static void
drive(void)
{
	sigset_t before;
	CURLMsg *message;
	int left;

	if (multi == NULL)
		return;
	finish_mails(false);
	block_signals(&before);
	for (int round = 0; round < 4; round++)
	{
		run_sockets();
		if (timeout() != 0)
			break;
	}
	restore_signals(&before);
	while ((message = curl_multi_info_read(multi, &left)) != NULL)
	{
		SaCurlTransfer *transfer = NULL;
		CURLcode code = message->data.result;

		if (message->msg != CURLMSG_DONE)
			continue;
		(void) curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **) &transfer);
		if (transfer != NULL)
			finish(transfer, code, false);
	}
}

static int
in_flight(void)
{
	return transfer_count;
}

static void
stop(void)
{
	if (multi == NULL)
		return;
	sa_mail_pool_stop();
	finish_mails(true);
	while (transfers != NULL)
		finish(transfers, CURLE_ABORTED_BY_CALLBACK, true);
	close_multi();
	sa_curl_transfer_forget_spare();
	sa_mail_pool_close();
	(void) close(epoll_descriptor);
	epoll_descriptor = -1;
	free(limits.ca_file);
	memset(&limits, 0, sizeof(limits));
	curl_global_cleanup();
}

const SaTransport sa_curl_transport = {
	.start = start,
	.configure = configure,
	.begin = begin,
	.fd = descriptor,
	.timeout = timeout,
	.drive = drive,
	.in_flight = in_flight,
	.stop = stop,
};
