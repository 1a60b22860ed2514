# shellcheck shell=bash
# say.sh: messages.
#   sa_say TEXT...    a line of progress
#   sa_die TEXT...    the reason on stderr, then exit 1
#   sa_head FILE [N]  the first N (200) lines of a file, indented, with a note when there are more
sa_say()
{
	printf '%s\n' "$*"
}

sa_die()
{
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 1
}

sa_head()
{
	local file=$1 lines=${2:-200}

	[ -s "$file" ] || return 0
	awk -v n="$lines" 'NR <= n { print "    " $0 } END { if (NR > n) print "    ... " NR - n " more lines" }' "$file"
}
