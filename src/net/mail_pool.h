/*
 * mail_pool.h: mails in threads of their own, within this folder.
 *
 * libcurl's SMTP waits without returning for the answer to the end of a mail
 * (smtp_done() of 7.88 says so itself), and for the answer to QUIT.  In the
 * worker's thread a slow relay would hold up every other channel and the end
 * of the server.  The threads touch nothing of the server: libcurl, pure/ and
 * malloc only, with all signals blocked.
 */
#ifndef SA_NET_MAIL_POOL_H
#define SA_NET_MAIL_POOL_H

#include "net/curl_transfer.h"

/* Readable when a mail has ended; -1 before open. */
extern bool sa_mail_pool_open(void);
extern int sa_mail_pool_fd(void);
/* Hands a transfer over; call with all signals blocked.  False: no thread could be made. */
extern bool sa_mail_pool_submit(SaCurlTransfer *transfer);
/* An ended transfer, back in the caller's hands with its code; NULL: none. */
extern SaCurlTransfer *sa_mail_pool_take(void);
/* Connections made so far are not used again. */
extern void sa_mail_pool_renew(void);
/* Cuts what is running and ends the threads; take() then returns every transfer left. */
extern void sa_mail_pool_stop(void);
extern void sa_mail_pool_close(void);
/* Whether stop() has been called; asked by libcurl's progress callback. */
extern bool sa_mail_pool_stopping(void);

#endif
