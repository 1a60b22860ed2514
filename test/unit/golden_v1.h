/*
 * golden_v1.h: a key and an envelope of version 1, made once and kept.
 *
 * Whatever is changed in the code, these must go on opening: shops have
 * envelopes of this version in their databases and backups.
 */
#ifndef SA_GOLDEN_V1_H
#define SA_GOLDEN_V1_H

#define GOLDEN_LINE                                                                                \
	"stockalert-key-v1 28983d5dc368a3f8 "                                                          \
	"01080f161d242b323940474e555c636a71787f868d949ba2a9b0b7bec5ccd3da\n"
#define GOLDEN_KEY_ID       "28983d5dc368a3f8"
#define GOLDEN_PUBLIC       "c8feca81be196cdf2cadeabf13c4903d7632dce4955aa68b6e5d9adef54e2616"
#define GOLDEN_INSTALLATION "10111213-1415-1617-1819-1a1b1c1d1e1f"
#define GOLDEN_NAME         "slack:ops"
#define GOLDEN_DESTINATION  "hooks.slack.com:443"
#define GOLDEN_SECRET       "https://hooks.slack.com/services/T0GOLDEN/B0GOLDEN/goldengoldengolden"
#define GOLDEN_TEXT                                                                                \
	"sa1:U0FFASiYPV3DaKP4pJvhKXhxvVhr2dG4Y3PGdT9LEwYFe_WhEecxSBmtRArhc-z0Ns7NPqADezUvp0stuSk8IpSV" \
	"67L3__KERXAh_gyKrJCCfbUPiLtHrD8Ju4W2p9KqMQ0xfWpMwG_o6HaG5ESRgEfRS_yUgylPWl63F9l1wB2cHG-Ow3y-" \
	"AUrz8UJrItaRYAnttZbDVlw2YdEvMaNAd7mKSi2F1abdYQ33KJWXT3al8vsiVV6SFXVYxRs"

#endif
