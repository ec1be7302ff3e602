/* pollwright.h: all that the author of an adapter in C needs, in one file and without a C library.
 *
 * An adapter is a WebAssembly module without abilities (no network, files, clock or memory of the last call) that answers the question "what
 * next?": with a request to send, with a page of records, or with a fault. Include this file in ONE source file and write two functions:
 *
 *     static pw_json  describe(void);              the manifest
 *     static pw_reply step(const pw_call *call);   the answer to one question
 *
 * and build with clang and lld, version 14 or later:
 *
 *     clang --target=wasm32 -std=c11 -O2 -mbulk-memory -ffreestanding -nostdlib -Wl,--no-entry -Wl,--stack-first -o adapter.wasm adapter.c
 *
 * The header makes the three exports of the contract from them: pollwright_abi, pollwright_buf and pollwright_call.
 *
 * The step loop. For each page the host calls step until it gets a page or a fault:
 *
 *     call without response      -> fetch {path, query, state}
 *     call with its response     -> fetch ...   (as many as needed)
 *     call with its response     -> page, then again with query.page = page.next, without a response
 *                                or fault, and the scan is over
 *
 * Memory. Everything a function of this file gives back lives until the call ends; nothing is freed. Variables of the program do not survive a
 * call either: the host puts the memory back. Use fetch.state within a page, page.next between pages and page.memo between polls. When memory
 * runs out the module traps: the host reports a crash of the adapter, and no reply is made up.
 *
 * Text. A pw_text is bytes with a length, UTF-8, without a NUL at the end. A pw_json is a pw_text that holds exactly one JSON value, checked.
 * A zeroed one is empty: "there is none".
 *
 * Names that begin with pw__ are this file's own. */
#ifndef POLLWRIGHT_H
#define POLLWRIGHT_H

#if !defined(__clang__) && !defined(__GNUC__)
#error "pollwright.h is written for clang"
#endif

#define PW_ABI_VERSION 1

/* PW_MAX_DEPTH bounds the nesting of JSON. Deeper text is refused like text that is no JSON; nothing here recurses. */
#define PW_MAX_DEPTH 1000

typedef __SIZE_TYPE__ pw_size;
typedef long long pw_int; /* 64 bits: counts, seconds, Unix milliseconds */

typedef struct {
  const char *at;
  pw_size len;
} pw_text;

typedef pw_text pw_json;

/* PW makes a text of a string literal: PW("items"). */
#define PW(literal) ((pw_text){(literal), sizeof(literal) - 1})

/* PW_JSON makes JSON of what is written between its parentheses, so that a manifest can stand in the source as it is:
 * PW_JSON({"key": "acme"}). It is not checked here; the host checks it when the adapter is installed. */
#define PW_JSON(...) ((pw_json){#__VA_ARGS__, sizeof(#__VA_ARGS__) - 1})

/* Not inlined: a module is loaded whole for each adapter, and small beats quick in what runs once a page. */
#define PW_API static __attribute__((unused, noinline))

/* ---------------------------------------------------------------- what the host asks */

/* pw_condition is one comparison of a where clause: modafter='1780531200000'. */
typedef struct {
  pw_text name;
  pw_text op; /* = != < > <= >= LIKE */
  pw_text value;
} pw_condition;

/* pw_order is one field to sort by. */
typedef struct {
  pw_text field;
  int descending; /* 0 or 1 */
} pw_order;

/* pw_query says what the host wants to read. It stays the same over the steps of one page. */
typedef struct {
  pw_text resource; /* a resource's name in the manifest */
  pw_json vars;     /* path variables, an object of strings: read one with pw_get_text; empty if there are none */
  /* where holds the conditions of the user's URL, where_len of them, if they are a plain list joined by AND; filter is their text otherwise.
   * Refuse what the provider cannot do with a fault that lists what it can: a filter ignored silently gives the wrong records. */
  const pw_condition *where;
  int where_len;
  pw_text filter;
  pw_json params; /* the URL's other parameters, an object of strings, unparsed; empty if there are none */
  const pw_order *order_by; /* order_by_len fields; only those that the manifest's orderBy names */
  int order_by_len;
  /* If has_since is 1, records whose since_field is dated before since_time (Unix milliseconds) may be left out. It is a permission, not a
   * duty: records at that very time must come, earlier ones may. */
  int has_since;
  pw_text since_field;
  pw_int since_time;
  pw_text page;     /* pw_page.next of the page before; empty for the first */
  pw_int page_size; /* records the host would like; 0 = the adapter's choice */
} pw_query;

/* pw_response is a provider's answer. */
typedef struct {
  int status;
  pw_json headers; /* an object of strings with lower-case names: read one with pw_get_text */
  pw_text body;    /* any bytes: not checked, not necessarily UTF-8 */
  pw_json elided;  /* which arrays of the body the host has shortened (manifest: "body": "outline"); pw_rows takes it into account */
} pw_response;

/* pw_call is one question. */
typedef struct {
  pw_query query;
  pw_json config; /* the instance's configuration without secrets, an object of strings: read one with pw_get_text */
  pw_json memo;   /* the last pw_page.memo of this instance; empty at first */
  pw_json state;  /* pw_fetch.state of the reply that led to response; empty if there was none */
  const pw_response *response; /* 0 on the first step of a page */
  pw_int now;                  /* the host's clock, Unix milliseconds: an adapter has no clock of its own */
} pw_call;

/* pw_reply is a finished answer: return what pw_reply_fetch, pw_reply_page or one of the faults gives. */
typedef struct {
  pw_json json;
} pw_reply;

/* The two functions of the author. describe gives the manifest and is asked once, when the adapter is installed. Both must be pure: the same
 * call gives the same answer. */
static pw_json describe(void);
static pw_reply step(const pw_call *call);

/* ---------------------------------------------------------------- memory */

extern unsigned char __heap_base;

static pw_size pw__room;       /* bytes of the input buffer, which begins at the heap's base */
static pw_size pw__next;       /* first free byte of the memory behind it */
static const char *pw__wrong;  /* what is wrong with the call that is being read, 0 if nothing */

static pw_size pw__input(void) { return ((pw_size)&__heap_base + 15) & ~(pw_size)15; }

/* pw__grow makes the memory reach up to end, or traps. */
static void pw__grow(pw_size end) {
  pw_size have = __builtin_wasm_memory_size(0);
  pw_size want = (end >> 16) + ((end & 0xffff) != 0);
  if (want > have && __builtin_wasm_memory_grow(0, want - have) == (pw_size)-1) __builtin_trap();
}

/* pw__take gives n bytes that hold anything, aligned to 8. */
static char *pw__take(pw_size n) {
  pw_size at = (pw__next + 7) & ~(pw_size)7;
  if (at < pw__next || at + n < at) __builtin_trap();
  pw__grow(at + n);
  pw__next = at + n;
  return (char *)at;
}

/* pw_alloc gives n zeroed bytes that live until the call ends, aligned to 8. It traps when there is no memory left. */
PW_API void *pw_alloc(pw_size n) { return __builtin_memset(pw__take(n), 0, n); }

/* ---------------------------------------------------------------- text */

/* pw_same says whether two texts have the same bytes: 1 or 0. */
PW_API int pw_same(pw_text a, pw_text b) {
  if (a.len != b.len) return 0;
  for (pw_size i = 0; i < a.len; i++)
    if (a.at[i] != b.at[i]) return 0;
  return 1;
}

/* pw_compare orders two texts by their bytes: below 0, 0 or above 0. */
PW_API int pw_compare(pw_text a, pw_text b) {
  for (pw_size i = 0; i < a.len && i < b.len; i++)
    if (a.at[i] != b.at[i]) return (unsigned char)a.at[i] - (unsigned char)b.at[i];
  return (a.len > b.len) - (a.len < b.len);
}

/* pw_buf is a text that grows. A zeroed one is empty. */
typedef struct {
  char *at;
  pw_size len, room;
} pw_buf;

/* pw__reserve makes room for n more bytes; the last buffer in memory grows in place. */
static void pw__reserve(pw_buf *b, pw_size n) {
  if (n <= b->room - b->len) return;
  if (b->len + n < n || b->len + n > (pw_size)1 << 31) __builtin_trap();
  pw_size room = b->len + n > 2 * b->room ? b->len + n : 2 * b->room;
  if (room < 64) room = 64;
  if (b->at && (pw_size)b->at + b->room == pw__next) {
    pw__grow((pw_size)b->at + room);
    pw__next = (pw_size)b->at + room;
  } else {
    char *at = pw__take(room);
    if (b->len) __builtin_memcpy(at, b->at, b->len);
    b->at = at;
  }
  b->room = room;
}

/* pw_add puts text behind what is in b. */
PW_API void pw_add(pw_buf *b, pw_text text) {
  if (!text.len) return;
  pw__reserve(b, text.len);
  __builtin_memcpy(b->at + b->len, text.at, text.len);
  b->len += text.len;
}

/* pw_add_byte puts one byte behind what is in b. */
PW_API void pw_add_byte(pw_buf *b, char c) { pw_add(b, (pw_text){&c, 1}); }

/* pw_done gives what is in b. Do not add to b afterwards. */
PW_API pw_text pw_done(const pw_buf *b) { return (pw_text){b->at, b->len}; }

PW_API pw_text pw_concat(const pw_text *parts, pw_size n) {
  pw_buf b = {0};
  for (pw_size i = 0; i < n; i++) pw_add(&b, parts[i]);
  return pw_done(&b);
}

/* PW_CONCAT joins texts: PW_CONCAT(PW("the list "), id, PW(" is gone")). */
#define PW_CONCAT(...) pw_concat((const pw_text[]){__VA_ARGS__}, sizeof((const pw_text[]){__VA_ARGS__}) / sizeof(pw_text))

static void pw__digits(pw_buf *b, unsigned long long n, int width) {
  char digits[20];
  int i = 20;
  while (n > 0 || i > 20 - width) {
    digits[--i] = (char)('0' + n % 10);
    n /= 10;
  }
  pw_add(b, (pw_text){digits + i, (pw_size)(20 - i)});
}

static unsigned long long pw__magnitude(pw_int n) { return n < 0 ? 0 - (unsigned long long)n : (unsigned long long)n; }

/* pw_decimal writes a whole number: -12. */
PW_API pw_text pw_decimal(pw_int n) {
  pw_buf b = {0};
  if (n < 0) pw_add_byte(&b, '-');
  pw__digits(&b, pw__magnitude(n), 1);
  return pw_done(&b);
}

/* pw_parse_int reads a whole number, decimal, perhaps with a sign, and nothing else. It gives 1, or 0 if text is none or does not fit into
 * 64 bits; *n is then left alone. */
PW_API int pw_parse_int(pw_text text, pw_int *n) {
  pw_size i = 0;
  int negative = 0;
  if (text.len && (text.at[0] == '-' || text.at[0] == '+')) negative = text.at[i++] == '-';
  unsigned long long value = 0, most = 0x7fffffffffffffffull + (unsigned)negative;
  if (i == text.len) return 0;
  for (; i < text.len; i++) {
    unsigned digit = (unsigned)(text.at[i] - '0');
    if (digit > 9 || value > (most - digit) / 10) return 0;
    value = value * 10 + digit;
  }
  *n = negative ? (pw_int)(0 - value) : (pw_int)value;
  return 1;
}

/* pw_trim takes spaces, tabs and line ends off both ends. */
PW_API pw_text pw_trim(pw_text text) {
  while (text.len && (text.at[0] == ' ' || (text.at[0] >= '\t' && text.at[0] <= '\r'))) text.at++, text.len--;
  while (text.len && (text.at[text.len - 1] == ' ' || (text.at[text.len - 1] >= '\t' && text.at[text.len - 1] <= '\r'))) text.len--;
  return text;
}

/* pw__rune reads the character at i and gives its length in bytes. A byte that is no UTF-8 is U+FFFD of length 1. */
static pw_size pw__rune(pw_text text, pw_size i, unsigned *rune) {
  const unsigned char *s = (const unsigned char *)text.at + i;
  pw_size left = text.len - i;
  unsigned c = s[0];
  if (c < 0x80) return *rune = c, 1;
  pw_size size = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
  unsigned low = c == 0xe0 ? 0xa0 : c == 0xf0 ? 0x90 : 0x80, high = c == 0xed ? 0x9f : c == 0xf4 ? 0x8f : 0xbf;
  *rune = 0xfffd;
  if (c < 0xc2 || c > 0xf4 || left < size || s[1] < low || s[1] > high) return 1;
  unsigned value = (c & (0xffu >> (size + 1))) << 6 | (s[1] & 0x3f);
  for (pw_size k = 2; k < size; k++) {
    if ((s[k] & 0xc0) != 0x80) return 1;
    value = value << 6 | (s[k] & 0x3f);
  }
  return *rune = value, size;
}

static void pw__add_rune(pw_buf *b, unsigned r) {
  if (r < 0x80) {
    pw_add_byte(b, (char)r);
    return;
  }
  char s[4];
  pw_size size = r < 0x800 ? 2 : r < 0x10000 ? 3 : 4;
  for (pw_size i = size - 1; i > 0; i--, r >>= 6) s[i] = (char)(0x80 | (r & 0x3f));
  s[0] = (char)((0xf00 >> size & 0xff) | r);
  pw_add(b, (pw_text){s, size});
}

/* pw__blank says whether a message should not show r: white space, control and format characters, private use. */
static int pw__blank(unsigned r) {
  static const unsigned ranges[][2] = {
      {0, 0x20}, {0x7f, 0xa0}, {0xad, 0xad}, {0x600, 0x605}, {0x61c, 0x61c}, {0x6dd, 0x6dd}, {0x70f, 0x70f}, {0x890, 0x891}, {0x8e2, 0x8e2},
      {0x1680, 0x1680}, {0x180e, 0x180e}, {0x2000, 0x200f}, {0x2028, 0x202f}, {0x205f, 0x206f}, {0x3000, 0x3000}, {0xd800, 0xf8ff},
      {0xfeff, 0xfeff}, {0xfff9, 0xfffb}, {0xfffe, 0xffff}, {0x110bd, 0x110bd}, {0x110cd, 0x110cd}, {0x13430, 0x1343f}, {0x1bca0, 0x1bca3},
      {0x1d173, 0x1d17a}, {0xe0001, 0xe007f}, {0xf0000, 0x10ffff}};
  for (pw_size i = 0; i < sizeof ranges / sizeof ranges[0]; i++)
    if (r >= ranges[i][0] && r <= ranges[i][1]) return 1;
  return 0;
}

/* pw_excerpt makes text of a provider fit for a message: one line, printable, valid UTF-8, at most 200 characters and then "...". */
PW_API pw_text pw_excerpt(pw_text text) {
  pw_buf b = {0};
  int n = 0, gap = 0;
  unsigned r;
  for (pw_size i = 0; i < text.len;) {
    i += pw__rune(text, i, &r);
    if (pw__blank(r)) {
      gap = n > 0;
      continue;
    }
    if (n >= 200) {
      pw_add(&b, PW("..."));
      break;
    }
    if (gap) {
      pw_add_byte(&b, ' ');
      n++, gap = 0;
    }
    pw__add_rune(&b, r);
    n++;
  }
  return pw_done(&b);
}

PW_API pw_text pw_path(const pw_text *segments, pw_size n) {
  static const char hex[] = "0123456789ABCDEF", plain[] = "-_.~$&+=:@";
  pw_buf b = {0};
  for (pw_size i = 0; i < n; i++) {
    pw_text s = segments[i];
    int dots = pw_same(s, PW(".")) || pw_same(s, PW(".."));
    pw_add_byte(&b, '/');
    for (pw_size k = 0; k < s.len; k++) {
      unsigned char c = (unsigned char)s.at[k];
      int keep = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
      for (pw_size j = 0; j < sizeof plain - 1; j++) keep |= c == (unsigned char)plain[j];
      if (keep && !dots) {
        pw_add_byte(&b, (char)c);
        continue;
      }
      pw_add(&b, (pw_text){(const char[]){'%', hex[c >> 4], hex[c & 15]}, 3});
    }
  }
  return pw_done(&b);
}

/* PW_PATH joins segments to the path of a fetch, each percent-encoded: PW_PATH(PW("a"), id, PW("contacts")) is "/a/910001/contacts". A segment
 * from outside cannot leave its place: a slash becomes %2F, the segments "." and ".." become %2E and %2E%2E. */
#define PW_PATH(...) pw_path((const pw_text[]){__VA_ARGS__}, sizeof((const pw_text[]){__VA_ARGS__}) / sizeof(pw_text))

/* ---------------------------------------------------------------- reading JSON (RFC 8259) */

static const char *pw__space(const char *p, const char *end) {
  while (p < end && (*p == ' ' || *p == '\t' || *p == '\r' || *p == '\n')) p++;
  return p;
}

static int pw__is_digit(char c) { return c >= '0' && c <= '9'; }

static const char *pw__skip_digits(const char *p, const char *end) {
  if (p == end || !pw__is_digit(*p)) return 0;
  while (p < end && pw__is_digit(*p)) p++;
  return p;
}

static const char *pw__skip_number(const char *p, const char *end) {
  if (*p == '-') p++;
  if (p < end && *p == '0') p++;
  else if (!(p = pw__skip_digits(p, end))) return 0;
  if (p < end && *p == '.' && !(p = pw__skip_digits(p + 1, end))) return 0;
  if (p < end && (*p == 'e' || *p == 'E')) {
    p++;
    if (p < end && (*p == '+' || *p == '-')) p++;
    return pw__skip_digits(p, end);
  }
  return p;
}

static int pw__hex(char c) {
  if (pw__is_digit(c)) return c - '0';
  c |= 0x20;
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static const char *pw__skip_string(const char *p, const char *end) {
  for (p++; p < end; p++) {
    unsigned char c = (unsigned char)*p;
    if (c == '"') return p + 1;
    if (c < ' ') return 0;
    if (c != '\\') continue;
    if (++p == end) return 0;
    switch (*p) {
    case '"': case '\\': case '/': case 'b': case 'f': case 'n': case 'r': case 't': continue;
    case 'u':
      for (int i = 0; i < 4; i++)
        if (++p >= end || pw__hex(*p) < 0) return 0;
      continue;
    default: return 0;
    }
  }
  return 0;
}

static const char *pw__skip_word(const char *p, const char *end, const char *word) {
  for (; *word; word++, p++)
    if (p >= end || *p != *word) return 0;
  return p;
}

/* pw__skip checks the value that begins at or behind p and gives its end, 0 if it is no JSON. */
static const char *pw__skip(const char *p, const char *end) {
  char open[PW_MAX_DEPTH + 1];
  int depth = 0;
  for (;;) { /* a value is wanted */
    p = pw__space(p, end);
    if (p == end || depth > PW_MAX_DEPTH) return 0;
    switch (*p) {
    case '{':
    case '[': {
      char close = *p == '{' ? '}' : ']';
      p = pw__space(p + 1, end);
      if (p < end && *p == close) {
        p++;
        break;
      }
      open[depth++] = close;
      if (close == '}') goto name;
      continue;
    }
    case '"': p = pw__skip_string(p, end); break;
    case 't': p = pw__skip_word(p, end, "true"); break;
    case 'f': p = pw__skip_word(p, end, "false"); break;
    case 'n': p = pw__skip_word(p, end, "null"); break;
    default:
      if (*p != '-' && !pw__is_digit(*p)) return 0;
      p = pw__skip_number(p, end);
    }
    for (;;) { /* a value has ended */
      if (!p) return 0;
      if (!depth) return p;
      p = pw__space(p, end);
      if (p == end) return 0;
      if (*p != ',' && *p != open[depth - 1]) return 0;
      if (*p++ == ',') break;
      depth--;
    }
    if (open[depth - 1] == ']') continue;
  name:
    p = pw__space(p, end);
    if (p == end || *p != '"' || !(p = pw__skip_string(p, end))) return 0;
    p = pw__space(p, end);
    if (p == end || *p++ != ':') return 0;
  }
}

/* pw_parse checks that text is one JSON value, white space around it allowed, and gives it; empty if it is not. */
PW_API pw_json pw_parse(pw_text text) {
  const char *end = text.at + text.len, *p = pw__space(text.at, end), *stop;
  if (!text.len || !(stop = pw__skip(p, end)) || pw__space(stop, end) != end) return (pw_json){0};
  return (pw_json){p, (pw_size)(stop - p)};
}

/* pw_kind says what a value is: '{' '[' '"' '0' (a number) 't' 'f' 'n' (null), or 0 if value is empty. */
PW_API char pw_kind(pw_json value) {
  if (!value.len) return 0;
  return value.at[0] == '-' || pw__is_digit(value.at[0]) ? '0' : value.at[0];
}

static unsigned pw__unit(const char *p) {
  return (unsigned)(pw__hex(p[0]) << 12 | pw__hex(p[1]) << 8 | pw__hex(p[2]) << 4 | pw__hex(p[3]));
}

/* pw__unquote gives the text of a JSON string. What is no UTF-8 and half a surrogate pair become U+FFFD. */
static pw_text pw__unquote(pw_json quoted) {
  pw_text s = {quoted.at + 1, quoted.len - 2};
  pw_buf b = {0};
  unsigned r;
  int plain = 1;
  for (pw_size i = 0; i < s.len; i++) plain &= s.at[i] != '\\' && !(s.at[i] & 0x80);
  if (plain) return s;
  for (pw_size i = 0; i < s.len;) {
    if (s.at[i] != '\\') {
      i += pw__rune(s, i, &r);
    } else if (s.at[i + 1] == 'u') {
      r = pw__unit(s.at + i + 2);
      i += 6;
      if (r >= 0xd800 && r < 0xe000) {
        unsigned low = i + 6 <= s.len && s.at[i] == '\\' && s.at[i + 1] == 'u' ? pw__unit(s.at + i + 2) : 0;
        if (r < 0xdc00 && low >= 0xdc00 && low < 0xe000) {
          r = 0x10000 + ((r - 0xd800) << 10) + (low - 0xdc00);
          i += 6;
        } else {
          r = 0xfffd;
        }
      }
    } else {
      char c = s.at[i + 1];
      r = c == 'b' ? '\b' : c == 'f' ? '\f' : c == 'n' ? '\n' : c == 'r' ? '\r' : c == 't' ? '\t' : (unsigned char)c;
      i += 2;
    }
    pw__add_rune(&b, r);
  }
  return pw_done(&b);
}

/* pw_iter walks the members of an object or the elements of an array. */
typedef struct {
  const char *p, *end;
  int object;
} pw_iter;

/* pw_each begins a walk; a value that is neither object nor array has nothing in it. */
PW_API pw_iter pw_each(pw_json value) {
  if (pw_kind(value) != '{' && pw_kind(value) != '[') return (pw_iter){0};
  return (pw_iter){value.at + 1, value.at + value.len - 1, value.at[0] == '{'};
}

/* pw_next gives 1 and the next value, with its name if it is a member, or 0 at the end. name may be 0. */
PW_API int pw_next(pw_iter *i, pw_text *name, pw_json *value) {
  const char *p = pw__space(i->p, i->end);
  if (p == i->end) return 0;
  if (*p == ',') p = pw__space(p + 1, i->end);
  if (i->object) {
    const char *stop = pw__skip_string(p, i->end);
    if (name) *name = pw__unquote((pw_json){p, (pw_size)(stop - p)});
    p = pw__space(pw__space(stop, i->end) + 1, i->end);
  }
  const char *stop = pw__skip(p, i->end);
  *value = (pw_json){p, (pw_size)(stop - p)};
  i->p = stop;
  return 1;
}

/* pw_get gives the member of an object, the first if there are several of that name; empty if there is none or value is no object. */
PW_API pw_json pw_get(pw_json object, pw_text name) {
  pw_iter i = pw_each(object);
  pw_text found;
  pw_json value;
  while (i.object && pw_next(&i, &found, &value))
    if (pw_same(found, name)) return value;
  return (pw_json){0};
}

/* pw_string gives the text of a string, a number as it is written, and "true" for true; empty for anything else. */
PW_API pw_text pw_string(pw_json value) {
  switch (pw_kind(value)) {
  case '"': return pw__unquote(value);
  case '0': case 't': return value;
  }
  return (pw_text){0};
}

/* pw_get_text is pw_string of pw_get: a configuration value, a path variable, a header. */
PW_API pw_text pw_get_text(pw_json object, pw_text name) { return pw_string(pw_get(object, name)); }

/* pw_get_int reads a member that is a whole number, also one written as a string ("429"). It gives 1, or 0 for anything else; *n is then left
 * alone. */
PW_API int pw_get_int(pw_json object, pw_text name, pw_int *n) { return pw_parse_int(pw_get_text(object, name), n); }

/* pw_count gives the number of elements or members of a value. */
PW_API pw_int pw_count(pw_json value) {
  pw_iter i = pw_each(value);
  pw_json ignored;
  pw_int n = 0;
  while (pw_next(&i, 0, &ignored)) n++;
  return n;
}

/* pw_outline gives the body of an answer if it is a JSON object, checked to its end; empty if it is not: a maintenance page, or cut off. Read
 * the envelope of the records from it with pw_get_text, pw_get_int and pw_rows. */
PW_API pw_json pw_outline(const pw_response *r) {
  pw_text start = pw_trim(r->body);
  if (!start.len || start.at[0] != '{') return (pw_json){0};
  return pw_parse(r->body);
}

/* pw_rows gives how many elements an array of the answer has, and 1; or 0 if the body has no array of that name. body is what pw_outline gave.
 * The number is that of the provider's answer, also where the host has taken out the middle of the array. */
PW_API int pw_rows(const pw_response *r, pw_json body, pw_text name, pw_int *rows) {
  pw_json array = pw_get(body, name), elided;
  if (pw_kind(array) != '[') return 0;
  *rows = pw_count(array);
  pw_buf pointer = {0};
  pw_add_byte(&pointer, '/');
  for (pw_size i = 0; i < name.len; i++) {
    if (name.at[i] == '~') pw_add(&pointer, PW("~0"));
    else if (name.at[i] == '/') pw_add(&pointer, PW("~1"));
    else pw_add_byte(&pointer, name.at[i]);
  }
  for (pw_iter i = pw_each(r->elided); pw_next(&i, 0, &elided);)
    if (pw_same(pw_get_text(elided, PW("at")), pw_done(&pointer))) pw_get_int(elided, PW("len"), rows);
  return 1;
}

/* ---------------------------------------------------------------- writing JSON */

/* pw_writer writes JSON and puts the commas. A zeroed one is empty. Give what you begin with '{' or '[' its end. */
typedef struct {
  pw_buf out;
  int comma; /* the next value needs one in front */
} pw_writer;

static void pw__value(pw_writer *w) {
  if (w->comma) pw_add_byte(&w->out, ',');
  w->comma = 1;
}

/* pw_begin opens an object or an array: '{' or '['. */
PW_API void pw_begin(pw_writer *w, char bracket) {
  pw__value(w);
  pw_add_byte(&w->out, bracket);
  w->comma = 0;
}

/* pw_end closes it: '}' or ']'. */
PW_API void pw_end(pw_writer *w, char bracket) {
  pw_add_byte(&w->out, bracket);
  w->comma = 1;
}

/* pw_write_string writes a string. Bytes that are no UTF-8 become U+FFFD. */
PW_API void pw_write_string(pw_writer *w, pw_text text) {
  static const char hex[] = "0123456789abcdef";
  unsigned r;
  pw__value(w);
  pw_add_byte(&w->out, '"');
  for (pw_size i = 0; i < text.len;) {
    i += pw__rune(text, i, &r);
    if (r == '"' || r == '\\') {
      pw_add_byte(&w->out, '\\');
      pw_add_byte(&w->out, (char)r);
    } else if (r < ' ') {
      pw_add(&w->out, PW("\\u00"));
      pw_add_byte(&w->out, hex[r >> 4]);
      pw_add_byte(&w->out, hex[r & 15]);
    } else {
      pw__add_rune(&w->out, r);
    }
  }
  pw_add_byte(&w->out, '"');
}

/* pw_write_int writes a whole number. */
PW_API void pw_write_int(pw_writer *w, pw_int n) {
  pw__value(w);
  if (n < 0) pw_add_byte(&w->out, '-');
  pw__digits(&w->out, pw__magnitude(n), 1);
}

/* pw_write_json writes a value that is JSON already. */
PW_API void pw_write_json(pw_writer *w, pw_json value) {
  pw__value(w);
  pw_add(&w->out, value);
}

/* pw_key writes the name of the member that follows. */
PW_API void pw_key(pw_writer *w, pw_text name) {
  pw_write_string(w, name);
  pw_add_byte(&w->out, ':');
  w->comma = 0;
}

/* pw_written gives the JSON. Do not write to w afterwards. */
PW_API pw_json pw_written(const pw_writer *w) { return pw_done(&w->out); }

static void pw__member_text(pw_writer *w, pw_text name, pw_text value) {
  if (!value.len) return;
  pw_key(w, name);
  pw_write_string(w, value);
}

static void pw__member_json(pw_writer *w, pw_text name, pw_json value) {
  if (!value.len) return;
  pw_key(w, name);
  pw_write_json(w, value);
}

static void pw__member_list(pw_writer *w, pw_text name, char open, const pw_writer *members, char close) {
  if (!members->out.len) return;
  pw_key(w, name);
  pw_begin(w, open);
  pw_add(&w->out, pw_written(members));
  pw_end(w, close);
}

/* ---------------------------------------------------------------- replies */

/* pw_fetch asks the host to send one request. The host adds the credentials. Zero it first: pw_fetch f = {0}. */
typedef struct {
  pw_text method; /* default GET */
  pw_text base;   /* one of the manifest's baseUrls; default the first */
  pw_text path;   /* appended to the base URL, percent-encoded: use PW_PATH */
  pw_text body;
  pw_json state; /* any JSON: comes back as call.state with the response */
  pw_writer query, headers; /* filled by pw_fetch_query and pw_fetch_header */
} pw_fetch;

/* pw_fetch_query adds a query parameter; the host encodes it. name must not be empty. */
PW_API void pw_fetch_query(pw_fetch *f, pw_text name, pw_text value) {
  pw_begin(&f->query, '{');
  pw_key(&f->query, PW("name"));
  pw_write_string(&f->query, name);
  pw_key(&f->query, PW("value"));
  pw_write_string(&f->query, value);
  pw_end(&f->query, '}');
}

/* pw_fetch_header adds a header of one line. The host refuses those that are its own: authorization, cookie, host and the like. */
PW_API void pw_fetch_header(pw_fetch *f, pw_text name, pw_text value) {
  pw_key(&f->headers, name);
  pw_write_string(&f->headers, value);
}

/* pw_reply_fetch makes the reply. */
PW_API pw_reply pw_reply_fetch(const pw_fetch *f) {
  pw_writer w = {0};
  pw_begin(&w, '{');
  pw_key(&w, PW("fetch"));
  pw_begin(&w, '{');
  pw__member_text(&w, PW("method"), f->method);
  pw__member_text(&w, PW("base"), f->base);
  pw_key(&w, PW("path"));
  pw_write_string(&w, f->path);
  pw__member_list(&w, PW("query"), '[', &f->query, ']');
  pw__member_list(&w, PW("headers"), '{', &f->headers, '}');
  pw__member_text(&w, PW("body"), f->body);
  pw__member_json(&w, PW("state"), f->state);
  pw_end(&w, '}');
  pw_end(&w, '}');
  return (pw_reply){pw_written(&w)};
}

/* Where the records of a page are. With PW_SELECT and PW_TABLE the host cuts them out of the body itself, bytes unchanged. */
enum pw_records {
  PW_SELECT, /* pw_page.select leads to an array of objects */
  PW_TABLE,  /* pw_page.columns leads to an array of names, pw_page.rows to an array of rows */
  PW_INLINE, /* pw_page_record adds them: for XML, CSV and oddities. None added is an empty page */
};

/* pw_page is one page of records. Zero it first: pw_page p = {0}. */
typedef struct {
  enum pw_records records;
  pw_text select;        /* JSON Pointers (RFC 6901) into the provider's body, "" is the body itself */
  pw_text columns, rows;
  pw_json rename;        /* an object of column name to new name; empty for none */
  pw_text next;          /* if not empty, asks to be called again with query.page = next */
  int overlap;           /* leading records of the next page that repeat the last of this one: 0 or 1, 1 only with next */
  int has_total;
  pw_int total; /* if has_total: the provider's count of the whole result, a hint only */
  pw_json memo; /* if not empty, replaces what is remembered for the instance; never secrets */
  pw_writer records_inline, warnings; /* filled by pw_page_record and pw_page_warning */
} pw_page;

/* pw_page_record adds a record, a JSON object, to a page of PW_INLINE. */
PW_API void pw_page_record(pw_page *p, pw_json record) { pw_write_json(&p->records_inline, record); }

/* pw_page_warning adds a warning for people. */
PW_API void pw_page_warning(pw_page *p, pw_text text) { pw_write_string(&p->warnings, text); }

static void pw__records(pw_writer *w, const pw_page *p) {
  pw_begin(w, '{');
  switch (p->records) {
  case PW_INLINE: pw__member_list(w, PW("inline"), '[', &p->records_inline, ']'); break;
  case PW_SELECT:
    pw_key(w, PW("select"));
    pw_begin(w, '{');
    pw_key(w, PW("at"));
    pw_write_string(w, p->select);
    pw_end(w, '}');
    break;
  case PW_TABLE:
    pw_key(w, PW("table"));
    pw_begin(w, '{');
    pw_key(w, PW("columns"));
    pw_write_string(w, p->columns);
    pw_key(w, PW("rows"));
    pw_write_string(w, p->rows);
    pw__member_json(w, PW("rename"), p->rename);
    pw_end(w, '}');
  }
  pw_end(w, '}');
}

/* pw_reply_page makes the reply. */
PW_API pw_reply pw_reply_page(const pw_page *p) {
  pw_writer w = {0};
  pw_begin(&w, '{');
  pw_key(&w, PW("page"));
  pw_begin(&w, '{');
  pw_key(&w, PW("records"));
  pw__records(&w, p);
  pw__member_text(&w, PW("next"), p->next);
  if (p->overlap) {
    pw_key(&w, PW("overlap"));
    pw_write_int(&w, p->overlap);
  }
  if (p->has_total) {
    pw_key(&w, PW("total"));
    pw_write_int(&w, p->total);
  }
  pw__member_json(&w, PW("memo"), p->memo);
  pw__member_list(&w, PW("warnings"), '[', &p->warnings, ']');
  pw_end(&w, '}');
  pw_end(&w, '}');
  return (pw_reply){pw_written(&w)};
}

/* Kinds of fault: what the host does about it. */
#define PW_AUTH PW("auth")                 /* credentials refused: OAuth2 is refreshed once, then polling stops after some tries */
#define PW_NOT_FOUND PW("not_found")       /* the resource does not exist: a configuration error */
#define PW_RATE_LIMITED PW("rate_limited") /* wait the seconds named */
#define PW_INVALID PW("invalid")           /* the provider refuses the request, or the answer makes no sense */
#define PW_TRANSIENT PW("transient")       /* try again later */

/* pw_fault_wait is pw_fault with the seconds to wait; 0 = unknown. */
PW_API pw_reply pw_fault_wait(pw_text kind, pw_text message, pw_int seconds) {
  pw_writer w = {0};
  pw_begin(&w, '{');
  pw_key(&w, PW("fault"));
  pw_begin(&w, '{');
  pw_key(&w, PW("kind"));
  pw_write_string(&w, kind);
  pw_key(&w, PW("message"));
  pw_write_string(&w, message);
  if (seconds > 0) {
    pw_key(&w, PW("retryAfter"));
    pw_write_int(&w, seconds);
  }
  pw_end(&w, '}');
  pw_end(&w, '}');
  return (pw_reply){pw_written(&w)};
}

/* pw_fault ends the scan without a page. message is for people: what went wrong, in the provider's own words where it has some, and what would
 * be right. It must not be empty. */
PW_API pw_reply pw_fault(pw_text kind, pw_text message) { return pw_fault_wait(kind, message, 0); }

/* ---------------------------------------------------------------- time */

/* pw__days gives the days from 1970-01-01 to a date of the Gregorian calendar, month 1 to 12. */
static pw_int pw__days(pw_int year, int month, int day) {
  year -= month <= 2; /* years that begin in March end with the leap day */
  pw_int era = (year >= 0 ? year : year - 399) / 400, of_era = year - era * 400;
  pw_int of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static int pw__month_days(pw_int year, int month) {
  int leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return month == 2 ? 28 + leap : 30 + ((month + (month > 7)) & 1);
}

/* pw_time_text writes Unix milliseconds as RFC 3339 in UTC, rounded down to the second: "2026-01-02T03:04:05Z". Years beyond 9999 get more
 * digits and those before 0 a minus, which is no RFC 3339 any more. */
PW_API pw_text pw_time_text(pw_int ms) {
  pw_int seconds = ms / 1000 - (ms % 1000 < 0);
  pw_int days = seconds / 86400 - (seconds % 86400 < 0), of_day = seconds - days * 86400;
  pw_int shifted = days + 719468, era = (shifted >= 0 ? shifted : shifted - 146096) / 146097, of_era = shifted - era * 146097;
  pw_int years = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
  pw_int of_year = of_era - (365 * years + years / 4 - years / 100), march = (5 * of_year + 2) / 153;
  pw_int month = march + (march < 10 ? 3 : -9), year = years + era * 400 + (month <= 2);
  pw_buf b = {0};
  if (year < 0) pw_add_byte(&b, '-');
  pw__digits(&b, pw__magnitude(year), 4);
  pw_add_byte(&b, '-');
  pw__digits(&b, (unsigned long long)month, 2);
  pw_add_byte(&b, '-');
  pw__digits(&b, (unsigned long long)(of_year - (153 * march + 2) / 5 + 1), 2);
  pw_add_byte(&b, 'T');
  pw__digits(&b, (unsigned long long)(of_day / 3600), 2);
  pw_add_byte(&b, ':');
  pw__digits(&b, (unsigned long long)(of_day / 60 % 60), 2);
  pw_add_byte(&b, ':');
  pw__digits(&b, (unsigned long long)(of_day % 60), 2);
  pw_add_byte(&b, 'Z');
  return pw_done(&b);
}

/* pw__scan reads a text piece by piece; ok becomes 0 at the first that does not fit. */
typedef struct {
  pw_text left;
  int ok;
} pw__scan;

static int pw__scan_digits(pw__scan *s, pw_size least, pw_size most) {
  int n = 0;
  pw_size i = 0;
  for (; i < most && i < s->left.len && pw__is_digit(s->left.at[i]); i++) n = n * 10 + (s->left.at[i] - '0');
  if (i < least) s->ok = 0;
  s->left.at += i, s->left.len -= i;
  return n;
}

static int pw__scan_byte(pw__scan *s, char c) {
  if (!s->left.len || s->left.at[0] != c) return 0;
  s->left.at++, s->left.len--;
  return 1;
}

/* pw__scan_want reads a word; a space in it stands for one or more. */
static void pw__scan_want(pw__scan *s, const char *word) {
  for (; *word; word++) {
    if (!pw__scan_byte(s, *word)) s->ok = 0;
    while (*word == ' ' && pw__scan_byte(s, ' ')) {}
  }
}

/* pw__scan_name reads one of the names in list, separated by spaces, whatever its case, and gives its number from 1. */
static int pw__scan_name(pw__scan *s, const char *list) {
  for (int n = 1; *list; n++) {
    pw_size i = 0;
    while (list[i] && list[i] != ' ' && i < s->left.len && (list[i] | 0x20) == (s->left.at[i] | 0x20)) i++;
    if (!list[i] || list[i] == ' ') {
      s->left.at += i, s->left.len -= i;
      return n;
    }
    while (*list && *list++ != ' ') {}
  }
  s->ok = 0;
  return 1;
}

typedef struct {
  pw_int year;
  int month, day, hour, minute, second;
} pw__date;

static void pw__scan_clock(pw__scan *s, pw__date *d, pw_size least) {
  d->hour = pw__scan_digits(s, least, 2);
  pw__scan_want(s, ":");
  d->minute = pw__scan_digits(s, 2, 2);
  pw__scan_want(s, ":");
  d->second = pw__scan_digits(s, 2, 2);
}

/* pw__unix gives the seconds since 1970, and 1; 0 if there is no such time or the text was not read to its end. */
static int pw__unix(const pw__scan *s, const pw__date *d, pw_int *seconds) {
  if (!s->ok || s->left.len || d->month < 1 || d->month > 12 || d->day < 1 || d->day > pw__month_days(d->year, d->month)) return 0;
  if (d->hour > 23 || d->minute > 59 || d->second > 59) return 0;
  *seconds = pw__days(d->year, d->month, d->day) * 86400 + d->hour * 3600 + d->minute * 60 + d->second;
  return 1;
}

/* pw_time_parse reads a time of RFC 3339, such as 2026-01-02T03:04:05.678+02:00, as Unix milliseconds, rounded down. It gives 1, or 0 if text
 * is none; *ms is then left alone. Leap seconds (:60) are refused. */
PW_API int pw_time_parse(pw_text text, pw_int *ms) {
  pw__scan s = {text, 1};
  pw__date d;
  pw_int seconds, offset = 0;
  int milli = 0;
  d.year = pw__scan_digits(&s, 4, 4);
  pw__scan_want(&s, "-");
  d.month = pw__scan_digits(&s, 2, 2);
  pw__scan_want(&s, "-");
  d.day = pw__scan_digits(&s, 2, 2);
  pw__scan_want(&s, "T");
  pw__scan_clock(&s, &d, 2);
  if (pw__scan_byte(&s, '.')) {
    pw_size before = s.left.len;
    milli = pw__scan_digits(&s, 1, 3);
    for (pw_size n = before - s.left.len; n < 3; n++) milli *= 10;
    while (s.left.len && pw__is_digit(s.left.at[0])) pw__scan_byte(&s, s.left.at[0]);
  }
  if (!pw__scan_byte(&s, 'Z')) {
    int sign = pw__scan_byte(&s, '-') ? -1 : 1;
    if (sign > 0) pw__scan_want(&s, "+");
    int hours = pw__scan_digits(&s, 2, 2);
    pw__scan_want(&s, ":");
    int minutes = pw__scan_digits(&s, 2, 2);
    if (hours > 23 || minutes > 59) return 0;
    offset = sign * (hours * 3600 + minutes * 60);
  }
  if (!pw__unix(&s, &d, &seconds)) return 0;
  *ms = (seconds - offset) * 1000 + milli;
  return 1;
}

/* pw__http_date reads the three forms of RFC 9110, 5.6.7, as Unix seconds. */
static int pw__http_date(pw_text text, pw_int *seconds) {
  static const char short_days[] = "Mon Tue Wed Thu Fri Sat Sun";
  static const char long_days[] = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday";
  static const char months[] = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec";
  pw__date d;
  pw__scan s = {text, 1}; /* Sun, 06 Nov 1994 08:49:37 GMT */
  pw__scan_name(&s, short_days);
  pw__scan_want(&s, ", ");
  d.day = pw__scan_digits(&s, 2, 2);
  pw__scan_want(&s, " ");
  d.month = pw__scan_name(&s, months);
  pw__scan_want(&s, " ");
  d.year = pw__scan_digits(&s, 4, 4);
  pw__scan_want(&s, " ");
  pw__scan_clock(&s, &d, 1);
  pw__scan_want(&s, " GMT");
  if (pw__unix(&s, &d, seconds)) return 1;
  s = (pw__scan){text, 1}; /* Sunday, 06-Nov-94 08:49:37 GMT */
  pw__scan_name(&s, long_days);
  pw__scan_want(&s, ", ");
  d.day = pw__scan_digits(&s, 2, 2);
  pw__scan_want(&s, "-");
  d.month = pw__scan_name(&s, months);
  pw__scan_want(&s, "-");
  d.year = pw__scan_digits(&s, 2, 2);
  d.year += d.year >= 69 ? 1900 : 2000;
  pw__scan_want(&s, " ");
  pw__scan_clock(&s, &d, 1);
  pw__scan_want(&s, " GMT");
  if (pw__unix(&s, &d, seconds)) return 1;
  s = (pw__scan){text, 1}; /* Sun Nov  6 08:49:37 1994 */
  pw__scan_name(&s, short_days);
  pw__scan_want(&s, " ");
  d.month = pw__scan_name(&s, months);
  pw__scan_want(&s, " ");
  d.day = pw__scan_digits(&s, 1, 2);
  pw__scan_want(&s, " ");
  pw__scan_clock(&s, &d, 1);
  pw__scan_want(&s, " ");
  d.year = pw__scan_digits(&s, 4, 4);
  return pw__unix(&s, &d, seconds);
}

/* ---------------------------------------------------------------- faults from an answer */

/* pw_retry_after reads the Retry-After header of the answer (RFC 9110, 10.2.3: seconds or an HTTP date) as whole seconds, rounded up; 0 if
 * there is none or it is past. A date is measured against the answer's Date header, so that the clocks of host and provider need not agree. */
PW_API pw_int pw_retry_after(const pw_call *call) {
  if (!call->response) return 0;
  pw_text value = pw_trim(pw_get_text(call->response->headers, PW("retry-after")));
  pw_int wait, until, date;
  if (pw_parse_int(value, &wait)) return wait > 0 ? wait : 0;
  if (!pw__http_date(value, &until)) return 0;
  if (pw__http_date(pw_get_text(call->response->headers, PW("date")), &date)) wait = until - date;
  else wait = until - (call->now / 1000 - (call->now % 1000 < 0)); /* the clock's second rounded down: the wait is rounded up */
  return wait > 0 ? wait : 0;
}

/* pw_fault_from_status judges the answer by its HTTP status alone. Most adapters look into the body first and use this for the rest.
 *
 *     401, 403                        auth
 *     404, 410                        not_found
 *     429, or 503 that names a time   rate_limited, with Retry-After where there is one
 *     408, 425, other 5xx             transient
 *     501, 505, all others            invalid: asking again would not help
 *
 * message should hold the provider's own words; the status is put in front. Without a message an excerpt of the body is shown. */
PW_API pw_reply pw_fault_from_status(const pw_call *call, pw_text message) {
  if (!call->response) return pw_fault(PW_INVALID, PW("there is no response to judge"));
  int status = call->response->status;
  pw_int wait = pw_retry_after(call);
  pw_text kind = PW_INVALID;
  if (!message.len) message = pw_excerpt(call->response->body);
  if (!message.len) message = PW("no text in the answer");
  if (status == 401 || status == 403) kind = PW_AUTH;
  else if (status == 404 || status == 410) kind = PW_NOT_FOUND;
  else if (status == 429 || (status == 503 && wait > 0)) kind = PW_RATE_LIMITED;
  else if (status == 408 || status == 425 || (status >= 500 && status != 501 && status != 505)) kind = PW_TRANSIENT;
  return pw_fault_wait(kind, PW_CONCAT(PW("HTTP "), pw_decimal(status), PW(": "), message), wait);
}

/* ---------------------------------------------------------------- paging by row number */

/* pw_offset is the place of a page for providers that page by row number. Rows move while one reads: a record deleted in front of the reader
 * shifts the rest, and the first row of the next page is lost. So each page repeats the last row of the page before it, and the host, which
 * compares the two, notices. */
typedef struct {
  pw_int start; /* number of the first row to ask for, from 0 */
  int overlap;  /* leading rows that repeat the page before: 0 or 1 */
} pw_offset;

/* pw_offset_parse reads query.page, such as "499+1": start at row 499, which repeats one row. The empty page is the first. It gives 1, or 0 if
 * the page is not one of ours. */
PW_API int pw_offset_parse(pw_text page, pw_offset *o) {
  *o = (pw_offset){0};
  if (!page.len) return 1;
  pw_size plus = 0;
  while (plus < page.len && page.at[plus] != '+') plus++;
  o->overlap = plus < page.len;
  if (o->overlap && (plus + 2 != page.len || page.at[plus + 1] != '1')) return 0;
  return pw_parse_int((pw_text){page.at, plus}, &o->start) && o->start >= 0;
}

/* pw_offset_text writes the form that pw_offset_parse reads. */
PW_API pw_text pw_offset_text(pw_offset o) { return PW_CONCAT(pw_decimal(o.start), o.overlap ? PW("+1") : (pw_text){0}); }

/* pw_offset_next gives 1 and the page after this one, or 0 if this was the last. rows is how many rows came, limit how many the provider gives
 * at most (0 if unknown), total its count of all rows (negative if unknown). The scan ends when a page brings nothing new; a short page ends it
 * only if the total agrees, since a limit may have been lowered without a word and totals are stale after deletes. */
PW_API int pw_offset_next(pw_offset o, pw_int rows, pw_int limit, pw_int total, pw_offset *next) {
  if (rows <= o.overlap) return 0;
  pw_int end = (pw_int)((unsigned long long)o.start + (unsigned long long)rows);
  if (rows < limit && total >= 0 && end >= total) return 0;
  *next = rows == 1 ? (pw_offset){end, 0} : (pw_offset){end - 1, 1}; /* repeating the only row would never come forward */
  return 1;
}

/* pw_offset_fill sets next, overlap and total of a page from what pw_offset_next says. */
PW_API void pw_offset_fill(pw_offset o, pw_page *p, pw_int rows, pw_int limit, pw_int total) {
  pw_offset next;
  if (total >= 0) p->has_total = 1, p->total = total;
  if (pw_offset_next(o, rows, limit, total, &next)) p->next = pw_offset_text(next), p->overlap = next.overlap;
}

/* pw_page_limit is how many rows to ask for: what the host would like, or usual if it does not care, at least 2 (one row could not overlap) and
 * at most most. */
PW_API pw_int pw_page_limit(const pw_query *q, pw_int usual, pw_int most) {
  pw_int limit = q->page_size > 0 ? q->page_size : usual;
  if (limit < 2) limit = 2;
  return limit < most ? limit : most;
}

/* ---------------------------------------------------------------- the contract with the host */

/* pw__want gives a member of the wanted kind, empty if there is none or it is null, and notes in pw__wrong if it is of another. */
static pw_json pw__want(pw_json object, pw_text name, char kind) {
  pw_json value = pw_get(object, name);
  if (pw_kind(value) == 'n') return (pw_json){0};
  if (value.len && pw_kind(value) != kind) pw__wrong = name.at;
  return pw_kind(value) == kind ? value : (pw_json){0};
}

static pw_int pw__want_int(pw_json object, pw_text name) {
  pw_json value = pw__want(object, name, '0');
  pw_int n = 0;
  if (value.len && !pw_parse_int(value, &n)) pw__wrong = name.at;
  return n;
}

static int pw__want_bool(pw_json object, pw_text name) {
  pw_json value = pw_get(object, name);
  char kind = pw_kind(value);
  if (kind && kind != 't' && kind != 'f' && kind != 'n') pw__wrong = name.at;
  return kind == 't';
}

static pw_text pw__want_text(pw_json object, pw_text name) { return pw_string(pw__want(object, name, '"')); }

/* pw__want_all gives an object or array whose values are all of one kind. */
static pw_json pw__want_all(pw_json object, pw_text name, char kind, char of) {
  pw_json all = pw__want(object, name, kind), value;
  for (pw_iter i = pw_each(all); pw_next(&i, 0, &value);)
    if (pw_kind(value) != of && pw_kind(value) != 'n') pw__wrong = name.at;
  return all;
}

static void pw__read_where(pw_json query, pw_query *q) {
  pw_json all = pw__want_all(query, PW("where"), '[', '{'), one;
  q->where_len = (int)pw_count(all);
  pw_condition *c = pw_alloc((pw_size)q->where_len * sizeof *c);
  q->where = c;
  for (pw_iter i = pw_each(all); pw_next(&i, 0, &one); c++)
    *c = (pw_condition){pw__want_text(one, PW("name")), pw__want_text(one, PW("op")), pw__want_text(one, PW("value"))};
}

static void pw__read_order(pw_json query, pw_query *q) {
  pw_json all = pw__want_all(query, PW("orderBy"), '[', '{'), one;
  q->order_by_len = (int)pw_count(all);
  pw_order *o = pw_alloc((pw_size)q->order_by_len * sizeof *o);
  q->order_by = o;
  for (pw_iter i = pw_each(all); pw_next(&i, 0, &one); o++)
    *o = (pw_order){pw__want_text(one, PW("field")), pw__want_bool(one, PW("descending"))};
}

static void pw__read_query(pw_json query, pw_query *q) {
  q->resource = pw__want_text(query, PW("resource"));
  q->vars = pw__want_all(query, PW("vars"), '{', '"');
  pw__read_where(query, q);
  q->filter = pw__want_text(query, PW("filter"));
  q->params = pw__want_all(query, PW("params"), '{', '"');
  pw__read_order(query, q);
  pw_json since = pw__want(query, PW("since"), '{');
  q->has_since = since.len > 0;
  q->since_field = pw__want_text(since, PW("field"));
  q->since_time = pw__want_int(since, PW("time"));
  q->page = pw__want_text(query, PW("page"));
  q->page_size = pw__want_int(query, PW("pageSize"));
}

static pw_json pw__not_null(pw_json value) { return pw_kind(value) == 'n' ? (pw_json){0} : value; }

/* pw__read_call reads the input of operation 2 and gives 0, or what is wrong with it. */
static const char *pw__read_call(pw_text input, pw_call *call) {
  if (input.len < 4) return "the input is shorter than the 4 bytes of a length";
  const unsigned char *s = (const unsigned char *)input.at;
  pw_size n = s[0] | (pw_size)s[1] << 8 | (pw_size)s[2] << 16 | (pw_size)s[3] << 24;
  if (n > input.len - 4) return "the document is announced longer than the input";
  pw_json doc = pw_parse((pw_text){input.at + 4, n});
  if (!doc.len) return "it is no JSON";
  if (pw_kind(doc) != '{') return "it is no JSON object";
  pw__read_query(pw__want(doc, PW("query"), '{'), &call->query);
  call->config = pw__want_all(doc, PW("config"), '{', '"');
  call->memo = pw__not_null(pw_get(doc, PW("memo")));
  call->state = pw__not_null(pw_get(doc, PW("state")));
  call->now = pw__want_int(doc, PW("now"));
  pw_json response = pw__want(doc, PW("response"), '{');
  if (response.len) {
    pw_response *r = pw_alloc(sizeof *r);
    r->status = (int)pw__want_int(response, PW("status"));
    r->headers = pw__want_all(response, PW("headers"), '{', '"');
    r->elided = pw__want_all(response, PW("elided"), '[', '{');
    r->body = (pw_text){input.at + 4 + n, input.len - 4 - n};
    call->response = r;
  }
  return 0;
}

/* pw__answer makes the bytes of an answer: first 0 and JSON, or 1 and a message. */
static unsigned long long pw__answer(char first, pw_text text) {
  pw_buf b = {0};
  pw_add_byte(&b, first);
  pw_add(&b, text);
  return (unsigned long long)(pw_size)b.at << 32 | b.len;
}

static pw_text pw__literal(const char *s) {
  pw_size n = 0;
  while (s[n]) n++;
  return (pw_text){s, n};
}

__attribute__((export_name("pollwright_abi"))) int pollwright_abi(void) { return PW_ABI_VERSION; }

/* pollwright_buf gives the host one buffer of at least n bytes, always at the same place. */
__attribute__((export_name("pollwright_buf"))) void *pollwright_buf(pw_size n) {
  if (pw__input() + n < n) __builtin_trap();
  if (n > pw__room) pw__room = n;
  pw__grow(pw__input() + pw__room);
  return (void *)pw__input();
}

__attribute__((export_name("pollwright_call"))) unsigned long long pollwright_call(int op, pw_size n) {
  pw__next = pw__input() + pw__room; /* what the last call allocated is gone */
  pw__wrong = 0;
  if (n > pw__room) return pw__answer(1, PW("there is more input than pollwright_buf gave room for"));
  if (op == 1) return pw__answer(0, describe());
  if (op != 2) return pw__answer(1, PW_CONCAT(PW("unknown operation "), pw_decimal(op), PW(": this adapter knows 1 (describe) and 2 (step)")));
  pw_call call = {0};
  const char *wrong = pw__read_call((pw_text){(const char *)pw__input(), n}, &call);
  if (wrong) return pw__answer(1, PW_CONCAT(PW("decode call: "), pw__literal(wrong)));
  if (pw__wrong) return pw__answer(1, PW_CONCAT(PW("decode call: "), pw__literal(pw__wrong), PW(" is of the wrong kind")));
  return pw__answer(0, step(&call).json);
}

#endif
