/*
 * route.h: from events to messages.
 *
 * Runs in the caller's transaction with SPI connected, and commits or fails
 * with it.
 */
#ifndef SA_DELIVERY_ROUTE_H
#define SA_DELIVERY_ROUTE_H

#define SA_ROUTED_ENDPOINTS 32

typedef struct SaRoutedEndpoint
{
	char endpoint[64];
	char channel[16];
} SaRoutedEndpoint;

typedef struct SaRouted
{
	int events;   /* rows taken from the queue */
	int messages; /* made of them */
	int held;     /* news for one contact that waits */
	int untold;   /* newly opened alerts that reach nobody */
	/* For whom; more than there is room for, or not known: endpoint_count is -1. */
	int endpoint_count;
	SaRoutedEndpoint endpoints[SA_ROUTED_ENDPOINTS];
} SaRouted;

#define SA_ROUTE_MOST      1000
#define SA_ROUTE_HELD_MOST 10000

/* Routes at most limit waiting events: their rows go, messages come. */
extern SaRouted sa_route_events(int limit);

/* Tells one contact at most limit things that were held for it, where any are due. */
extern SaRouted sa_route_held(int limit);
/* Milliseconds until held news is due; -1: none is held. */
extern int64 sa_route_next_held(void);

/* Gives up the first row of the last batch, which cannot be routed; false: it is gone. */
extern bool sa_route_bury_first(const char *error);

#endif
