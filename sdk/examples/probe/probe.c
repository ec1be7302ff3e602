/* Hands the functions of pollwright.h to a test: query.resource names one, query.filter and the body are what it is asked. The answer is a fault
 * whose message is "=" and the result, nothing for "there is none". */
#include "pollwright.h"

static pw_json describe(void) {
  return PW_JSON({
    "key": "probe", "name": "Probe", "hub": "demo", "version": "1.0.0", "auth": {"type": "none"}, "baseUrls": ["https://probe.example"],
    "resources": [{"name": "path", "path": "/path"}]
  });
}

static pw_text answer(const pw_call *c) {
  pw_text is = c->query.resource, asked = c->query.filter, body = c->response ? c->response->body : asked;
  pw_text no = {0}, yes = PW("yes");
  pw_int n;
  pw_offset o;
  if (pw_same(is, PW("path"))) return PW_PATH(asked);
  if (pw_same(is, PW("time"))) return pw_time_text(c->query.since_time);
  if (pw_same(is, PW("parse"))) return pw_time_parse(asked, &n) ? pw_decimal(n) : no;
  if (pw_same(is, PW("int"))) return pw_parse_int(asked, &n) ? pw_decimal(n) : no;
  if (pw_same(is, PW("offset"))) return pw_offset_parse(asked, &o) ? pw_offset_text(o) : no;
  if (pw_same(is, PW("retry"))) return pw_decimal(pw_retry_after(c));
  if (pw_same(is, PW("excerpt"))) return pw_excerpt(body);
  if (pw_same(is, PW("valid"))) return pw_parse(body).len ? yes : no;
  if (pw_same(is, PW("outline"))) return pw_outline(c->response).len ? yes : no;
  if (pw_same(is, PW("string"))) return pw_string(pw_parse(body));
  if (pw_same(is, PW("rows"))) return pw_rows(c->response, pw_outline(c->response), asked, &n) ? pw_decimal(n) : no;
  return no;
}

static pw_reply step(const pw_call *c) { return pw_fault(PW_INVALID, PW_CONCAT(PW("="), answer(c))); }
