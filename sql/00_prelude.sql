\echo Use "CREATE EXTENSION stockalert" to load this file. \quit

-- The house of the extension: what the database must be, the roles, the schema.

DO $prelude$
BEGIN
	IF pg_catalog.getdatabaseencoding() <> 'UTF8' THEN
		RAISE EXCEPTION 'stockalert needs a database with encoding UTF8'
			USING ERRCODE = 'feature_not_supported',
				  DETAIL = pg_catalog.format('This database is encoded in %s.', pg_catalog.getdatabaseencoding()),
				  HINT = 'Create one: CREATE DATABASE shop ENCODING ''UTF8'' TEMPLATE template0;';
	END IF;
END
$prelude$;

-- Roles are cluster-wide and no members of the extension: made where they are
-- missing, and refused where somebody made them beforehand with more rights
-- than they may have (a role with CREATEROLE could otherwise own everything).
DO $roles$
DECLARE
	wanted record;
	seen record;
BEGIN
	FOR wanted IN
		SELECT * FROM (VALUES
			('stockalert_owner', false), ('stockalert_worker', true), ('stockalert_admin', false),
			('stockalert_manager', false), ('stockalert_viewer', false), ('stockalert_writer', false),
			('stockalert_app', false), ('stockalert_webhook', false)) AS v (name, login)
	LOOP
		SELECT r.oid, r.rolsuper OR r.rolcreaterole OR r.rolcreatedb OR r.rolbypassrls OR r.rolreplication AS strong,
			   r.rolcanlogin AS login,
			   EXISTS (SELECT 1 FROM pg_catalog.pg_auth_members m WHERE m.roleid = r.oid) AS has_members
		  INTO seen FROM pg_catalog.pg_roles r WHERE r.rolname = wanted.name;
		IF NOT FOUND THEN
			EXECUTE pg_catalog.format('CREATE ROLE %I %s', wanted.name, CASE WHEN wanted.login THEN 'LOGIN' ELSE 'NOLOGIN' END);
		ELSIF seen.strong OR (seen.login AND NOT wanted.login)
			OR (seen.has_members AND wanted.name IN ('stockalert_owner', 'stockalert_worker')) THEN
			RAISE EXCEPTION 'role "%" exists with rights that StockAlert does not give it', wanted.name
				USING ERRCODE = 'invalid_role_specification',
					  DETAIL = 'It may not be superuser, CREATEROLE, CREATEDB, REPLICATION or BYPASSRLS; stockalert_owner and stockalert_worker have no members, and only stockalert_worker may log in.',
					  HINT = pg_catalog.format('Look at it with \du %s; ALTER or DROP it, then create the extension again.', wanted.name);
		END IF;
	END LOOP;
	GRANT stockalert_viewer TO stockalert_manager;
	GRANT stockalert_manager TO stockalert_admin;
END
$roles$;

CREATE SCHEMA stockalert;
COMMENT ON SCHEMA stockalert IS 'Stock levels, demand, rules, alerts and their delivery (extension stockalert).';
GRANT USAGE ON SCHEMA stockalert TO stockalert_worker, stockalert_admin, stockalert_manager, stockalert_viewer,
	stockalert_writer, stockalert_app, stockalert_webhook;
