# The log as jsonlog: one line of a worker that starts, and a SQLSTATE on each line of ours.
use strict;
use warnings;
use JSON::PP;
use PostgreSQL::Test::Utils;
use Shop;
use Test::More;
use Time::HiRes qw(sleep);

my $node = new_server('log', 'logging_collector = on', "log_destination = 'jsonlog'", "log_filename = 'log'", "stockalert.escalate_after = 0");

# Every line of the log is one object.  The collector may be in the middle of one.
sub lines
{
	return map { decode_json($_) } slurp_file($node->data_dir . '/log/log.json') =~ /(.*)\n/g;
}

sub ours
{
	return grep { $_->{message} =~ /^stockalert |^job "/ || ($_->{backend_type} // '') =~ /^stockalert/ } lines();
}

# Ours that say so, once there is one.
sub lines_like
{
	my ($pattern) = @_;
	my @found;

	for (1 .. 900)
	{
		@found = grep { $_->{message} =~ $pattern } ours();
		last if @found;
		sleep 0.1;
	}
	return @found;
}

install_shop($node, 'postgres', 3, 'log', 'server log');
wait_until($node, q{SELECT state FROM stockalert.worker_status() WHERE role = 'sender'}, 'running', 'the sender runs');
my @started = lines_like(qr/^stockalert sender of database/);
is(scalar @started, 1, 'one line of a worker that started');
like($started[0]{message}, qr/^stockalert sender of database "postgres" started: version \d+\.\d+, libcurl \d+\.\d+\.\d+ \(\S+\), libsodium \d+\.\d+\.\d+, key none, delivery log$/, 'what it is and how it is set');
is($started[0]{$_->[0]}, $_->[1], "its $_->[0]") foreach [ 'error_severity', 'LOG' ], [ 'state_code', '00SA0' ], [ 'backend_type', 'stockalert sender' ];

# A message, and one to somebody whose channel cannot be reached.
$node->safe_psql('postgres', 'UPDATE stockalert.stock_levels SET on_hand = 1 WHERE item_id = 1');
wait_until($node, q{SELECT count(*) FROM stockalert.delivery_log WHERE outcome = 'logged'}, '1', 'a message is logged');
my ($message) = lines_like(qr/^stockalert message:/);
like($message->{message}, qr/^stockalert message: channel=log recipient=server log ref=\w{6} subject="/, 'its line');
is($message->{state_code}, '00SA0', 'and its code');
ok(!exists $message->{statement}, 'without the statement of the sender');
$node->append_conf('postgresql.conf', "stockalert.delivery = live\nstockalert.smtp_hosts = '127.0.0.1:9'\nstockalert.allowed_networks = '127.0.0.0/8'\nstockalert.allow_http = on");
$node->reload;
$node->safe_psql('postgres', q{
	SELECT stockalert.set_channel('email', host => '127.0.0.1', port => 9, security => 'none', sender => 'shop@example.com');
	INSERT INTO stockalert.subscriber_contacts (subscriber_id, channel, address) VALUES (1, 'email', 'ann@example.com');
	UPDATE stockalert.stock_levels SET on_hand = 1 WHERE item_id = 2;
});
wait_until($node, q{SELECT count(*) FROM stockalert.queue WHERE last_error IS NOT NULL AND attempts > 0}, '1', 'a mail relay that is not there');
my ($refused) = lines_like(qr/^stockalert email/);
is($refused->{state_code}, '08006', 'has the code of a connection that failed') or diag explain $refused;

# A job that fails says why, with the code of the error.
$node->safe_psql('postgres', 'ALTER FUNCTION stockalert.settle() RENAME TO settle_away');
$node->safe_psql('postgres', q{SELECT stockalert.run_job('check')});
my ($failed) = lines_like(qr/^job "check" failed/);
is($failed->{state_code}, '42883', 'a job that failed has the code of its error');
is($failed->{error_severity}, 'WARNING', 'and is a warning');
is(join(', ', map { $_->{message} } grep { !$_->{state_code} && $_->{message} =~ /^stockalert |^job / } lines()), '', 'no line of ours is without a code');
unlike(join(' ', map { $_->{message} } ours()), qr/ann\@example\.com/, 'and none has an address in full');
$node->stop;
done_testing();
