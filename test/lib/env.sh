# shellcheck shell=bash
# env.sh: a known environment.
#   sa_clean_env        for the script as the caller started it: locale, PATH, umask, no PG*, no MAKEFLAGS
#   sa_exec_clean CMD   exec with nothing but what is listed here
#
# Each of these was seen to break a run: PGOPTIONS and LANG break pg_regress, MAKEFLAGS and
# PERL5LIB the build and prove, umask 077 the staged tree.
sa_clean_env()
{
	local name

	umask 022
	export LANG=C.UTF-8 LC_ALL=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin
	unset LANGUAGE MAKEFLAGS MAKELEVEL MFLAGS CDPATH BASH_ENV ENV PERL5LIB PERL5OPT PYTHONPATH
	while read -r name; do
		unset "$name"
	done < <(compgen -e | grep '^PG')
}

# The proxies and TERM are not ours to drop; SA_* carry the runners' own options.
sa_exec_clean()
{
	local -a keep=()
	local name

	for name in TERM TZ CI http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY; do
		[ -n "${!name+x}" ] && keep+=("$name=${!name}")
	done
	while read -r name; do
		keep+=("$name=${!name}")
	done < <(compgen -e | grep '^SA_')
	exec env -i PATH="$PATH" LANG=C.UTF-8 LC_ALL=C.UTF-8 PYTHONDONTWRITEBYTECODE=1 "${keep[@]}" "$@"
}
