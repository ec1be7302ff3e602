/* The adapter of Larder, a made-up pantry API. Change first: the manifest below (key, name, baseUrls, auth), then the resources' paths in step
 * and the names of the lists in an answer.
 *
 *     clang --target=wasm32 -std=c11 -O2 -mbulk-memory -ffreestanding -nostdlib -Wl,--no-entry -Wl,--stack-first -I . -o larder.wasm adapter.c
 *
 * -I names the folder that pollwright.h is in. */
#include "pollwright.h"

/* What the adapter is. The host checks it when the adapter is installed. */
static pw_json describe(void) {
  return PW_JSON({
    "key": "larder", "name": "Larder", "hub": "demo", "version": "1.0.0",
    "description": "Items of a pantry, and the shelves they stand on.",
    "config": [{"key": "api.key", "label": "API key", "type": "string", "required": true, "secret": true}],
    "auth": {"type": "headers", "headers": {"Authorization": "Bearer {api.key}"}},
    "baseUrls": ["https://api.larder.example"],
    "rateLimit": [{"requests": 10, "perSeconds": 1}],
    "resources": [
      {
        "name": "items", "path": "/items", "default": true, "since": ["updated_at"], "where": [{"name": "updated_at", "ops": [">="]}],
        "description": "What is in the pantry, the oldest change first.",
        "poll": {
          "url": "/hubs/demo/items?where=updated_at>='${gmtDate:yyyy-MM-dd'T'HH:mm:ss'Z'}'", "idField": "id", "pageSize": 100,
          "updatedDateField": "updated_at", "updatedDateFormat": "yyyy-MM-dd'T'HH:mm:ss'Z'", "updatedDateTimezone": "UTC",
          "createdDateField": "created_at", "createdDateFormat": "yyyy-MM-dd'T'HH:mm:ss'Z'", "createdDateTimezone": "UTC"
        }
      },
      {
        "name": "shelves", "path": "/shelves",
        "description": "All shelves, in one page.",
        "poll": {
          "url": "/hubs/demo/shelves", "idField": "id",
          "updatedDateField": "updated_at", "updatedDateFormat": "yyyy-MM-dd'T'HH:mm:ss'Z'", "updatedDateTimezone": "UTC"
        }
      }
    ],
    "body": "outline"
  });
}

enum { usual_rows = 100, most_rows = 500 }; /* of a page of items */

/* refuse says why the query cannot be answered, or nothing. What the user asks for and the provider cannot do is refused, with what it can: a
 * filter that is ignored gives the wrong records. */
static pw_text refuse(const pw_query *q) {
  int items = pw_same(q->resource, PW("items"));
  pw_text known = items ? PW("updated_at >= a date such as 2026-01-02T03:04:05Z") : PW("no condition"), name;
  pw_json value;
  if (!items && !pw_same(q->resource, PW("shelves"))) return PW_CONCAT(PW("Larder has no "), q->resource, PW(", only items and shelves"));
  if (q->filter.len) return PW_CONCAT(PW("Larder cannot filter by "), q->filter, PW("; it knows "), known);
  for (int i = 0; i < q->where_len; i++) {
    pw_condition c = q->where[i];
    pw_int ms;
    if (items && pw_same(c.name, PW("updated_at")) && pw_same(c.op, PW(">=")) && pw_time_parse(c.value, &ms) &&
        pw_same(pw_time_text(ms), c.value))
      continue;
    return PW_CONCAT(PW("Larder cannot filter by "), c.name, PW(" "), c.op, PW(" "), c.value, PW("; it knows "), known);
  }
  for (pw_iter i = pw_each(q->params); pw_next(&i, &name, &value);) return PW_CONCAT(PW("Larder has no parameter "), name);
  return (pw_text){0};
}

/* modified_since is the latest of the query's lower bounds: all of them hold. Empty if there is none. */
static pw_text modified_since(const pw_query *q) {
  pw_text bound = {0};
  if (q->has_since && pw_same(q->since_field, PW("updated_at"))) bound = pw_time_text(q->since_time);
  for (int i = 0; i < q->where_len; i++)
    if (pw_compare(q->where[i].value, bound) > 0) bound = q->where[i].value; /* texts of one form sort like their times */
  return bound;
}

/* request asks for one page. */
static pw_reply request(const pw_query *q, pw_offset offset) {
  pw_fetch f = {.path = PW_PATH(PW("v1"), q->resource)};
  if (pw_same(q->resource, PW("items"))) {
    pw_text bound = modified_since(q);
    if (bound.len) pw_fetch_query(&f, PW("modified_since"), bound);
    pw_fetch_query(&f, PW("limit"), pw_decimal(pw_page_limit(q, usual_rows, most_rows)));
    pw_fetch_query(&f, PW("offset"), pw_decimal(offset.start));
  }
  return pw_reply_fetch(&f);
}

/* refused gives a fault in Larder's own words: {"error": {"code": "...", "message": "..."}}. */
static pw_reply refused(const pw_call *call) {
  pw_json error = pw_get(pw_outline(call->response), PW("error"));
  return pw_fault_from_status(call, pw_excerpt(pw_get_text(error, PW("message"))));
}

/* page judges the answer. Records are not decoded: select tells the host where they are, and it cuts them out. */
static pw_reply page(const pw_call *call, pw_offset offset) {
  const pw_query *q = &call->query;
  if (call->response->status != 200) return refused(call);
  pw_json body = pw_outline(call->response);
  if (!body.len) /* a maintenance page, or cut off: the next poll may get a whole one */
    return pw_fault(PW_TRANSIENT, PW_CONCAT(PW("Larder's answer is no JSON object: "), pw_excerpt(call->response->body)));
  pw_int rows, total = -1;
  if (!pw_rows(call->response, body, q->resource, &rows))
    return pw_fault(PW_INVALID, PW_CONCAT(PW("Larder's answer has no list of "), q->resource));
  pw_page p = {.select = PW_CONCAT(PW("/"), q->resource)};
  if (pw_same(q->resource, PW("items"))) {
    pw_get_int(body, PW("total"), &total);
    pw_offset_fill(offset, &p, rows, pw_page_limit(q, usual_rows, most_rows), total);
  }
  return pw_reply_page(&p);
}

/* step answers "what next?": the request for a page, and then the page. */
static pw_reply step(const pw_call *call) {
  pw_offset offset;
  pw_text why = refuse(&call->query);
  if (why.len) return pw_fault(PW_INVALID, why);
  if (!pw_offset_parse(call->query.page, &offset))
    return pw_fault(PW_INVALID, PW_CONCAT(PW("page "), call->query.page, PW(" is not one of ours, want a row number such as 499+1")));
  return call->response ? page(call, offset) : request(&call->query, offset);
}
