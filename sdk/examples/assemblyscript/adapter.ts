// The adapter of Larder, a made-up pantry API. Change first: the manifest below (key, name, baseUrls, auth), then the resources' paths in step
// and the names of the lists in an answer.
//
//     npx asc adapter.ts -O3 --runtime stub --use abort= --exportStart _initialize -o larder.wasm
//
// pollwright.ts lies beside this file; asc is AssemblyScript 0.28.20: npm install --save-exact assemblyscript@0.28.20
import {
  answer, Call, excerpt, excerptOf, fault, faultFromStatus, Fetch, INVALID, Json, NO_TIME, Offset, Page, path, Query, Reply, Response, timeParse, timeText,
  TRANSIENT,
} from "./pollwright";

export { pollwright_abi, pollwright_buf } from "./pollwright";

export function pollwright_call(op: i32, n: i32): u64 {
  return answer(op, n, describe, step);
}

// What the adapter is. The host checks it when the adapter is installed.
function describe(): Json {
  return Json.of(`{
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
          "url": "/hubs/demo/items?where=updated_at>='\${gmtDate:yyyy-MM-dd'T'HH:mm:ss'Z'}'", "idField": "id", "pageSize": 100,
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
  }`);
}

// Rows of a page of items.
const USUAL_ROWS: i64 = 100;
const MOST_ROWS: i64 = 500;

// step answers "what next?": the request for a page, and then the page.
function step(call: Call): Reply {
  const why = refuse(call.query);
  if (why.length) return fault(INVALID, why);
  const offset = Offset.parse(call.query.page);
  if (offset === null) return fault(INVALID, "page " + call.query.page + " is not one of ours, want a row number such as 499+1");
  const response = call.response;
  return response === null ? request(call.query, offset) : page(call, response, offset);
}

// refuse says why the query cannot be answered, or nothing. What the user asks for and the provider cannot do is refused, with what it can: a
// filter that is ignored gives the wrong records.
function refuse(q: Query): string {
  const items = q.resource == "items";
  const known = items ? "updated_at >= a date such as 2026-01-02T03:04:05Z" : "no condition";
  if (!items && q.resource != "shelves") return "Larder has no " + q.resource + ", only items and shelves";
  if (q.filter.length) return "Larder cannot filter by " + q.filter + "; it knows " + known;
  for (let i = 0; i < q.where.length; i++) {
    const w = q.where[i];
    if (items && w.name == "updated_at" && w.op == ">=" && isDate(w.value)) continue;
    return "Larder cannot filter by " + w.name + " " + w.op + " " + w.value + "; it knows " + known;
  }
  const params = q.params.members();
  return params.length ? "Larder has no parameter " + params[0].name : "";
}

// isDate says whether text is a date in the one form that Larder takes.
function isDate(text: string): bool {
  const ms = timeParse(text);
  return ms != NO_TIME && timeText(ms) == text;
}

// modifiedSince is the latest of the query's lower bounds: all of them hold. Empty if there is none.
function modifiedSince(q: Query): string {
  const since = q.since;
  let bound = since !== null && since.field == "updated_at" ? timeText(since.time) : "";
  for (let i = 0; i < q.where.length; i++) {
    if (q.where[i].value > bound) bound = q.where[i].value; // texts of one form sort like their times
  }
  return bound;
}

// request asks for one page.
function request(q: Query, offset: Offset): Reply {
  const f = new Fetch(path(["v1", q.resource]));
  if (q.resource == "items") {
    const bound = modifiedSince(q);
    if (bound.length) f.param("modified_since", bound);
    f.param("limit", q.limit(USUAL_ROWS, MOST_ROWS).toString());
    f.param("offset", offset.start.toString());
  }
  return f.reply();
}

// page judges the answer. Records are not decoded: select tells the host where they are, and it cuts them out.
function page(call: Call, response: Response, offset: Offset): Reply {
  const q = call.query;
  if (response.status != 200) {
    // In Larder's own words: {"error": {"code": "...", "message": "..."}}.
    return faultFromStatus(call, excerptOf(response.outline().get("error").get("message").text()));
  }
  const body = response.outline();
  if (!body.exists()) { // a maintenance page, or cut off: the next poll may get a whole one
    return fault(TRANSIENT, "Larder's answer is no JSON object: " + excerpt(response.body));
  }
  const rows = response.rows(body, q.resource);
  if (rows < 0) return fault(INVALID, "Larder's answer has no list of " + q.resource);
  const p = Page.select("/" + q.resource);
  if (q.resource == "items") offset.fill(p, rows, q.limit(USUAL_ROWS, MOST_ROWS), body.get("total").intOr(-1));
  return p.reply();
}
