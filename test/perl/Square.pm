# The stand-in Square of test/peers/square_peer.py: started, told what happens, asked for the truth.
#
#   my $square = Square->new('--shop', 300, '--cert', ..., '--key', ...);   $square->port
#   $square->tell(sell => { location => 'Tokyo', variation => 'WINE-BOTTLE', quantity => 2 });   its result
#   $square->fault({ fault => '429', after => 1, path => 'counts' }, ...);
#   $square->truth('counts');   $square->log->{calls}{'/v2/locations'}
package Square;

use strict;
use warnings;
use File::Temp qw(tempdir);
use HTTP::Tiny;
use JSON::PP;
use PostgreSQL::Test::Utils;
use Shop;

sub new
{
	my ($class, @arguments) = @_;
	my $file = tempdir(CLEANUP => 1) . '/control';
	my $port = start_peer('square_peer.py', '--control', $file, @arguments);

	return bless { port => $port, control => 'http://127.0.0.1:' . slurp_file($file) . '/control', http => HTTP::Tiny->new(timeout => 60) }, $class;
}

sub port
{
	my ($self) = @_;

	return $self->{port};
}

# One call of the plain door; dies with what it says of a mistake.
sub ask
{
	my ($self, $method, $path, $content) = @_;
	my $answer = $self->{http}->request($method, $self->{control} . $path, defined $content ? { content => encode_json($content) } : {});

	die "$path: $answer->{status} $answer->{content}" unless $answer->{success};
	return decode_json($answer->{content});
}

# A verb with its members.
sub tell
{
	my ($self, $verb, $members) = @_;

	return $self->ask('POST', '', { verb => $verb, %{ $members || {} } })->{results}[0];
}

# Several in one call: [ [ verb => { members } ], ... ]
sub tell_all
{
	my ($self, @verbs) = @_;

	return $self->ask('POST', '', [ map { { verb => $_->[0], %{ $_->[1] || {} } } } @verbs ])->{results};
}

sub fault
{
	my ($self, @faults) = @_;

	return $self->tell('faults', { faults => \@faults });
}

# The truth, or parts of it: locations items counts sales vendors transfers sizes.
sub truth
{
	my ($self, @parts) = @_;

	return $self->ask('GET', '/state?part=' . join(',', @parts));
}

# Calls by path, concurrency, and the requests.
sub log
{
	my ($self, $since) = @_;

	return $self->ask('GET', '/log?since=' . ($since || 0));
}

1;
