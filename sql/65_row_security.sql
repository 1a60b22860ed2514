-- A store's role: which locations it sees.  Views and functions ask sql/27; the
-- few tables that managers may touch themselves get policies here.
-- COPY into these is for superusers and the owner; tables of facts have none.

CREATE POLICY scope ON stockalert.locations
	USING ((SELECT stockalert.sees_all_locations()) OR location_id = ANY ((SELECT stockalert.visible_locations())::bigint[]));
COMMENT ON POLICY scope ON stockalert.locations IS 'The locations that the reader sees.';
-- A rule for all locations is read by all whom it concerns, and changed by those who see all.
CREATE POLICY scope ON stockalert.rules
	USING ((SELECT stockalert.sees_all_locations()) OR location_id = ANY ((SELECT stockalert.visible_locations())::bigint[]));
COMMENT ON POLICY scope ON stockalert.rules IS 'Rules of the locations that the reader sees.';
CREATE POLICY everywhere ON stockalert.rules FOR SELECT USING (location_id IS NULL);
COMMENT ON POLICY everywhere ON stockalert.rules IS 'Rules for all locations can be read by all.';
CREATE POLICY scope ON stockalert.subscribers
	USING ((SELECT stockalert.sees_all_locations()) OR location_ids <@ (SELECT stockalert.visible_locations()));
COMMENT ON POLICY scope ON stockalert.subscribers IS 'People who hear of nothing but locations that the reader sees.';
CREATE POLICY scope ON stockalert.subscriber_contacts
	USING ((SELECT stockalert.sees_all_locations()) OR subscriber_id IN (SELECT b.subscriber_id FROM stockalert.subscribers AS b));
COMMENT ON POLICY scope ON stockalert.subscriber_contacts IS 'Contacts of subscribers that the reader sees.';
ALTER TABLE stockalert.locations ENABLE ROW LEVEL SECURITY;
ALTER TABLE stockalert.rules ENABLE ROW LEVEL SECURITY;
ALTER TABLE stockalert.subscribers ENABLE ROW LEVEL SECURITY;
ALTER TABLE stockalert.subscriber_contacts ENABLE ROW LEVEL SECURITY;

CREATE FUNCTION stockalert.restrict_role(role_name name, locations text[], OUT done text, OUT next text)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	ids bigint[] := (SELECT array_agg(DISTINCT stockalert.find_location(l)) FROM unnest(locations) AS l);
	the_role oid := to_regrole(quote_ident(role_name));
BEGIN
	IF role_name IS NULL OR ids IS NULL THEN
		RAISE EXCEPTION 'a role and its locations are needed'
			USING ERRCODE = 'null_value_not_allowed', DETAIL = 'One of them is NULL or empty.',
				  HINT = 'Pass such as restrict_role(''store_a'', ''{main}''); unrestrict_role() lets it see all.';
	ELSIF the_role IS NULL THEN
		RAISE EXCEPTION 'role "%" does not exist', role_name
			USING ERRCODE = 'undefined_object', DETAIL = 'Nothing was changed.', HINT = format('CREATE ROLE %I; or mend the name.', role_name);
	END IF;
	-- What was said of others that had this name goes on under theirs, and of it under another name, which may be another's by now, ends.
	PERFORM stockalert.follow_renamed_roles(restrict_role.role_name);
	DELETE FROM stockalert.role_scopes AS x WHERE x.role_oid = the_role AND x.role_name <> restrict_role.role_name AND to_regrole(quote_ident(x.role_name)) IS NULL;
	UPDATE stockalert.role_scopes AS x SET role_oid = to_regrole(quote_ident(x.role_name)) WHERE x.role_oid = the_role AND x.role_name <> restrict_role.role_name;
	INSERT INTO stockalert.role_scopes AS x (role_name, location_ids) VALUES (restrict_role.role_name, ids)
		ON CONFLICT ON CONSTRAINT role_scopes_pkey DO UPDATE SET location_ids = excluded.location_ids, role_oid = excluded.role_oid, set_by = SESSION_USER, set_at = now();
	PERFORM stockalert.audit('restrict_role', role_name);
	done := format('%s and its members see %s only%s', role_name, array_to_string(locations, ', '),
		CASE WHEN pg_has_role(role_name, 'stockalert_admin', 'MEMBER') THEN '; as it is a member of stockalert_admin, all the same everything' ELSE '' END);
	next := CASE WHEN pg_has_role(role_name, 'stockalert_writer', 'MEMBER')
			THEN format('REVOKE stockalert_writer FROM %I; -- that role reads and writes the stock of all locations', role_name)
		WHEN NOT pg_has_role(role_name, 'stockalert_viewer', 'MEMBER') THEN format('GRANT stockalert_manager TO %I;', role_name)
		ELSE 'SELECT * FROM stockalert.location_list;' END;
END
$$;
COMMENT ON FUNCTION stockalert.restrict_role(name, text[]) IS
	'Lets a database role, and whoever is a member of it, see and handle these locations only, in all views and functions; replaces what was set before, and holds under any name that the role is given. Not superusers and members of stockalert_admin, who see all. Errors: 42704 unknown role or location, 22004 NULL or no location.';

CREATE FUNCTION stockalert.unrestrict_role(role_name name, OUT done text, OUT next text)
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	was_restricted boolean;
BEGIN
	PERFORM stockalert.follow_renamed_roles(unrestrict_role.role_name);
	-- Another role has the name that this one had: it stays restricted.
	UPDATE stockalert.role_scopes AS x SET role_oid = to_regrole(quote_ident(x.role_name))
		WHERE x.role_oid = to_regrole(quote_ident(unrestrict_role.role_name)) AND x.role_name <> unrestrict_role.role_name
			AND to_regrole(quote_ident(x.role_name)) IS NOT NULL;
	was_restricted := FOUND;
	DELETE FROM stockalert.role_scopes AS x WHERE x.role_name = unrestrict_role.role_name OR x.role_oid = to_regrole(quote_ident(unrestrict_role.role_name));
	done := CASE WHEN was_restricted OR FOUND THEN format('%s sees all locations', role_name) ELSE format('%s was not restricted', role_name) END;
	PERFORM stockalert.audit('unrestrict_role', role_name);
	next := 'SELECT * FROM stockalert.role_scopes;';
END
$$;
COMMENT ON FUNCTION stockalert.unrestrict_role(name) IS 'Lets a role see all locations again; says so if it was not restricted.';

GRANT EXECUTE ON FUNCTION stockalert.restrict_role(name, text[]), stockalert.unrestrict_role(name) TO stockalert_admin;
GRANT SELECT ON stockalert.role_scopes TO stockalert_admin;
-- Whoever writes rules names items and locations.
GRANT SELECT ON stockalert.items, stockalert.locations, stockalert.sources, stockalert.item_refs, stockalert.location_refs TO stockalert_manager;
