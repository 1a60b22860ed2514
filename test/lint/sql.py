#!/usr/bin/python3
"""The rules for the extension's SQL, on the parse tree of the pieces as make concatenates them.

1  First line: \\echo ... \\quit, so that psql does not run the file by hand.
2  No OR REPLACE and no IF NOT EXISTS: both would adopt an object that somebody planted.
3  Every name is qualified that is not pg_catalog's; a temporary table would shadow a relation of ours.  What
   pg_catalog has may stand plain, for it comes first in every search_path here.
4  Every function that is not C, and every SECURITY DEFINER one, has exactly
   SET search_path = pg_catalog, pg_temp.  No search_path is set outside functions.
5  A C function is STRICT, or a comment before it says "-- not strict: why".  Trigger functions and functions
   without arguments need neither.
6  Every function, procedure, aggregate, table, view, type, domain, schema and sequence has its COMMENT ON in
   the same file.
7  RAISE EXCEPTION names its ERRCODE; EXECUTE is given a literal or format() with %I and %L.
8  @extowner@ and @extschema@ are not used: both names are fixed (CVE-2023-39417).
"""
import re
import sys

import source
from sqltree import Piece, comments_of, describe, function_option, names_in, plpgsql_queries, sql_statements

FIRST = re.compile(r'^\\echo Use "CREATE EXTENSION stockalert" to load this file\. \\quit$')
PINNED = ["pg_catalog", "pg_temp"]


def check_text(piece):
    for match in re.finditer(r"@ext(owner|schema)@", piece.text):
        source.complain(*piece.at(match.start()), "%s, write stockalert_owner or stockalert" % match.group(0))


def check_names(tree, where):
    if getattr(tree, "replace", False) or getattr(tree, "if_not_exists", False):
        source.complain(*where, "OR REPLACE or IF NOT EXISTS adopts what others planted, leave it out")
    for problem in names_in(tree):
        source.complain(*where, problem)


def check_function(piece, stmt, where, lead):
    language = (function_option(stmt, "language") or "sql").lower()
    path = function_option(stmt, "set search_path")
    definer = function_option(stmt, "security")
    name = ".".join(n.sval for n in stmt.funcname)
    if (language != "c" or definer) and path != PINNED:
        source.complain(*where, "%s() has %s, write SET search_path = pg_catalog, pg_temp" % (
            name, "search_path " + repr(path) if path else "no search_path"))
    if language == "c":
        check_strict(stmt, where, lead, name)
        return
    body = function_option(stmt, "as")
    if body is not None:
        check_body(piece, stmt, where, language, body, name)


def check_strict(stmt, where, lead, name):
    returns = stmt.returnType.names[-1].sval if stmt.returnType else ""
    inputs = [p for p in stmt.parameters or () if p.mode.name not in ("FUNC_PARAM_OUT", "FUNC_PARAM_TABLE")]
    if returns in ("trigger", "event_trigger", "internal") or not inputs or function_option(stmt, "strict"):
        return
    if not re.search(r"-- not strict: \S", lead):
        source.complain(*where, '%s() is C and not STRICT, add STRICT or a comment "-- not strict: why" before it' % name)


def check_body(piece, stmt, where, language, body, name):
    if language == "sql":
        for tree in sql_statements(body):
            check_names(tree, where)
    elif language == "plpgsql":
        check_plpgsql(piece, where, name)
    else:
        source.complain(*where, "%s() is in language %s, use c, sql or plpgsql" % (name, language))


def check_plpgsql(piece, where, name):
    for kind, what, line in plpgsql_queries(piece.statement):
        spot = where[0], where[1] + line - 1
        if kind == "sql":
            check_names(what, spot)
        elif kind == "raise":
            source.complain(*spot, "RAISE EXCEPTION '%s' has no SQLSTATE, add USING ERRCODE = ..." % what)
        elif kind == "broken":
            source.complain(*spot, "%s: %s" % (name, what))
        else:
            source.complain(*spot, "EXECUTE of a text that is not quoted, use pg_catalog.format with %I and %L")


def check_statement(piece, stmt, where, lead):
    kind = type(stmt).__name__
    if kind == "CreateFunctionStmt":
        check_names(stmt, where)
        check_function(piece, stmt, where, lead)
    elif kind == "DoStmt":
        check_plpgsql(piece, where, "DO")
    elif kind == "VariableSetStmt" and stmt.name == "search_path":
        source.complain(*where, "search_path is set for the rest of the script, set it on the function")
    else:
        check_names(stmt, where)


def check_comments(made, commented):
    for key, where in made.items():
        if key not in commented:
            source.complain(*where, "%s %s has no comment in this file, write COMMENT ON beside it" % key)


def check(piece):
    if piece.broken:
        source.complain(*piece.broken)
        return
    check_text(piece)
    made, commented = {}, set()
    for stmt, where, lead in piece.statements():
        check_statement(piece, stmt, where, lead)
        key = describe(stmt)
        if key:
            made[key] = where
        commented |= comments_of(stmt)
    check_comments(made, commented)


# All are read before the first is judged: a trigger and its function may stand in two files.
pieces = [Piece(path) for path in source.files("sql/[0-9][0-9]_*.sql")]
if not pieces:
    sys.exit("sql/: no pieces found")
if not FIRST.match(pieces[0].text.split("\n")[0]):
    source.complain(pieces[0].path, 1,
                    r'the first line must be \echo Use "CREATE EXTENSION stockalert" to load this file. \quit')
for each in pieces + [Piece(path) for path in source.files("sql/stockalert--*--*.sql")]:
    check(each)
source.finish()
