-- What a database role may see: the scope of a store's role is its locations.
-- Every view that people read and every function that they call asks here; the
-- tables of facts have no row security, as COPY would refuse them, and only
-- stockalert_writer reads them directly.

CREATE TABLE stockalert.role_scopes (
	role_name name PRIMARY KEY,
	location_ids bigint[] NOT NULL,
	role_oid oid,
	set_by text NOT NULL DEFAULT SESSION_USER,
	set_at timestamptz NOT NULL DEFAULT pg_catalog.now()
);
COMMENT ON TABLE stockalert.role_scopes IS
	'Roles that see some locations only, with their members. A role without a row sees all; so do superusers and members of stockalert_admin.';
COMMENT ON COLUMN stockalert.role_scopes.location_ids IS 'What it sees; a location that is deleted stays here and shows nothing. Empty: nothing.';
-- A name alone would let a role that was renamed see everything, a number alone one of another server.
COMMENT ON COLUMN stockalert.role_scopes.role_oid IS 'The role that had the name when the row was written, so on this server; it is restricted under any name, and so is whoever has the name. NULL: there was none.';

CREATE FUNCTION stockalert.caller() RETURNS oid
	LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_caller'; -- lint: not strict (no arguments)
COMMENT ON FUNCTION stockalert.caller() IS
	'The role that calls: what SET ROLE made of the session, also inside functions that run as somebody else. Never NULL.';

CREATE FUNCTION stockalert.is_scope_of(scope stockalert.role_scopes, role oid) RETURNS boolean
	LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
	SELECT coalesce(pg_has_role(role, to_regrole(quote_ident(scope.role_name))::oid, 'MEMBER'), false) OR coalesce(pg_has_role(role, scope.role_oid, 'MEMBER'), false);
$$;
COMMENT ON FUNCTION stockalert.is_scope_of(stockalert.role_scopes, oid) IS 'Tells whether a role is, or is a member of, the one that has the name of a scope or had it when the scope was set. For the owner.';

CREATE FUNCTION stockalert.sees_all_locations() RETURNS boolean
	LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	-- Nobody is restricted in most shops, and a new session need not even plan the rest.
	IF NOT EXISTS (SELECT FROM stockalert.role_scopes) THEN
		RETURN true;
	END IF;
	RETURN pg_has_role(stockalert.caller(), 'stockalert_admin', 'MEMBER')
		OR NOT EXISTS (SELECT FROM stockalert.role_scopes AS x WHERE stockalert.is_scope_of(x, stockalert.caller()));
END
$$;
COMMENT ON FUNCTION stockalert.sees_all_locations() IS
	'Tells whether the caller sees all locations: a superuser, a member of stockalert_admin, or a role that neither is nor belongs to one in role_scopes. Never NULL.';

CREATE FUNCTION stockalert.visible_locations() RETURNS bigint[]
	LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF stockalert.sees_all_locations() THEN
		RETURN NULL;
	END IF;
	RETURN coalesce((SELECT array_agg(DISTINCT u.id) FROM stockalert.role_scopes AS x CROSS JOIN LATERAL unnest(x.location_ids) AS u (id)
		WHERE stockalert.is_scope_of(x, stockalert.caller())), '{}');
END
$$;
COMMENT ON FUNCTION stockalert.visible_locations() IS
	'Returns the locations that the caller sees: all that role_scopes gives to it and to roles it is a member of. NULL: all there are.';

CREATE FUNCTION stockalert.sees_location(location_id bigint) RETURNS boolean
	LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN stockalert.sees_all_locations() OR coalesce(location_id = ANY (stockalert.visible_locations()), false);
END
$$;
COMMENT ON FUNCTION stockalert.sees_location(bigint) IS 'Tells whether the caller sees a location; NULL stands for all locations together. For single ones: views compare with visible_locations().';

CREATE FUNCTION stockalert.sees_locations(location_ids bigint[]) RETURNS boolean
	LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN stockalert.sees_all_locations() OR coalesce(location_ids <@ stockalert.visible_locations(), false);
END
$$;
COMMENT ON FUNCTION stockalert.sees_locations(bigint[]) IS
	'Tells whether the caller sees each of these locations; NULL stands for all there are.';

CREATE FUNCTION stockalert.require_all_locations(what text) RETURNS void
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF NOT stockalert.sees_all_locations() THEN
		RAISE EXCEPTION '% is for all locations', what
			USING ERRCODE = 'insufficient_privilege', DETAIL = 'Your role sees some locations only.',
				  HINT = 'Name a location where the function takes one: SELECT code FROM stockalert.location_list; or ask a member of stockalert_admin.';
	END IF;
END
$$;
COMMENT ON FUNCTION stockalert.require_all_locations(text) IS
	'Raises 42501 where the caller does not see all locations. For the owner''s functions.';

CREATE FUNCTION stockalert.keep_scope_known() RETURNS trigger
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	named oid := to_regrole(quote_ident(new.role_name));
BEGIN
	-- A dump brings the number of another server's role.
	IF TG_OP = 'INSERT' OR new.role_name <> old.role_name THEN
		new.role_oid := named;
	END IF;
	IF named IS NULL AND NOT EXISTS (SELECT FROM pg_catalog.pg_roles AS r WHERE r.oid = new.role_oid) THEN
		RAISE WARNING 'role "%" does not exist', new.role_name
			USING ERRCODE = 'undefined_object', DETAIL = 'Its scope is kept for when it does.', HINT = 'CREATE ROLE, or mend the name.';
	END IF;
	RETURN new;
END
$$;
COMMENT ON FUNCTION stockalert.keep_scope_known() IS 'Row trigger of role_scopes: notes which role it is, and warns of one that does not exist, which a dump may hold.';
CREATE TRIGGER keep_scope_known BEFORE INSERT OR UPDATE ON stockalert.role_scopes FOR EACH ROW EXECUTE FUNCTION stockalert.keep_scope_known();
COMMENT ON TRIGGER keep_scope_known ON stockalert.role_scopes IS 'Knows a role by more than its name, and warns of a misspelt one.';

-- not strict: NULL is no role
CREATE FUNCTION stockalert.follow_renamed_roles(named name DEFAULT NULL) RETURNS void
	LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	-- Its number stays with a role; what is dumped is its name.
	UPDATE stockalert.role_scopes AS x SET role_name = r.rolname FROM pg_catalog.pg_roles AS r
		WHERE r.oid = x.role_oid AND r.rolname <> x.role_name AND (x.role_name = named OR to_regrole(quote_ident(x.role_name)) IS NULL)
			AND NOT EXISTS (SELECT FROM stockalert.role_scopes AS y WHERE y.role_name = r.rolname);
	-- Roles that were made after their scope, as restores may.
	UPDATE stockalert.role_scopes AS x SET role_oid = r.oid FROM pg_catalog.pg_roles AS r
		WHERE r.rolname = x.role_name AND r.oid IS DISTINCT FROM x.role_oid AND NOT EXISTS (SELECT FROM pg_catalog.pg_roles AS o WHERE o.oid = x.role_oid);
$$;
COMMENT ON FUNCTION stockalert.follow_renamed_roles(name) IS 'Gives scopes the present names of their roles, and the numbers of roles that were made later. Where the old name is another role''s by now, who has it stays restricted too, unless it is named. For the owner: daily_upkeep() calls it.';

-- A function in a view is called by whoever reads the view.
GRANT EXECUTE ON FUNCTION stockalert.caller(), stockalert.sees_all_locations(), stockalert.visible_locations(), stockalert.sees_location(bigint),
	stockalert.sees_locations(bigint[]) TO stockalert_viewer, stockalert_writer, stockalert_worker;
