-- Last of all: the worker may connect, and the launcher hears of this database.

DO $connect$
BEGIN
	IF NOT pg_catalog.has_database_privilege('stockalert_worker', pg_catalog.current_database(), 'CONNECT') THEN
		EXECUTE pg_catalog.format('GRANT CONNECT ON DATABASE %I TO stockalert_worker', pg_catalog.current_database());
	END IF;
END
$connect$;

SELECT stockalert.start_worker();
