# What the contract tests share: Prism between a client and a stand-in, and the programs of npm.
#   start_prism(SPEC, PORT, DIR, TLS...)   the port of a door to Prism to 127.0.0.1:PORT
#   violations(DIR)                        what Prism had against it, as text; '' when nothing
#   node(SCRIPT, INPUT, ARG...)            stdout of a script of test/contracts
package Contract;

use strict;
use warnings;
use Exporter 'import';
use IO::Socket::INET;
use IPC::Run;
use JSON::PP;
use PostgreSQL::Test::Utils;
use Time::HiRes qw(sleep);
use Shop;

our @EXPORT = qw(start_prism violations node);

my @running;
END { local $?; $_->kill_kill(grace => 1) foreach @running; }

sub free_port
{
	my $socket = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1', LocalPort => 0) or die "no port: $!";
	return $socket->sockport;
}

sub start_prism
{
	my ($spec, $port, $dir, @tls) = @_;
	my ($prism, $said) = (free_port(), '');

	mkdir $dir;
	# Without --errors everything is handed on, and what is wrong is told in a header.
	push @running, IPC::Run::start([ "$ENV{SA_NODE_MODULES}/.bin/prism", 'proxy', '-h', '127.0.0.1', '-p', $prism, $spec, "http://127.0.0.1:$port" ],
		'<', \undef, '>&', \$said);
	for (1 .. 600)
	{
		$running[-1]->pump_nb;
		last if $said =~ /listening on/;
		sleep 0.1;
	}
	die "Prism did not start: $said" unless $said =~ /listening on/;
	return start_peer('../contracts/watch.py', '--to', $prism, '--violations', "$dir/violations", @tls);
}

sub violations
{
	my ($dir) = @_;

	return substr slurp_file("$dir/violations"), 0, 4000;
}

sub node
{
	my ($script, $input, @arguments) = @_;
	my ($out, $err);

	IPC::Run::run([ 'node', "test/contracts/$script", @arguments ], '<', \$input, '>', \$out, '2>', \$err)
		or die "$script: $err";
	return $out;
}

1;
