// Reads all of a Square with the official SDK and prints it as JSON: square_read.mjs BASE_URL TOKEN VERSION
import { createRequire } from 'node:module';
const require = createRequire(process.env.SA_NODE_MODULES + '/x.js');
const { SquareClient } = require('square');

const [baseUrl, token, version] = process.argv.slice(2);
const client = new SquareClient({ token, baseUrl });
// The client's own version option is not sent: each call names it.
const as = { version };
const plain = (key, value) => (typeof value === 'bigint' ? Number(value) : value);

async function all(first)
{
	const rows = [];
	for await (const row of await first) rows.push(row);
	return rows;
}

// Searches that the SDK does not page by itself.
async function pages(ask, member)
{
	const rows = [];
	let cursor;
	do {
		const answer = await ask(cursor);
		if (answer.errors?.length) throw new Error(JSON.stringify(answer.errors));
		rows.push(...(answer[member] ?? []));
		cursor = answer.cursor || undefined;
	} while (cursor);
	return rows;
}

const locations = (await client.locations.list(as)).locations;
const locationIds = locations.map((place) => place.id);
const result = {
	locations,
	merchant: (await client.merchants.get({ merchantId: 'me' }, as)).merchant,
	status: await client.oAuth.retrieveTokenStatus(as),
	limits: (await client.catalog.info(as)).limits,
	catalog: await all(client.catalog.list({ types: 'ITEM,CATEGORY,MEASUREMENT_UNIT' }, as)),
	deleted: (await pages((cursor) => client.catalog.search({ cursor, objectTypes: ['ITEM', 'ITEM_VARIATION'], includeDeletedObjects: true, limit: 1000 }, as), 'objects'))
		.filter((thing) => thing.isDeleted),
	counts: await all(client.inventory.batchGetCounts({ limit: 1000 }, as)),
	changes: await all(client.inventory.batchGetChanges({ limit: 1000 }, as)),
	orders: await pages((cursor) => client.orders.search({ cursor, locationIds, limit: 100, query: {
		filter: { stateFilter: { states: ['COMPLETED'] }, dateTimeFilter: { closedAt: { startAt: '2020-01-01T00:00:00Z' } } },
		sort: { sortField: 'CLOSED_AT', sortOrder: 'ASC' } } }, as), 'orders'),
	vendors: await pages((cursor) => client.vendors.search({ cursor }, as), 'vendors'),
	transfers: await all(client.transferOrders.search({ limit: 2 }, as)),
};
process.stdout.write(JSON.stringify(result, plain));
