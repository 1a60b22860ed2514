# 100,000 items run low in one transaction (SA_FLOOD): test/t/044_flood.pl with more of them.
use strict;
use warnings;

$ENV{SA_FLOOD} ||= 100000;
exec $^X, (map { "-I$_" } @INC), 'test/t/044_flood.pl' or die $!;
