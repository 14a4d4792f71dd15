// Package seglog is a queue on disk: records are appended, read in order,
// acknowledged in any order, and their files deleted when all of a file is
// acknowledged.
//
// # Files
//
// A log is a directory of preallocated segments, named for their generation,
// the sequence number of their first record and their salt. A segment is a
// header and records, each aligned to 8 bytes and carrying its length, its
// sequence number and a CRC-32C that is salted with the segment, so that old
// bytes in a reused block never look like a record. The acknowledgement mark
// is kept in the same files: as a record beside the others, and in the header
// of every new segment. There is no second file that could disagree. A mark
// that lets segments go is written twice, so that damage to one of them does not
// make what they held look lost.
//
// With [Options].Keys the payloads are sealed; marks are not, so that what is
// acknowledged can be deleted when a key has gone.
//
// # Full disk
//
// Each segment keeps room at its end for marks alone, where in the end the
// older of two is overwritten: a log whose disk is full can always store what is
// acknowledged, and so deletes segments. With [Options].Reserve, spare segments
// lie ready in the directory; one of them is renamed to be the new segment when
// none can be made, and segments that are deleted take their place again.
//
// # Commit
//
// The first producer that finds no batch open opens one and commits it for
// everybody who joined meanwhile: one write, one data sync. A sequence number
// is given only to a record that is written, so that numbers have no holes.
// After a failed write or sync nothing is appended to that segment any more,
// because a later sync says nothing about it: the next record opens a new one,
// and whatever the old one holds from that number on is void.
//
// # Recovery
//
// Open reads every segment. In the last one, what follows the last complete
// record is a torn tail and is cut off. Everywhere else a record that fails its
// checksum is damage: the scan finds the next record that holds, and the
// numbers in between are counted as lost. A record that is the first of its
// commit says that everything before it was durable, which tells damage from a
// torn tail within the last segment too; Close leaves a mark that says so of the
// last commit. Missing and superfluous segments are no error. Records that are
// sealed with a key that is not there are: Open fails and changes nothing.
//
// A Log and a [Memory] are safe for concurrent use; a [Reader] belongs to one
// goroutine at a time.
package seglog
