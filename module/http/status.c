// SPDX-License-Identifier: GPL-2.0
/* Status codes (RFC 9110 15), and what a person is told about an error. */
#include <linux/bug.h>
#include <linux/kernel.h>

#include "parse.h"
#include "route.h"
#include "status.h"

#define ALLOW	"Allow: GET, HEAD, OPTIONS\r\n"

/* The first is what a page is served with, the others have a text. */
const struct ktcp_http_status ktcp_http_statuses[KTCP_HTTP_STATUSES] = {
	{ 200, "OK", "", NULL },
	{ KTCP_HTTP_OPTIONS_OK, "OK", ALLOW, "" },
	{ 206, "Partial Content", "", "" },
	{ 301, "Moved Permanently", "",
	  "It is at another address, which the header says." },
	{ 304, "Not Modified", "", "" },
	{ 400, "Bad Request", "",
	  "The request is not well-formed HTTP." },
	{ 404, "Not Found", "",
	  "There is nothing at this address." },
	{ 405, "Method Not Allowed", ALLOW,
	  "This address answers GET, HEAD and OPTIONS only." },
	{ 408, "Request Timeout", "",
	  "The request did not arrive in time." },
	{ 412, "Precondition Failed", "",
	  "What is at this address is not what the request is about." },
	{ 413, "Content Too Large", "",
	  "The body of the request is longer than this server reads." },
	{ 414, "URI Too Long", "",
	  "The address is longer than "
	  __stringify(KTCP_HTTP_TARGET_MAX) " bytes, or leads to one of more than "
	  __stringify(KTCP_ROUTE_LOCATION_MAX) "." },
	{ 416, "Range Not Satisfiable", "",
	  "None of the ranges asked for is in it." },
	{ 417, "Expectation Failed", "",
	  "The only expectation that this server knows is 100-continue." },
	{ 431, "Request Header Fields Too Large", "",
	  "The header has more than " __stringify(KTCP_HTTP_FIELDS_MAX)
	  " fields or " __stringify(KTCP_HTTP_HEADER_MAX)
	  " bytes, or a line of more than "
	  __stringify(KTCP_HTTP_LINE_MAX) " bytes." },
	{ 501, "Not Implemented", "",
	  "The request needs something that this server does not know." },
	{ 503, "Service Unavailable", "Retry-After: 1\r\n",
	  "There is no memory for this request just now." },
	{ KTCP_HTTP_MAINTENANCE, "Service Unavailable", "",
	  "This site is down for maintenance. Please come back later." },
	{ 505, "HTTP Version Not Supported", "",
	  "This server speaks HTTP/1.1 and HTTP/1.0." },
};

/**
 * ktcp_http_reason() - the phrase of a status that only a rule gives
 * @code: status code
 *
 * Any context.
 */
const char *ktcp_http_reason(int code)
{
	switch (code) {
	case 302:
		return "Found";
	case 303:
		return "See Other";
	case 307:
		return "Temporary Redirect";
	case 308:
		return "Permanent Redirect";
	case 403:
		return "Forbidden";
	case 410:
		return "Gone";
	case 429:
		return "Too Many Requests";
	case 451:
		return "Unavailable For Legal Reasons";
	case 500:
		return "Internal Server Error";
	case 502:
		return "Bad Gateway";
	case 504:
		return "Gateway Timeout";
	default:
		return "";
	}
}
