/*
 * mail_pool.c: a queue in, a queue out, a few threads between.
 *
 * Each thread has a multi handle of its own, so that its connection to the
 * relay stays open between mails; not for long, since libcurl keeps the
 * password with it.
 */
#include "net/mail_pool.h"

#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "net/sockets.h"

#define THREADS_MOST 4
#define STACK_SIZE   ((size_t) 1024 * 1024)
#define POLL_MS      200
#define IDLE_SECONDS 5

typedef struct SaTransferQueue
{
	SaCurlTransfer *first;
	SaCurlTransfer *last;
} SaTransferQueue;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t work = PTHREAD_COND_INITIALIZER;
static SaTransferQueue waiting; /* the rest under lock, but for stopping */
static SaTransferQueue ended;
static pthread_t threads[THREADS_MOST];
static int thread_count = 0;
static int busy_count = 0; /* waiting or running */
static int generation = 0;
static int stopping = 0;
static int event_descriptor = -1;

static void
push(SaTransferQueue *queue, SaCurlTransfer *transfer)
{
	transfer->next_mail = NULL;
	if (queue->first == NULL)
		queue->first = transfer;
	else
		queue->last->next_mail = transfer;
	queue->last = transfer;
}

static SaCurlTransfer *
pop(SaTransferQueue *queue)
{
	SaCurlTransfer *transfer = queue->first;

	if (transfer != NULL)
		queue->first = transfer->next_mail;
	return transfer;
}

bool
sa_mail_pool_stopping(void)
{
	return __atomic_load_n(&stopping, __ATOMIC_RELAXED) != 0;
}

/*
 * A mail that was stopped or timed out after its text leaves its connection
 * open, with an answer on it that was not read to the end: libcurl would take
 * it for the answer to the next mail.  Shut down here, so that at the end of
 * the multi handle no QUIT waits for a relay that hangs.
 */
static void
shut_down_connection(CURL *easy)
{
	curl_socket_t descriptor = CURL_SOCKET_BAD;

	if (curl_easy_getinfo(easy, CURLINFO_ACTIVESOCKET, &descriptor) == CURLE_OK &&
		descriptor != CURL_SOCKET_BAD)
		(void) shutdown(descriptor, SHUT_RDWR);
}

/*
 * Runs one transfer to its end, however long it blocks.  One that waited its
 * whole time behind others is not begun: certainly not sent.
 */
static CURLcode
perform(CURLM *multi, const SaCurlTransfer *transfer)
{
	CURL *easy = transfer->easy;
	CURLcode code = CURLE_ABORTED_BY_CALLBACK;
	CURLMsg *message;
	int running = 1;
	int left;

	if (sa_curl_clock() > transfer->due)
		return CURLE_OPERATION_TIMEDOUT;
	if (curl_multi_add_handle(multi, easy) != CURLM_OK)
		return CURLE_FAILED_INIT;
	while (!sa_mail_pool_stopping())
	{
		if (curl_multi_perform(multi, &running) != CURLM_OK || running == 0)
			break;
		(void) curl_multi_poll(multi, NULL, 0, POLL_MS, NULL);
	}
	while ((message = curl_multi_info_read(multi, &left)) != NULL)
	{
		if (message->msg == CURLMSG_DONE)
			code = message->data.result;
	}
	if (code != CURLE_OK)
		shut_down_connection(easy);
	(void) curl_multi_remove_handle(multi, easy);
	return code;
}

/* Waits for the next transfer; NULL: the pool ends or, with a limit to waiting, the thread is idle.
 */
static SaCurlTransfer *
wait_for_transfer(bool limited, int *current, bool *idle)
{
	SaCurlTransfer *transfer = NULL;
	struct timespec until;

	(void) clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += IDLE_SECONDS;
	*idle = false;
	(void) pthread_mutex_lock(&lock);
	while (!sa_mail_pool_stopping() && waiting.first == NULL && !*idle)
	{
		if (!limited)
			(void) pthread_cond_wait(&work, &lock);
		else
			*idle = pthread_cond_timedwait(&work, &lock, &until) == ETIMEDOUT;
	}
	if (!sa_mail_pool_stopping())
		transfer = pop(&waiting);
	*idle = transfer == NULL && !sa_mail_pool_stopping();
	*current = generation;
	(void) pthread_mutex_unlock(&lock);
	return transfer;
}

static void
give_back(SaCurlTransfer *transfer, CURLcode code)
{
	const uint64_t one = 1;

	(void) pthread_mutex_lock(&lock);
	transfer->code = code;
	push(&ended, transfer);
	busy_count--;
	(void) pthread_mutex_unlock(&lock);
	/* Fails only when the counter is full, and then the descriptor is readable anyway. */
	if (write(event_descriptor, &one, sizeof(one)) != sizeof(one))
		return;
}

static void *
run_thread(void *unused)
{
	CURLM *multi = NULL;
	int made = 0;
	int current;
	bool idle;
	bool good = true;
	CURLcode code;
	SaCurlTransfer *transfer;

	while ((transfer = wait_for_transfer(multi != NULL, &current, &idle)) != NULL || idle)
	{
		if (multi != NULL && (idle || !good || made != current))
		{
			(void) curl_multi_cleanup(multi);
			multi = NULL;
		}
		if (transfer == NULL)
			continue;
		if (multi == NULL)
			multi = curl_multi_init();
		made = current;
		code = multi == NULL ? CURLE_OUT_OF_MEMORY : perform(multi, transfer);
		good = code == CURLE_OK;
		give_back(transfer, code);
	}
	if (multi != NULL)
		(void) curl_multi_cleanup(multi);
	return NULL;
}

/* The new thread inherits the caller's signal mask, in which everything is blocked. */
static bool
add_thread(void)
{
	pthread_attr_t attributes;
	bool ok;

	if (pthread_attr_init(&attributes) != 0)
		return false;
	ok = pthread_attr_setstacksize(&attributes, STACK_SIZE) == 0 &&
		 pthread_create(&threads[thread_count], &attributes, run_thread, NULL) == 0;
	(void) pthread_attr_destroy(&attributes);
	if (ok)
		thread_count++;
	return ok;
}

bool
sa_mail_pool_open(void)
{
	event_descriptor = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	__atomic_store_n(&stopping, 0, __ATOMIC_RELAXED);
	return event_descriptor >= 0;
}

int
sa_mail_pool_fd(void)
{
	return event_descriptor;
}

bool
sa_mail_pool_submit(SaCurlTransfer *transfer)
{
	bool ok;

	(void) pthread_mutex_lock(&lock);
	if (busy_count >= thread_count && thread_count < THREADS_MOST)
		(void) add_thread();
	ok = thread_count > 0;
	if (ok)
	{
		transfer->due = sa_curl_clock() + transfer->limits.total_ms;
		push(&waiting, transfer);
		busy_count++;
		(void) pthread_cond_signal(&work);
	}
	(void) pthread_mutex_unlock(&lock);
	return ok;
}

SaCurlTransfer *
sa_mail_pool_take(void)
{
	SaCurlTransfer *transfer;
	uint64_t count;

	(void) pthread_mutex_lock(&lock);
	if (ended.first == NULL && read(event_descriptor, &count, sizeof(count)) < 0)
		count = 0;
	transfer = pop(&ended);
	(void) pthread_mutex_unlock(&lock);
	return transfer;
}

void
sa_mail_pool_renew(void)
{
	(void) pthread_mutex_lock(&lock);
	generation++;
	(void) pthread_mutex_unlock(&lock);
}

/* A thread that waits for an answer wakes because its socket is shut down. */
void
sa_mail_pool_stop(void)
{
	SaCurlTransfer *transfer;

	(void) pthread_mutex_lock(&lock);
	__atomic_store_n(&stopping, 1, __ATOMIC_RELAXED);
	(void) pthread_cond_broadcast(&work);
	(void) pthread_mutex_unlock(&lock);
	sa_sockets_shut_down();
	for (int i = 0; i < thread_count; i++)
		(void) pthread_join(threads[i], NULL);
	thread_count = 0;
	while ((transfer = pop(&waiting)) != NULL)
		give_back(transfer, CURLE_ABORTED_BY_CALLBACK);
}

void
sa_mail_pool_close(void)
{
	if (event_descriptor >= 0)
		(void) close(event_descriptor);
	event_descriptor = -1;
}
