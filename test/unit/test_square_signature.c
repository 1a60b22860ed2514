/*
 * test_square_signature.c: signatures of webhooks.
 *
 * The rows named "published" are those of the test suite of Square's own
 * client library (square-nodejs-sdk, MIT); the others were accepted or refused
 * as stated by that library, version 46.0.0.
 */
#include "unit.h"

#include <stdbool.h>

#include "pure/square_signature.h"

typedef struct Case
{
	const char *name;
	const char *key;
	const char *url;
	const char *body;
	const char *signature;
	bool fits;
} Case;

static const Case cases[] = {
	{"published, plain", "Ibxx_5AKakO-3qeNVR61Dw",
	 "https://webhook.site/679a4f3a-dcfa-49ee-bac5-9d0edad886b9",
	 "{\"merchant_id\":\"MLEFBHHSJGVHD\",\"type\":\"webhooks.test_notification\",\"even"
	 "t_id\":\"ac3ac95b-f97d-458c-a6e6-18981597e05f\",\"created_at\":\"2022-07-13T20:30"
	 ":59.037339943Z\",\"data\":{\"type\":\"webhooks\",\"id\":\"bc368e64-01aa-407e-b46e"
	 "-3231809b1129\"}}",
	 "GF4YkrJgGBDZ9NIYbNXBnMzqb2HoL4RW/S6vkZ9/2N4=", true},
	{"published, plain", "signature-key", "https://webhook.site/webhooks",
	 "{\"data\":{\"type\":\"webhooks\",\"id\":\"fake_id\"}}",
	 "W3FlCNk5IA3ZQ2LHTWoajvzfaDu/OwY2tNHIHC3IUOA=", true},
	{"published, angle brackets in body", "signature-key", "https://webhook.site/webhooks",
	 "{\"data\":{\"type\":\"webhooks\",\"id\":\">id<\"}}",
	 "Cxt7+aTi4rKgcA0bC4g9EHdVtLSDWdqccmL5MvihU4U=", true},
	{"published, wrong URL", "Ibxx_5AKakO-3qeNVR61Dw",
	 "https://webhook.site/79a4f3a-dcfa-49ee-bac5-9d0edad886b9",
	 "{\"merchant_id\":\"MLEFBHHSJGVHD\",\"type\":\"webhooks.test_notification\",\"even"
	 "t_id\":\"ac3ac95b-f97d-458c-a6e6-18981597e05f\",\"created_at\":\"2022-07-13T20:30"
	 ":59.037339943Z\",\"data\":{\"type\":\"webhooks\",\"id\":\"bc368e64-01aa-407e-b46e"
	 "-3231809b1129\"}}",
	 "GF4YkrJgGBDZ9NIYbNXBnMzqb2HoL4RW/S6vkZ9/2N4=", false},
	{"published, wrong key", "MCmhFRxGX82xMwg5FsaoQA",
	 "https://webhook.site/679a4f3a-dcfa-49ee-bac5-9d0edad886b9",
	 "{\"merchant_id\":\"MLEFBHHSJGVHD\",\"type\":\"webhooks.test_notification\",\"even"
	 "t_id\":\"ac3ac95b-f97d-458c-a6e6-18981597e05f\",\"created_at\":\"2022-07-13T20:30"
	 ":59.037339943Z\",\"data\":{\"type\":\"webhooks\",\"id\":\"bc368e64-01aa-407e-b46e"
	 "-3231809b1129\"}}",
	 "GF4YkrJgGBDZ9NIYbNXBnMzqb2HoL4RW/S6vkZ9/2N4=", false},
	{"published, wrong signature", "Ibxx_5AKakO-3qeNVR61Dw",
	 "https://webhook.site/679a4f3a-dcfa-49ee-bac5-9d0edad886b9",
	 "{\"merchant_id\":\"MLEFBHHSJGVHD\",\"type\":\"webhooks.test_notification\",\"even"
	 "t_id\":\"ac3ac95b-f97d-458c-a6e6-18981597e05f\",\"created_at\":\"2022-07-13T20:30"
	 ":59.037339943Z\",\"data\":{\"type\":\"webhooks\",\"id\":\"bc368e64-01aa-407e-b46e"
	 "-3231809b1129\"}}",
	 "1z2n3DEJJiUPKcPzQo1ftvbxGdw=", false},
	{"published, altered body", "Ibxx_5AKakO-3qeNVR61Dw",
	 "https://webhook.site/679a4f3a-dcfa-49ee-bac5-9d0edad886b9",
	 "{\"merchant_id\":\"MLEFBHHSJGVHD\",\"type\":\"webhooks.test_notification\",\"even"
	 "t_id\":\"ac3ac95b-f97d-458c-a6e6-18981597e05f\",\"created_at\":\"2022-06-13T20:30"
	 ":59.037339943Z\",\"data\":{\"type\":\"webhooks\",\"id\":\"bc368e64-01aa-407e-b46e"
	 "-3231809b1129\"}}",
	 "GF4YkrJgGBDZ9NIYbNXBnMzqb2HoL4RW/S6vkZ9/2N4=", false},
	{"published, re-formatted body", "Ibxx_5AKakO-3qeNVR61Dw",
	 "https://webhook.site/679a4f3a-dcfa-49ee-bac5-9d0edad886b9",
	 "{\n    \"merchant_id\": \"MLEFBHHSJGVHD\",\n    \"type\": \"webhooks.test_notific"
	 "ation\",\n    \"event_id\": \"ac3ac95b-f97d-458c-a6e6-18981597e05f\",\n    \"crea"
	 "ted_at\": \"2022-07-13T20:30:59.037339943Z\",\n    \"data\": {\n        \"type\":"
	 " \"webhooks\",\n        \"id\": \"bc368e64-01aa-407e-b46e-3231809b1129\"\n    }\n"
	 "}",
	 "GF4YkrJgGBDZ9NIYbNXBnMzqb2HoL4RW/S6vkZ9/2N4=", false},
	{"sdk, inventory.count.updated", "1k9bIJKCeTmSQwyagtNRLg",
	 "https://stock.example.test/square/hook",
	 "{\"created_at\":\"2019-10-29T18:38:45.455006797Z\",\"data\":{\"id\":\"84e4ac73-d6"
	 "05-4dbd-a9e5-ffff794ddb9d\",\"object\":{\"inventory_counts\":[{\"calculated_at\":"
	 "\"2019-10-29T18:38:45.10296Z\",\"catalog_object_id\":\"FGQ5JJWT2PYTHF35CKZ2DSKP\""
	 ",\"catalog_object_type\":\"ITEM_VARIATION\",\"location_id\":\"YYQR03DGCTXA4\",\"q"
	 "uantity\":\"10\",\"state\":\"IN_STOCK\"}]},\"type\":\"inventory_counts\"},\"event"
	 "_id\":\"df5f3813-a913-45a1-94e9-fdc3f7d5e3b6\",\"merchant_id\":\"6SSW7HV8K2ST5\","
	 "\"type\":\"inventory.count.updated\"}",
	 "do3MNHA7npbFJtHNG5FqGIiCO2T17ZF5HXU49V4NAHU=", true},
	{"sdk, order.updated, URL with query", "1k9bIJKCeTmSQwyagtNRLg",
	 "https://stock.example.test/square/hook?store=1&x=a%20b",
	 "{\"created_at\":\"2020-04-16T23:14:26.359Z\",\"data\":{\"id\":\"eA3vssLHKJrv9H0Id"
	 "JCM3gNqfdcZY\",\"object\":{\"order_updated\":{\"created_at\":\"2020-04-16T23:14:2"
	 "6.129Z\",\"location_id\":\"FPYCBCHYMXFK1\",\"order_id\":\"eA3vssLHKJrv9H0IdJCM3gN"
	 "qfdcZY\",\"state\":\"OPEN\",\"updated_at\":\"2020-04-16T23:14:26.359Z\",\"version"
	 "\":2}},\"type\":\"order_updated\"},\"event_id\":\"4b8e5c91-9f17-4cf1-900a-4a0629f"
	 "81add\",\"merchant_id\":\"5S9MXCS9Y99KK\",\"type\":\"order.updated\"}",
	 "M+HdO5u3L+RlvbGugZOukWqq0wFlASgAVTYDq44Qu5s=", true},
	{"sdk, catalog.version.updated", "1k9bIJKCeTmSQwyagtNRLg",
	 "https://stock.example.test/square/hook",
	 "{\"created_at\":\"2019-10-29T17:26:16.808603647Z\",\"data\":{\"id\":\"732b6677-1a"
	 "cb-4d81-b09c-5a3a49399d8f\",\"object\":{\"catalog_version\":{\"updated_at\":\"201"
	 "9-10-29T17:26:16.53Z\"}},\"type\":\"catalog_version\"},\"event_id\":\"aeaaa5f6-c4"
	 "fd-4e93-b688-71b50706266f\",\"merchant_id\":\"6SSW7HV8K2ST5\",\"type\":\"catalog."
	 "version.updated\"}",
	 "NbqlktXBAmb1HLSAYFeTHkpjNeqZlW2OMARdcQGzTH8=", true},
	{"sdk, UTF-8 beyond the BMP", "1k9bIJKCeTmSQwyagtNRLg",
	 "https://stock.example.test/square/hook",
	 "{\"name\":\"Caf\303\251 \342\232\240 \360\237\232\250\"}",
	 "bjCqZMBAPiyoa/Lq/jkGH1Wfr5aD1l8vg20jAAVdwO4=", true},
	{"sdk, trailing CRLF belongs to the body", "1k9bIJKCeTmSQwyagtNRLg",
	 "https://stock.example.test/square/hook", "{\"a\":1}\r\n",
	 "yOYE/UKpKnu0x2hnZZgvZSkmHOLB9j6iQ9LC54jeR4w=", true},
	{"sdk, key longer than the SHA-256 block",
	 "kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk"
	 "kkkkkkkkkkkkkkkkkkk",
	 "https://stock.example.test/square/hook", "{\"a\":1}",
	 "Qz4yY3m9JXBsewC2L2QrO/OUa659axECBlKFP8pkAS4=", true},
};

static bool
fits(const Case *c, const char *key, const char *signature)
{
	return sa_square_signature_fits(key, strlen(key), c->url, c->body, strlen(c->body), signature,
									strlen(signature));
}

static void
check_secret(const char *secret, size_t length, const char *expected)
{
	const char *url;

	CHECK_INT(sa_square_webhook_secret(secret, &url), length);
	CHECK_STR(url, expected);
}

int
main(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		CHECK_ROW(fits(&cases[i], cases[i].key, cases[i].signature) == cases[i].fits,
				  cases[i].name);
	CHECK(!fits(&cases[0], "", cases[0].signature));
	CHECK(!fits(&cases[0], cases[0].key, ""));
	CHECK(!fits(&cases[0], cases[0].key, "GF4YkrJgGBDZ9NIYbNXBnMzqb2HoL4RW/S6vkZ9/2N4"));
	CHECK(!fits(&cases[0], cases[0].key, "GF4YkrJgGBDZ9NIYbNXBnMzqb2HoL4RW/S6vkZ9/2N4= "));
	check_secret("key#https://shop.example/square", 3, "https://shop.example/square");
	check_secret("#https://shop.example/square", 0, "https://shop.example/square");
	check_secret("key", 0, "");
	check_secret("key#ftp://x", 0, "");
	return unit_end();
}
