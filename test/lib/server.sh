# shellcheck shell=bash
# server.sh: private servers with pg_cron and stockalert preloaded, reached by a socket in their own folder.
#   sa_server_start DIR [CONF LINE...]   makes the cluster if DIR is not there, adds the lines, starts it and
#                                        makes it the one that sa_psql talks to (PGHOST, PGPORT, PGUSER)
#   sa_server_stop [DIR] [MODE]          stops it (fast)
#   sa_server_use DIR                    makes another running one the one that sa_psql talks to
#   sa_psql ARG...                       psql without psqlrc that stops at the first error
#   sa_query SQL                         one statement, bare values
# The superuser is postgres whoever runs this.  fsync is off unless a line says otherwise.
SA_PRELOAD='pg_cron,stockalert'

sa_server_start()
{
	local dir=$1
	shift

	if [ ! -d "$dir" ]; then
		"$SA_BIN/initdb" -D "$dir" -U postgres -A trust -N --locale=C.UTF-8 -E UTF8 >"$dir.initdb.log" 2>&1 </dev/null || {
			sa_head "$dir.initdb.log"
			return 1
		}
		printf '%s\n' "listen_addresses = ''" "unix_socket_directories = '$dir'" "port = 5432" "fsync = off" \
			"shared_preload_libraries = '$SA_PRELOAD'" "cron.use_background_workers = on" \
			"cron.database_name = 'postgres'" "max_worker_processes = 32" "timezone = 'UTC'" \
			"log_timezone = 'UTC'" >>"$dir/postgresql.conf"
	fi
	[ $# = 0 ] || printf '%s\n' "$@" >>"$dir/postgresql.conf"
	if ! "$SA_BIN/pg_ctl" -D "$dir" -l "$dir.log" -w -t 240 start >"$dir.start.log" 2>&1 </dev/null; then
		sa_say "the server in $dir did not start:"
		sa_head "$dir.log" 50
		return 1
	fi
	sa_server_use "$dir"
}

sa_server_use()
{
	SA_SERVER=$1
	export PGHOST=$1 PGPORT=5432 PGUSER=postgres PGDATABASE=${PGDATABASE:-postgres}
}

sa_server_stop()
{
	"$SA_BIN/pg_ctl" -D "${1:-$SA_SERVER}" -m "${2:-fast}" -w -t 240 stop >/dev/null 2>&1 </dev/null
}

sa_psql()
{
	"$SA_BIN/psql" -X -q -v ON_ERROR_STOP=1 "$@"
}

sa_query()
{
	"$SA_BIN/psql" -X -q -A -t -v ON_ERROR_STOP=1 -c "$1" </dev/null
}
