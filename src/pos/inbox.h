/*
 * inbox.h: webhooks that were handed to us, verified before anything is done.
 */
#ifndef SA_POS_INBOX_H
#define SA_POS_INBOX_H

/*
 * Handles some of what is pending; returns how many.  In a transaction of the
 * caller, with SPI connected; may raise errors.
 */
extern int sa_inbox_handle(void);

#endif
