-- Who may do what, on every object of the extension: the whole of it, so that a
-- right given by mistake shows as a changed line.  A new object adds its line to
-- expected/privilege_matrix.out.  Letters as in \dp: r select, a insert, w update,
-- d delete, D truncate, x references, t trigger, U usage, X execute; of single
-- columns with their names.  Objects without a line of their own rights end in |.
\pset format unaligned
\pset tuples_only
-- Roles: what they are, and of what they are members.
SELECT r.rolname, concat_ws(' ', CASE WHEN r.rolcanlogin THEN 'login' END, CASE WHEN r.rolsuper THEN 'SUPERUSER' END, CASE WHEN r.rolbypassrls THEN 'BYPASSRLS' END,
	CASE WHEN r.rolcreaterole THEN 'CREATEROLE' END, CASE WHEN r.rolcreatedb THEN 'CREATEDB' END, CASE WHEN r.rolreplication THEN 'REPLICATION' END),
	(SELECT string_agg(g.rolname, ' ' ORDER BY g.rolname COLLATE "C") FROM pg_auth_members AS m JOIN pg_roles AS g ON g.oid = m.roleid WHERE m.member = r.oid)
FROM pg_roles AS r WHERE r.rolname LIKE 'stockalert\_%' ORDER BY r.rolname COLLATE "C";

BEGIN;
CREATE TEMP VIEW member AS
SELECT d.classid, d.objid FROM pg_depend AS d JOIN pg_extension AS e ON e.extname = 'stockalert' AND d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid
WHERE d.deptype = 'e';
CREATE FUNCTION pg_temp.letters(privilege text) RETURNS text LANGUAGE sql AS $$ SELECT CASE privilege WHEN 'SELECT' THEN 'r' WHEN 'INSERT' THEN 'a' WHEN 'UPDATE' THEN 'w' WHEN 'DELETE' THEN 'd'
	WHEN 'TRUNCATE' THEN 'D' WHEN 'REFERENCES' THEN 'x' WHEN 'TRIGGER' THEN 't' WHEN 'USAGE' THEN 'U' WHEN 'CREATE' THEN 'C' WHEN 'EXECUTE' THEN 'X' ELSE privilege END $$;
CREATE FUNCTION pg_temp.rights(acl aclitem[], owner oid) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(grantee || '=' || letters, ' ' ORDER BY grantee) FROM (
		SELECT coalesce(replace(r.rolname, 'stockalert_', ''), 'PUBLIC') AS grantee, string_agg(pg_temp.letters(a.privilege_type) || CASE WHEN a.is_grantable THEN '*' ELSE '' END, '' ORDER BY a.privilege_type) AS letters
		FROM aclexplode(acl) AS a LEFT JOIN pg_roles AS r ON r.oid = a.grantee WHERE a.grantee <> owner GROUP BY 1) AS g $$;
CREATE FUNCTION pg_temp.column_rights(relation oid) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(format('%s=%s(%s)', grantee, letter, columns), ' ' ORDER BY grantee, letter) FROM (
		SELECT replace(r.rolname, 'stockalert_', '') AS grantee, pg_temp.letters(a.privilege_type) AS letter, string_agg(t.attname, ',' ORDER BY t.attname COLLATE "C") AS columns
		FROM pg_attribute AS t CROSS JOIN aclexplode(t.attacl) AS a JOIN pg_roles AS r ON r.oid = a.grantee WHERE t.attrelid = relation AND t.attacl IS NOT NULL GROUP BY 1, 2) AS g $$;
-- (rows): with row security.
SELECT CASE c.relkind WHEN 'v' THEN 'view' ELSE 'table' END || CASE WHEN c.relrowsecurity THEN ' (rows)' ELSE '' END, c.relname,
	concat_ws(' ', CASE WHEN c.relowner <> 'stockalert_owner'::regrole THEN 'OWNER ' || c.relowner::regrole END,
		pg_temp.rights(coalesce(c.relacl, acldefault('r', c.relowner)), c.relowner), pg_temp.column_rights(c.oid))
FROM member AS m JOIN pg_class AS c ON m.classid = 'pg_class'::regclass AND c.oid = m.objid WHERE c.relkind IN ('r', 'p', 'v') ORDER BY 1, c.relname COLLATE "C";
-- Sequences: nobody needs one, identity columns take their own.
SELECT 'sequence', c.relname, pg_temp.rights(coalesce(c.relacl, acldefault('s', c.relowner)), c.relowner)
FROM pg_class AS c WHERE c.relnamespace = 'stockalert'::regnamespace AND c.relkind = 'S' AND pg_temp.rights(coalesce(c.relacl, acldefault('s', c.relowner)), c.relowner) IS NOT NULL;
SELECT CASE p.prokind WHEN 'a' THEN 'aggregate' ELSE CASE WHEN p.prosecdef THEN 'function (as owner)' ELSE 'function' END END, p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')',
	concat_ws(' ', CASE WHEN p.proowner <> 'stockalert_owner'::regrole THEN 'OWNER ' || p.proowner::regrole END, pg_temp.rights(coalesce(p.proacl, acldefault('f', p.proowner)), p.proowner))
FROM member AS m JOIN pg_proc AS p ON m.classid = 'pg_proc'::regclass AND p.oid = m.objid ORDER BY p.proname COLLATE "C", pg_get_function_identity_arguments(p.oid) COLLATE "C";
SELECT 'type', t.typname, concat_ws(' ', CASE WHEN t.typowner <> 'stockalert_owner'::regrole THEN 'OWNER ' || t.typowner::regrole END, pg_temp.rights(coalesce(t.typacl, acldefault('T', t.typowner)), t.typowner))
FROM member AS m JOIN pg_type AS t ON m.classid = 'pg_type'::regclass AND t.oid = m.objid LEFT JOIN pg_class AS c ON c.oid = t.typrelid
WHERE t.typelem = 0 AND (t.typrelid = 0 OR c.relkind = 'c') ORDER BY t.typname COLLATE "C";
SELECT 'schema', n.nspname, pg_temp.rights(n.nspacl, n.nspowner) FROM pg_namespace AS n WHERE n.nspname = 'stockalert';
ROLLBACK;
-- Nobody who can be granted a role of ours may make triggers, rules or policies on our tables, or own them.
SELECT c.relname, a.privilege_type FROM pg_class AS c CROSS JOIN aclexplode(c.relacl) AS a
WHERE c.relnamespace = 'stockalert'::regnamespace AND a.grantee <> c.relowner AND a.privilege_type IN ('TRIGGER', 'REFERENCES', 'TRUNCATE');
