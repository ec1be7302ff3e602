// Package jsoncut cuts valid JSON into its values without copying or understanding them: the records out of a page, the fields out of a record.
//
// gjson does the same and copies what it is given, which for each record that is polled was most of what its detection allocated; and it goes through
// every text byte by byte. Whether a text is valid JSON is gjson's to say (gjson.Valid), before it comes here. Of a text that is not, a Value
// says something or other, but every call ends, and stays inside of the text. Nothing here recurses.
//
// Callers: plugin, for pages; change, for records; engine, for stored instances at a start.
package jsoncut
