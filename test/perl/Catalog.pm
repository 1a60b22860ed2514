# What an extension made in a database, as lines of text without numbers of objects, so that two databases can be
# compared: an update with a fresh install.  What users made (rows, rights of theirs) belongs to it no less.
package Catalog;

use strict;
use warnings;
use Exporter 'import';

our @EXPORT = qw(catalog_of differences);

# Each query: a word, the object, and all that is true of it.  Columns come by place, as C and row types read them so.
# pg_attver: Debian's 15.20 stamps each column of any table with a number of its own, which differs from database to database.
my @queries = (
	q{SELECT 'member', o.type, o.identity FROM pg_depend AS d JOIN pg_extension AS e ON e.oid = d.refobjid AND e.extname = 'stockalert',
		pg_identify_object(d.classid, d.objid, d.objsubid) AS o WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'},
	q{SELECT 'schema', nspname, nspowner::regrole, array(SELECT a::text FROM unnest(nspacl) AS a ORDER BY 1) FROM pg_namespace WHERE nspname = 'stockalert'},
	q{SELECT 'relation', oid::regclass, relkind, relpersistence, relowner::regrole, array(SELECT a::text FROM unnest(relacl) AS a ORDER BY 1),
		reloptions, relrowsecurity, relforcerowsecurity, relreplident, pg_get_expr(relpartbound, oid), pg_get_partkeydef(oid),
		array(SELECT inhparent::regclass::text FROM pg_inherits WHERE inhrelid = pg_class.oid)
		FROM pg_class WHERE relnamespace = 'stockalert'::regnamespace},
	q{SELECT 'column', a.attrelid::regclass, rank() OVER (PARTITION BY a.attrelid ORDER BY a.attnum), a.attname, format_type(a.atttypid, a.atttypmod),
		a.attnotnull, a.attidentity, a.attgenerated, a.attcollation::regcollation, a.attstorage, a.attstattarget, array(SELECT o FROM unnest(a.attoptions) AS o WHERE o !~ '^pg_attver=' ORDER BY 1),
		array(SELECT x::text FROM unnest(a.attacl) AS x ORDER BY 1), pg_get_expr(d.adbin, d.adrelid)
		FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
		WHERE c.relnamespace = 'stockalert'::regnamespace AND c.relkind NOT IN ('i', 'I') AND a.attnum > 0 AND NOT a.attisdropped},
	q{SELECT 'constraint', coalesce(nullif(conrelid, 0)::regclass::text, contypid::regtype::text), conname, contype, convalidated, pg_get_constraintdef(oid)
		FROM pg_constraint WHERE connamespace = 'stockalert'::regnamespace},
	q{SELECT 'index', indexrelid::regclass, indisvalid, indisclustered, indisreplident, pg_get_indexdef(indexrelid) FROM pg_index
		WHERE indrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'stockalert'::regnamespace)},
	q{SELECT 'view', oid::regclass, pg_get_viewdef(oid) FROM pg_class WHERE relnamespace = 'stockalert'::regnamespace AND relkind IN ('v', 'm')},
	q{SELECT 'rule', ev_class::regclass, rulename, pg_get_ruledef(oid) FROM pg_rewrite WHERE rulename <> '_RETURN'},
	q{SELECT 'trigger', tgrelid::regclass, tgname, tgenabled, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal},
	q{SELECT 'event trigger', evtname, evtevent, evtfoid::regproc, evtenabled, evttags FROM pg_event_trigger},
	q{SELECT 'policy', polrelid::regclass, polname, polcmd, polpermissive, polroles::regrole[], pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid) FROM pg_policy},
	q{SELECT 'sequence', seqrelid::regclass, seqtypid::regtype, seqstart, seqincrement, seqmin, seqmax, seqcache, seqcycle FROM pg_sequence},
	q{SELECT 'statistics', stxname, pg_get_statisticsobjdef(oid) FROM pg_statistic_ext WHERE stxnamespace = 'stockalert'::regnamespace},
	q{SELECT 'function', oid::regprocedure, proowner::regrole, proconfig, array(SELECT a::text FROM unnest(proacl) AS a ORDER BY 1),
		CASE WHEN prokind <> 'a' THEN pg_get_functiondef(oid) END FROM pg_proc WHERE pronamespace = 'stockalert'::regnamespace},
	q{SELECT 'aggregate', a.aggfnoid::regprocedure, aggkind, aggtransfn, aggfinalfn, aggcombinefn, aggserialfn, aggdeserialfn, aggmtransfn, aggminvtransfn, aggmfinalfn,
		aggfinalmodify, aggmfinalmodify, aggsortop::regoperator, aggtranstype::regtype, aggtransspace, aggmtranstype::regtype, agginitval, aggminitval, pg_get_function_result(p.oid), p.proparallel
		FROM pg_aggregate AS a JOIN pg_proc AS p ON p.oid = a.aggfnoid WHERE p.pronamespace = 'stockalert'::regnamespace},
	q{SELECT 'type', oid::regtype, typtype, typowner::regrole, array(SELECT a::text FROM unnest(typacl) AS a ORDER BY 1), typlen, typbyval, typalign, typstorage, typcategory, typispreferred,
		typinput, typoutput, typreceive, typsend, typmodin, typmodout, typanalyze, typsubscript, typnotnull, typbasetype::regtype, typdefault,
		array(SELECT enumlabel FROM pg_enum WHERE enumtypid = pg_type.oid ORDER BY enumsortorder) FROM pg_type WHERE typnamespace = 'stockalert'::regnamespace},
	q{SELECT 'operator', oid::regoperator, oprowner::regrole, oprcode, oprcom::regoperator, oprnegate::regoperator, oprrest, oprjoin, oprcanhash, oprcanmerge, oprresult::regtype
		FROM pg_operator WHERE oprnamespace = 'stockalert'::regnamespace},
	q{SELECT 'operator class', opcname, (SELECT amname FROM pg_am AS m WHERE m.oid = opcmethod), opcowner::regrole, opcintype::regtype, opcdefault FROM pg_opclass WHERE opcnamespace = 'stockalert'::regnamespace},
	q{SELECT 'of family', f.opfname, pg_describe_object('pg_amop'::regclass, x.oid, 0) FROM pg_amop AS x JOIN pg_opfamily AS f ON f.oid = x.amopfamily WHERE f.opfnamespace = 'stockalert'::regnamespace},
	q{SELECT 'of family', f.opfname, pg_describe_object('pg_amproc'::regclass, x.oid, 0) FROM pg_amproc AS x JOIN pg_opfamily AS f ON f.oid = x.amprocfamily WHERE f.opfnamespace = 'stockalert'::regnamespace},
	q{SELECT 'cast', castsource::regtype, casttarget::regtype, nullif(castfunc, 0)::regprocedure, castcontext, castmethod FROM pg_cast WHERE oid >= 16384},
	q{SELECT 'comment', o.type, o.identity, c.description FROM pg_description AS c, pg_identify_object(c.classoid, c.objoid, c.objsubid) AS o
		WHERE c.objoid >= 16384 AND o.identity ~ 'stockalert'},
	# What pg_dump takes for given: a right that is not here is dumped as the user's own.  Before 17 they keep the name
	# of who was the owner when they were given, so owners are left out.
	q{SELECT 'rights as made', o.type, o.identity, i.privtype, array(SELECT split_part(a::text, '/', 1)
		FROM unnest(i.initprivs) AS a WHERE split_part(a::text, '=', 1) <> split_part(a::text, '/', 2) ORDER BY 1)
		FROM pg_init_privs AS i, pg_identify_object(i.classoid, i.objoid, i.objsubid) AS o WHERE i.objoid >= 16384},
	q{SELECT 'default rights', defaclrole::regrole, defaclnamespace::regnamespace, defaclobjtype, defaclacl FROM pg_default_acl},
	q{SELECT 'dumped', c.table::regclass, c.condition FROM pg_extension, ROWS FROM (unnest(extconfig), unnest(extcondition)) AS c ("table", condition) WHERE extname = 'stockalert'},
	q{SELECT 'role', r.rolname, r.rolsuper, r.rolinherit, r.rolcreaterole, r.rolcreatedb, r.rolcanlogin, r.rolreplication, r.rolbypassrls, r.rolconfig,
		array(SELECT m.roleid::regrole::text FROM pg_auth_members AS m WHERE m.member = r.oid ORDER BY 1) FROM pg_roles AS r WHERE r.rolname ~ '^stockalert_'},
	q{SELECT 'rows', oid::regclass, query_to_xml(format('SELECT count(*) FROM ONLY %s', oid::regclass), false, true, '')
		FROM pg_class WHERE relnamespace = 'stockalert'::regnamespace AND relkind = 'r'});

sub catalog_of
{
	my ($node, $database) = @_;
	# As JSON, where whatever has several lines is one.
	my @rows = map { "SELECT row_to_json(q) FROM ($_) AS q;" } @queries;

	return sort split /\n/, $node->safe_psql($database, join("\n", 'SET search_path = pg_catalog;', @rows));
}

# Lines of one that the other has not, each with the side it is on; the first words say which object.
sub differences
{
	my ($is, $shall) = @_;
	my (%is, %shall);

	$is{$_}++    foreach @$is;
	$shall{$_}++ foreach @$shall;
	return (map({ "only after the update: $_" } grep { !$shall{$_} } @$is), map({ "missing after the update: $_" } grep { !$is{$_} } @$shall));
}

1;
