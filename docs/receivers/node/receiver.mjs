// A receiver of notifications, to begin one's own with. It verifies the signature of Standard Webhooks, takes each notification once, and answers
// before it works on what it got. It needs Node.js 18 or later and nothing else.
//
//   WEBHOOK_SECRET=whsec_... ADDR=127.0.0.1:9000 node docs/receivers/node/receiver.mjs
import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";

const key = Buffer.from((process.env.WEBHOOK_SECRET ?? "").replace(/^whsec_/, ""), "base64");
if (key.length === 0) {
  console.error("WEBHOOK_SECRET should be the webhookSecret that POST /instances showed, like whsec_...");
  process.exit(1);
}
const [host, port] = process.env.ADDR.split(":");
const tolerance = 5 * 60; // seconds that a request may be old, or early by another clock: an older one may be somebody's copy
const largest = 2 * 1024 * 1024; // bytes of a notification
const seen = new Set();

// fault says what is wrong with a request; any of several signatures is enough while a secret is changed.
function fault(headers, body) {
  const { "webhook-id": id, "webhook-timestamp": stamp, "webhook-signature": signatures = "" } = headers;
  if (!/^\d+$/.test(stamp ?? "") || Math.abs(Date.now() / 1000 - Number(stamp)) > tolerance) return "the timestamp is missing, too old or too new";
  const want = createHmac("sha256", key).update(`${id}.${stamp}.`).update(body).digest();
  const good = signatures.split(" ").some((part) => {
    const claimed = Buffer.from(part.replace(/^v1,/, ""), "base64");
    return claimed.length === want.length && timingSafeEqual(claimed, want);
  });
  return good ? "" : "no signature is of this request by this secret";
}

// keep tells whether a notification is new. A real receiver stores the id and the body in one transaction of its database, answers, and works on
// it afterwards: what is kept in memory is forgotten at a restart.
function keep(id) {
  if (seen.has(id)) return false;
  seen.add(id);
  return true;
}

// print shows the events of a notification in the platform's format. Compare dates before overwriting: after a redelivery an older event of an
// object can come behind a newer one.
function print(body) {
  for (const e of JSON.parse(body).message?.events ?? []) console.log(e.eventType, e.objectType, e.objectId, e.date, e.eventId);
}

createServer((request, response) => {
  const answer = (status, text = "") => response.writeHead(status, { "Content-Type": "text/plain" }).end(text);
  if (request.method !== "POST" || request.url !== "/events") return answer(404, "POST /events is what there is");
  const parts = [];
  let size = 0;
  request.on("data", (part) => {
    size += part.length;
    if (size > largest) return request.destroy();
    parts.push(part);
  });
  request.on("end", () => {
    const body = Buffer.concat(parts); // the bytes as they came: parsing and writing JSON again gives others
    const wrong = fault(request.headers, body);
    if (wrong) return answer(401, wrong);
    if (keep(request.headers["webhook-id"])) print(body);
    answer(204);
  });
}).listen(Number(port), host);
