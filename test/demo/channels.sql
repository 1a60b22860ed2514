-- channels.sql: who is told, and how.  Run by the administrator, then the buyer.
-- Variables: smtp_port.
\set QUIET on
SELECT done FROM stockalert.set_channel('email', host => 'localhost', port => :smtp_port, username => 'stock@shop.example', per_second => 1000, burst => 100) \g /dev/null
SELECT done FROM stockalert.set_channel('slack', per_second => 1000, burst => 100) \g /dev/null
\c - buyer
\set QUIET on
SELECT done FROM stockalert.add_subscriber('Maria', email => 'maria@shop.example', time_zone => 'Europe/London', summary_at => '08:00') \g /dev/null
SELECT done FROM stockalert.add_subscriber('Operations', slack => 'slack:ops', minimum_severity => 'critical', time_zone => 'Europe/London') \g /dev/null
