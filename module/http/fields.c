// SPDX-License-Identifier: GPL-2.0
/*
 * Header fields that say which response is wanted, and if any: conditions (RFC
 * 9110 13), ranges (14), content codings (12.5.3). Pure.
 *
 * Such a field is asked for a bit or two when it comes, because it is not kept.
 * One that makes no sense is as if it were not there, which at worst sends what
 * the client has.
 */
#include "fields.h"

/* RFC 9110 5.6.7 */
static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
static const char days[] = "MonTueWedThuFriSatSun";

struct date {
	int year, month, day, hour, minute, second;
};

/* Takes @n digits, or blanks before them, off @t. */
static bool number(struct span *t, size_t n, bool blanks, int *value)
{
	size_t i;

	if (t->n < n)
		return false;
	*value = 0;
	for (i = 0; i < n; i++) {
		if (blanks && t->s[i] == ' ' && i + 1 < n)
			continue;
		if (!is_digit(t->s[i]))
			return false;
		*value = *value * 10 + t->s[i] - '0';
	}
	*t = skip(*t, n);
	return true;
}

static bool literal(struct span *t, const char *word)
{
	size_t n = strlen(word);

	if (t->n < n || memcmp(t->s, word, n))
		return false;
	*t = skip(*t, n);
	return true;
}

/* One of the three-letter names in @table, from 1 on. */
static bool name(struct span *t, const char *table, int *value)
{
	size_t i;

	for (i = 0; t->n >= 3 && table[3 * i]; i++) {
		if (memcmp(t->s, table + 3 * i, 3))
			continue;
		*value = i + 1;
		*t = skip(*t, 3);
		return true;
	}
	return false;
}

static bool clock(struct span *t, struct date *d)
{
	return number(t, 2, false, &d->hour) && literal(t, ":") &&
	       number(t, 2, false, &d->minute) && literal(t, ":") &&
	       number(t, 2, false, &d->second);
}

/* "Sun, 06 Nov 1994 08:49:37 GMT" */
static bool imf_fixdate(struct span t, struct date *d)
{
	int weekday;

	return name(&t, days, &weekday) && literal(&t, ", ") &&
	       number(&t, 2, false, &d->day) && literal(&t, " ") &&
	       name(&t, months, &d->month) && literal(&t, " ") &&
	       number(&t, 4, false, &d->year) && literal(&t, " ") &&
	       clock(&t, d) && literal(&t, " GMT") && !t.n;
}

/*
 * "Sunday, 06-Nov-94 08:49:37 GMT". If the year of this century would be more
 * than fifty years in the future, it is that of the last.
 */
static bool rfc850_date(struct span t, u16 now, struct date *d)
{
	struct span weekday;
	int number_of_day;

	if (!split(t, ',', &weekday, &t) ||
	    !name(&weekday, days, &number_of_day) || !literal(&t, " ") ||
	    !number(&t, 2, false, &d->day) || !literal(&t, "-") ||
	    !name(&t, months, &d->month) || !literal(&t, "-") ||
	    !number(&t, 2, false, &d->year) || !literal(&t, " ") ||
	    !clock(&t, d) || !literal(&t, " GMT") || t.n)
		return false;
	d->year += now - now % 100;
	if (d->year > now + 50)
		d->year -= 100;
	return true;
}

/* "Sun Nov  6 08:49:37 1994" */
static bool asctime_date(struct span t, struct date *d)
{
	int weekday;

	return name(&t, days, &weekday) && literal(&t, " ") &&
	       name(&t, months, &d->month) && literal(&t, " ") &&
	       number(&t, 2, true, &d->day) && literal(&t, " ") &&
	       clock(&t, d) && literal(&t, " ") &&
	       number(&t, 4, false, &d->year) && !t.n;
}

static bool leap(int year)
{
	return year % 4 == 0 && (year % 100 || year % 400 == 0);
}

/* Seconds since 1970, of a date of the Gregorian calendar; 60 is a second too. */
static bool to_seconds(const struct date *d, s64 *seconds)
{
	static const u16 before[] = {
		0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365,
	};
	int y = d->year - 1, length;
	s64 day;

	length = before[d->month] - before[d->month - 1] +
		 (d->month == 2 && leap(d->year));
	if (d->day < 1 || d->day > length || d->hour > 23 || d->minute > 59 ||
	    d->second > 60 || d->year < 1)
		return false;
	day = 365LL * y + y / 4 - y / 100 + y / 400 + before[d->month - 1] +
	      (d->month > 2 && leap(d->year)) + d->day - 1 - 719162;
	*seconds = day * 86400 + d->hour * 3600 + d->minute * 60 + d->second;
	return true;
}

/**
 * ktcp_http_date() - read a date, in any of the three forms
 * @s: the text
 * @n: bytes in @s
 * @year: it is now
 * @seconds: filled in: since 1970
 *
 * Any context.
 *
 * Return: whether it is one (RFC 9110 5.6.7).
 */
bool ktcp_http_date(const u8 *s, size_t n, u16 year, s64 *seconds)
{
	struct span t = { s, n };
	struct date d;

	return (imf_fixdate(t, &d) || rfc850_date(t, year, &d) ||
		asctime_date(t, &d)) && to_seconds(&d, seconds);
}

/* A bit for each of our representations that has this tag. */
static u8 who_has(const struct ktcp_http_parser *p, struct span tag)
{
	u8 mask = 0;
	int i;

	if (!p->etags || tag.n != KTCP_HTTP_ETAG_LEN)
		return 0;
	for (i = 0; i < KTCP_HTTP_CODINGS; i++)
		if (p->etags[i] && !memcmp(tag.s, p->etags[i], tag.n))
			mask |= BIT(i);
	return mask;
}

/*
 * RFC 9110 13.1.1, 13.1.2: a list of entity tags; several such fields are one.
 * What is no entity tag ends the list.
 */
static u8 tag_list(const struct ktcp_http_parser *p, struct span value,
		   bool weakly)
{
	struct span tag;
	u8 mask = 0;

	if (same(value, "*"))
		return BIT(KTCP_HTTP_CODINGS) - 1;
	for (;;) {
		bool weak = false;

		while (value.n && (is_blank(value.s[0]) || value.s[0] == ','))
			value = skip(value, 1);
		if (value.n > 2 && !memcmp(value.s, "W/", 2)) {
			weak = true;
			value = skip(value, 2);
		}
		if (!value.n || value.s[0] != '"' ||
		    !split(skip(value, 1), '"', &tag, &value))
			return mask;
		if (weakly || !weak)
			mask |= who_has(p, tag);
	}
}

/** ktcp_http_if_match() - RFC 9110 13.1.1; @p, @value: as all fields */
int ktcp_http_if_match(struct ktcp_http_parser *p, struct span value)
{
	p->has_match = 1;
	p->match |= tag_list(p, value, false);
	return KTCP_HTTP_MORE;
}

/** ktcp_http_if_none_match() - RFC 9110 13.1.2 */
int ktcp_http_if_none_match(struct ktcp_http_parser *p, struct span value)
{
	p->has_none_match = 1;
	p->none_match |= tag_list(p, value, true);
	return KTCP_HTTP_MORE;
}

/* A condition with a date; a second field of its name makes both mean nothing. */
static bool date_of(const struct ktcp_http_parser *p, struct span value,
		    bool again, s64 *date)
{
	return !again && p->etags &&
	       ktcp_http_date(value.s, value.n, p->year, date);
}

/** ktcp_http_if_modified() - RFC 9110 13.1.3, If-Modified-Since */
int ktcp_http_if_modified(struct ktcp_http_parser *p, struct span value)
{
	s64 since;

	p->unchanged = date_of(p, value, p->has_since, &since) &&
		       p->mtime <= since;
	p->has_since = 1;
	return KTCP_HTTP_MORE;
}

/** ktcp_http_if_unmodified() - RFC 9110 13.1.4, If-Unmodified-Since */
int ktcp_http_if_unmodified(struct ktcp_http_parser *p, struct span value)
{
	s64 since;

	p->changed = date_of(p, value, p->has_unmodified, &since) &&
		     p->mtime > since;
	p->has_unmodified = 1;
	return KTCP_HTTP_MORE;
}

/*
 * RFC 9110 13.1.5: compared strongly, and a date exactly. A file may have been
 * written twice in its second, so that its date is no strong validator.
 */
int ktcp_http_if_range(struct ktcp_http_parser *p, struct span value)
{
	p->if_range = 0;
	if (!p->has_if_range && value.n && value.s[0] == '"')
		p->if_range = tag_list(p, value, false);
	p->has_if_range = 1;
	return KTCP_HTTP_MORE;
}

/** ktcp_http_range() - RFC 9110 14.2; whoever is asked reads it, or does not */
int ktcp_http_range(struct ktcp_http_parser *p, struct span value)
{
	p->range = value.s;
	p->range_len = value.n;
	return KTCP_HTTP_RANGE;
}

static bool range_number(struct span t, u64 *value)
{
	size_t i;

	*value = 0;
	for (i = 0; i < t.n; i++) {
		if (!is_digit(t.s[i]))
			return false;
		/* Beyond every body there is. */
		if (*value >= U64_MAX / 20)
			*value = U64_MAX / 20;
		else
			*value = *value * 10 + t.s[i] - '0';
	}
	return t.n;
}

/**
 * ktcp_http_ranges_parse() - read a Range field
 * @s: its value, as at KTCP_HTTP_RANGE
 * @n: bytes in @s
 * @ranges: filled in; none if it makes no sense, or is too long
 *
 * Any context. RFC 9110 14.1.
 */
void ktcp_http_ranges_parse(const u8 *s, size_t n,
			    struct ktcp_http_ranges *ranges)
{
	struct span t = { s, n }, unit, first, last;

	ranges->n = 0;
	if (!split(t, '=', &unit, &t) || !same_nocase(unit, "bytes"))
		return;
	while (t.n) {
		struct ktcp_http_span *r = &ranges->r[ranges->n];
		struct span item = next_element(&t);

		if (!item.n)
			continue;
		if (ranges->n == KTCP_HTTP_RANGES_MAX ||
		    !split(item, '-', &first, &last))
			goto bad;
		r->first = KTCP_HTTP_SUFFIX;
		r->last = KTCP_HTTP_TO_THE_END;
		if ((first.n && !range_number(first, &r->first)) ||
		    (last.n && !range_number(last, &r->last)) ||
		    (!first.n && !last.n) || (first.n && r->last < r->first))
			goto bad;
		ranges->n++;
	}
	return;
bad:
	ranges->n = 0;
}

/* What is left of a range in so many bytes: whether anything is. */
static bool clip(struct ktcp_http_span *r, u64 len)
{
	if (r->first == KTCP_HTTP_SUFFIX) {
		if (!r->last)
			return false;
		r->first = len - min_t(u64, len, r->last);
		r->last = KTCP_HTTP_TO_THE_END;
	}
	if (r->first >= len)
		return false;
	r->last = min_t(u64, r->last, len - 1);
	return true;
}

/* Adds @r, as one with those that it touches. */
static void merge(struct ktcp_http_ranges *out, struct ktcp_http_span r)
{
	int i = 0;

	while (i < out->n) {
		struct ktcp_http_span *o = &out->r[i];

		if (r.first > o->last + 1 || o->first > r.last + 1) {
			i++;
			continue;
		}
		r.first = min_t(u64, r.first, o->first);
		r.last = max_t(u64, r.last, o->last);
		memmove(o, o + 1, (--out->n - i) * sizeof(*o));
		i = 0;
	}
	out->r[out->n++] = r;
}

/**
 * ktcp_http_ranges_resolve() - what they are of so many bytes
 * @ranges: as they were asked for; then as they are sent
 * @len: bytes in the body
 *
 * Those that overlap or touch become one (RFC 9110 14.2, 15.3.7.2). Any context.
 *
 * Return: how many there are; 0 if there is nothing that they are of.
 */
int ktcp_http_ranges_resolve(struct ktcp_http_ranges *ranges, u64 len)
{
	struct ktcp_http_ranges out = { };
	int i;

	for (i = 0; i < ranges->n; i++)
		if (clip(&ranges->r[i], len))
			merge(&out, ranges->r[i]);
	*ranges = out;
	return out.n;
}

/**
 * ktcp_http_ranges_wanted() - does the field If-Range stand in their way?
 * @p: a parser that said KTCP_HTTP_DONE
 * @coding: which representation is the answer
 *
 * Any context. RFC 9110 13.1.5.
 */
bool ktcp_http_ranges_wanted(const struct ktcp_http_parser *p, int coding)
{
	return p->method == KTCP_HTTP_GET &&
	       (!p->has_if_range || p->if_range & BIT(coding));
}

/**
 * ktcp_http_evaluate() - the conditions of a request, in their order
 * @p: a parser that said KTCP_HTTP_DONE
 * @coding: which representation is the answer
 *
 * For a request whose answer would be 200. Any context. RFC 9110 13.2.2.
 *
 * Return: 304, 412, or 0 if it is to be answered.
 */
int ktcp_http_evaluate(const struct ktcp_http_parser *p, int coding)
{
	bool reads = p->method == KTCP_HTTP_GET || p->method == KTCP_HTTP_HEAD;

	if (p->has_match) {
		if (!(p->match & BIT(coding)))
			return 412;
	} else if (p->changed) {
		return 412;
	}
	if (p->has_none_match) {
		if (p->none_match & BIT(coding))
			return reads ? 304 : 412;
	} else if (p->unchanged && reads) {
		return 304;
	}
	return 0;
}

/* RFC 9110 12.4.2: in thousandths; what makes no sense is 0. */
static u16 weight(struct span t)
{
	u16 q, unit = 100;
	size_t i;

	if (!t.n || (t.s[0] != '0' && t.s[0] != '1') || t.n > 5 ||
	    (t.n > 1 && t.s[1] != '.'))
		return 0;
	q = (t.s[0] - '0') * 1000;
	for (i = 2; i < t.n; i++, unit /= 10) {
		if (!is_digit(t.s[i]))
			return 0;
		q += (t.s[i] - '0') * unit;
	}
	return q > 1000 ? 0 : q;
}

static const char *const coding_names[KTCP_HTTP_CODINGS] = {
	[KTCP_HTTP_IDENTITY] = "identity",
	[KTCP_HTTP_GZIP] = "gzip",
	[KTCP_HTTP_BR] = "br",
	[KTCP_HTTP_ZSTD] = "zstd",
};

/** ktcp_http_accept_encoding() - RFC 9110 12.5.3 */
int ktcp_http_accept_encoding(struct ktcp_http_parser *p, struct span value)
{
	while (value.n) {
		struct span item = next_element(&value), coding = item, q;
		u16 w = 1000;
		int i;

		if (split(item, ';', &coding, &q)) {
			coding = trim(coding);
			q = trim(q);
			if (q.n < 2 || (q.s[0] | 0x20) != 'q' || q.s[1] != '=')
				continue;
			w = weight(skip(q, 2));
		}
		if (same(coding, "*"))
			p->accept_rest = w + 1;
		if (same_nocase(coding, "x-gzip"))
			p->accept[KTCP_HTTP_GZIP] = w + 1;
		for (i = 0; i < KTCP_HTTP_CODINGS; i++)
			if (same_nocase(coding, coding_names[i]))
				p->accept[i] = w + 1;
	}
	return KTCP_HTTP_MORE;
}

/**
 * ktcp_http_choose() - the best coding of those that there are
 * @p: a parser that said KTCP_HTTP_DONE
 * @have: a bit for each
 *
 * A client that names no coding understands none, whatever it may. If nothing
 * is acceptable that is identity, too: 406 would help nobody. Any context.
 *
 * Return: enum ktcp_http_coding.
 */
int ktcp_http_choose(const struct ktcp_http_parser *p, u8 have)
{
	int best = KTCP_HTTP_IDENTITY, i;
	/* Acceptable if nobody says otherwise, before what is not. */
	u16 most = p->accept[best] ?: p->accept_rest == 1 ? 1 : 2;

	for (i = KTCP_HTTP_IDENTITY + 1; i < KTCP_HTTP_CODINGS; i++) {
		u16 q = p->accept[i] ?: p->accept_rest;

		if (!(have & BIT(i)) || q < 2 || q < most)
			continue;
		best = i;
		most = q;
	}
	return best;
}
