# What goes wrong in the database itself: no room to settle, locks, settings made for others, no worker to be had;
# and what is wrong with a message: too long, or with a relay that cuts.  Nothing is lost and nothing comes twice.
use strict;
use warnings;
use File::Temp qw(tempdir);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);
use Shop;

my $files = tempdir(CLEANUP => 1);
my $mails = "$files/mails";
my $port  = start_peer('smtp_peer.py', '--dir', $mails);
my $node  = new_server('hard', "stockalert.delivery = 'live'", "stockalert.smtp_hosts = '127.0.0.1:$port'", "stockalert.allowed_networks = '127.0.0.0/8'",
	'stockalert.allow_http = on', 'stockalert.retry_base = 100', 'stockalert.retry_cap = 200', 'stockalert.storm_after = 10000', 'stockalert.digest_after = 1000', 'restart_after_crash = on');

sub sql
{
	return $node->safe_psql('postgres', $_[0]);
}

sub mails_about
{
	my ($item) = @_;
	my %ids;
	my $count = 0;

	foreach my $mail (map { slurp_file($_) } glob("$mails/*.eml"))
	{
		next unless $mail =~ /Item $item\b/;
		$count++;
		$ids{$1} = 1 if $mail =~ /^Message-ID: (\S+)/m;
	}
	return $count . ' under ' . keys(%ids);
}

sub lower
{
	my ($item) = @_;

	sql("UPDATE stockalert.stock_levels SET on_hand = 7 WHERE item_id = $item");
	return;
}

sub settled
{
	wait_until($node, 'SELECT count(*) FROM stockalert.queue', 0, $_[0]);
	return;
}

install_shop($node, 'postgres', 100, 'email', 'ann@example.com');
sql("SELECT stockalert.set_channel('email', host => '127.0.0.1', port => $port, security => 'none', sender => 'shop\@example.com', per_second => 1000, burst => 1000)");
lower(1);
settled('a first message');

# --- the disk is full when an answer is to be written

sql(q{CREATE FUNCTION public.disk_full() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'could not extend file "base/1/2": No space left on device' USING ERRCODE = 'disk_full'; END $$;
	GRANT EXECUTE ON FUNCTION public.disk_full() TO PUBLIC;
	CREATE TRIGGER disk_full BEFORE INSERT ON stockalert.deliveries FOR EACH ROW EXECUTE FUNCTION public.disk_full()});
my $offset = -s $node->logfile;
lower(2);
$node->wait_for_log(qr/No space left on device/, $offset);
is(mails_about(2), '1 under 1', 'the message is out');
is(sql(q{SELECT state FROM stockalert.queue}), 'I', 'and its row in flight');
lower(3);
wait_until($node, q{SELECT count(*) FROM stockalert.alerts}, 3, 'the shop goes on');
sleep 2.5;
is(mails_about(2), '1 under 1', 'it is not sent again while it cannot be settled');
cmp_ok(scalar(() = log_since($node, $offset) =~ /ERROR:  could not extend/g), '<=', 5, 'and the log is not flooded');
sql('DROP TRIGGER disk_full ON stockalert.deliveries');
settled('with room again it is settled');
is(mails_about($_), '1 under 1', "item $_: one mail") foreach 2, 3;
is(sql(q{SELECT count(*) FROM stockalert.deliveries WHERE maybe_twice}), 0, 'none is in doubt');

# The same, and the sender is killed before there is room: sent twice, and known to be.
sql('CREATE TRIGGER disk_full BEFORE INSERT ON stockalert.deliveries FOR EACH ROW EXECUTE FUNCTION public.disk_full()');
$offset = -s $node->logfile;
lower(4);
$node->wait_for_log(qr/No space left on device/, $offset);
kill_sender($node);
sql('DROP TRIGGER disk_full ON stockalert.deliveries');
settled('settled by the next sender');
is(mails_about(4), '2 under 1', 'two mails, one id');
is(sql(q{SELECT d.maybe_twice FROM stockalert.deliveries AS d JOIN stockalert.messages AS m USING (message_id) WHERE m.subject LIKE '%Item 4'}), 't', 'marked');

# --- a lock on the queue; settings that are meant for others

my $holder = $node->background_psql('postgres');
$holder->query_safe('BEGIN; LOCK TABLE stockalert.messages IN ACCESS EXCLUSIVE MODE');
lower(5);
sleep 2.5;
is(mails_about(5), '0 under 0', 'somebody has locked a table: the message waits');
$holder->query_safe('COMMIT');
$holder->quit;
settled('the lock is gone');
is(mails_about(5), '1 under 1', 'sent once');
unlike(log_since($node, $offset), qr/ERROR:  canceling statement due to lock/, 'no word of it in the log');

$node->append_conf('postgresql.conf', "statement_timeout = '1ms'\ndefault_transaction_read_only = on\nlock_timeout = '1ms'\ndefault_transaction_isolation = 'serializable'\nidle_session_timeout = '100ms'\nsynchronous_commit = off\nenable_indexscan = off");
$node->restart;
$node->safe_psql('postgres', 'SET statement_timeout = 0; SET lock_timeout = 0; BEGIN READ WRITE; UPDATE stockalert.stock_levels SET on_hand = 7 WHERE item_id = 6; COMMIT');
my $deadline = time + 90;
sleep 0.1 while time < $deadline && mails_about(6) eq '0 under 0';
is(mails_about(6), '1 under 1', 'settings that would stop a session do not stop the sender');
$node->append_conf('postgresql.conf', "statement_timeout = 0\ndefault_transaction_read_only = off\nlock_timeout = 0\ndefault_transaction_isolation = 'read committed'\nidle_session_timeout = 0\nsynchronous_commit = on\nenable_indexscan = on");
$node->reload;
wait_until($node, 'SHOW default_transaction_read_only', 'off', 'they are gone');
settled('and it is settled');

# --- a relay that refuses after DATA, and one that cuts the line there

sql(q{UPDATE stockalert.subscriber_contacts SET address = 'data-452@example.com'});
lower(7);
wait_until($node, q{SELECT attempts > 1 AND NOT maybe_twice FROM stockalert.queue}, 't', '452 after DATA: surely not sent, tried again');
sql(q{UPDATE stockalert.subscriber_contacts SET address = 'drop@example.com'});
wait_until($node, q{SELECT maybe_twice FROM stockalert.queue}, 't', 'cut after DATA: perhaps sent');
sql(q{UPDATE stockalert.subscriber_contacts SET address = 'ann@example.com'});
settled('to another address it is sent');
is(mails_about(7), '1 under 1', 'once');
my @tries = slurp_file("$mails/log") =~ /^DATA (?:data-452|drop|ann)@/mg;
cmp_ok(scalar(@tries), '>=', 3, 'after as many tries');

# What a relay answers too late is no answer to the next mail: each try is a conversation of its own.
$node->append_conf('postgresql.conf', "stockalert.send_timeout = '8s'");
$node->reload;
wait_until($node, 'SHOW stockalert.send_timeout', '8s', 'nobody waits long');
my $before = () = slurp_file("$mails/log") =~ /^DATA (?:held|ann)@/mg;
sql(q{UPDATE stockalert.subscriber_contacts SET address = 'held@example.com'});
lower(16);
wait_until($node, q{SELECT attempts > 0 AND maybe_twice FROM stockalert.queue}, 't', 'no answer after DATA: perhaps sent');
sql(q{UPDATE stockalert.subscriber_contacts SET address = 'ann@example.com'});
settled('to another address it is sent');
is(sql(q{SELECT attempts FROM stockalert.deliveries ORDER BY finished_at DESC LIMIT 1}), scalar(() = slurp_file("$mails/log") =~ /^DATA (?:held|ann)@/mg) - $before,
	'each try came as far as DATA');
append_to_file("$mails/let_go", '');
$node->append_conf('postgresql.conf', "stockalert.send_timeout = '60s'");
$node->reload;
wait_until($node, 'SHOW stockalert.send_timeout', '1min', 'with patience again');

sql(q{UPDATE stockalert.subscriber_contacts SET address = 'data-552@example.com'});
lower(8);
wait_until($node, q{SELECT outcome || ' ' || status FROM stockalert.deliveries ORDER BY finished_at DESC LIMIT 1}, 'dead 552', '552 after DATA: given up');
sql(q{UPDATE stockalert.subscriber_contacts SET address = 'ann@example.com'});

# --- a relay whose name nobody knows

sql("SELECT stockalert.set_channel('email', host => 'relay.invalid')");
$node->append_conf('postgresql.conf', "stockalert.smtp_hosts = '127.0.0.1:$port, relay.invalid:$port'");
$node->reload;
lower(9);
wait_until($node, q{SELECT attempts > 1 AND NOT maybe_twice FROM stockalert.queue}, 't', 'no such name: tried again, surely not sent');
sql("SELECT stockalert.set_channel('email', host => '127.0.0.1')");
settled('a name that is known');
is(mails_about(9), '1 under 1', 'sent once');

# --- text that grows beyond all measure

sql(q{INSERT INTO stockalert.templates (kind, channel, part, body) SELECT 'low', 'any', p, repeat('{item}', 166) FROM unnest('{subject,heading,lead,closing}'::text[]) AS p;
	UPDATE stockalert.items SET name = 'Item 10 ' || repeat('&', 500) WHERE item_id = 10});
lower(10);
lower(11);
settled('166 times the longest name in every part');
is(sql(q{SELECT string_agg(outcome, ' ') || ' ' || bool_and(octet_length(m.body) + octet_length(m.html) < 100000) FROM stockalert.deliveries AS d JOIN stockalert.messages AS m USING (message_id)
	WHERE m.alert_ids && ARRAY(SELECT alert_id FROM stockalert.alerts WHERE item_id IN (10, 11))}), 'sent sent true', 'is cut to a length that people and relays take');
sql(q{DELETE FROM stockalert.templates; ALTER TABLE stockalert.items DROP CONSTRAINT "name is 1 to 512 characters without control characters";
	UPDATE stockalert.items SET name = 'Item 12 ' || repeat('<', 1100000) WHERE item_id = 12});
lower(12);
lower(13);
settled('a name of a megabyte, against all rules');
is(sql(q{SELECT string_agg(format('%s %s', m.alert_ids[1], CASE WHEN d.outcome = 'sent' AND octet_length(m.body) + coalesce(octet_length(m.html), 0) <= 1048576 OR d.outcome = 'dead' THEN 'ends' END), ', ' ORDER BY m.message_id)
	FROM stockalert.deliveries AS d JOIN stockalert.messages AS m USING (message_id) WHERE m.alert_ids && ARRAY(SELECT alert_id FROM stockalert.alerts WHERE item_id IN (12, 13))}),
	sql(q{SELECT string_agg(alert_id || ' ends', ', ' ORDER BY alert_id) FROM stockalert.alerts WHERE item_id IN (12, 13)}), 'comes to an end within the limit');
is(mails_about(13), '1 under 1', 'its neighbour is sent');
my ($anonymous) = slurp_file('/proc/' . sender_pid($node) . '/status') =~ /^RssAnon:\s+(\d+) kB/m;
cmp_ok($anonymous, '<=', 32 * 1024, "the sender is small: $anonymous kB");

# --- no worker to be had

$node->append_conf('postgresql.conf', 'max_worker_processes = 1');
$node->restart;
$offset = 0;
lower(14);
$node->wait_for_log(qr/stockalert .*max_worker_processes|max_worker_processes.*/s, $offset);
is(sql('SELECT count(*) FROM stockalert.queue'), 1, 'without a free worker the message waits');
like(sql(q{SELECT concat_ws(' ', state, finding) FROM stockalert.health() WHERE "check" = 'worker'}), qr/^error /, 'health() says so');
$node->append_conf('postgresql.conf', 'max_worker_processes = 16');
$node->restart;
settled('with one it is sent');
is(mails_about(14), '1 under 1', 'once');
$node->stop;
done_testing();
