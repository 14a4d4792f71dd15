package shadow

import (
	"encoding/json"
	"errors"
)

// The claims of a device are the fields of the cloud's reported section that
// are the device's to delete: every field that it may have put there. Only
// their names count, kept as a document with zeros for values, because it serves
// as the base of a three-way merge: what is claimed and no longer reported was
// taken back.

// claimsFactor times the limit of a section is the most that claims may take.
// Only a device that gives its fields ever new names, over a connection that
// swallows every answer, gets there.
const claimsFactor = 2

var errClaims = errors.New("shadow: too many fields may or may not have reached the cloud; waiting until it is known")

// addClaims returns the claims with those of a document that is about to be
// sent, and whether that is more than before. A field that was an object stays
// one, whatever it becomes: the update that makes it something else may not
// arrive.
func addClaims(claimed, doc json.RawMessage) (sum json.RawMessage, more bool, err error) {
	j := join{verb: uniting}
	sum, err = j.documents(Rules{}, claimed, doc, nil)
	return sum, j.more, err
}

// keepClaims returns those of the claims that the cloud's reported section
// shows, once it is known that nothing else is on its way there.
func keepClaims(claimed, reported json.RawMessage) (json.RawMessage, error) {
	j := join{verb: sharing}
	return j.documents(Rules{}, claimed, reported, nil)
}

// appendNames appends a document of the same names, for whose values nobody
// looks.
func appendNames(dst []byte, v value) []byte {
	switch v.kind() {
	case absent:
		return dst
	case object:
	default:
		return append(dst, '0')
	}
	dst = append(dst, '{')
	for m := v.child(); m.node != nil; m = m.next() {
		dst = appendNames(appendKey(dst, m), m)
	}
	return append(dst, '}')
}
