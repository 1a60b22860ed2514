-- A changed rule, item, location or subscriber moves thresholds: the pairs
-- concerned are judged anew in the same transaction, set-based.

-- Whoever inserts a pair while a rule is made does not see the rule, and the
-- rule does not see the pair.  A lock against that would put shops' writes in
-- deadlocks; so the change is noted, and once all transactions that may have
-- run beside it are over, the check judges anew what they wrote.
CREATE TABLE stockalert.unsettled (
	unsettled_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	since xid8 NOT NULL DEFAULT pg_catalog.pg_snapshot_xmin(pg_catalog.pg_current_snapshot()),
	settled_from xid8,
	writer xid,
	location_ids bigint[],
	item_ids bigint[]
);
COMMENT ON TABLE stockalert.unsettled IS 'Changes of thresholds beside which pairs may have been written unseen. Local, never in a dump.';
COMMENT ON COLUMN stockalert.unsettled.since IS 'The oldest transaction that ran beside the change: rows written by it or by a later one may not know of it.';
COMMENT ON COLUMN stockalert.unsettled.settled_from IS 'Set by the first check after the change: when no older transaction runs any more, what was written since is judged anew. NULL: not seen by a check yet.';
COMMENT ON COLUMN stockalert.unsettled.writer IS 'With settled_from: the transaction of the change, whose own rows know of it.';
COMMENT ON COLUMN stockalert.unsettled.location_ids IS 'With item_ids: pairs that were left to the check because somebody was writing them again and again. NULL: none.';

CREATE FUNCTION stockalert.judge_locked(location_ids bigint[], item_ids bigint[],
	OUT opened bigint, OUT worsened bigint, OUT eased bigint, OUT resolved bigint, OUT reopened bigint, OUT queued bigint)
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	found record;
BEGIN
	SELECT p.* INTO found FROM stockalert.lock_pairs(coalesce(location_ids, '{}'), coalesce(item_ids, '{}')) AS p;
	SELECT a.* INTO opened, worsened, eased, resolved, reopened, queued
		FROM stockalert.apply_decisions(found.locked_location_ids, found.locked_item_ids, found.locked_places) AS a;
	IF cardinality(found.left_location_ids) > 0 THEN
		INSERT INTO stockalert.unsettled (location_ids, item_ids) VALUES (found.left_location_ids, found.left_item_ids);
	END IF;
END
$$;
COMMENT ON FUNCTION stockalert.judge_locked(bigint[], bigint[]) IS
	'Locks these pairs in key order and judges them anew, without waiting: what somebody is writing is left to the next check. For the owner.';

-- not strict: NULL keys mean all
CREATE FUNCTION stockalert.rejudge_moved(location_ids bigint[], item_ids bigint[],
	OUT opened bigint, OUT worsened bigint, OUT eased bigint, OUT resolved bigint, OUT reopened bigint, OUT queued bigint)
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	rounds CONSTANT integer := 10;
	rest record;
BEGIN
	-- Judged without a lock.  Where only the quiet range moves, as it does by the
	-- hundred thousand, the row is written as it was judged, if it is still the
	-- same version and nobody holds it; the rest is judged once more, locked. Who
	-- is writing one of them is waited for before any is held.
	FOR round IN 1 .. rounds LOOP
		WITH pair AS MATERIALIZED (
			SELECT j.location_id, j.item_id, j.place, j.quiet_below, j.quiet_above, j.busy, j.action = 'none' AND NOT j.busy AND j.class = j.class_before AS plain
			FROM stockalert.judge_pairs(rejudge_moved.location_ids, rejudge_moved.item_ids, true, true) AS j),
		held AS MATERIALIZED (
			SELECT count(*) AS wanted, stockalert.lock_places(array_agg(p.place)) AS locked FROM pair AS p
			WHERE p.plain AND (round = rounds OR NOT EXISTS (SELECT FROM pair AS x WHERE x.busy))),
		moved AS (
			UPDATE stockalert.stock_levels AS s SET quiet_below = p.quiet_below, quiet_above = p.quiet_above
			FROM pair AS p, held AS h WHERE p.plain AND h.locked = h.wanted AND s.ctid = p.place)
		SELECT array_agg(p.location_id) FILTER (WHERE p.busy) AS busy_location_ids, array_agg(p.item_id) FILTER (WHERE p.busy) AS busy_item_ids,
			array_agg(p.location_id) FILTER (WHERE NOT p.plain) AS location_ids, array_agg(p.item_id) FILTER (WHERE NOT p.plain) AS item_ids,
			count(*) FILTER (WHERE p.plain) > coalesce((SELECT h.locked FROM held AS h WHERE h.locked = h.wanted), 0) AS missed INTO rest FROM pair AS p;
		EXIT WHEN rest.busy_location_ids IS NULL;
		IF round < rounds THEN
			PERFORM stockalert.await_writers(rest.busy_location_ids, rest.busy_item_ids);
		END IF;
	END LOOP;
	IF rest.missed THEN
		SELECT array_agg(j.location_id) AS location_ids, array_agg(j.item_id) AS item_ids INTO rest
			FROM stockalert.judge_pairs(rejudge_moved.location_ids, rejudge_moved.item_ids, true, true) AS j;
	END IF;
	SELECT j.* INTO opened, worsened, eased, resolved, reopened, queued FROM stockalert.judge_locked(rest.location_ids, rest.item_ids) AS j;
END
$$;
COMMENT ON FUNCTION stockalert.rejudge_moved(bigint[], bigint[]) IS
	'Judges these pairs anew and locks only those for which something changes. item_ids NULL: all pairs of these locations; both NULL: all pairs. For the owner.';

-- not strict: NULL keys mean all
CREATE FUNCTION stockalert.rejudge_computed(location_ids bigint[] DEFAULT NULL, item_ids bigint[] DEFAULT NULL,
	OUT opened bigint, OUT worsened bigint, OUT eased bigint, OUT resolved bigint, OUT reopened bigint, OUT queued bigint)
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	SELECT r.* INTO opened, worsened, eased, resolved, reopened, queued FROM stockalert.rejudge_moved(location_ids, item_ids) AS r;
END
$$;
COMMENT ON FUNCTION stockalert.rejudge_computed(bigint[], bigint[]) IS
	'Judges pairs anew whose demand or computed reorder point was rewritten (NULL: all); where no threshold follows demand, or none moves, nothing is locked or written. For the owner; called by refresh_demand().';

CREATE FUNCTION stockalert.settle(OUT since xid8[], OUT writers xid[])
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	-- What another check is seeing to is not waited for. A row still has the xmin
	-- of the (sub)transaction that noted the change, and wrote stock levels for it.
	UPDATE stockalert.unsettled AS u SET settled_from = pg_snapshot_xmax(pg_current_snapshot()), writer = u.xmin
		WHERE u.unsettled_id IN (SELECT x.unsettled_id FROM stockalert.unsettled AS x WHERE x.settled_from IS NULL FOR UPDATE SKIP LOCKED);
	-- Of many changes each row would be held against each: the oldest stands for all.
	SELECT CASE WHEN count(*) <= 16 THEN array_agg(u.since) ELSE (array_agg(u.since ORDER BY u.since))[1:1] END,
		CASE WHEN count(*) <= 16 THEN array_agg(u.writer) ELSE '{0}' END INTO since, writers
		FROM stockalert.unsettled AS u WHERE u.settled_from <= pg_snapshot_xmin(pg_current_snapshot());
END
$$;
COMMENT ON FUNCTION stockalert.settle() IS
	'Tells the check since which transactions what others than the writers wrote must be judged anew because of earlier changes of thresholds; NULL: no need. For the owner.';

CREATE FUNCTION stockalert.rules_changed() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	found record;
	places bigint[];
BEGIN
	-- A note, and that of this function itself (applied_at), move no threshold.
	-- As sets, whose comparison does not hang on how many rows the first statement of the session had.
	IF TG_OP = 'UPDATE' THEN
		IF NOT EXISTS (SELECT c.rule_id, c.unit, c.low, c.critical, c.maximum, c.fires, c.enabled FROM changed AS c
			EXCEPT SELECT o.rule_id, o.unit, o.low, o.critical, o.maximum, o.fires, o.enabled FROM other AS o) THEN
			RETURN NULL;
		END IF;
	END IF;
	INSERT INTO stockalert.unsettled DEFAULT VALUES;
	-- A rule that comes with applied_at is restored from a dump, with levels
	-- that were judged by it.
	SELECT bool_or(r.item_id IS NULL AND r.category IS NULL AND r.location_id IS NULL) AS everything,
		array_agg(r.location_id) FILTER (WHERE r.item_id IS NULL AND r.category IS NULL) AS location_ids,
		bool_or(coalesce(r.item_id::text, r.category) IS NOT NULL) AS narrower INTO found
		FROM changed AS r WHERE r.applied_at IS NULL OR TG_OP <> 'INSERT';
	IF found.everything THEN
		PERFORM stockalert.rejudge_moved(NULL, NULL);
	ELSE
		places := found.location_ids;
		IF places IS NOT NULL THEN
			PERFORM stockalert.rejudge_moved(places, NULL);
		END IF;
		IF found.narrower THEN
			-- By location first: the key of stock_levels begins with it.
			SELECT array_agg(p.location_id) AS location_ids, array_agg(p.item_id) AS item_ids INTO found FROM (
				SELECT s.location_id, s.item_id FROM changed AS r
					JOIN stockalert.locations AS l ON r.location_id IS NULL OR l.location_id = r.location_id
					JOIN stockalert.stock_levels AS s ON s.location_id = l.location_id AND s.item_id = r.item_id
					WHERE r.item_id IS NOT NULL AND (r.applied_at IS NULL OR TG_OP <> 'INSERT')
				UNION ALL
				SELECT s.location_id, s.item_id FROM changed AS r
					JOIN stockalert.items AS i ON i.category = r.category
					JOIN stockalert.locations AS l ON r.location_id IS NULL OR l.location_id = r.location_id
					JOIN stockalert.stock_levels AS s ON s.location_id = l.location_id AND s.item_id = i.item_id
					WHERE r.item_id IS NULL AND (r.applied_at IS NULL OR TG_OP <> 'INSERT')) AS p
				WHERE places IS NULL OR NOT p.location_id = ANY (places);
			IF found.location_ids IS NOT NULL THEN
				PERFORM stockalert.rejudge_moved(found.location_ids, found.item_ids);
			END IF;
		END IF;
	END IF;
	IF TG_OP = 'INSERT' THEN
		UPDATE stockalert.rules AS r SET applied_at = stockalert.as_of()
			FROM changed AS c WHERE r.rule_id = c.rule_id AND r.applied_at IS NULL;
	END IF;
	RETURN NULL;
END
$$;
COMMENT ON FUNCTION stockalert.rules_changed() IS 'Statement trigger of rules: judges the pairs anew that the changed rules cover.';

CREATE TRIGGER rules_inserted AFTER INSERT ON stockalert.rules REFERENCING NEW TABLE AS changed
	FOR EACH STATEMENT EXECUTE FUNCTION stockalert.rules_changed();
COMMENT ON TRIGGER rules_inserted ON stockalert.rules IS 'Judges covered pairs anew.';
CREATE TRIGGER rules_deleted AFTER DELETE ON stockalert.rules REFERENCING OLD TABLE AS changed
	FOR EACH STATEMENT EXECUTE FUNCTION stockalert.rules_changed();
COMMENT ON TRIGGER rules_deleted ON stockalert.rules IS 'Judges pairs anew that were covered.';
-- A rule keeps its scope: what it covers is what it covered.
CREATE FUNCTION stockalert.keep_rule_scope() RETURNS trigger
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RAISE EXCEPTION 'the scope of a rule cannot be changed'
		USING ERRCODE = 'object_not_in_prerequisite_state',
			  DETAIL = 'Item, location, category and origin of a rule stay as they were made.',
			  HINT = 'Delete the rule and make another: SELECT * FROM stockalert.set_threshold(...)';
END
$$;
COMMENT ON FUNCTION stockalert.keep_rule_scope() IS 'Row trigger of rules: refuses another scope. Error 55000.';
CREATE TRIGGER rules_keep_scope BEFORE UPDATE ON stockalert.rules FOR EACH ROW
	WHEN ((old.item_id, old.location_id, old.category, old.origin) IS DISTINCT FROM (new.item_id, new.location_id, new.category, new.origin))
	EXECUTE FUNCTION stockalert.keep_rule_scope();
COMMENT ON TRIGGER rules_keep_scope ON stockalert.rules IS 'A rule keeps its scope.';
CREATE TRIGGER rules_updated AFTER UPDATE ON stockalert.rules REFERENCING OLD TABLE AS other NEW TABLE AS changed
	FOR EACH STATEMENT EXECUTE FUNCTION stockalert.rules_changed();
COMMENT ON TRIGGER rules_updated ON stockalert.rules IS 'Judges covered pairs anew.';

CREATE FUNCTION stockalert.items_changed() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	moved bigint[];
	location_ids bigint[];
	item_ids bigint[];
BEGIN
	SELECT array_agg(x.item_id) INTO moved FROM (SELECT n.item_id, n.category, n.active, n.quantity_step, n.owner_key FROM after AS n
		EXCEPT SELECT o.item_id, o.category, o.active, o.quantity_step, o.owner_key FROM before AS o) AS x;
	IF moved IS NULL THEN
		RETURN NULL;
	END IF;
	INSERT INTO stockalert.unsettled DEFAULT VALUES;
	SELECT array_agg(s.location_id), array_agg(s.item_id) INTO location_ids, item_ids
		FROM unnest(moved) AS n (item_id) CROSS JOIN stockalert.locations AS l
		JOIN stockalert.stock_levels AS s ON s.location_id = l.location_id AND s.item_id = n.item_id;
	IF location_ids IS NOT NULL THEN
		PERFORM stockalert.rejudge_moved(location_ids, item_ids);
	END IF;
	RETURN NULL;
END
$$;
COMMENT ON FUNCTION stockalert.items_changed() IS 'Statement trigger of items: judges anew where category, activity or step changed.';
CREATE TRIGGER items_changed AFTER UPDATE ON stockalert.items REFERENCING OLD TABLE AS before NEW TABLE AS after
	FOR EACH STATEMENT EXECUTE FUNCTION stockalert.items_changed();
COMMENT ON TRIGGER items_changed ON stockalert.items IS 'Judges anew where category, activity or step changed.';

CREATE FUNCTION stockalert.locations_changed() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	location_ids bigint[];
BEGIN
	INSERT INTO stockalert.unsettled (settled_from)
		SELECT NULL FROM after AS n JOIN before AS o ON o.location_id = n.location_id WHERE o.active IS DISTINCT FROM n.active LIMIT 1;
	SELECT array_agg(n.location_id) INTO location_ids FROM after AS n JOIN before AS o ON o.location_id = n.location_id
		WHERE o.active IS DISTINCT FROM n.active;
	IF location_ids IS NOT NULL THEN
		PERFORM stockalert.rejudge_moved(location_ids, NULL);
	END IF;
	RETURN NULL;
END
$$;
COMMENT ON FUNCTION stockalert.locations_changed() IS 'Statement trigger of locations: judges anew where activity changed.';
CREATE TRIGGER locations_changed AFTER UPDATE ON stockalert.locations REFERENCING OLD TABLE AS before NEW TABLE AS after
	FOR EACH STATEMENT EXECUTE FUNCTION stockalert.locations_changed();
COMMENT ON TRIGGER locations_changed ON stockalert.locations IS 'Judges anew where activity changed.';

CREATE FUNCTION stockalert.subscribers_changed() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	found record;
BEGIN
	-- A summary sent, a name, who is disabled (and has alerts recorded all the same) and the note of this
	-- function itself (applied_at) move no threshold.
	IF TG_OP = 'UPDATE' THEN
		IF NOT EXISTS (SELECT c.subscriber_id, c.own_threshold, c.location_ids, c.categories, c.app_key FROM changed AS c
			EXCEPT SELECT o.subscriber_id, o.own_threshold, o.location_ids, o.categories, o.app_key FROM other AS o) THEN
			RETURN NULL;
		END IF;
	END IF;
	INSERT INTO stockalert.unsettled DEFAULT VALUES;
	-- Own thresholds are edges: every pair that a changed person covers is
	-- looked at. A row that comes with applied_at is restored from a dump.
	SELECT bool_or(b.location_ids IS NULL) AS everywhere,
		(SELECT array_agg(DISTINCT l) FROM changed AS c, unnest(c.location_ids) AS l
			WHERE l IS NOT NULL AND (c.applied_at IS NULL OR TG_OP <> 'INSERT')) AS location_ids INTO found
		FROM changed AS b WHERE b.applied_at IS NULL OR TG_OP <> 'INSERT';
	IF found.everywhere OR found.location_ids IS NOT NULL THEN
		PERFORM stockalert.rejudge_moved(CASE WHEN NOT found.everywhere THEN found.location_ids END, NULL);
	END IF;
	IF TG_OP = 'INSERT' THEN
		UPDATE stockalert.subscribers AS b SET applied_at = stockalert.as_of()
			FROM changed AS c WHERE b.subscriber_id = c.subscriber_id AND b.applied_at IS NULL;
	END IF;
	RETURN NULL;
END
$$;
COMMENT ON FUNCTION stockalert.subscribers_changed() IS 'Statement trigger of subscribers: judges anew the pairs whose own thresholds changed.';
CREATE TRIGGER subscribers_inserted AFTER INSERT ON stockalert.subscribers REFERENCING NEW TABLE AS changed
	FOR EACH STATEMENT EXECUTE FUNCTION stockalert.subscribers_changed();
COMMENT ON TRIGGER subscribers_inserted ON stockalert.subscribers IS 'Own thresholds are edges.';
CREATE TRIGGER subscribers_deleted AFTER DELETE ON stockalert.subscribers REFERENCING OLD TABLE AS changed
	FOR EACH STATEMENT EXECUTE FUNCTION stockalert.subscribers_changed();
COMMENT ON TRIGGER subscribers_deleted ON stockalert.subscribers IS 'Own thresholds are edges.';
CREATE TRIGGER subscribers_were AFTER UPDATE ON stockalert.subscribers REFERENCING OLD TABLE AS changed NEW TABLE AS other
	FOR EACH STATEMENT EXECUTE FUNCTION stockalert.subscribers_changed();
COMMENT ON TRIGGER subscribers_were ON stockalert.subscribers IS 'Pairs that were covered; fires before subscribers_will by name.';
CREATE TRIGGER subscribers_will AFTER UPDATE ON stockalert.subscribers REFERENCING OLD TABLE AS other NEW TABLE AS changed
	FOR EACH STATEMENT EXECUTE FUNCTION stockalert.subscribers_changed();
COMMENT ON TRIGGER subscribers_will ON stockalert.subscribers IS 'Pairs that are covered now.';
