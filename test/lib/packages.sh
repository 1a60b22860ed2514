# shellcheck shell=bash
# packages.sh: Debian packages, only those that are missing.
#   sa_packages NAME...      installs the missing ones (as root, or by sudo -n), else says which and exits 1
#   SA_PACKAGES_SERVER       to build and run a server with the extension (demo, bench)
#   SA_PACKAGES_TEST         what the tests need beyond that
#   SA_PACKAGES_COVERAGE     and what coverage needs beyond those
#
# Versioned names where server-dev-15 brings that version anyway; libc6-dev and ca-certificates are only
# recommended by others and so named here.
SA_PG_MAJOR=${SA_PG_MAJOR:-15}
# shellcheck disable=SC2034  # the lists are for the scripts that source this file
SA_PACKAGES_SERVER=(make gcc libc6-dev pkg-config perl ca-certificates
	"postgresql-$SA_PG_MAJOR" "postgresql-server-dev-$SA_PG_MAJOR" "postgresql-$SA_PG_MAJOR-cron"
	libcurl4-openssl-dev libsodium-dev openssl python3 python3-aiosmtpd)
# shellcheck disable=SC2034
SA_PACKAGES_TEST=(libipc-run-perl python3-pglast clang-14 libclang-rt-14-dev clang-format-14 clang-tidy-14 shellcheck)
# Elsewhere than at home (run-majors) only what needs a server is tested.
# shellcheck disable=SC2034
[ "$SA_PG_MAJOR" = 15 ] || SA_PACKAGES_TEST=(libipc-run-perl)
# shellcheck disable=SC2034
SA_PACKAGES_COVERAGE=(gcovr)

sa_packages()
{
	local -a missing=() sudo=()
	local name started=$SECONDS

	command -v dpkg-query >/dev/null || sa_die "this is made for Debian 12; install what $(printf '%s ' "$@")hold"
	for name in "$@"; do
		# The whole word: "not-installed" contains "installed".
		[ "$(dpkg-query -W -f='${db:Status-Status}' "$name" 2>/dev/null)" = installed ] || missing+=("$name")
	done
	[ ${#missing[@]} -gt 0 ] || return 0
	if [ "$(id -u)" != 0 ]; then
		sudo -n true >/dev/null 2>&1 || sa_die "packages are missing and only root may install them: apt-get install --no-install-recommends ${missing[*]}"
		sudo=(sudo -n)
	fi
	sa_say "installing ${#missing[@]} packages: ${missing[*]}"
	[ -z "${CI:-}" ] || forbid_main_cluster "${sudo[@]}"
	apt_retried "${sudo[@]}" update
	apt_retried "${sudo[@]}" install -y --no-install-recommends "${missing[@]}"
	sa_say "packages installed in $((SECONDS - started)) s"
}

# On a build machine nobody wants the cluster 15/main that the server's package makes; on a user's machine
# it is theirs to decide.
forbid_main_cluster()
{
	[ ! -d /etc/postgresql ] || return 0
	"$@" mkdir -p /etc/postgresql-common/createcluster.d
	echo 'create_main_cluster = false' | "$@" tee /etc/postgresql-common/createcluster.d/00-stockalert-ci.conf >/dev/null
}

# apt_retried [sudo -n] COMMAND...: the lock timeout covers dpkg's lock only, the lists' lock fails at once.
apt_retried()
{
	local -a sudo=()
	local log try

	if [ "$1" = sudo ]; then
		sudo=("$1" "$2")
		shift 2
	fi
	log=$(mktemp) || sa_die "cannot write to ${TMPDIR:-/tmp}"
	for try in 1 2 3 4 5 6; do
		if "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 \
			-o Acquire::Retries=3 -o Dpkg::Use-Pty=0 "$@" >"$log" 2>&1 </dev/null; then
			rm -f "$log"
			return 0
		fi
		[ "$try" = 6 ] || sleep 10
	done
	tail -n 30 "$log" >&2
	rm -f "$log"
	sa_die "apt-get $1 failed six times"
}
