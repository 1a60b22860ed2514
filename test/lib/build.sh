# shellcheck shell=bash
# build.sh: the extension in a server tree of its own.
#   sa_build            makes everything, warnings are errors; log in $SA_W/log/build.log
#   sa_stage            a copy of the server tree with the extension in it
#   SA_COPT             extra compiler options (coverage, sanitizers)
# Sets: SA_PG_CONFIG (the system's), SA_STAGE (root of the staged tree), SA_BIN (its programs), SA_PGXS.
#
# PostgreSQL finds its library and share folders relative to its own binary once symlinks are resolved; so
# real copies of the programs and symlinks to the rest make a private installation in 0.2 s.
SA_PG_MAJOR=${SA_PG_MAJOR:-15}
SA_PG_CONFIG=${SA_PG_CONFIG:-/usr/lib/postgresql/$SA_PG_MAJOR/bin/pg_config}

# make as we call it, in the array SA_MAKE.
set_make()
{
	SA_MAKE=(make -s -j"$(sa_cores)" with_llvm=no WERROR="${SA_WERROR-1}" PG_CONFIG="$SA_PG_CONFIG")
	[ -z "${SA_COPT:-}" ] || SA_MAKE+=(COPT="$SA_COPT")
}

# Two are plenty for us, and politeness on a shared machine.
sa_cores()
{
	local n

	n=$(nproc 2>/dev/null || echo 1)
	[ "$n" -le 2 ] || n=2
	echo "$n"
}

sa_build()
{
	local started=$SECONDS

	set_make
	if ! sa_run 1800 "$SA_W/log/build.log" "${SA_MAKE[@]}" all; then
		sa_say "the build failed:"
		sa_head "$SA_W/log/build.log"
		return 1
	fi
	sa_say "built in $((SECONDS - started)) s"
}

sa_stage()
{
	local bin lib share

	bin=$("$SA_PG_CONFIG" --bindir) && lib=$("$SA_PG_CONFIG" --pkglibdir) && share=$("$SA_PG_CONFIG" --sharedir) || return 1
	SA_STAGE=$SA_W/stage
	SA_BIN=$SA_STAGE$bin
	SA_PGXS=$(dirname "$("$SA_PG_CONFIG" --pgxs)")
	SA_PGXS=${SA_PGXS%/src/makefiles}
	export SA_STAGE SA_BIN SA_PGXS
	rm -rf "$SA_STAGE"
	mkdir -p "$SA_BIN" "$SA_STAGE$lib" "$SA_STAGE$share"
	cp -p "$bin"/* "$SA_BIN/"
	cp -rs "$lib/." "$SA_STAGE$lib/"
	cp -rs "$share/." "$SA_STAGE$share/"
	# A StockAlert installed on this machine must not shine through.
	rm -rf "$SA_STAGE$lib"/stockalert.so "$SA_STAGE$lib"/bitcode/stockalert* "$SA_STAGE$share"/extension/stockalert*
	set_make
	if ! sa_run 600 "$SA_W/log/install.log" "${SA_MAKE[@]}" install DESTDIR="$SA_STAGE"; then
		sa_say "make install failed:"
		sa_head "$SA_W/log/install.log"
		return 1
	fi
}
