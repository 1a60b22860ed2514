// Verifies recorded webhooks with the SDK of Standard Webhooks: stdin is a record of http_peer.py, webhook_verify.mjs SECRET
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
const require = createRequire(process.env.SA_NODE_MODULES + '/x.js');
const { Webhook } = require('standardwebhooks');

const hook = new Webhook(process.argv[2]);
for (const line of readFileSync(0, 'utf8').split('\n').filter(Boolean)) {
	const request = JSON.parse(line);
	const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value]));
	let verdict = 'right';
	try {
		hook.verify(request.body, headers);
	} catch (error) {
		verdict = 'wrong';
	}
	console.log(verdict);
}
