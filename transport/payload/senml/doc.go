// Package senml is Sensor Measurement Lists, RFC 8428, in JSON and CBOR.
//
//	enc, err := senml.New(senml.JSON, nil)
//	if err != nil {
//		return err
//	}
//	buf, err = enc.AppendEncode(buf[:0], records...) // a pack
//
//	pack, err := senml.ParseJSON(buf)
//	if err != nil {
//		return err
//	}
//	records, err := pack.Records(time.Now())
//
// # Concepts
//
// A [Pack] is a list of records as they are on the wire: a field whose name
// begins with Base holds from its record on. [Encoder] makes packs of
// payload.Record and chooses the base fields so that they are small;
// [Pack.Resolve] applies them, and [Pack.Records] gives payload.Record back.
//
// An encoder finds the name that all records begin with, up to a separator, or
// names each run of one device, whichever is shorter; takes the most frequent
// unit for base unit when every record has one; and the first time for base
// time. A base value it never sets: the digits of a sum of floats are not those
// of what was measured.
//
// # Times
//
// A time below 2^28 seconds (July 1978) counts from now, as section 4.5.3 says,
// so that no time of before can be said, which is payload.ErrTime. A record
// without a time is one of now. Times are written in decimal digits and read by
// their digits: what was a millisecond stays one.
//
// # Units
//
// [LookupUnit] has the units of RFC 8428 and RFC 8798. A pack of version 10 holds
// primary units only, so that an encoder turns hPa into Pa and km/h into m/s,
// and refuses what neither RFC has, unless Options.AnyUnit is set.
//
// # CBOR
//
// The encoding of section 6 is written and read by the project's own few hundred
// lines, not by a library. The well-kept one, github.com/fxamacker/cbor/v2 (2.9.6), adds
// 448 KiB to a program on a small board that has encoding/json already, and a
// second module; this adds 8 KiB. The fractions that shorten packs most
// (Options.Decimals: 21.3 in 5 bytes and not 9) it leaves to its user.
//
// # Bounds
//
// What is decoded may come from anywhere: at most payload.MaxRecords records,
// which take some 12 MB, unknown fields skipped to a bounded depth, and never a panic.
package senml
