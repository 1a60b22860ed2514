/*
 * connector.h: what a point of sale brings.
 *
 * A connector turns "the next page of this stream" into a request, and an
 * answer into a fault or a page; the driver (sync.c) does the rest: order,
 * paging, time limits, tokens, storing.  Adding one is a folder here, its
 * functions in SQL and a row in sync.c.  No palloc, no ereport: texts are
 * malloc'd and belong to the request, which is wiped when it is freed.
 */
#ifndef SA_POS_CONNECTOR_H
#define SA_POS_CONNECTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/transport.h"
#include "pure/json_read.h"
#include "pure/pos_fault.h"

#define SA_POS_CURSOR_LONGEST 4096
#define SA_POS_TOKEN_LONGEST  1024

/* Which page of a stream is wanted. */
typedef struct SaPosAsk
{
	bool first;                   /* a round over everything */
	const char *since;            /* what changed after this time, RFC 3339; NULL: everything */
	const char *cursor;           /* where the page before ended; NULL: the first page */
	int limit;                    /* rows; of what has no fixed size */
	const char *const *locations; /* the seller's ids; none: all */
	int location_count;
} SaPosAsk;

/* A request in the making; all texts malloc'd. */
typedef struct SaPosRequest
{
	bool get;
	char *path; /* from the / behind the host */
	char *body; /* NULL: none */
} SaPosRequest;

/* What an answer says, beside its rows. */
typedef struct SaPosPage
{
	SaPosFault fault;
	char code[64];    /* the provider's word for what is wrong */
	char error[801];  /* one line for a person; without a secret once redacted */
	char remedy[161]; /* what to do about it */
	char cursor[SA_POS_CURSOR_LONGEST + 1]; /* empty: this was the last page */
} SaPosPage;

/* The parts of a credential.  Empty texts: not there. */
typedef struct SaPosToken
{
	char access[SA_POS_TOKEN_LONGEST + 1];
	char refresh[SA_POS_TOKEN_LONGEST + 1];
	char client_id[192];
	char client_secret[SA_POS_TOKEN_LONGEST + 1];
	char expires_at[64];
	char merchant_id[192];
} SaPosToken;

typedef struct SaPosStream
{
	const char *name;      /* as in stockalert.sync_streams */
	int limit;             /* rows a page at first; 0: the provider decides */
	int locations_at_once; /* 0: as many as there are */
	bool by_location;      /* may be asked for chosen locations alone */
	bool exact;            /* the next round starts where the provider said, without overlap */
	bool fills;            /* its first round fills tables that statements were planned for empty */
	int history_days;      /* how far back the first round goes; 0: to the beginning */
	bool (*ask)(const SaPosAsk *ask, SaPosRequest *request);
	/*
	 * SQL that takes a page: $1 connection, $2 page (text), $3 when the round over everything began
	 * (NULL: it is none); a row of rows, changed, problems, newest, newest_text.
	 */
	const char *apply;
	const char *finish; /* SQL behind a round over everything: $1 and $3 as above; NULL: none */
} SaPosStream;

typedef struct SaPosConnector
{
	const char *provider;       /* as in stockalert.connections */
	const SaPosStream *streams; /* in the order they are read; the last has no name */
	/* Where requests go unless the connection says otherwise; without a / at the end. */
	const char *(*base_url)(const char *environment);
	/* The header that tells the version of the provider's interface; NULL: none. */
	const char *version_header;
	/* Judges an answer whose body, where there is one, has passed sa_json_scrub(); json: it did. */
	void (*read)(const SaNetAnswer *answer, bool json, const char *body, size_t length,
				 SaPosPage *page);
	/* The parts of an opened credential; false: it has none of the forms. */
	bool (*read_token)(const char *secret, size_t size, SaPosToken *token);
	/* The credential with these parts, as read_token() reads it; its length, 0: it does not fit. */
	size_t (*write_token)(const SaPosToken *token, char *out, size_t room);
	/* The request that renews a token, and what comes of it: parts are replaced. */
	bool (*renew)(const SaPosToken *token, SaPosRequest *request);
	bool (*renewed)(const char *body, size_t length, SaPosToken *token);
	/* The request that tells what a token is good for. */
	bool (*status)(SaPosRequest *request);
} SaPosConnector;

extern const SaPosConnector sa_square_connector;

/* request.c: texts of a request.  NULL or false where memory is out. */
extern char *sa_pos_printf(const char *format, ...) __attribute__((format(printf, 1, 2)));
extern void sa_pos_request_free(SaPosRequest *request);

/* A JSON object in the making, member by member; failed: memory ran out. */
typedef struct SaPosJson
{
	char *text;
	size_t length;
	size_t room;
	bool failed;
} SaPosJson;

/* The text as it is: braces, names, numbers. */
extern void sa_pos_json_raw(SaPosJson *json, const char *text);
extern void sa_pos_json_number(SaPosJson *json, int number);
/* A string with its quotes. */
extern void sa_pos_json_string(SaPosJson *json, const char *text);
/* Takes the text over; NULL where it failed. */
extern char *sa_pos_json_end(SaPosJson *json);
/* A text for a query of a URL, percent-encoded. */
extern char *sa_pos_url_encode(const char *text);

#endif
