# StockAlert: build, install and test with PGXS.
#
#   make                      the library, the install script and the two tools
#   make install              into the server that PG_CONFIG names (DESTDIR is honoured)
#   make installcheck         pg_regress and isolation tests against that server, which must
#                             run with shared_preload_libraries = 'pg_cron,stockalert' and
#                             cron.database_name = 'contrib_regression'; TAP_TESTS=1 adds the TAP tests.
#                             pg_cron keeps that database open: before a second run, drop it WITH (FORCE)
#                             and restart the server
#   make WERROR=1             warnings are errors, as in our own builds
#   test/run-tests            everything, on a private server, from a bare Debian 12
#
# Nobody edits this file to add a source, an SQL piece or a test: all lists are wildcards.

EXTENSION = stockalert
MODULE_big = stockalert
PGFILEDESC = "stockalert - stock monitor inside the database"

# The one place that knows the version is the control file (VERSION is the server's, in PGXS).
SA_VERSION := $(shell sed -n "s/^default_version *= *'\(.*\)'.*/\1/p" stockalert.control)

SOURCES := $(sort $(filter-out src/tools/%,$(wildcard src/*.c src/*/*.c src/*/*/*.c)))
OBJS := $(SOURCES:.c=.o)

# The tools: every src/tools/stockalert-*.c is a program; the other files there, and pure/, are linked to each.
TOOLS := $(patsubst %.c,%,$(sort $(wildcard src/tools/stockalert-*.c)))
TOOL_PARTS := $(patsubst %.c,%.o,$(sort $(filter-out src/tools/stockalert-%,$(wildcard src/tools/*.c)) \
	$(wildcard src/pure/*.c)))

SCRIPT = sql/stockalert--$(SA_VERSION).sql
PIECES := $(sort $(wildcard sql/[0-9][0-9]_*.sql))
DATA_built = $(SCRIPT)
DATA := $(sort $(wildcard sql/stockalert--*--*.sql))
# The folder of documents is shared by all extensions, hence a name of our own.
DOCS := $(if $(wildcard README.md),stockalert.md)

ifeq (,$(filter clean distclean maintainer-clean,$(MAKECMDGOALS)))
ifneq (yes,$(shell pkg-config --exists libcurl libsodium && echo yes))
$(error libcurl or libsodium is missing: install libcurl4-openssl-dev, libsodium-dev and pkg-config)
endif
endif

PG_CPPFLAGS := -Isrc $(shell pkg-config --cflags libcurl libsodium 2>/dev/null)
SHLIB_LINK := $(shell pkg-config --libs libcurl libsodium 2>/dev/null) -lm -Wl,--version-script=src/exports.map
TOOL_LIBS := $(shell pkg-config --libs libsodium 2>/dev/null) -lm

PG_CFLAGS = -Wall -Wextra -Wno-unused-parameter -Wno-sign-compare -Wno-missing-field-initializers \
	-Wformat=2 -Wmissing-prototypes $(if $(findstring clang,$(CC)),-Wshadow,-Wshadow=local) \
	$(if $(WERROR),-Werror)

REGRESS := $(sort $(patsubst test/sql/%.sql,%,$(wildcard test/sql/*.sql)))
ISOLATION := $(sort $(patsubst test/specs/%.spec,%,$(wildcard test/specs/*.spec)))
REGRESS_OPTS = --inputdir=test --load-extension=stockalert
ISOLATION_OPTS = --inputdir=test --load-extension=stockalert
PROVE_TESTS = test/t/*.pl
ENCODING = UTF8
NO_LOCALE = 1

EXTRA_CLEAN = .deps stockalert.md $(TOOLS) $(TOOLS:=.o) $(TOOL_PARTS) \
	$(filter-out $(DATA),$(wildcard sql/stockalert--*.sql)) results output_iso log tmp_check tmp_check_iso \
	regression.diffs regression.out

PG_CONFIG ?= pg_config
PGXS := $(shell $(PG_CONFIG) --pgxs)
include $(PGXS)

# --- rules of our own -------------------------------------------------------------------------

all: $(TOOLS) $(DOCS)

# Header dependencies.  Debian's server is built without automatic ones, and PGXS's own would name
# the list by the file's base name, which two folders may share.  Bitcode follows its object.
src/%.o: src/%.c
	@$(MKDIR_P) $(dir .deps/$*)
	$(COMPILE.c) -o $@ $< -MMD -MP -MF .deps/$*.d

$(OBJS:.o=.bc): %.bc: %.o

-include $(patsubst src/%.o,.deps/%.d,$(OBJS) $(TOOL_PARTS) $(TOOLS:=.o))

$(shlib): src/exports.map

# The pieces in name order; looked at each time, so that a removed piece is noticed too.
$(SCRIPT): FORCE
	@awk 1 $(PIECES) < /dev/null > $@.new
	@if cmp -s $@.new $@; then rm -f $@.new; else echo 'cat $(PIECES) > $@'; mv -f $@.new $@; fi

.PHONY: FORCE
FORCE:

$(TOOLS): %: %.o $(TOOL_PARTS)
	$(CC) $(CFLAGS) $^ $(LDFLAGS) $(TOOL_LIBS) -o $@

stockalert.md: README.md
	cp $< $@

install: install-tools
uninstall: uninstall-tools

.PHONY: install-tools uninstall-tools
install-tools: $(TOOLS)
ifneq (,$(TOOLS))
	$(MKDIR_P) '$(DESTDIR)$(bindir)'
	$(INSTALL_PROGRAM) $(TOOLS) '$(DESTDIR)$(bindir)/'
endif

uninstall-tools:
ifneq (,$(TOOLS))
	rm -f $(addprefix '$(DESTDIR)$(bindir)'/,$(notdir $(TOOLS)))
endif

# make print-CPPFLAGS: the value of a variable, for the lint scripts.
print-%:
	@echo '$($*)'
