/*
 * bare_sender.c: how fast curl's multi interface posts when nothing else is to be done, for
 * bench_delivery.
 *
 *   bare_sender URL FILE LINES      posts each line of FILE over 64 connections that are kept
 *
 * Prints the nanoseconds of CPU it took.  No queue, no signature, no check of the address; the
 * headers are as many and as long as ours. Ends with 1 if any post was not answered with 200.
 */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LINES 64

static FILE *bodies;
static long left;

static size_t
drop(char *data, size_t size, size_t count, void *to)
{
	return size * count;
}

/* The next line becomes the body of a handle; its buffer is the handle's own. */
static int
next_post(CURLM *multi, CURL *easy, char **line, size_t *room)
{
	ssize_t length;

	if (left <= 0 || (length = getline(line, room, bodies)) <= 0)
		return 0;
	left--;
	curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long) length - 1);
	curl_easy_setopt(easy, CURLOPT_POSTFIELDS, *line);
	return curl_multi_add_handle(multi, easy) == CURLM_OK;
}

static CURL *
prepare(const char *url, struct curl_slist *headers, int number)
{
	CURL *easy = curl_easy_init();

	curl_easy_setopt(easy, CURLOPT_URL, url);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, drop);
	curl_easy_setopt(easy, CURLOPT_PRIVATE, (char *) (size_t) number);
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	return easy;
}

int
main(int argc, char **argv)
{
	static char *lines[LINES];
	static size_t rooms[LINES];
	struct curl_slist *headers = NULL;
	struct timespec cpu;
	CURLM *multi;
	int running = 1;
	int failed = 0;

	if (argc != 4 || (bodies = fopen(argv[2], "r")) == NULL)
		return 2;
	left = atol(argv[3]);
	curl_global_init(CURL_GLOBAL_ALL);
	multi = curl_multi_init();
	headers = curl_slist_append(headers, "Content-Type: application/json; charset=utf-8");
	headers = curl_slist_append(headers, "Expect:");
	headers =
		curl_slist_append(headers, "webhook-id: bare.000000.00000000-0000-0000-0000-000000000000");
	headers = curl_slist_append(headers, "webhook-timestamp: 1700000000");
	headers = curl_slist_append(
		headers, "webhook-signature: v1,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
	for (int i = 0; i < LINES; i++)
		(void) next_post(multi, prepare(argv[1], headers, i), &lines[i], &rooms[i]);
	while (running > 0)
	{
		CURLMsg *message;
		int queued;

		curl_multi_perform(multi, &running);
		while ((message = curl_multi_info_read(multi, &queued)) != NULL)
		{
			CURL *easy = message->easy_handle;
			char *number;
			long status = 0;

			curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
			curl_easy_getinfo(easy, CURLINFO_PRIVATE, &number);
			failed += message->data.result != CURLE_OK || status != 200;
			curl_multi_remove_handle(multi, easy);
			running += next_post(multi, easy, &lines[(size_t) number], &rooms[(size_t) number]);
		}
		if (running > 0)
			curl_multi_poll(multi, NULL, 0, 1000, NULL);
	}
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
	printf("%lld\n", (long long) cpu.tv_sec * 1000000000 + cpu.tv_nsec);
	return failed != 0 || left > 0;
}
