// Hands the functions of pollwright.ts to a test: query.resource names one, query.filter and the body are what it is asked. The answer is a fault
// whose message is "=" and the result, nothing for "there is none".
import {
  answer, Bytes, Call, excerpt, fault, INVALID, Json, NO_TIME, Offset, path, Reply, Response, retryAfter, timeParse, timeText,
} from "./pollwright";

export { pollwright_abi, pollwright_buf } from "./pollwright";

export function pollwright_call(op: i32, n: i32): u64 {
  return answer(op, n, describe, step);
}

function describe(): Json {
  return Json.of(`{
    "key": "probe", "name": "Probe", "hub": "demo", "version": "1.0.0", "auth": {"type": "none"}, "baseUrls": ["https://probe.example"],
    "resources": [{"name": "path", "path": "/path"}]
  }`);
}

function step(call: Call): Reply {
  const got = call.response;
  return fault(INVALID, "=" + result(call, call.query.filter, got === null ? new Response() : got));
}

function whole(text: string): string {
  const low = Json.of('"' + text + '"').intOr(i64.MIN_VALUE); // text is given by the test, and has nothing to escape
  return low == i64.MIN_VALUE && text != "-9223372036854775808" ? "" : low.toString();
}

function result(call: Call, asked: string, r: Response): string {
  const is = call.query.resource;
  if (is == "path") return path([asked]);
  const since = call.query.since;
  if (is == "time") return since === null ? "" : timeText(since.time);
  if (is == "parse") {
    const ms = timeParse(asked);
    return ms == NO_TIME ? "" : ms.toString();
  }
  if (is == "int") return whole(asked);
  if (is == "offset") {
    const o = Offset.parse(asked);
    return o === null ? "" : o.toString();
  }
  if (is == "retry") return retryAfter(call).toString();
  if (is == "excerpt") return excerpt(r.body);
  if (is == "valid") return Json.parse(r.body).len ? "yes" : "";
  if (is == "outline") return r.outline().len ? "yes" : "";
  if (is == "string") return Json.parse(r.body).text();
  if (is == "rows") {
    const rows = r.rows(r.outline(), asked);
    return rows < 0 ? "" : rows.toString();
  }
  return "";
}
