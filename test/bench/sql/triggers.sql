-- triggers.sql: variable which: none, ours or peer is enabled on stock_levels, nothing else.
CREATE TABLE IF NOT EXISTS peer_alerts (location_id bigint, item_id bigint, quantity numeric);
CREATE OR REPLACE FUNCTION peer_trigger() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF NEW.on_hand - NEW.reserved <= NEW.quiet_below OR NEW.on_hand - NEW.reserved >= NEW.quiet_above THEN
		INSERT INTO peer_alerts VALUES (NEW.location_id, NEW.item_id, NEW.on_hand - NEW.reserved);
	END IF;
	RETURN NULL;
END
$$;
DROP TRIGGER IF EXISTS peer_trigger ON stockalert.stock_levels;
ALTER TABLE stockalert.stock_levels DISABLE TRIGGER USER;
SELECT :'which' = 'ours' AS ours, :'which' = 'peer' AS peer \gset
\if :ours
ALTER TABLE stockalert.stock_levels ENABLE TRIGGER USER;
\endif
\if :peer
CREATE TRIGGER peer_trigger AFTER UPDATE OF on_hand, reserved, par_level, active ON stockalert.stock_levels
	FOR EACH ROW EXECUTE FUNCTION peer_trigger();
\endif
