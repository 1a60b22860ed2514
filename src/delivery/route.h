/*
 * route.h: from events to messages.
 *
 * Runs in the caller's transaction with SPI connected, and commits or fails
 * with it.
 */
#ifndef SA_DELIVERY_ROUTE_H
#define SA_DELIVERY_ROUTE_H

typedef struct SaRouted
{
	int events;   /* rows taken from the queue */
	int messages; /* made of them */
	int untold;   /* newly opened alerts that reach nobody */
} SaRouted;

#define SA_ROUTE_MOST 1000

/* Routes at most limit waiting events: their rows go, messages come. */
extern SaRouted sa_route_events(int limit);

/* Gives up the event that is first in line, which cannot be routed; false: there is none. */
extern bool sa_route_bury_first(const char *error);

#endif
