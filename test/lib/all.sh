# shellcheck shell=bash
# all.sh: what every runner under test/ needs.  Source it and nothing else:
#
#   here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
#   . "$here/lib/all.sh"
#   sa_enter "$here" "$0" "${SA_PACKAGES_SERVER[@]}" -- "$@"   # from here on: in a private copy, not root
#   sa_build && sa_stage
#   sa_server_start "$SA_W/data" "stockalert.delivery = off"
#   sa_psql -c 'CREATE EXTENSION stockalert'
#
# Whatever was started is ended and $SA_W is removed when the script ends, however it ends.
sa_lib=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
. "$sa_lib/say.sh"
. "$sa_lib/env.sh"
. "$sa_lib/packages.sh"
. "$sa_lib/processes.sh"
. "$sa_lib/enter.sh"
. "$sa_lib/build.sh"
. "$sa_lib/server.sh"
