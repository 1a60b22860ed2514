"""Parse trees of the extension's SQL for sql.py (pglast 5: the grammar of PostgreSQL 15).

Not a lint itself (not executable).
"""
import functools
import os
import re
import subprocess

import pglast
from pglast import ast, visitors

import source

# Types of pg_catalog that are written without it.
PLAIN_TYPES = set("""any anyarray anyelement anycompatible bool bytea char cidr cstring date event_trigger float4
float8 inet int2 int4 int8 int4range int8range internal interval json jsonb macaddr name numeric oid oidvector pg_lsn
record refcursor regclass regconfig regnamespace regproc regprocedure regrole regtype text tid time timestamp timestamptz
timetz trigger tsrange tstzrange tstzmultirange tsvector unknown uuid varchar bpchar void xid xid8 xml daterange
numrange bit varbit timestamptz pg_snapshot""".split())
# The transition tables of all triggers; a trigger's function names them without a schema.
transition_tables = set()


@functools.lru_cache(maxsize=None)
def share_file(name):
    config = os.environ.get("SA_PG_CONFIG", "/usr/lib/postgresql/15/bin/pg_config")
    share = subprocess.run([config, "--sharedir"], capture_output=True, text=True, check=True).stdout.strip()
    with open(os.path.join(share, name), encoding="utf-8") as f:
        return f.read()


@functools.lru_cache(maxsize=None)
def catalog_functions():
    """The names of the functions of pg_catalog, from the file that initdb makes it of."""
    part = share_file("postgres.bki").split("create pg_proc", 1)[1].split("close pg_proc", 1)[0]
    return set(re.findall(r"^insert \( \d+ (\w+) ", part, re.M))


@functools.lru_cache(maxsize=None)
def catalog_relations():
    """The tables and views of pg_catalog; they come before temporary ones, so nothing shadows them."""
    return set(re.findall(r"^create (\w+)", share_file("postgres.bki"), re.M)) | \
        set(re.findall(r"^CREATE VIEW (\w+)", share_file("system_views.sql"), re.M))


class Piece:
    """One file: its text, the same without psql's own lines, its statements."""

    def __init__(self, path):
        self.path = path
        self.text = source.read(path)
        # psql's own lines are no SQL.
        self.sql = re.sub(r"^\\.*$", lambda m: " " * len(m.group(0)), self.text, flags=re.M)
        self.broken = None
        self.statement = None
        try:
            self.raw = pglast.parse_sql(self.sql)
        except pglast.parser.ParseError as problem:
            self.raw = ()
            offset = problem.args[1] if len(problem.args) > 1 and isinstance(problem.args[1], int) else 0
            self.broken = (path, source.line_of(self.text, offset), "does not parse: %s" % problem.args[0])
        for raw in self.raw:
            if isinstance(raw.stmt, ast.CreateTrigStmt):
                transition_tables.update(row.name for row in raw.stmt.transitionRels or ())

    def at(self, offset):
        return self.path, source.line_of(self.text, offset)

    def statements(self):
        """(statement, (path, line), text of the comments before it)"""
        data = self.sql.encode()
        for raw in self.raw:
            start = raw.stmt_location
            end = start + raw.stmt_len if raw.stmt_len else len(data)
            text = data[start:end].decode()
            first = re.match(r"(?:\s+|--[^\n]*\n|/\*.*?\*/)*", text, re.S).end()
            self.statement = text[first:]
            yield raw.stmt, self.at(len(data[:start].decode()) + first), text[:first]


def sql_statements(body):
    return [raw.stmt for raw in pglast.parse_sql(body)]


def function_option(stmt, name):
    """language, as (the body), strict, security, or the list of "set search_path"."""
    for option in stmt.options or ():
        if name == "set search_path":
            if option.defname == "set" and option.arg.name == "search_path":
                return [getattr(a.val, "sval", None) for a in option.arg.args or ()]
        elif option.defname == name:
            value = option.arg
            if name == "as":
                return value[0].sval if len(value) == 1 else None
            return value.boolval if name in ("strict", "security") else value.sval
    return None


class Names(visitors.Visitor):
    """Collects names that rely on search_path."""

    def __init__(self, local):
        self.local = local | transition_tables
        self.problems = []

    def visit_RangeVar(self, ancestors, node):
        if node.schemaname is None and node.relname not in self.local | catalog_relations():
            self.problems.append("relation %s is not qualified, write its schema" % node.relname)

    def visit_FuncCall(self, ancestors, node):
        if len(node.funcname) == 1 and node.funcname[0].sval not in catalog_functions():
            self.problems.append("function %s() is not qualified, write its schema" % node.funcname[0].sval)

    def visit_CreateFunctionStmt(self, ancestors, node):
        if len(node.funcname) == 1:
            self.problems.append("function %s() is created without a schema, write it" % node.funcname[0].sval)

    def visit_TypeName(self, ancestors, node):
        if node.names and len(node.names) == 1 and node.names[0].sval not in PLAIN_TYPES:
            self.problems.append("type %s is not qualified, write its schema" % node.names[0].sval)


class Locals(visitors.Visitor):
    """Names that a statement gives itself (WITH, the aliases of FOR UPDATE OF), wherever they stand in it."""

    def __init__(self):
        self.names = set()

    def visit_CommonTableExpr(self, ancestors, node):
        self.names.add(node.ctename)

    def visit_LockingClause(self, ancestors, node):
        self.names.update(r.relname for r in node.lockedRels or ())


def names_in(tree):
    own = Locals()
    own(tree)
    names = Names(own.names)
    names(tree)
    if isinstance(tree, ast.CreateTrigStmt) and len(tree.funcname) == 1:
        names.problems.append("function %s() is not qualified, write its schema" % tree.funcname[0].sval)
    return names.problems


def plain(names):
    return ".".join(n.sval for n in names)


def types_of(args):
    return ",".join(re.sub(r"^pg_catalog\.", "", plain(a.names)) + ("[]" if a.arrayBounds else "") for a in args or ())


def relation(node):
    return "%s.%s" % (node.schemaname, node.relname) if node.schemaname else node.relname


def describe(stmt):
    """(kind, name) of what a statement creates, if that must have a comment."""
    kind = type(stmt).__name__
    if kind == "CreateFunctionStmt":
        inputs = [p.argType for p in stmt.parameters or () if p.mode.name not in ("FUNC_PARAM_OUT", "FUNC_PARAM_TABLE")]
        return "procedure" if stmt.is_procedure else "function", "%s(%s)" % (plain(stmt.funcname), types_of(inputs))
    if kind == "CreateStmt":
        return "table", relation(stmt.relation)
    if kind == "ViewStmt":
        return "view", relation(stmt.view)
    if kind == "CreateSeqStmt":
        return "sequence", relation(stmt.sequence)
    if kind in ("CreateEnumStmt", "CreateRangeStmt"):
        return "type", plain(stmt.typeName)
    if kind == "CompositeTypeStmt":
        return "type", relation(stmt.typevar)
    if kind == "CreateDomainStmt":
        return "domain", plain(stmt.domainname)
    if kind == "CreateSchemaStmt":
        return "schema", stmt.schemaname
    if kind == "DefineStmt" and stmt.definition:
        return define(stmt)
    return None


def define(stmt):
    kind = stmt.kind.name[len("OBJECT_"):].lower()
    if kind == "aggregate":
        return kind, "%s(%s)" % (plain(stmt.defnames), types_of([p.argType for p in (stmt.args or [[]])[0] or ()]))
    return ("type", plain(stmt.defnames)) if kind == "type" else None


def comments_of(stmt):
    """The (kind, name) that a COMMENT ON statement is about, as describe() writes them."""
    if not isinstance(stmt, ast.CommentStmt) or stmt.comment is None:
        return set()
    kind = stmt.objtype.name[len("OBJECT_"):].lower()
    thing = stmt.object
    if kind in ("function", "procedure", "aggregate"):
        return {(kind, "%s(%s)" % (plain(thing.objname), types_of(thing.objargs)))}
    if kind in ("type", "domain"):
        return {(kind, plain(thing.names))}
    if kind == "schema":
        return {(kind, thing.sval)}
    return {(kind, plain(thing))} if isinstance(thing, tuple) else set()


def plpgsql_queries(text):
    """What a PL/pgSQL function or DO block does, each with its line in the statement: ("sql", tree, line),
    ("execute", text, line), ("raise", message, line) for an error without ERRCODE, ("broken", reason, line)."""
    body = re.search(r"\$\w*\$", text) or re.search(r"'", text)
    first = source.line_of(text, body.start()) if body else 1
    try:
        parsed = pglast.parse_plpgsql(text)
    except pglast.parser.ParseError as problem:
        yield "broken", "does not parse as PL/pgSQL: %s" % problem.args[0], first
        return
    for kind, what, line in walk_plpgsql(parsed, False, 1):
        yield kind, what, first + line - 1


def walk_plpgsql(node, dynamic, line):
    if isinstance(node, list):
        for item in node:
            yield from walk_plpgsql(item, dynamic, line)
    elif isinstance(node, dict):
        line = node.get("lineno", line)
        for key, value in node.items():
            if key == "PLpgSQL_expr":
                yield from expression(value["query"], dynamic, line)
                continue
            if key == "PLpgSQL_stmt_raise" and lacks_errcode(value):
                yield "raise", value["message"], value.get("lineno", line)
            # The query of EXECUTE, and of FOR ... IN EXECUTE, is an expression that gives SQL.
            below = key in ("PLpgSQL_stmt_dynexecute", "PLpgSQL_stmt_dynfors") or (dynamic and key == "query")
            yield from walk_plpgsql(value, below, line)


def lacks_errcode(stmt):
    """RAISE EXCEPTION 'message' without USING ERRCODE (option 0); a bare RAISE passes the error on."""
    codes = [o for o in stmt.get("options", []) if o["PLpgSQL_raise_option"].get("opt_type", 0) == 0]
    return stmt.get("elog_level", 0) >= 21 and stmt.get("message") and not stmt.get("condname") and not codes


def expression(query, dynamic, line):
    """A query, an expression or an assignment; the last two are parsed as a SELECT."""
    body = re.sub(r"^\s*[\w.\[\]]+\s*:?=(?!=)", "", query, count=1)
    for attempt in (query, "SELECT " + body, "SELECT " + query):
        try:
            trees = sql_statements(attempt)
            break
        except pglast.parser.ParseError as problem:
            trees, reason = None, problem
    if trees is None:
        yield "broken", "cannot be checked: %s (%s)" % (query, reason.args[0]), line
        return
    for tree in trees:
        yield "sql", tree, line
        if dynamic and not is_quoted(tree.targetList[0].val):
            yield "execute", query, line


def is_quoted(node, joined=False):
    """Is the text to EXECUTE a literal, format() or quote_...(), or joined of those?  A lone variable may be."""
    if isinstance(node, ast.A_Expr) and node.name[0].sval == "||":
        return is_quoted(node.lexpr, True) and is_quoted(node.rexpr, True)
    if isinstance(node, ast.FuncCall):
        return re.match(r"format$|quote_", node.funcname[-1].sval) is not None
    return isinstance(node, ast.A_Const) or (isinstance(node, ast.ColumnRef) and not joined)
