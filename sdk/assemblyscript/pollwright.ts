// pollwright.ts: all that the author of an adapter in AssemblyScript needs, in one file and without imports from the host.
//
// An adapter is a WebAssembly module without abilities (no network, files, clock or memory of the last call) that answers the question "what
// next?": with a request to send, with a page of records, or with a fault. Put this file beside adapter.ts, write two functions and export the
// contract:
//
//     import { answer, Call, Json, Reply } from "./pollwright";
//     export { pollwright_abi, pollwright_buf } from "./pollwright";
//
//     export function pollwright_call(op: i32, n: i32): u64 {
//       return answer(op, n, describe, step);
//     }
//     function describe(): Json { ... }           // the manifest
//     function step(call: Call): Reply { ... }    // the answer to one question
//
// and build with AssemblyScript 0.28.20:
//
//     npx asc adapter.ts -O3 --runtime stub --use abort= --exportStart _initialize -o adapter.wasm
//
// The step loop. For each page the host calls step until it gets a page or a fault:
//
//     call without response      -> Fetch {path, query, state}
//     call with its response     -> Fetch ...   (as many as needed)
//     call with its response     -> Page, then again with query.page = page.next, without a response
//                                or fault, and the scan is over
//
// Memory. Nothing is freed within a call, and after it the host puts the memory back: variables do not survive. Use Fetch.state within a page,
// Page.next between pages and Page.memo between polls. When memory runs out, an index is out of range or something is thrown, the module traps:
// the host reports a crash of the adapter, and no reply is made up. A module that runs code by itself when it is loaded is refused, which is why
// --exportStart gives that code a name.
//
// No function of this file throws. What cannot be read is an empty value, as each says.

export const ABI_VERSION: i32 = 1;

// MAX_DEPTH bounds the nesting of JSON. Deeper text is refused like text that is no JSON; nothing here recurses.
export const MAX_DEPTH: i32 = 1000;

// ---------------------------------------------------------------- bytes and text

// Bytes are a part of the memory: any bytes, not necessarily UTF-8.
export class Bytes {
  constructor(readonly at: usize, readonly len: i32) {}

  // of gives the bytes of a text in UTF-8. Half a surrogate pair becomes U+FFFD.
  static of(text: string): Bytes {
    const w = new Writer();
    for (let i = 0; i < text.length; i++) {
      let c: u32 = text.charCodeAt(i);
      if ((c & 0xf800) == 0xd800) {
        const low: u32 = i + 1 < text.length ? text.charCodeAt(i + 1) : 0;
        if (c < 0xdc00 && (low & 0xfc00) == 0xdc00) {
          c = 0x10000 + ((c & 0x3ff) << 10) + (low & 0x3ff);
          i++;
        } else {
          c = 0xfffd;
        }
      }
      w.rune(c);
    }
    return w.bytes();
  }

  // text decodes UTF-8. Each byte that is none becomes U+FFFD.
  text(): string {
    const t = new Text(this.len);
    const end = this.at + this.len;
    for (let p = this.at; p < end; p += runeSize) t.rune(runeAt(p, end));
    return t.done();
  }
}

// Text collects characters to a string; most is how many UTF-16 units there will be at most.
class Text {
  private at: usize;
  private len: usize = 0;

  constructor(most: i32) {
    this.at = heap.alloc(<usize>most << 1);
  }

  rune(r: u32): void {
    if (r >= 0x10000) {
      this.unit(0xd800 + ((r - 0x10000) >> 10));
      r = 0xdc00 + ((r - 0x10000) & 0x3ff);
    }
    this.unit(r);
  }

  private unit(u: u32): void {
    store<u16>(this.at + this.len, <u16>u);
    this.len += 2;
  }

  done(): string {
    return String.UTF16.decodeUnsafe(this.at, this.len);
  }
}

// runeSize is how many bytes the character has that runeAt read last.
let runeSize: usize = 1;

// runeAt reads the character at p. A byte that is no UTF-8 is U+FFFD of one byte.
function runeAt(p: usize, end: usize): u32 {
  const c: u32 = load<u8>(p);
  runeSize = 1;
  if (c < 0x80) return c;
  const size: usize = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
  if (c < 0xc2 || c > 0xf4 || end - p < size) return 0xfffd;
  const second: u32 = load<u8>(p + 1);
  const low: u32 = c == 0xe0 ? 0xa0 : c == 0xf0 ? 0x90 : 0x80;
  const high: u32 = c == 0xed ? 0x9f : c == 0xf4 ? 0x8f : 0xbf;
  if (second < low || second > high) return 0xfffd;
  let value: u32 = ((c & (<u32>0xff >> <u32>(size + 1))) << 6) | (second & 0x3f);
  for (let k: usize = 2; k < size; k++) {
    const next: u32 = load<u8>(p + k);
    if ((next & 0xc0) != 0x80) return 0xfffd;
    value = (value << 6) | (next & 0x3f);
  }
  runeSize = size;
  return value;
}

// BLANK holds the ranges of characters that a message should not show: white space, control and format characters, private use.
const BLANK: StaticArray<u32> = [
  0, 0x20, 0x7f, 0xa0, 0xad, 0xad, 0x600, 0x605, 0x61c, 0x61c, 0x6dd, 0x6dd, 0x70f, 0x70f, 0x890, 0x891, 0x8e2, 0x8e2, 0x1680, 0x1680, 0x180e,
  0x180e, 0x2000, 0x200f, 0x2028, 0x202f, 0x205f, 0x206f, 0x3000, 0x3000, 0xd800, 0xf8ff, 0xfeff, 0xfeff, 0xfff9, 0xfffb, 0xfffe, 0xffff, 0x110bd,
  0x110bd, 0x110cd, 0x110cd, 0x13430, 0x1343f, 0x1bca0, 0x1bca3, 0x1d173, 0x1d17a, 0xe0001, 0xe007f, 0xf0000, 0x10ffff,
];

function isBlank(r: u32): bool {
  for (let i = 0; i < BLANK.length; i += 2) if (r >= BLANK[i] && r <= BLANK[i + 1]) return true;
  return false;
}

// excerpt makes text of a provider fit for a message: one line, printable, at most 200 characters and then "...".
export function excerpt(text: Bytes): string {
  const t = new Text(2 * (min(text.len, 200) + 3));
  const end = text.at + text.len;
  let n = 0;
  let gap = false;
  for (let p = text.at; p < end; p += runeSize) {
    const r = runeAt(p, end);
    if (isBlank(r)) {
      gap = n > 0;
      continue;
    }
    if (n >= 200) return t.done() + "...";
    if (gap) {
      t.rune(0x20);
      n++;
      gap = false;
    }
    t.rune(r);
    n++;
  }
  return t.done();
}

// excerptOf is excerpt for text that is a string already.
export function excerptOf(text: string): string {
  return excerpt(Bytes.of(text));
}

// path joins segments to the path of a Fetch, each percent-encoded: path(["a", id, "contacts"]) is "/a/910001/contacts". A segment from outside
// cannot leave its place: a slash becomes %2F, the segments "." and ".." become %2E and %2E%2E.
export function path(segments: string[]): string {
  const hex = "0123456789ABCDEF";
  const plain = "-_.~$&+=:@";
  let out = "";
  for (let i = 0; i < segments.length; i++) {
    const bytes = Bytes.of(segments[i]);
    const dots = segments[i] == "." || segments[i] == "..";
    out += "/";
    for (let k = 0; k < bytes.len; k++) {
      const c: i32 = load<u8>(bytes.at + k);
      const one = String.fromCharCode(c);
      const keep = isDigit(c) || ((c | 0x20) >= 0x61 && (c | 0x20) <= 0x7a) || plain.includes(one);
      out += keep && !dots ? one : "%" + hex.charAt(c >> 4) + hex.charAt(c & 15);
    }
  }
  return out;
}

// whole is the number that parseWhole read last.
let whole: i64 = 0;

// parseWhole reads a whole number, decimal, perhaps with a sign, and nothing else; false if text is none or does not fit into 64 bits.
function parseWhole(text: string): bool {
  const negative = text.startsWith("-");
  let i = negative || text.startsWith("+") ? 1 : 0;
  const most: u64 = <u64>i64.MAX_VALUE + (negative ? 1 : 0);
  let value: u64 = 0;
  if (i == text.length) return false;
  for (; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (!isDigit(c)) return false;
    const digit = <u64>(c - 0x30);
    if (value > (most - digit) / 10) return false;
    value = value * 10 + digit;
  }
  whole = negative ? <i64>(0 - value) : <i64>value;
  return true;
}

function isDigit(c: i32): bool {
  return c >= 0x30 && c <= 0x39;
}

// ---------------------------------------------------------------- reading JSON (RFC 8259)

// open is the stack of the brackets that skip is inside of.
const open: usize = memory.data(1001);

function space(p: usize, end: usize): usize {
  for (; p < end; p++) {
    const c = load<u8>(p);
    if (c != 0x20 && c != 0x09 && c != 0x0d && c != 0x0a) break;
  }
  return p;
}

// The skip functions give the end of what they check, 0 if it is no JSON.
function skipDigits(p: usize, end: usize): usize {
  const start = p;
  while (p < end && isDigit(load<u8>(p))) p++;
  return p == start ? 0 : p;
}

function skipNumber(p: usize, end: usize): usize {
  if (load<u8>(p) == 0x2d) p++; // -
  if (p < end && load<u8>(p) == 0x30) p++;
  else p = skipDigits(p, end);
  if (p && p < end && load<u8>(p) == 0x2e) p = skipDigits(p + 1, end); // .
  if (p && p < end && (load<u8>(p) | 0x20) == 0x65) { // e
    p++;
    if (p < end && (load<u8>(p) == 0x2b || load<u8>(p) == 0x2d)) p++;
    p = skipDigits(p, end);
  }
  return p;
}

function hexValue(c: i32): i32 {
  if (isDigit(c)) return c - 0x30;
  c |= 0x20;
  return c >= 0x61 && c <= 0x66 ? c - 0x61 + 10 : -1;
}

function skipString(p: usize, end: usize): usize {
  for (p++; p < end; p++) {
    let c: i32 = load<u8>(p);
    if (c == 0x22) return p + 1; // "
    if (c < 0x20) return 0;
    if (c != 0x5c) continue; // backslash
    if (++p == end) return 0;
    c = load<u8>(p);
    if (c == 0x75) { // u
      for (let i = 0; i < 4; i++) if (++p >= end || hexValue(load<u8>(p)) < 0) return 0;
    } else if (!'"\\/bfnrt'.includes(String.fromCharCode(c))) {
      return 0;
    }
  }
  return 0;
}

function skipWord(p: usize, end: usize, word: string): usize {
  for (let i = 0; i < word.length; i++, p++) if (p >= end || load<u8>(p) != word.charCodeAt(i)) return 0;
  return p;
}

function skipName(p: usize, end: usize): usize {
  p = space(p, end);
  if (p == end || load<u8>(p) != 0x22) return 0;
  p = skipString(p, end);
  if (!p) return 0;
  p = space(p, end);
  return p < end && load<u8>(p) == 0x3a ? p + 1 : 0; // :
}

// skip checks the value that begins at or behind p.
function skip(p: usize, end: usize): usize {
  let depth = 0;
  while (true) { // a value is wanted
    p = space(p, end);
    if (p == end || depth > MAX_DEPTH) return 0;
    const c: i32 = load<u8>(p);
    if (c == 0x7b || c == 0x5b) { // { [
      const close: u8 = c == 0x7b ? 0x7d : 0x5d;
      p = space(p + 1, end);
      if (p < end && load<u8>(p) == close) {
        p++;
      } else {
        store<u8>(open + depth, close);
        depth++;
        if (close == 0x7d && !(p = skipName(p, end))) return 0;
        continue;
      }
    } else if (c == 0x22) p = skipString(p, end);
    else if (c == 0x74) p = skipWord(p, end, "true");
    else if (c == 0x66) p = skipWord(p, end, "false");
    else if (c == 0x6e) p = skipWord(p, end, "null");
    else if (c == 0x2d || isDigit(c)) p = skipNumber(p, end);
    else return 0;
    while (true) { // a value has ended
      if (!p || !depth) return p;
      p = space(p, end);
      if (p == end) return 0;
      const next = load<u8>(p++);
      if (next == 0x2c) break; // ,
      if (next != load<u8>(open + depth - 1)) return 0;
      depth--;
    }
    if (load<u8>(open + depth - 1) == 0x7d && !(p = skipName(p, end))) return 0;
  }
}

function unit(p: usize): u32 {
  return (hexValue(load<u8>(p)) << 12) | (hexValue(load<u8>(p + 1)) << 8) | (hexValue(load<u8>(p + 2)) << 4) | hexValue(load<u8>(p + 3));
}

// unquote gives the text of a JSON string. What is no UTF-8 and half a surrogate pair become U+FFFD.
function unquote(p: usize, end: usize): string {
  const t = new Text(<i32>(end - p));
  end--; // the closing quote
  p++;
  while (p < end) {
    let r = runeAt(p, end);
    p += runeSize;
    if (r == 0x5c) { // backslash
      r = load<u8>(p++);
      if (r == 0x75) { // u
        r = unit(p);
        p += 4;
        if ((r & 0xf800) == 0xd800) {
          const low: u32 = p + 6 <= end && load<u16>(p) == 0x755c ? unit(p + 2) : 0;
          if (r < 0xdc00 && (low & 0xfc00) == 0xdc00) {
            r = 0x10000 + ((r & 0x3ff) << 10) + (low & 0x3ff);
            p += 6;
          } else {
            r = 0xfffd;
          }
        }
      } else if (r == 0x62) r = 0x08; // b
      else if (r == 0x66) r = 0x0c; // f
      else if (r == 0x6e) r = 0x0a; // n
      else if (r == 0x72) r = 0x0d; // r
      else if (r == 0x74) r = 0x09; // t
    }
    t.rune(r);
  }
  return t.done();
}

// Json is exactly one JSON value, checked, as it was written; or empty: "there is none". Everything can be asked of an empty one.
export class Json {
  constructor(readonly at: usize = 0, readonly len: i32 = 0) {}

  // parse checks that text is one JSON value, white space around it allowed; empty if it is not.
  static parse(text: Bytes): Json {
    const end = text.at + text.len;
    const p = space(text.at, end);
    const stop = skip(p, end);
    return stop && space(stop, end) == end ? new Json(p, <i32>(stop - p)) : new Json();
  }

  // of is parse for text that is a string: a manifest.
  static of(text: string): Json {
    return Json.parse(Bytes.of(text));
  }

  // kind says what it is: '{' '[' '"' '0' (a number) 't' 'f' 'n' (null) as a character code, or 0 if it is empty.
  kind(): i32 {
    if (!this.len) return 0;
    const c: i32 = load<u8>(this.at);
    return c == 0x2d || isDigit(c) ? 0x30 : c;
  }

  // exists says whether it is neither empty nor null.
  exists(): bool {
    return this.len > 0 && this.kind() != 0x6e;
  }

  // members are the values of an object or an array, in their order; none for anything else.
  members(): Member[] {
    const all: Member[] = [];
    const object = this.kind() == 0x7b;
    if (!object && this.kind() != 0x5b) return all;
    const end = this.at + this.len - 1;
    for (let p = space(this.at + 1, end); p < end; p = space(p, end)) {
      if (load<u8>(p) == 0x2c) p = space(p + 1, end); // ,
      let name = "";
      if (object) {
        name = unquote(p, skipString(p, end));
        p = space(skipName(p, end), end);
      }
      const stop = skip(p, end);
      all.push(new Member(name, new Json(p, <i32>(stop - p))));
      p = stop;
    }
    return all;
  }

  // get gives the member of an object, the first if there are several of that name; empty if there is none.
  get(name: string): Json {
    if (this.kind() != 0x7b) return new Json();
    const all = this.members();
    for (let i = 0; i < all.length; i++) if (all[i].name == name) return all[i].value;
    return new Json();
  }

  // text gives the text of a string, a number as it is written, and "true" for true; "" for anything else.
  text(): string {
    const kind = this.kind();
    if (kind == 0x22) return unquote(this.at, this.at + this.len);
    return kind == 0x30 || kind == 0x74 ? new Bytes(this.at, this.len).text() : "";
  }

  // intOr gives a whole number, also one written as a string ("429"); otherwise for anything else.
  intOr(otherwise: i64): i64 {
    return parseWhole(this.text()) ? whole : otherwise;
  }
}

// Member is a value of an object, or of an array: then without a name.
export class Member {
  constructor(readonly name: string, readonly value: Json) {}
}

// ---------------------------------------------------------------- writing JSON

// Writer writes JSON and puts the commas. Give what you begin its end.
export class Writer {
  private at: usize = 0;
  private len: usize = 0;
  private room: usize = 0;
  private comma: bool = false; // the next value needs one in front

  // byte writes one byte as it is.
  byte(c: u32): void {
    this.reserve(1);
    store<u8>(this.at + this.len++, <u8>c);
  }

  // rune writes one character in UTF-8 as it is.
  rune(r: u32): void {
    if (r < 0x80) {
      this.byte(r);
      return;
    }
    if (r < 0x800) {
      this.byte(0xc0 | (r >> 6));
    } else {
      if (r < 0x10000) {
        this.byte(0xe0 | (r >> 12));
      } else {
        this.byte(0xf0 | (r >> 18));
        this.byte(0x80 | ((r >> 12) & 0x3f));
      }
      this.byte(0x80 | ((r >> 6) & 0x3f));
    }
    this.byte(0x80 | (r & 0x3f));
  }

  private copy(at: usize, len: usize): void {
    this.reserve(len);
    memory.copy(this.at + this.len, at, len);
    this.len += len;
  }

  private reserve(n: usize): void {
    if (this.len + n <= this.room) return;
    this.room = max<usize>(max<usize>(2 * this.room, this.len + n), 64);
    const at = heap.alloc(this.room);
    memory.copy(at, this.at, this.len);
    this.at = at;
  }

  private value(): void {
    if (this.comma) this.byte(0x2c);
    this.comma = true;
  }

  // begin opens an object or an array: "{" or "[".
  begin(bracket: string): void {
    this.value();
    this.byte(bracket.charCodeAt(0));
    this.comma = false;
  }

  // end closes it: "}" or "]".
  end(bracket: string): void {
    this.byte(bracket.charCodeAt(0));
    this.comma = true;
  }

  // key writes the name of the member that follows.
  key(name: string): void {
    this.text(name);
    this.byte(0x3a);
    this.comma = false;
  }

  // text writes a string. Half a surrogate pair becomes U+FFFD.
  text(text: string): void {
    const hex = "0123456789abcdef";
    const bytes = Bytes.of(text);
    this.value();
    this.byte(0x22);
    for (let i = 0; i < bytes.len; i++) {
      const c: i32 = load<u8>(bytes.at + i);
      if (c < 0x20) {
        this.byte(0x5c);
        this.byte(0x75);
        this.byte(0x30);
        this.byte(0x30);
        this.byte(hex.charCodeAt(c >> 4));
        this.byte(hex.charCodeAt(c & 15));
        continue;
      }
      if (c == 0x22 || c == 0x5c) this.byte(0x5c);
      this.byte(c);
    }
    this.byte(0x22);
  }

  // int writes a whole number.
  int(n: i64): void {
    this.json(Json.of(n.toString()));
  }

  // json writes a value that is JSON already.
  json(value: Json): void {
    this.value();
    this.copy(value.at, value.len);
  }

  // done gives the JSON. It is not checked.
  done(): Json {
    return new Json(this.at, <i32>this.len);
  }

  // bytes gives what was written. Do not write afterwards.
  bytes(): Bytes {
    return new Bytes(this.at, <i32>this.len);
  }

  // The optional functions write a member unless it is empty.
  optionalText(name: string, text: string): void {
    if (!text.length) return;
    this.key(name);
    this.text(text);
  }

  optionalJson(name: string, value: Json): void {
    if (!value.len) return;
    this.key(name);
    this.json(value);
  }

  // optionalList writes values that were written by another Writer, in brackets: "[]" or "{}".
  optionalList(name: string, brackets: string, values: Writer): void {
    if (!values.len) return;
    this.key(name);
    this.begin(brackets.charAt(0));
    this.copy(values.at, values.len);
    this.end(brackets.charAt(1));
  }
}

// ---------------------------------------------------------------- what the host asks

// Condition is one comparison of a where clause: modafter='1780531200000'. op is one of = != < > <= >= LIKE.
export class Condition {
  constructor(readonly name: string, readonly op: string, readonly value: string) {}
}

// Order is one field to sort by.
export class Order {
  constructor(readonly field: string, readonly descending: bool) {}
}

// Since is a lower bound, inclusive, for the date in field. time is in Unix milliseconds.
export class Since {
  constructor(readonly field: string, readonly time: i64) {}
}

// Query says what the host wants to read. It stays the same over the steps of one page.
export class Query {
  resource: string = ""; // a resource's name in the manifest
  vars: Json = new Json(); // path variables, an object of strings: vars.get("listId").text()
  // where holds the conditions of the user's URL if they are a plain list joined by AND; filter is their text otherwise. Refuse what the
  // provider cannot do with a fault that lists what it can: a filter ignored silently gives the wrong records.
  where: Condition[] = [];
  filter: string = "";
  params: Json = new Json(); // the URL's other parameters, an object of strings, unparsed
  orderBy: Order[] = []; // only fields that the manifest's orderBy names
  since: Since | null = null; // records dated before it may be left out: a permission, not a duty; those at that very time must come
  page: string = ""; // Page.next of the page before; empty for the first
  pageSize: i64 = 0; // records the host would like; 0 = the adapter's choice

  // limit is how many rows to ask for: what the host would like, or usual if it does not care, at least 2 (one row could not overlap) and at
  // most most.
  limit(usual: i64, most: i64): i64 {
    return min(max(this.pageSize > 0 ? this.pageSize : usual, 2), most);
  }
}

// Response is a provider's answer.
export class Response {
  status: i32 = 0;
  headers: Json = new Json(); // an object of strings with lower-case names: headers.get("etag").text()
  body: Bytes = new Bytes(0, 0); // not checked
  elided: Json = new Json(); // which arrays of the body the host has shortened (manifest: "body": "outline"); rows takes it into account

  // outline gives the body if it is a JSON object, checked to its end; empty if it is not: a maintenance page, or cut off. Read the envelope of
  // the records from it.
  outline(): Json {
    const body = Json.parse(this.body);
    return body.kind() == 0x7b ? body : new Json();
  }

  // rows gives how many elements an array of the answer has, -1 if the body has no array of that name. body is what outline gave. The number is
  // that of the provider's answer, also where the host has taken out the middle of the array.
  rows(body: Json, name: string): i64 {
    const array = body.get(name);
    if (array.kind() != 0x5b) return -1;
    let rows: i64 = array.members().length;
    const pointer = "/" + name.replaceAll("~", "~0").replaceAll("/", "~1");
    const elided = this.elided.members();
    for (let i = 0; i < elided.length; i++) {
      if (elided[i].value.get("at").text() == pointer) rows = elided[i].value.get("len").intOr(rows);
    }
    return rows;
  }
}

// Call is one question.
export class Call {
  query: Query = new Query();
  config: Json = new Json(); // the instance's configuration without secrets, an object of strings
  memo: Json = new Json(); // the last Page.memo of this instance; empty at first
  state: Json = new Json(); // Fetch.state of the reply that led to response; empty if there was none
  response: Response | null = null; // null on the first step of a page
  now: i64 = 0; // the host's clock, Unix milliseconds: an adapter has no clock of its own
}

// ---------------------------------------------------------------- replies

// Reply is a finished answer: return what Fetch.reply, Page.reply or one of the faults gives.
export class Reply {
  constructor(readonly json: Json) {}
}

// wrap makes a reply of one of its three kinds.
function wrap(kind: string, content: Writer): Reply {
  const w = new Writer();
  w.begin("{");
  w.optionalList(kind, "{}", content);
  w.end("}");
  return new Reply(w.done());
}

// Fetch asks the host to send one request. The host adds the credentials.
export class Fetch {
  method: string = ""; // default GET
  base: string = ""; // one of the manifest's baseUrls; default the first
  body: string = "";
  state: Json = new Json(); // any JSON: comes back as Call.state with the response
  private query: Writer = new Writer();
  private headers: Writer = new Writer();

  // path is appended to the base URL, percent-encoded: use the function path.
  constructor(readonly path: string) {}

  // param adds a query parameter; the host encodes it. name must not be empty.
  param(name: string, value: string): void {
    this.query.begin("{");
    this.query.key("name");
    this.query.text(name);
    this.query.key("value");
    this.query.text(value);
    this.query.end("}");
  }

  // header adds a header of one line. The host refuses those that are its own: authorization, cookie, host and the like.
  header(name: string, value: string): void {
    this.headers.key(name);
    this.headers.text(value);
  }

  reply(): Reply {
    const w = new Writer();
    w.optionalText("method", this.method);
    w.optionalText("base", this.base);
    w.key("path");
    w.text(this.path);
    w.optionalList("query", "[]", this.query);
    w.optionalList("headers", "{}", this.headers);
    w.optionalText("body", this.body);
    w.optionalJson("state", this.state);
    return wrap("fetch", w);
  }
}

// Page is one page of records. With select and table the host cuts them out of the body itself, bytes unchanged: do not decode them.
export class Page {
  next: string = ""; // if not empty, asks to be called again with query.page = next
  overlap: i32 = 0; // leading records of the next page that repeat the last of this one: 0 or 1, 1 only with next
  total: i64 = -1; // the provider's count of the whole result, a hint only; -1 if it tells none
  memo: Json = new Json(); // if not empty, replaces what is remembered for the instance; never secrets
  private records: Writer = new Writer();
  private inlined: Writer = new Writer();
  private warnings: Writer = new Writer();

  // select is a page whose records at (a JSON Pointer, RFC 6901) leads to: an array of objects. "" is the body itself.
  static select(at: string): Page {
    const p = new Page();
    const w = new Writer();
    w.key("at");
    w.text(at);
    p.records.optionalList("select", "{}", w);
    return p;
  }

  // table is a page of an array of column names and an array of rows, each a JSON Pointer. rename is an object of column name to new name.
  static table(columns: string, rows: string, rename: Json = new Json()): Page {
    const p = new Page();
    const w = new Writer();
    w.key("columns");
    w.text(columns);
    w.key("rows");
    w.text(rows);
    w.optionalJson("rename", rename);
    p.records.optionalList("table", "{}", w);
    return p;
  }

  // record adds a JSON object that the adapter has built to a page made by new Page(): for XML, CSV and oddities. None added is an empty page.
  record(record: Json): void {
    this.inlined.json(record);
  }

  // warning adds a warning for people.
  warning(text: string): void {
    this.warnings.text(text);
  }

  reply(): Reply {
    this.records.optionalList("inline", "[]", this.inlined);
    const w = new Writer();
    w.key("records");
    w.begin("{");
    if (this.records.bytes().len) w.json(this.records.done());
    w.end("}");
    w.optionalText("next", this.next);
    if (this.overlap) {
      w.key("overlap");
      w.int(this.overlap);
    }
    if (this.total >= 0) {
      w.key("total");
      w.int(this.total);
    }
    w.optionalJson("memo", this.memo);
    w.optionalList("warnings", "[]", this.warnings);
    return wrap("page", w);
  }
}

// Kinds of fault: what the host does about it.
export const AUTH: string = "auth"; // credentials refused: OAuth2 is refreshed once, then polling stops after some tries
export const NOT_FOUND: string = "not_found"; // the resource does not exist: a configuration error
export const RATE_LIMITED: string = "rate_limited"; // wait the seconds named
export const INVALID: string = "invalid"; // the provider refuses the request, or the answer makes no sense
export const TRANSIENT: string = "transient"; // try again later

// fault ends the scan without a page. message is for people: what went wrong, in the provider's own words where it has some, and what would be
// right; it must not be empty. retryAfter is in seconds, 0 = unknown.
export function fault(kind: string, message: string, retryAfter: i64 = 0): Reply {
  const w = new Writer();
  w.key("kind");
  w.text(kind);
  w.key("message");
  w.text(message);
  if (retryAfter > 0) {
    w.key("retryAfter");
    w.int(retryAfter);
  }
  return wrap("fault", w);
}

// ---------------------------------------------------------------- time

// NO_TIME is what timeParse gives for text that is no time.
export const NO_TIME: i64 = i64.MIN_VALUE;

function floorDiv(a: i64, b: i64): i64 {
  return a / b - (a % b < 0 ? 1 : 0);
}

// daysOf gives the days from 1970-01-01 to a date of the Gregorian calendar, month 1 to 12.
function daysOf(year: i64, month: i64, day: i64): i64 {
  if (month <= 2) year--; // years that begin in March end with the leap day
  const era = floorDiv(year, 400);
  const ofEra = year - era * 400;
  const ofYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146097 + ofEra * 365 + ofEra / 4 - ofEra / 100 + ofYear - 719468;
}

function daysIn(year: i64, month: i64): i64 {
  if (month == 2) return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

function padded(n: i64, width: i32): string {
  return n.toString().padStart(width, "0");
}

// timeText writes Unix milliseconds as RFC 3339 in UTC, rounded down to the second: "2026-01-02T03:04:05Z". Years beyond 9999 get more digits
// and those before 0 a minus, which is no RFC 3339 any more.
export function timeText(ms: i64): string {
  const seconds = floorDiv(ms, 1000);
  const days = floorDiv(seconds, 86400);
  const ofDay = seconds - days * 86400;
  const era = floorDiv(days + 719468, 146097);
  const ofEra = days + 719468 - era * 146097;
  const years = (ofEra - ofEra / 1460 + ofEra / 36524 - ofEra / 146096) / 365;
  const ofYear = ofEra - (365 * years + years / 4 - years / 100);
  const march = (5 * ofYear + 2) / 153;
  const month = march + (march < 10 ? 3 : -9);
  const year = years + era * 400 + (month <= 2 ? 1 : 0);
  const date = padded(abs(year), 4) + "-" + padded(month, 2) + "-" + padded(ofYear - (153 * march + 2) / 5 + 1, 2);
  const clock = padded(ofDay / 3600, 2) + ":" + padded((ofDay / 60) % 60, 2) + ":" + padded(ofDay % 60, 2);
  return (year < 0 ? "-" : "") + date + "T" + clock + "Z";
}

// Scan reads a text piece by piece; ok becomes false at the first that does not fit.
class Scan {
  ok: bool = true;
  at: i32 = 0;
  year: i64 = 0;
  month: i64 = 0;
  day: i64 = 0;
  hour: i64 = 0;
  minute: i64 = 0;
  second: i64 = 0;

  constructor(readonly s: string) {}

  digits(least: i32, most: i32): i64 {
    let n: i64 = 0;
    let i = 0;
    for (; i < most && this.at < this.s.length && isDigit(this.s.charCodeAt(this.at)); i++) n = n * 10 + this.s.charCodeAt(this.at++) - 0x30;
    if (i < least) this.ok = false;
    return n;
  }

  take(word: string): bool {
    if (!this.s.startsWith(word, this.at)) return false;
    this.at += word.length;
    return true;
  }

  // want reads a word; a space in it stands for one or more.
  want(word: string): void {
    for (let i = 0; i < word.length; i++) {
      const one = word.charAt(i);
      if (!this.take(one)) this.ok = false;
      while (one == " " && this.take(" ")) {}
    }
  }

  // name reads one of the names in list, separated by spaces, whatever its case, and gives its number from 1.
  name(list: string): i64 {
    const names = list.split(" ");
    for (let i = 0; i < names.length; i++) {
      if (!this.begins(names[i])) continue;
      this.at += names[i].length;
      return i + 1;
    }
    this.ok = false;
    return 1;
  }

  // begins says whether a word in lower case comes next. ASCII only: the tables of toLowerCase are as large as all the rest.
  private begins(word: string): bool {
    if (this.s.length - this.at < word.length) return false;
    for (let i = 0; i < word.length; i++) if ((this.s.charCodeAt(this.at + i) | 0x20) != word.charCodeAt(i)) return false;
    return true;
  }

  clock(least: i32): void {
    this.hour = this.digits(least, 2);
    this.want(":");
    this.minute = this.digits(2, 2);
    this.want(":");
    this.second = this.digits(2, 2);
  }

  // unix gives the seconds since 1970, NO_TIME if there is no such time or the text was not read to its end.
  unix(): i64 {
    if (!this.ok || this.at < this.s.length || this.month < 1 || this.month > 12 || this.day < 1 || this.day > daysIn(this.year, this.month)) return NO_TIME;
    if (this.hour > 23 || this.minute > 59 || this.second > 59) return NO_TIME;
    return daysOf(this.year, this.month, this.day) * 86400 + this.hour * 3600 + this.minute * 60 + this.second;
  }
}

// timeParse reads a time of RFC 3339, such as 2026-01-02T03:04:05.678+02:00, as Unix milliseconds, rounded down; NO_TIME if text is none. Leap
// seconds (:60) are refused.
export function timeParse(text: string): i64 {
  const s = new Scan(text);
  s.year = s.digits(4, 4);
  s.want("-");
  s.month = s.digits(2, 2);
  s.want("-");
  s.day = s.digits(2, 2);
  s.want("T");
  s.clock(2);
  let milli: i64 = 0;
  if (s.take(".")) {
    const before = s.at;
    milli = s.digits(1, 3);
    for (let n = s.at - before; n < 3; n++) milli *= 10;
    while (s.at < text.length && isDigit(text.charCodeAt(s.at))) s.at++;
  }
  let offset: i64 = 0;
  if (!s.take("Z")) {
    const west = s.take("-");
    if (!west) s.want("+");
    const hours = s.digits(2, 2);
    s.want(":");
    const minutes = s.digits(2, 2);
    if (hours > 23 || minutes > 59) return NO_TIME;
    offset = (hours * 3600 + minutes * 60) * (west ? -1 : 1);
  }
  const seconds = s.unix();
  return seconds == NO_TIME ? NO_TIME : (seconds - offset) * 1000 + milli;
}

const SHORT_DAYS: string = "mon tue wed thu fri sat sun";
const LONG_DAYS: string = "monday tuesday wednesday thursday friday saturday sunday";
const MONTHS: string = "jan feb mar apr may jun jul aug sep oct nov dec";

// httpDate reads the three forms of RFC 9110, 5.6.7, as Unix seconds; NO_TIME for anything else.
function httpDate(text: string): i64 {
  let s = new Scan(text); // Sun, 06 Nov 1994 08:49:37 GMT
  s.name(SHORT_DAYS);
  s.want(", ");
  s.day = s.digits(2, 2);
  s.want(" ");
  s.month = s.name(MONTHS);
  s.want(" ");
  s.year = s.digits(4, 4);
  s.want(" ");
  s.clock(1);
  s.want(" GMT");
  if (s.unix() != NO_TIME) return s.unix();
  s = new Scan(text); // Sunday, 06-Nov-94 08:49:37 GMT
  s.name(LONG_DAYS);
  s.want(", ");
  s.day = s.digits(2, 2);
  s.want("-");
  s.month = s.name(MONTHS);
  s.want("-");
  s.year = s.digits(2, 2);
  s.year += s.year >= 69 ? 1900 : 2000;
  s.want(" ");
  s.clock(1);
  s.want(" GMT");
  if (s.unix() != NO_TIME) return s.unix();
  s = new Scan(text); // Sun Nov  6 08:49:37 1994
  s.name(SHORT_DAYS);
  s.want(" ");
  s.month = s.name(MONTHS);
  s.want(" ");
  s.day = s.digits(1, 2);
  s.want(" ");
  s.clock(1);
  s.want(" ");
  s.year = s.digits(4, 4);
  return s.unix();
}

// ---------------------------------------------------------------- faults from an answer

// retryAfter reads the Retry-After header of the answer (RFC 9110, 10.2.3: seconds or an HTTP date) as whole seconds, rounded up; 0 if there is
// none or it is past. A date is measured against the answer's Date header, so that the clocks of host and provider need not agree.
export function retryAfter(call: Call): i64 {
  const response = call.response;
  if (response === null) return 0;
  const value = response.headers.get("retry-after").text().trim();
  if (parseWhole(value)) return max(whole, 0);
  const until = httpDate(value);
  if (until == NO_TIME) return 0;
  let now = httpDate(response.headers.get("date").text());
  if (now == NO_TIME) now = floorDiv(call.now, 1000); // down, so that the wait is rounded up
  return max(until - now, 0);
}

// faultFromStatus judges the answer by its HTTP status alone. Most adapters look into the body first and use this for the rest.
//
//     401, 403                        auth
//     404, 410                        not_found
//     429, or 503 that names a time   rate_limited, with Retry-After where there is one
//     408, 425, other 5xx             transient
//     501, 505, all others            invalid: asking again would not help
//
// message should hold the provider's own words; the status is put in front. Without a message an excerpt of the body is shown.
export function faultFromStatus(call: Call, message: string = ""): Reply {
  const response = call.response;
  if (response === null) return fault(INVALID, "there is no response to judge");
  const status = response.status;
  const wait = retryAfter(call);
  let kind = INVALID;
  if (!message.length) message = excerpt(response.body);
  if (!message.length) message = "no text in the answer";
  if (status == 401 || status == 403) kind = AUTH;
  else if (status == 404 || status == 410) kind = NOT_FOUND;
  else if (status == 429 || (status == 503 && wait > 0)) kind = RATE_LIMITED;
  else if (status == 408 || status == 425 || (status >= 500 && status != 501 && status != 505)) kind = TRANSIENT;
  return fault(kind, "HTTP " + status.toString() + ": " + message, wait);
}

// ---------------------------------------------------------------- paging by row number

// Offset is the place of a page for providers that page by row number. Rows move while one reads: a record deleted in front of the reader shifts
// the rest, and the first row of the next page is lost. So each page repeats the last row of the page before it, and the host, which compares
// the two, notices.
export class Offset {
  // start is the number of the first row to ask for, from 0; overlap how many leading rows repeat the page before: 0 or 1.
  constructor(readonly start: i64 = 0, readonly overlap: i32 = 0) {}

  // parse reads query.page, such as "499+1": start at row 499, which repeats one row. The empty page is the first. null if the page is not one
  // of ours.
  static parse(page: string): Offset | null {
    if (!page.length) return new Offset();
    const plus = page.indexOf("+");
    if (plus >= 0 && page.substring(plus) != "+1") return null;
    if (!parseWhole(plus >= 0 ? page.substring(0, plus) : page) || whole < 0) return null;
    return new Offset(whole, plus >= 0 ? 1 : 0);
  }

  // toString writes the form that parse reads.
  toString(): string {
    return this.start.toString() + (this.overlap ? "+1" : "");
  }

  // next gives the page after this one, null if this was the last. rows is how many rows came, limit how many the provider gives at most (0 if
  // unknown), total its count of all rows (negative if unknown). The scan ends when a page brings nothing new; a short page ends it only if the
  // total agrees, since a limit may have been lowered without a word and totals are stale after deletes.
  next(rows: i64, limit: i64, total: i64): Offset | null {
    if (rows <= this.overlap) return null;
    const end = this.start + rows;
    if (rows < limit && total >= 0 && end >= total) return null;
    return rows == 1 ? new Offset(end) : new Offset(end - 1, 1); // repeating the only row would never come forward
  }

  // fill sets next, overlap and total of a page from what the function next says.
  fill(page: Page, rows: i64, limit: i64, total: i64): void {
    if (total >= 0) page.total = total;
    const next = this.next(rows, limit, total);
    if (next === null) return;
    page.next = next.toString();
    page.overlap = next.overlap;
  }
}

// ---------------------------------------------------------------- the contract with the host

let input: usize = 0; // the one buffer that the host writes to
let room: i32 = 0; // bytes in it
let wrong: string = ""; // the name of what is of the wrong kind in the call that is being read

// want gives a member of the wanted kind, empty if there is none or it is null, and notes in wrong if it is of another.
function want(object: Json, name: string, kind: i32): Json {
  const value = object.get(name);
  if (value.kind() == kind) return value;
  if (value.exists()) wrong = name;
  return new Json();
}

function wantInt(object: Json, name: string): i64 {
  const value = want(object, name, 0x30);
  if (!value.len) return 0;
  if (!parseWhole(value.text())) wrong = name;
  return value.intOr(0);
}

function wantText(object: Json, name: string): string {
  return want(object, name, 0x22).text();
}

function wantBool(object: Json, name: string): bool {
  const value = object.get(name);
  const kind = value.kind();
  if (value.exists() && kind != 0x74 && kind != 0x66) wrong = name;
  return kind == 0x74;
}

// wantAll gives an object or array whose values are all of one kind, or null.
function wantAll(object: Json, name: string, kind: i32, each: i32): Json {
  const all = want(object, name, kind);
  const members = all.members();
  for (let i = 0; i < members.length; i++) if (members[i].value.exists() && members[i].value.kind() != each) wrong = name;
  return all;
}

function notNull(value: Json): Json {
  return value.exists() ? value : new Json();
}

function readQuery(from: Json): Query {
  const q = new Query();
  q.resource = wantText(from, "resource");
  q.vars = wantAll(from, "vars", 0x7b, 0x22);
  const where = wantAll(from, "where", 0x5b, 0x7b).members();
  for (let i = 0; i < where.length; i++) {
    const one = where[i].value;
    q.where.push(new Condition(wantText(one, "name"), wantText(one, "op"), wantText(one, "value")));
  }
  q.filter = wantText(from, "filter");
  q.params = wantAll(from, "params", 0x7b, 0x22);
  const orders = wantAll(from, "orderBy", 0x5b, 0x7b).members();
  for (let i = 0; i < orders.length; i++) q.orderBy.push(new Order(wantText(orders[i].value, "field"), wantBool(orders[i].value, "descending")));
  const since = want(from, "since", 0x7b);
  if (since.len) q.since = new Since(wantText(since, "field"), wantInt(since, "time"));
  q.page = wantText(from, "page");
  q.pageSize = wantInt(from, "pageSize");
  return q;
}

// readCall fills call from the input of operation 2 and gives "", or what is wrong with the input.
function readCall(n: i32, call: Call): string {
  if (n < 4) return "the input is shorter than the 4 bytes of a length";
  const length = load<u32>(input);
  if (length > <u32>(n - 4)) return "the document is announced longer than the input";
  const doc = Json.parse(new Bytes(input + 4, <i32>length));
  if (!doc.len) return "it is no JSON";
  if (doc.kind() != 0x7b) return "it is no JSON object";
  wrong = "";
  call.query = readQuery(want(doc, "query", 0x7b));
  call.config = wantAll(doc, "config", 0x7b, 0x22);
  call.memo = notNull(doc.get("memo"));
  call.state = notNull(doc.get("state"));
  call.now = wantInt(doc, "now");
  const response = want(doc, "response", 0x7b);
  if (response.len) {
    const r = new Response();
    r.status = <i32>wantInt(response, "status");
    r.headers = wantAll(response, "headers", 0x7b, 0x22);
    r.elided = wantAll(response, "elided", 0x5b, 0x7b);
    r.body = new Bytes(input + 4 + length, n - 4 - <i32>length);
    call.response = r;
  }
  return wrong.length ? wrong + " is of the wrong kind" : "";
}

// packed makes the bytes of an answer: first 0 and JSON, or 1 and a message.
function packed(first: u8, at: usize, len: i32): u64 {
  const out = heap.alloc(<usize>len + 1);
  store<u8>(out, first);
  memory.copy(out + 1, at, len);
  return ((<u64>out) << 32) | <u64>(len + 1);
}

function failed(message: string): u64 {
  const bytes = Bytes.of(message);
  return packed(1, bytes.at, bytes.len);
}

// answer does one operation: it is all that the adapter's pollwright_call has to call.
export function answer(op: i32, n: i32, describe: () => Json, step: (call: Call) => Reply): u64 {
  if (<u32>n > <u32>room) return failed("there is more input than pollwright_buf gave room for");
  let json: Json;
  if (op == 1) {
    json = describe();
  } else if (op == 2) {
    const call = new Call();
    const problem = readCall(n, call);
    if (problem.length) return failed("decode call: " + problem);
    json = step(call).json;
  } else {
    return failed("unknown operation " + op.toString() + ": this adapter knows 1 (describe) and 2 (step)");
  }
  return packed(0, json.at, json.len);
}

export function pollwright_abi(): i32 {
  return ABI_VERSION;
}

// pollwright_buf gives the host one buffer of at least n bytes.
export function pollwright_buf(n: i32): usize {
  if (!input || <u32>n > <u32>room) {
    input = heap.alloc(<usize>n);
    room = n;
  }
  return input;
}
