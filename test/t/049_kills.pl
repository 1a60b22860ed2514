# kill -9 at every step of a message's way, of the sender and of the postmaster: nothing is lost, twice comes only
# what was in flight, under the same id, and marked.  Each step is held fast by a lock or by the receiver, so that
# the blow falls there and nowhere else.
use strict;
use warnings;
use File::Temp qw(tempdir);
use JSON::PP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);
use Shop;

my $files = tempdir(CLEANUP => 1);
my $mails = "$files/mails";
my $port  = start_peer('smtp_peer.py', '--dir', $mails);
my $node  = new_server('kills', "stockalert.delivery = 'live'", "stockalert.smtp_hosts = '127.0.0.1:$port'", "stockalert.allowed_networks = '127.0.0.0/8'",
	'stockalert.allow_http = on', 'stockalert.retry_base = 100', 'stockalert.retry_cap = 200', 'stockalert.storm_after = 10000', 'stockalert.digest_after = 1000',
	'restart_after_crash = on', 'deadlock_timeout = 100ms');

install_shop($node, 'postgres', 300, 'email', 'ann@example.com');
$node->safe_psql('postgres', "SELECT stockalert.set_channel('email', host => '127.0.0.1', port => $port, security => 'none', sender => 'shop\@example.com', per_second => 1000, burst => 1000)");

my $number = 0;
my %may_double;

# A query, also while the server comes back from a crash.
sub patient
{
	my ($query) = @_;
	my $deadline = time + 90;

	while (time < $deadline)
	{
		my ($code, $out) = $node->psql('postgres', $query);

		return $out if $code == 0;
		sleep 0.1;
	}
	return 'no answer';
}

sub lower
{
	my ($count) = @_;
	my $first = $number + 1;

	$number += $count;
	patient("UPDATE stockalert.stock_levels SET on_hand = 7 WHERE item_id BETWEEN $first AND $number");
	return ($first .. $number);
}

sub strike
{
	my ($whom) = @_;

	if ($whom eq 'sender')
	{
		kill_sender($node);
		return;
	}
	my ($postmaster) = slurp_file($node->data_dir . '/postmaster.pid') =~ /^(\d+)/;

	$node->kill9;
	sleep 0.05 while kill 0, $postmaster;
	my $deadline = time + 90;
	sleep 0.1 until $node->start(fail_ok => 1) || time > $deadline;
	return;
}

# The relay keeps what is for held@example.com to itself until it is let go.
sub hold_mails
{
	unlink "$mails/let_go";
	patient(q{UPDATE stockalert.subscriber_contacts SET address = 'held@example.com'});
	return;
}

sub let_go
{
	append_to_file("$mails/let_go", '');
	return;
}

# So many mails more are kept by the relay.
sub let_arrive
{
	my ($count) = @_;
	my $expected = $count + (() = glob("$mails/*.eml"));
	my $deadline = time + 90;

	let_go();
	sleep 0.05 until $expected == (() = glob("$mails/*.eml")) || time > $deadline;
	return;
}

# What was on its way when an order to end came has a second to be answered; what was not is cut off, and marked.
sub in_order
{
	my ($what, $end, $wait) = @_;
	my @items   = lower(25);
	my $pid     = sender_pid($node);
	my $started = time;
	my $deadline = $started + 90;

	$end->();
	sleep 0.02 while $wait && kill(0, $pid) && time < $deadline;
	@may_double{@items} = () if time - $started >= 0.9;
	$node->start if $what eq 'stop';
	all_told($what);
	return;
}

# Everything is told in the end, and how often.
sub all_told
{
	my ($what) = @_;

	wait_until($node, q{SELECT count(*) FROM stockalert.queue}, 0, "$what: the queue drains");
	is(patient(q{SELECT count(*) FROM stockalert.deliveries WHERE outcome = 'sent'}), $number, "$what: each is sent");
	return;
}

# A lock on a table holds the sender in the step that writes it.
sub held_at
{
	my ($table, $mode, $what, $whom, $event) = @_;
	my $holder = $node->background_psql('postgres', on_error_stop => 0);

	$holder->query_safe("BEGIN; LOCK TABLE stockalert.$table IN $mode MODE");
	my @items = $event->();
	my $waits = 0;
	for (1 .. 1000)
	{
		$waits = patient("SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'stockalert sender' AND wait_event_type = 'Lock'");
		last if $waits eq '1';
		sleep 0.02;
	}
	is($waits, '1', "$whom killed in: $what");
	strike($whom);
	eval { $holder->{run}->kill_kill; };
	return @items;
}

foreach my $whom ('sender', 'postmaster')
{
	# Routing: the messages are being written, nothing is committed.
	held_at('messages', 'SHARE', 'routing', $whom, sub { lower(2) });
	all_told("$whom, routing");

	# In flight: claimed, committed, handed over, no answer.
	hold_mails();
	my @flight = lower(3);
	wait_until($node, q{SELECT count(*) FROM stockalert.queue WHERE state = 'I'}, 3, "$whom killed in: flight");
	strike($whom);
	let_go();
	@may_double{@flight} = ();
	all_told("$whom, in flight");

	# Answered, but the settlement is not written.
	hold_mails();
	my @answered = lower(3);
	wait_until($node, q{SELECT count(*) FROM stockalert.queue WHERE state = 'I'}, 3, 'three more in flight');
	held_at('deliveries', 'SHARE', 'settlement', $whom, sub { let_arrive(3) });
	@may_double{@answered} = ();
	all_told("$whom, settling");

	# Recovery itself.
	hold_mails();
	my @again = lower(2);
	wait_until($node, q{SELECT count(*) FROM stockalert.queue WHERE state = 'I'}, 2, 'two more in flight');
	@may_double{@again} = ();
	strike($whom);
	strike($whom);
	let_go();
	patient(q{UPDATE stockalert.subscriber_contacts SET address = 'ann@example.com'});
	all_told("$whom, recovering");
}

# --- orders to end, under load: nothing twice

foreach my $order ('SELECT pg_terminate_backend(pid)', 'SELECT pg_cancel_backend(pid)')
{
	in_order($order, sub { patient("$order FROM pg_stat_activity WHERE backend_type = 'stockalert sender'") }, $order =~ /terminate/);
}
in_order('stop', sub { $node->stop });

# --- the count

my (%seen, %ids);
foreach my $file (glob("$mails/*.eml"))
{
	my $mail = slurp_file($file);
	my ($item) = $mail =~ /Item (\d+)\b/;
	my ($id) = $mail =~ /^Message-ID: (\S+)/m;

	$seen{$item}++;
	$ids{$item}{$id} = 1;
}
is(join(' ', grep { !$seen{$_} } 1 .. $number), '', "lost: none of $number");
is(join(' ', grep { $seen{$_} > 1 && !exists $may_double{$_} } keys %seen), '', 'twice: none but what was in flight at a kill');
is(join(' ', grep { keys %{ $ids{$_} } > 1 } keys %ids), '', 'and that under the same id');
my %marked = map { $_ => 1 } split /\n/, patient(q{SELECT substring(m.subject FROM 'Item (\d+)') FROM stockalert.deliveries AS d JOIN stockalert.messages AS m USING (message_id) WHERE d.maybe_twice});
is(join(' ', grep { $seen{$_} > 1 && !$marked{$_} } keys %seen), '', 'each of those is marked');
is(scalar(grep { $_ > 1 } values %seen), 6, 'what was accepted and not settled came twice, so that this test can fail');
$node->stop;
done_testing();
