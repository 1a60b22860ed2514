#!/bin/sh
# make_ca.sh FOLDER: a certificate authority for tests and a server certificate of it.
#   FOLDER/ca.pem                  what the client trusts
#   FOLDER/server.pem, server.key  for localhost and 127.0.0.1
#   FOLDER/other.pem, other.key    the same from an authority nobody trusts
#   FOLDER/expired.pem, stranger.pem  of the first authority: no longer valid; for another host
set -eu
folder=$1
mkdir -p "$folder"
cd "$folder"

make_ca()
{
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj "/CN=$2" \
		-addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign \
		-keyout "$1.key" -out "$1.pem" 2>/dev/null
}

make_leaf()
{
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$1" \
		-keyout "$1.key" -out "$1.csr" 2>/dev/null
	printf 'subjectAltName=%s\nbasicConstraints=CA:FALSE\n' "${4:-DNS:localhost,IP:127.0.0.1}" >"$1.ext"
	# shellcheck disable=SC2086 # several words
	openssl x509 -req -in "$1.csr" -CA "$2.pem" -CAkey "$2.key" -CAcreateserial ${3:--days 30} -extfile "$1.ext" \
		-out "$1.pem" 2>/dev/null
	rm -f "$1.csr" "$1.ext"
}

make_ca ca "StockAlert test authority"
make_ca other_ca "Nobody's authority"
make_leaf server ca
make_leaf other other_ca
# OpenSSL before 3.4 knows days alone; since then it takes none that are past.
past='-days -1'
! openssl x509 -help 2>&1 | grep -q -e -not_after || past='-not_before 20200101000000Z -not_after 20200102000000Z'
make_leaf expired ca "$past"
make_leaf stranger ca '-days 30' DNS:elsewhere.example
rm -f ca.key other_ca.key other_ca.pem ./*.srl
