/*
 * requests.c: the streams of Square, and the request for a page of each.
 *
 * With a cursor the query must be the same as it was for the first page.
 */
#include "postgres.h"

#include "pos/square/square.h"

/* As much as the history of demand holds. */
#define SA_SQUARE_HISTORY_DAYS 400

static bool
end_post(SaPosRequest *request, const char *path, SaPosJson *json)
{
	sa_pos_json_raw(json, "}");
	request->get = false;
	request->path = sa_pos_printf("%s", path);
	request->body = sa_pos_json_end(json);
	return request->path != NULL && request->body != NULL;
}

static void
put_cursor(SaPosJson *json, const SaPosAsk *ask)
{
	if (ask->cursor == NULL)
		return;
	sa_pos_json_raw(json, ",\"cursor\":");
	sa_pos_json_string(json, ask->cursor);
}

static void
put_since(SaPosJson *json, const SaPosAsk *ask, const char *name)
{
	if (ask->since == NULL)
		return;
	sa_pos_json_raw(json, name);
	sa_pos_json_string(json, ask->since);
}

static void
put_locations(SaPosJson *json, const SaPosAsk *ask)
{
	if (ask->location_count == 0)
		return;
	sa_pos_json_raw(json, ",\"location_ids\":[");
	for (int i = 0; i < ask->location_count; i++)
	{
		if (i > 0)
			sa_pos_json_raw(json, ",");
		sa_pos_json_string(json, ask->locations[i]);
	}
	sa_pos_json_raw(json, "]");
}

static bool
ask_locations(const SaPosAsk *ask, SaPosRequest *request)
{
	request->get = true;
	request->path = sa_pos_printf("/v2/locations");
	return request->path != NULL;
}

/* Everything there is; deleted objects are not told of here. */
static bool
ask_whole_catalog(const SaPosAsk *ask, SaPosRequest *request)
{
	char *cursor = ask->cursor == NULL ? NULL : sa_pos_url_encode(ask->cursor);

	request->get = true;
	if (ask->cursor == NULL || cursor != NULL)
		request->path =
			sa_pos_printf("/v2/catalog/list?types=ITEM%%2CCATEGORY%%2CMEASUREMENT_UNIT%s%s",
						  cursor == NULL ? "" : "&cursor=", cursor == NULL ? "" : cursor);
	free(cursor);
	return request->path != NULL;
}

static bool
ask_catalog(const SaPosAsk *ask, SaPosRequest *request)
{
	SaPosJson json = {0};

	if (ask->first || ask->since == NULL)
		return ask_whole_catalog(ask, request);
	sa_pos_json_raw(&json, "{\"object_types\":[\"ITEM\",\"CATEGORY\",\"MEASUREMENT_UNIT\"],"
						   "\"include_deleted_objects\":true,\"limit\":");
	sa_pos_json_number(&json, ask->limit);
	put_since(&json, ask, ",\"begin_time\":");
	put_cursor(&json, ask);
	return end_post(request, "/v2/catalog/search", &json);
}

static bool
ask_vendors(const SaPosAsk *ask, SaPosRequest *request)
{
	SaPosJson json = {0};

	/* At the top level, whatever the published example shows. */
	sa_pos_json_raw(&json, "{\"sort\":{\"field\":\"CREATED_AT\",\"order\":\"ASC\"}");
	put_cursor(&json, ask);
	return end_post(request, "/v2/vendors/search", &json);
}

static bool
ask_inventory(const SaPosAsk *ask, SaPosRequest *request, const char *path)
{
	SaPosJson json = {0};

	sa_pos_json_raw(&json, "{\"limit\":");
	sa_pos_json_number(&json, ask->limit);
	put_since(&json, ask, ",\"updated_after\":");
	put_locations(&json, ask);
	put_cursor(&json, ask);
	return end_post(request, path, &json);
}

/* All states: what of them is on hand is decided where rows are applied. */
static bool
ask_counts(const SaPosAsk *ask, SaPosRequest *request)
{
	return ask_inventory(ask, request, "/v2/inventory/counts/batch-retrieve");
}

static bool
ask_movements(const SaPosAsk *ask, SaPosRequest *request)
{
	return ask_inventory(ask, request, "/v2/inventory/changes/batch-retrieve");
}

/* A backfill reads what is complete by the time it was closed; later on, whatever changed. */
static bool
ask_orders(const SaPosAsk *ask, SaPosRequest *request)
{
	SaPosJson json = {0};
	const char *clock = ask->first ? "closed_at" : "updated_at";

	sa_pos_json_raw(&json, "{\"limit\":");
	sa_pos_json_number(&json, ask->limit);
	put_locations(&json, ask);
	sa_pos_json_raw(&json, ",\"query\":{\"filter\":{\"state_filter\":{\"states\":[\"COMPLETED\"]}");
	if (ask->since != NULL)
	{
		sa_pos_json_raw(&json, ",\"date_time_filter\":{\"");
		sa_pos_json_raw(&json, clock);
		put_since(&json, ask, "\":{\"start_at\":");
		sa_pos_json_raw(&json, "}}");
	}
	sa_pos_json_raw(&json, "},\"sort\":{\"sort_field\":");
	sa_pos_json_raw(&json, ask->first ? "\"CLOSED_AT\"" : "\"UPDATED_AT\"");
	sa_pos_json_raw(&json, ",\"sort_order\":\"ASC\"}}");
	put_cursor(&json, ask);
	return end_post(request, "/v2/orders/search", &json);
}

/* What is on its way; what was received or called off is no longer in the answer. */
static bool
ask_transfers(const SaPosAsk *ask, SaPosRequest *request)
{
	SaPosJson json = {0};

	sa_pos_json_raw(&json,
					"{\"query\":{\"filter\":{\"statuses\":[\"STARTED\",\"PARTIALLY_RECEIVED\"]}},"
					"\"limit\":");
	sa_pos_json_number(&json, ask->limit);
	put_cursor(&json, ask);
	return end_post(request, "/v2/transfer-orders/search", &json);
}

/* No body: the token of the header is the one that is meant. */
bool
sa_square_ask_status(SaPosRequest *request)
{
	request->get = false;
	request->path = sa_pos_printf("/oauth2/token/status");
	return request->path != NULL;
}

#define APPLY(call)                                                                                \
	"SELECT rows, changed, problems, newest, newest_text FROM stockalert.square_apply_" call

const SaPosStream sa_square_streams[] = {
	{.name = "locations", .ask = ask_locations, .apply = APPLY("locations($1, $2::jsonb)")},
	{.name = "catalog",
	 .limit = 1000,
	 .exact = true,
	 .fills = true,
	 .ask = ask_catalog,
	 .apply = APPLY("catalog($1, $2::jsonb, $3)"),
	 .finish = "SELECT stockalert.square_finish_catalog($1, $3)"},
	{.name = "counts",
	 .limit = 1000,
	 .by_location = true,
	 .ask = ask_counts,
	 .apply = APPLY("counts($1, $2)"),
	 .finish = "SELECT stockalert.square_finish_counts($1, $3)"},
	{.name = "movements",
	 .limit = 1000,
	 .by_location = true,
	 .history_days = SA_SQUARE_HISTORY_DAYS,
	 .ask = ask_movements,
	 .apply = APPLY("changes($1, $2::jsonb)")},
	{.name = "orders",
	 .limit = 500,
	 .locations_at_once = 10,
	 .by_location = true,
	 .history_days = SA_SQUARE_HISTORY_DAYS,
	 .ask = ask_orders,
	 .apply = APPLY("orders($1, $2::jsonb)")},
	{.name = "vendors", .ask = ask_vendors, .apply = APPLY("vendors($1, $2::jsonb)")},
	{.name = "transfers",
	 .limit = 100,
	 .ask = ask_transfers,
	 .apply = APPLY("transfers($1, $2::jsonb, $3)"),
	 .finish = "SELECT stockalert.square_finish_transfers($1, $3)"},
	{.name = NULL},
};
