// Encoding and segments of SMS by Twilio's calculator, in the form of segments.c: texts come as a line of hexadecimal UTF-8 each.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
const require = createRequire(process.env.SA_NODE_MODULES + '/x.js');
const { SegmentedMessage } = require('sms-segments-calculator');

for (const line of readFileSync(0, 'utf8').split('\n').filter(Boolean)) {
	const message = new SegmentedMessage(Buffer.from(line, 'hex').toString('utf8'));
	console.log(message.encodingName === 'GSM-7' ? 'gsm' : 'ucs', message.segmentsCount);
}
