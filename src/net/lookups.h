/*
 * lookups.h: how many look-ups of names may be under way.
 */
#ifndef SA_NET_LOOKUPS_H
#define SA_NET_LOOKUPS_H

/* For CURLOPT_RESOLVER_START_FUNCTION: 0 lets the look-up begin, else the name does not resolve. */
extern int sa_lookups_begin(void *resolver, void *reserved, void *context);

#endif
