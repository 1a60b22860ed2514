# A server restored to a point in time is the same installation: the alerts of then are open, what waited then is sent, what
# happened afterwards did not, and from there on all is as ever.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Shop;

my $node = new_server('shop', "stockalert.digest_after = 1000");
$node->enable_archiving;
$node->restart;
install_shop($node, 'postgres', 10, 'log', 'console');
$node->safe_psql('postgres', 'SELECT stockalert.ensure_installation()');
$node->safe_psql('postgres', 'UPDATE stockalert.stock_levels SET on_hand = 7 WHERE item_id = 1');
wait_until($node, 'SELECT count(*) FROM stockalert.deliveries', 1, 'an alert is told');
$node->backup('base');
$node->safe_psql('postgres', 'UPDATE stockalert.stock_levels SET on_hand = 7 WHERE item_id = 2');
wait_until($node, 'SELECT count(*) FROM stockalert.deliveries', 2, 'another one after the backup');
$node->append_conf('postgresql.conf', "stockalert.delivery = 'off'");
$node->reload;
wait_until($node, "SELECT state FROM stockalert.worker_status() WHERE role = 'sender'", 'off', 'delivery rests');
$node->safe_psql('postgres', q{UPDATE stockalert.stock_levels SET on_hand = 7 WHERE item_id = 3; SELECT pg_create_restore_point('before the mistake')});
$node->safe_psql('postgres', 'UPDATE stockalert.stock_levels SET on_hand = 0; SELECT stockalert.add_subscriber($$Bob$$)');
is($node->safe_psql('postgres', 'SELECT count(*) FROM stockalert.active_alerts'), 10, 'a mistake: everything is out');
my $segment = $node->safe_psql('postgres', 'SELECT pg_walfile_name(pg_switch_wal())');
$node->poll_query_until('postgres', "SELECT last_archived_wal >= '$segment' FROM pg_stat_archiver");
$node->stop;

my $then = PostgreSQL::Test::Cluster->new('then');
$then->init_from_backup($node, 'base', has_restoring => 1, standby => 0);
$then->append_conf('postgresql.conf', "recovery_target_name = 'before the mistake'\nrecovery_target_action = 'promote'\nstockalert.delivery = 'log'\n");
$then->start;
$then->poll_query_until('postgres', 'SELECT NOT pg_is_in_recovery()');
like(slurp_file($then->logfile), qr/recovery stopping at restore point "before the mistake"/, 'restored to the point before it');
is($then->safe_psql('postgres', q{SELECT string_agg(item || ' ' || severity, ', ' ORDER BY alert_id) FROM stockalert.active_alerts}), 'Item 1 low, Item 2 low, Item 3 low', 'the alerts of then');
is($then->safe_psql('postgres', 'SELECT stockalert.installation_state()'), 'here', 'it is the same installation: failover, no copy');
wait_until($then, 'SELECT count(*) FROM stockalert.deliveries', 3, 'what waited then is told');
$then->safe_psql('postgres', 'UPDATE stockalert.stock_levels SET on_hand = 7 WHERE item_id = 4; UPDATE stockalert.stock_levels SET on_hand = 50 WHERE item_id = 1');
wait_until($then, 'SELECT count(*) FROM stockalert.deliveries', 5, 'and what happens from now on');
is(join(', ', sort map { m/Item \d+/g } grep { /stockalert message:/ } split /\n/, slurp_file($then->logfile)), 'Item 1, Item 3, Item 4', 'nothing was told again');
is($then->safe_psql('postgres', 'SELECT alerts_opened, alerts_worsened, alerts_resolved FROM stockalert.check_stock(recompute => true)'), '0|0|0', 'a check finds nothing new');
unlike(slurp_file($then->logfile), qr/PANIC|ERROR|WARNING/, 'nothing unexpected in the log');
$then->stop;
done_testing();
