-- What must hold for every member of the extension, whoever adds it: each
-- answer below is empty, and the first shows that there is something to judge.
BEGIN;
CREATE TEMP VIEW member AS
SELECT d.classid, d.objid, o.type, o.identity
  FROM pg_depend d
  JOIN pg_extension e ON e.extname = 'stockalert' AND d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid
 CROSS JOIN LATERAL pg_identify_object(d.classid, d.objid, 0) o
 WHERE d.deptype = 'e'
   -- From 17 on row types and array types are members too; they follow what they are of.
   AND NOT (d.classid = 'pg_type'::regclass AND EXISTS (SELECT FROM pg_type t LEFT JOIN pg_class c ON c.oid = t.typrelid
		WHERE t.oid = d.objid AND (t.typcategory = 'A' OR c.relkind <> 'c')));
SELECT count(*) >= 20 AS many_members FROM member;

-- A comment; the sequence of an identity column needs none.
SELECT type, identity AS without_comment FROM member m
 WHERE obj_description(objid, (SELECT relname FROM pg_class WHERE oid = classid)) IS NULL
   AND NOT EXISTS (SELECT FROM pg_depend i WHERE i.classid = m.classid AND i.objid = m.objid AND i.deptype IN ('i', 'a')
                      AND i.refclassid = 'pg_class'::regclass)
 ORDER BY 1, 2;

-- Nothing for PUBLIC, on the object or on a column.
SELECT type, identity AS public_may, string_agg(DISTINCT a.privilege_type, ', ') AS privileges
  FROM member
 CROSS JOIN LATERAL (
	SELECT coalesce(relacl, acldefault((CASE relkind WHEN 'S' THEN 's' ELSE 'r' END)::"char", relowner)) FROM pg_class
	 WHERE classid = 'pg_class'::regclass AND oid = objid
	UNION ALL SELECT attacl FROM pg_attribute WHERE classid = 'pg_class'::regclass AND attrelid = objid AND attacl IS NOT NULL
	UNION ALL SELECT coalesce(proacl, acldefault('f', proowner)) FROM pg_proc WHERE classid = 'pg_proc'::regclass AND oid = objid
	UNION ALL SELECT coalesce(typacl, acldefault('T', typowner)) FROM pg_type WHERE classid = 'pg_type'::regclass AND oid = objid
	UNION ALL SELECT coalesce(nspacl, acldefault('n', nspowner)) FROM pg_namespace WHERE classid = 'pg_namespace'::regclass AND oid = objid
	) o (acl)
 CROSS JOIN LATERAL aclexplode(o.acl) a
 WHERE a.grantee = 0
 GROUP BY 1, 2 ORDER BY 1, 2;

-- stockalert_owner owns what can be owned by somebody who is no superuser (an event trigger cannot).
SELECT type, identity AS foreign_owner, pg_get_userbyid(o.owner) AS owner
  FROM member
 CROSS JOIN LATERAL (
	SELECT relowner FROM pg_class WHERE classid = 'pg_class'::regclass AND oid = objid
	UNION ALL SELECT proowner FROM pg_proc WHERE classid = 'pg_proc'::regclass AND oid = objid
	UNION ALL SELECT typowner FROM pg_type WHERE classid = 'pg_type'::regclass AND oid = objid
	UNION ALL SELECT nspowner FROM pg_namespace WHERE classid = 'pg_namespace'::regclass AND oid = objid
	UNION ALL SELECT oprowner FROM pg_operator WHERE classid = 'pg_operator'::regclass AND oid = objid
	UNION ALL SELECT opcowner FROM pg_opclass WHERE classid = 'pg_opclass'::regclass AND oid = objid
	UNION ALL SELECT opfowner FROM pg_opfamily WHERE classid = 'pg_opfamily'::regclass AND oid = objid
	) o (owner)
 WHERE o.owner <> 'stockalert_owner'::regrole
 ORDER BY 1, 2;

-- stockalert_owner and the other roles are no superusers and inherit none.
SELECT rolname AS too_strong FROM pg_roles
 WHERE rolname LIKE 'stockalert\_%' AND (rolsuper OR rolcreaterole OR rolcreatedb OR rolbypassrls OR rolreplication)
 ORDER BY 1;

-- The search_path of every function that is not plain C, and no setting else but those of the planner that a plan needs.
SELECT m.identity AS function, p.proconfig AS wrong_settings
  FROM member m
  JOIN pg_proc p ON m.classid = 'pg_proc'::regclass AND p.oid = m.objid
  JOIN pg_language l ON l.oid = p.prolang
 WHERE p.prokind <> 'a' AND (l.lanname NOT IN ('c', 'internal') OR p.prosecdef)
   AND array_remove(array_remove(p.proconfig, 'jit=off'), 'plan_cache_mode=force_generic_plan') IS DISTINCT FROM ARRAY['search_path=pg_catalog, pg_temp']
 ORDER BY 1;
ROLLBACK;
