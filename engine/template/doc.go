// Package template fills the placeholders of poll URLs, such as
// /hubs/crm/contacts?where=lastModifiedDate>='${gmtDate:yyyy-MM-dd'T'HH:mm:ss'Z'}'.
//
// Placeholders, filled with the time since which changes are wanted ([Values].Since) unless said
// otherwise; <fmt> is a pattern of package javadate, <zone> a name that [javadate.Zone] knows:
//
//	${gmtDate:<fmt>}              in GMT
//	${date:<fmt>}                 the platform says "server time", which was GMT in practice; here GMT
//	${date}                       yyyy-MM-dd'T'HH:mm:ssXXX in GMT; the platform documents no format
//	${dateTimeZone:<zone>:<fmt>}  in that zone; the zone may be a {variable}
//	${epoch} ${epoch:ms}          milliseconds since 1970; ${epoch:s} seconds, ${epoch:us} microseconds
//	${epoch:0}                    published once without explanation; milliseconds, with a warning
//	${milliseconds}               the same as ${epoch}
//	${nowTimeZone:<zone>:<fmt>}   the present time, [Values].Now
//
// {listId} and the like, outside of placeholders, are variables that the configuration must give a
// value. Source: the platform's event documentation and 260 published URLs (testdata/dates).
//
// Some slips of published URLs are repaired, each with a warning; what cannot be understood is a
// [Fault] with its column. A filled time is cut off to the format's unit, never rounded up, so that the
// URL asks for no less than it should.
//
// The package does not percent-encode: what [Template.Expand] gives is the text that stands in a
// configuration, where + is a plus and a blank is a blank. It reads no clock and contacts nothing. It is
// called when a configuration is checked and when a poll begins.
package template
