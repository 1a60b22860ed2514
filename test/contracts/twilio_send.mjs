// Sends what the JSON of stdin says, with the SDK of Twilio: twilio_send.mjs BASE_URL ACCOUNT TOKEN
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
const require = createRequire(process.env.SA_NODE_MODULES + '/x.js');
const twilio = require('twilio');

const [baseUrl, account, token] = process.argv.slice(2);
const client = twilio(account, token);
client.api.baseUrl = baseUrl;
for (const message of JSON.parse(readFileSync(0, 'utf8'))) {
	const sent = await client.messages.create(message);
	console.log(sent.sid, sent.status);
}
