# shellcheck shell=bash
# enter.sh: from the caller's checkout into a private copy, without root.
#   sa_enter HERE SCRIPT PACKAGE... -- ARG...
#       installs the packages, makes the work folder SA_W under TMPDIR, copies the checkout to $SA_W/src and
#       starts SCRIPT again from there as the user who will own the servers.  In that second life it sets
#       the traps, changes to $SA_W/src and returns.
#   sa_workdir          makes SA_W (used by sa_enter)
#   SA_TMP              the folder SA_W is in: for a file that a person shall find afterwards
#   SA_KEEP=1           keeps the folder for a look afterwards
#
# PostgreSQL refuses root, postgres cannot read a checkout below /root, and make cannot cope with a space in
# a path: a copy settles all three, and keeps the checkout clean.
sa_enter()
{
	local here=$1 script=${2##*/}
	local -a packages=()

	shift 2
	while [ "$1" != -- ]; do
		packages+=("$1")
		shift
	done
	shift
	if [ -n "${SA_W:-}" ] && [ "$here" = "$SA_W/src/test" ]; then
		sa_trap
		cd "$SA_W/src" || exit 1
		return 0
	fi
	sa_clean_env
	sa_packages "${packages[@]}"
	sa_workdir
	copy_checkout "${here%/*}"
	export SA_W SA_TAG="$SA_W run"
	if [ "$(id -u)" = 0 ]; then
		chown -R postgres: "$SA_W"
		can_enter || sa_die "the user postgres cannot work in $SA_W: set TMPDIR to a folder that all may enter"
		cd "$SA_W" || exit 1
		sa_exec_clean HOME="$SA_W/home" USER=postgres LOGNAME=postgres TMPDIR="$SA_W/tmp" \
			setpriv --reuid=postgres --regid=postgres --init-groups "$SA_W/src/test/$script" "$@"
	fi
	cd "$SA_W" || exit 1
	sa_exec_clean HOME="$SA_W/home" USER="$(id -un)" LOGNAME="$(id -un)" TMPDIR="$SA_W/tmp" "$SA_W/src/test/$script" "$@"
}

can_enter()
{
	setpriv --reuid=postgres --regid=postgres --init-groups test -w "$SA_W/home"
}

# Short, since a socket's path has at most 107 bytes; and programs must be allowed to run there.
sa_workdir()
{
	local parent=${TMPDIR:-/tmp}

	if [ ${#parent} -gt 40 ] || [[ $parent =~ [[:space:]] ]]; then
		sa_say "TMPDIR is too long for sockets, or has a space: using /tmp"
		parent=/tmp
	fi
	export SA_TMP=$parent
	SA_W=$(mktemp -d "$parent/sa.XXXXXX") || sa_die "cannot make a folder in $parent"
	trap 'rm -rf "$SA_W"' EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
	chmod 755 "$SA_W"
	mkdir "$SA_W/home" "$SA_W/tmp" "$SA_W/src" "$SA_W/log"
	cp /bin/true "$SA_W/tmp/true"
	"$SA_W/tmp/true" 2>/dev/null || sa_die "programs may not run in $parent (noexec?): set TMPDIR to another folder"
	rm "$SA_W/tmp/true"
}

# tar, not git: git refuses somebody else's checkout.  What a build in the checkout left behind stays there.
copy_checkout()
{
	tar -C "$1" --exclude=./.git --exclude='*.o' --exclude='*.bc' --exclude='*.so' --exclude=.deps \
		--exclude='*.gcda' --exclude='*.gcno' --exclude=__pycache__ --exclude=./results --exclude=./output_iso \
		--exclude=./node_modules -cf - . | tar -C "$SA_W/src" --no-same-owner -xf - || sa_die "cannot copy $1"
	chmod -R u+rwX,go+rX "$SA_W/src"
}
