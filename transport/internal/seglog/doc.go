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
// of every new segment. There is no second file that could disagree.
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
// torn tail within the last segment too. Missing and superfluous segments are
// no error.
//
// A Log and a [Memory] are safe for concurrent use; a [Reader] belongs to one
// goroutine at a time.
package seglog
