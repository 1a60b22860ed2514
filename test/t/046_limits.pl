# What people are not to be told yet: storms become one digest, quiet hours and limits make news wait, it is judged
# again when its time comes, and a person can read why it waits.  And what follows a person to a new address.
use strict;
use warnings;
use File::Temp qw(tempdir);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);
use Shop;

my $mails = tempdir(CLEANUP => 1);
my $port  = start_peer('smtp_peer.py', '--dir', $mails);
my $node  = new_server('limits', "stockalert.delivery = 'live'", "stockalert.smtp_hosts = '127.0.0.1:$port'",
	"stockalert.allowed_networks = '127.0.0.0/8'", 'stockalert.allow_http = on', 'stockalert.storm_after = 3');

install_shop($node, 'postgres', 3000, 'log', 'console');

sub sql
{
	return $node->safe_psql('postgres', $_[0]);
}

sub lower
{
	my ($item, $quantity) = @_;

	sql("UPDATE stockalert.stock_levels SET on_hand = $quantity WHERE item_id = $item");
	wait_until($node, q{SELECT count(*) FROM stockalert.queue WHERE stage <> 'held'}, 0, "item $item at $quantity is settled");
	return;
}

# Whatever is held is due now.
sub release
{
	sql(q{UPDATE stockalert.queue SET next_attempt_at = now() WHERE stage = 'held'; SELECT stockalert.wake_sender()});
	return;
}

sub held
{
	return sql(q{SELECT coalesce(string_agg(format('%s %s: %s', event, item_id, last_error), ', ' ORDER BY queue_id), 'nothing') FROM stockalert.queue WHERE stage = 'held'});
}

sub last_told
{
	return sql(q{SELECT kind || ' ' || cardinality(alert_ids) || coalesce(' ' || severity, '') FROM stockalert.messages ORDER BY message_id DESC LIMIT 1});
}

# --- a storm of single ones

lower($_, 7) foreach 1 .. 3;
is(sql(q{SELECT count(*) FROM stockalert.deliveries WHERE outcome = 'logged'}), 3, 'three in a minute are told one by one');
lower(4, 7);
is(held(), 'opened 4: more at once than a person reads', 'the fourth is held');
lower(5, 7);
is(sql(q{SELECT count(DISTINCT next_attempt_at) || ' ' || bool_and(next_attempt_at BETWEEN (SELECT min(q.occurred_at) FROM stockalert.queue AS q) + interval '1 minute' AND now() + interval '1 minute') FROM stockalert.queue}), '1 true',
	'as is the fifth, until the same time, within a minute');
like(sql(q{SELECT stockalert.explain_stock('SKU-4')}), qr/^  Ann by log: waits until \S+ \S+: more at once than a person reads$/m, 'explain_stock() says why');
is(sql(q{SELECT count(*) FROM stockalert.waiting_messages WHERE stage = 'held' AND subscriber = 'Ann' AND last_error LIKE 'more at once%'}), 2, 'and waiting_messages');
lower(6, 7);
lower(6, 90);
lower(5, 1);
release();
wait_until($node, 'SELECT count(*) FROM stockalert.queue', 0, 'its time comes');
is(last_told(), 'digest 2 critical', 'one digest: what is back in stock is not in it, what got worse is in it once');
is(sql(q{SELECT count(*) FROM stockalert.messages WHERE body LIKE '%Item 6%'}), 0, 'nobody hears of item 6');

# --- more than a batch at once

sql('UPDATE stockalert.stock_levels SET on_hand = 5 WHERE item_id BETWEEN 301 AND 2800');
wait_until($node, q{SELECT kind || ' ' || cardinality(alert_ids) FROM stockalert.messages ORDER BY message_id DESC LIMIT 1}, 'digest 2500', '2,500 at once are one message');
wait_until($node, 'SELECT count(*) FROM stockalert.queue', 0, 'which is sent');
is(sql('SELECT count(*) FROM stockalert.notices'), 2505, 'and each counts as told');

# --- quiet hours

sql(q{UPDATE stockalert.messages SET occurred_at = occurred_at - interval '1 hour';
	UPDATE stockalert.subscribers SET quiet_from = (now() AT TIME ZONE 'UTC' - interval '1 hour')::time, quiet_until = (now() AT TIME ZONE 'UTC' + interval '1 hour')::time});
lower(11, 7);
lower(12, 0);
is(held(), 'opened 11: quiet hours', 'in quiet hours what is low waits');
like(last_told(), qr/^alert 1 out/, 'what is out does not');
is(sql(q{SELECT next_attempt_at = stockalert.quiet_until(now(), time_zone, quiet_from, quiet_until) FROM stockalert.queue, stockalert.subscribers}), 't', 'until they end');
lower(11, 2);
lower(13, 7);
lower(14, 7);
lower(14, 90);
sql(q{UPDATE stockalert.subscribers SET quiet_from = NULL, quiet_until = NULL});
release();
wait_until($node, 'SELECT count(*) FROM stockalert.queue', 0, 'morning comes');
is(last_told(), 'digest 2 critical', 'one message of what is still so');

# --- limits

sql(q{UPDATE stockalert.messages SET occurred_at = occurred_at - interval '1 hour'; SELECT stockalert.set_channel('log');
	SELECT stockalert.set_channel_limits('log', daily_each => (SELECT count(*)::integer + 1 FROM stockalert.messages))});
lower($_, 7) foreach 21 .. 23;
like(held(), qr/^opened 22: limit of messages a day to one recipient \(daily_each\), opened 23/, 'a limit for each recipient');
is(sql(q{SELECT bool_and(next_attempt_at BETWEEN now() + interval '23 hours' AND now() + interval '24 hours') FROM stockalert.queue}), 't', 'until there is room again');
like(sql(q{SELECT stockalert.explain_stock('SKU-22')}), qr/^  Ann by log: waits until \S+ \S+: limit of messages a day/m, 'explain_stock() says so');
sql(q{SELECT stockalert.set_channel_limits('log', hourly => 1)});
wait_until($node, q{SELECT string_agg(DISTINCT last_error, ', ') FROM stockalert.queue}, 'limit of messages an hour (hourly_limit)', 'another limit holds them');
sql(q{SELECT stockalert.set_channel_limits('log', daily => 1)});
wait_until($node, q{SELECT string_agg(DISTINCT last_error, ', ') FROM stockalert.queue}, 'limit of messages a day (daily_limit)', 'and another');
is(sql(q{SELECT done FROM stockalert.set_channel_limits('log')}), 'channel log: no limits', 'without limits');
wait_until($node, 'SELECT count(*) FROM stockalert.queue', 0, 'they are told at once');
is(last_told(), 'digest 2 low', 'in one message');
foreach my $case ([ q{'log', 0}, qr/limit cannot be used/ ], [ q{'log', 1, -1}, qr/limit cannot be used/ ], [ q{'fax', 1}, qr/channel/ ], [ q{'sms', 1}, qr/sms is not configured/ ])
{
	my (undef, undef, $error) = $node->psql('postgres', "SELECT stockalert.set_channel_limits($case->[0])");

	like($error, $case->[1], "refused: $case->[0]");
}

# --- messages that wait for a relay

sql(q{UPDATE stockalert.messages SET occurred_at = occurred_at - interval '1 hour'; UPDATE stockalert.subscriber_contacts SET channel = 'email', address = 'ann@example.com'});
lower_waiting(31, 7);
lower_waiting(32, 7);
lower_waiting(33, 7);

sub lower_waiting
{
	my ($item, $quantity) = @_;

	sql("UPDATE stockalert.stock_levels SET on_hand = $quantity WHERE item_id = $item");
	wait_until($node, q{SELECT count(*) FROM stockalert.queue WHERE stage = 'event'}, 0, "item $item: a message waits for the relay");
	return;
}

# --- the address that a person has when the message goes; nobody else's

sql(q{UPDATE stockalert.messages SET occurred_at = occurred_at - interval '1 hour';
	INSERT INTO stockalert.subscribers (name) VALUES ('Moved'), ('Gone'), ('Anew'), ('Other');
	INSERT INTO stockalert.subscriber_contacts (subscriber_id, channel, address) SELECT subscriber_id, 'email', lower(name) || '@old.example' FROM stockalert.subscribers WHERE name <> 'Ann';
	INSERT INTO stockalert.subscriber_contacts (subscriber_id, channel, address) SELECT subscriber_id, 'email', 'second@example.com' FROM stockalert.subscribers WHERE name = 'Other'});
lower_waiting(34, 0);
is(sql(q{SELECT count(*) FROM stockalert.queue WHERE stage = 'message'}), 9, 'they wait, one more for each way');
sql(q{UPDATE stockalert.subscriber_contacts SET address = 'moved@new.example' WHERE address = 'moved@old.example';
	DELETE FROM stockalert.subscriber_contacts WHERE address ~ '^(gone|anew|other)@old';
	INSERT INTO stockalert.subscriber_contacts (subscriber_id, channel, address) SELECT subscriber_id, 'email', 'anew@new.example' FROM stockalert.subscribers WHERE name = 'Anew';
	SELECT stockalert.set_channel('email', host => '127.0.0.1', port => } . $port . q{, security => 'none', sender => 'shop@example.com', per_second => 1000, burst => 1000)});
wait_until($node, q{SELECT count(*) FROM stockalert.queue WHERE stage = 'message'}, 0, 'the relay is there');
is(join(' ', sort map { /Item 34\b/ && /^X-Peer-To: (\S+)/m ? $1 : () } map { slurp_file($_) } glob("$mails/*.eml")),
	'anew@new.example ann@example.com moved@new.example second@example.com', 'each to the address of now; the one of two that was deleted is not doubled to the other');
is(sql(q{SELECT string_agg(subscriber, ' ' ORDER BY subscriber) FROM stockalert.delivery_log WHERE outcome = 'superseded'}), 'Gone Other', 'what was for a deleted address is superseded');
my @rcpt = slurp_file("$mails/log") =~ /^RCPT (\S+)/mg;
is(scalar(@rcpt), 7, 'seven went out');

$node->stop;
done_testing();
