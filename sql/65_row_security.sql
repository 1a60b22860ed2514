-- A store's role: which locations it sees.  Views and functions ask sql/27; the
-- few tables that managers may touch themselves get policies here.
-- The policies come with the first restricted role and go with the last, and not
-- with the script: pg_dump writes out what policies there are, also those of an
-- extension, which then would be there twice after a restore.

CREATE FUNCTION stockalert.switch_row_security() RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	wanted boolean := EXISTS (SELECT FROM stockalert.role_scopes);
	present boolean := EXISTS (SELECT FROM pg_catalog.pg_policy AS p WHERE p.polrelid = 'stockalert.subscribers'::regclass AND p.polname = 'scope');
BEGIN
	IF wanted AND NOT present THEN
		CREATE POLICY scope ON stockalert.locations
			USING ((SELECT stockalert.sees_all_locations()) OR location_id = ANY ((SELECT stockalert.visible_locations())::bigint[]));
		-- A rule for all locations is read by all whom it concerns, and changed by those who see all.
		CREATE POLICY scope ON stockalert.rules
			USING ((SELECT stockalert.sees_all_locations()) OR location_id = ANY ((SELECT stockalert.visible_locations())::bigint[]));
		CREATE POLICY everywhere ON stockalert.rules FOR SELECT USING (location_id IS NULL);
		CREATE POLICY scope ON stockalert.subscribers
			USING ((SELECT stockalert.sees_all_locations()) OR location_ids <@ (SELECT stockalert.visible_locations()));
		CREATE POLICY scope ON stockalert.subscriber_contacts
			USING ((SELECT stockalert.sees_all_locations()) OR subscriber_id IN (SELECT b.subscriber_id FROM stockalert.subscribers AS b));
		ALTER TABLE stockalert.locations ENABLE ROW LEVEL SECURITY;
		ALTER TABLE stockalert.rules ENABLE ROW LEVEL SECURITY;
		ALTER TABLE stockalert.subscribers ENABLE ROW LEVEL SECURITY;
		ALTER TABLE stockalert.subscriber_contacts ENABLE ROW LEVEL SECURITY;
	ELSIF present AND NOT wanted THEN
		DROP POLICY scope ON stockalert.locations;
		DROP POLICY scope ON stockalert.rules;
		DROP POLICY everywhere ON stockalert.rules;
		DROP POLICY scope ON stockalert.subscribers;
		DROP POLICY scope ON stockalert.subscriber_contacts;
		ALTER TABLE stockalert.locations DISABLE ROW LEVEL SECURITY;
		ALTER TABLE stockalert.rules DISABLE ROW LEVEL SECURITY;
		ALTER TABLE stockalert.subscribers DISABLE ROW LEVEL SECURITY;
		ALTER TABLE stockalert.subscriber_contacts DISABLE ROW LEVEL SECURITY;
	END IF;
END
$$;
COMMENT ON FUNCTION stockalert.switch_row_security() IS
	'Makes the policies of locations, rules, subscribers and their contacts where role_scopes has rows, and drops them where it has none. For the owner.';

CREATE FUNCTION stockalert.restrict_role(role_name name, locations text[], OUT done text, OUT next text)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	ids bigint[] := (SELECT array_agg(DISTINCT stockalert.find_location(l)) FROM unnest(locations) AS l);
BEGIN
	IF role_name IS NULL OR ids IS NULL THEN
		RAISE EXCEPTION 'a role and its locations are needed'
			USING ERRCODE = 'null_value_not_allowed', DETAIL = 'One of them is NULL or empty.',
				  HINT = 'Pass such as restrict_role(''store_a'', ''{main}''); unrestrict_role() lets it see all.';
	ELSIF NOT EXISTS (SELECT FROM pg_catalog.pg_roles AS r WHERE r.rolname = restrict_role.role_name) THEN
		RAISE EXCEPTION 'role "%" does not exist', role_name
			USING ERRCODE = 'undefined_object', DETAIL = 'Nothing was changed.', HINT = format('CREATE ROLE %I; or mend the name.', role_name);
	END IF;
	INSERT INTO stockalert.role_scopes AS x (role_name, location_ids) VALUES (restrict_role.role_name, ids)
		ON CONFLICT ON CONSTRAINT role_scopes_pkey DO UPDATE SET location_ids = excluded.location_ids, set_by = SESSION_USER, set_at = now();
	PERFORM stockalert.switch_row_security();
	PERFORM stockalert.audit('restrict_role', role_name);
	done := format('%s and its members see %s only%s', role_name, array_to_string(locations, ', '),
		CASE WHEN pg_has_role(role_name, 'stockalert_admin', 'MEMBER') THEN '; as it is a member of stockalert_admin, all the same everything' ELSE '' END);
	next := CASE WHEN pg_has_role(role_name, 'stockalert_writer', 'MEMBER')
			THEN format('REVOKE stockalert_writer FROM %I; that role reads and writes the stock of all locations.', role_name)
		WHEN NOT pg_has_role(role_name, 'stockalert_viewer', 'MEMBER') THEN format('GRANT stockalert_manager TO %I;', role_name)
		ELSE 'SELECT * FROM stockalert.location_list;' END;
END
$$;
COMMENT ON FUNCTION stockalert.restrict_role(name, text[]) IS
	'Lets a database role, and whoever is a member of it, see and handle these locations only, in all views and functions; replaces what was set before. With the first such role the tables of people, rules and locations get row security, for which they are locked for a moment (COPY into them is then for superusers). Not superusers and members of stockalert_admin, who see all. Errors: 42704 unknown role or location, 22004 NULL or no location.';

CREATE FUNCTION stockalert.unrestrict_role(role_name name, OUT done text, OUT next text)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	DELETE FROM stockalert.role_scopes AS x WHERE x.role_name = unrestrict_role.role_name;
	done := CASE WHEN FOUND THEN format('%s sees all locations', role_name) ELSE format('%s was not restricted', role_name) END;
	PERFORM stockalert.switch_row_security();
	PERFORM stockalert.audit('unrestrict_role', role_name);
	next := 'SELECT * FROM stockalert.role_scopes;';
END
$$;
COMMENT ON FUNCTION stockalert.unrestrict_role(name) IS 'Lets a role see all locations again; says so if it was not restricted.';

GRANT EXECUTE ON FUNCTION stockalert.restrict_role(name, text[]), stockalert.unrestrict_role(name) TO stockalert_admin;
GRANT SELECT ON stockalert.role_scopes TO stockalert_admin;
-- Whoever writes rules names items and locations.
GRANT SELECT ON stockalert.items, stockalert.locations, stockalert.sources, stockalert.item_refs, stockalert.location_refs TO stockalert_manager;
